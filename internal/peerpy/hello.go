package peerpy

// Hello is what a dialler says of the connection that it offers.
type Hello struct {
	// PeerName is the address that the dialler listens on, as ip:port. It is
	// not checked here, except that it is not empty.
	PeerName string
	// DataType is what the connection carries. AppendHello takes only the
	// three that Python knows, since another kills a Python acceptor;
	// ParseHello returns whatever was said.
	DataType string
	// Lenient allows messages of other types than DataType.
	Lenient bool
	// Stream asks for messages of one size, without headers.
	Stream bool
	// DataSize is that size in bytes; 0 leaves it to the first message.
	DataSize int64
	// Rx is the version of the marker by which peers of this module know each
	// other; 0 is a peer without it, such as one in Python.
	Rx int
}

// AppendHello appends a HELLO. The error is a [*HeaderSizeError] when it does
// not fit, which only a long peer name can bring about.
//
// It writes what a Python acceptor understands: an empty strict for lenient,
// since Python takes every other text for true; no stream key rather than a
// false one; and no key that Python's constructor would trip over.
func AppendHello(dst []byte, h Hello) ([]byte, error) {
	w := begin(dst, KindHello)
	w.text("peer_name", h.PeerName)
	if !isPlainType(h.DataType) {
		w.fail("data_type", ErrDataType)
	}
	w.raw("data_type", h.DataType)
	strict := "True"
	if h.Lenient {
		strict = ""
	}
	w.raw("strict", strict)
	if h.Stream {
		w.raw("stream", "True")
	}
	switch {
	case h.DataSize < 0:
		w.fail("data_size", ErrRange)
	case h.DataSize > 0 && !h.Stream:
		w.fail("data_size", ErrNotStream)
	case h.DataSize > 0:
		w.number("data_size", h.DataSize)
	}
	if h.Rx != 0 {
		w.marker(h.Rx)
	}
	return w.end()
}

// ParseHello reads a HELLO. Keys it does not know are ignored, and so is the
// data size of what is not a stream, though it must be a number. A stream of
// size 0 is an error, as in Python. The caller checks the size against its own
// limit, and the data type.
func ParseHello(b []byte) (Hello, error) {
	var h Hello
	r := read(b, KindHello)
	var hasStrict, hasSize bool
	for r.next() {
		switch {
		case r.is("peer_name"):
			h.PeerName = r.text()
		case r.is("data_type"):
			h.DataType = r.text()
		case r.is("strict"):
			h.Lenient, hasStrict = !r.truth(), true
		case r.is("stream"):
			h.Stream = r.truth()
		case r.is("data_size"):
			h.DataSize, hasSize = r.number(), true
		case r.is("rx"):
			h.Rx = r.marker()
		}
	}
	switch {
	case h.PeerName == "":
		r.fail("peer_name", ErrMissing)
	case h.DataType == "":
		r.fail("data_type", ErrMissing)
	case !hasStrict:
		r.fail("strict", ErrMissing)
	case !h.Stream:
		h.DataSize = 0
	case hasSize && h.DataSize == 0:
		r.fail("data_size", ErrRange)
	}
	if r.err != nil {
		return Hello{}, r.err
	}
	return h, nil
}

// isPlainType reports whether every peer knows the data type.
func isPlainType(dataType string) bool {
	return dataType == TypeRaw || dataType == TypeJSON || dataType == TypeBytes
}
