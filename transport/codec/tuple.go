package codec

// Tuple is a Python tuple. Where Go slices and arrays encode as lists, a Tuple
// encodes as a tuple; it may be the key of a [Dict] or an element of a [Set] when
// everything in it may be.
type Tuple []any

// ByteArray is a Python bytearray; a []byte is Python's bytes.
type ByteArray []byte
