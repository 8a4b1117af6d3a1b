package peerpy

import "strconv"

// Data announces a message: that many bytes follow the header.
type Data struct {
	// Size is the length of the body in bytes. It is what a stranger claims:
	// check it against a limit before anything is made of that size.
	Size int64
	// Type is the body's data type, not necessarily one that is known.
	Type string
}

const (
	dataPrefix = "DATA|data_size="
	typePrefix = "&data_type="
)

// AppendData appends a DATA header for a body of size bytes. The data type is
// one of the three that Python knows.
func AppendData(dst []byte, size int64, dataType string) ([]byte, error) {
	if size < 0 {
		return dst, &HeaderError{Kind: KindData, Field: "data_size", Err: ErrRange}
	}
	var tail *[tailSize]byte
	switch dataType {
	case TypeJSON:
		tail = &jsonTail
	case TypeBytes:
		tail = &bytesTail
	case TypeRaw:
		tail = &rawTail
	default:
		return dst, &HeaderError{Kind: KindData, Field: "data_type", Err: ErrDataType}
	}
	start := len(dst)
	dst = append(dst, emptyData[:]...)
	h := dst[start:]
	end := len(strconv.AppendUint(h[:len(dataPrefix)], uint64(size), 10))
	*(*[tailSize]byte)(h[end:]) = *tail
	return dst, nil
}

// A DATA header is emptyData with its size, and then its tail, written over
// the padding. The tails have one length, so that copying them is a move or two.
const tailSize = len(typePrefix + TypeBytes)

var (
	emptyData = [HeaderSize]byte([]byte(dataPrefix + padding[len(dataPrefix):]))
	jsonTail  = [tailSize]byte([]byte(typePrefix + TypeJSON + padding[:1]))
	bytesTail = [tailSize]byte([]byte(typePrefix + TypeBytes))
	rawTail   = [tailSize]byte([]byte(typePrefix + TypeRaw + padding[:2]))
)

// ParseData reads a DATA header. Keys it does not know are ignored. It
// allocates only for a data type that is not one of the three.
func ParseData(b []byte) (Data, error) {
	if d, ok := parseCanonicalData(b); ok {
		return d, nil
	}
	return parseAnyData(b)
}

// parseCanonicalData reads exactly what AppendData and Python write, for sizes
// of up to 18 digits, and leaves everything else, good or bad, alone.
func parseCanonicalData(b []byte) (Data, bool) {
	const digits = len(dataPrefix)
	if len(b) != HeaderSize || string(b[:digits]) != dataPrefix {
		return Data{}, false
	}
	var size int64
	i := digits
	for ; i < digits+18; i++ {
		c := b[i] - '0'
		if c > 9 {
			break
		}
		size = size*10 + int64(c)
	}
	if i == digits {
		return Data{}, false
	}
	b = b[i:]
	if string(b[:len(typePrefix)]) != typePrefix {
		return Data{}, false
	}
	b = b[len(typePrefix):]
	var dataType string
	switch {
	case string(b[:5]) == TypeJSON+"|":
		dataType = TypeJSON
	case string(b[:6]) == TypeBytes+"|":
		dataType = TypeBytes
	case string(b[:4]) == TypeRaw+"|":
		dataType = TypeRaw
	default:
		return Data{}, false
	}
	b = b[len(dataType):]
	return Data{Size: size, Type: dataType}, string(b) == padding[:len(b)]
}

// parseAnyData reads every DATA header.
func parseAnyData(b []byte) (Data, error) {
	var d Data
	r := read(b, KindData)
	hasSize := false
	for r.next() {
		switch {
		case r.is("data_size"):
			d.Size, hasSize = r.number(), true
		case r.is("data_type"):
			d.Type = r.text()
		}
	}
	switch {
	case !hasSize:
		r.fail("data_size", ErrMissing)
	case d.Type == "":
		r.fail("data_type", ErrMissing)
	}
	if r.err != nil {
		return Data{}, r.err
	}
	return d, nil
}

// DataAppender is [AppendData] for one connection: it remembers the last
// header, since a connection's messages are often of one size. The zero value
// is ready. It is not safe for concurrent use.
type DataAppender struct {
	last   Data
	header [HeaderSize]byte
}

// Append does what AppendData does.
func (a *DataAppender) Append(dst []byte, size int64, dataType string) ([]byte, error) {
	if size != a.last.Size || dataType != a.last.Type || dataType == "" {
		if _, err := AppendData(a.header[:0], size, dataType); err != nil {
			return dst, err
		}
		a.last = Data{Size: size, Type: dataType}
	}
	return append(dst, a.header[:]...), nil
}

// DataParser is [ParseData] for one connection: it remembers the last header
// that was good. The zero value is ready. It is not safe for concurrent use.
type DataParser struct {
	last   Data
	header [HeaderSize]byte
}

// Parse does what ParseData does. It keeps no reference to b.
func (p *DataParser) Parse(b []byte) (Data, error) {
	if string(b) == string(p.header[:]) && p.last.Type != "" {
		return p.last, nil
	}
	d, err := ParseData(b)
	if err == nil {
		p.last = d
		copy(p.header[:], b)
	}
	return d, err
}
