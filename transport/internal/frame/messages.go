package frame

import "encoding/binary"

// MessageSize returns how many bytes a message with a body of n bytes takes in
// a Data frame.
func MessageSize(n int) int { return uvarintSize(uint64(n)) + n }

// AppendLength appends the length that stands before a message in a Data
// frame, and in a Head frame.
func AppendLength(dst []byte, n int) []byte { return binary.AppendUvarint(dst, uint64(n)) }

// NextMessage splits the payload of a Data frame into the first message and
// the rest.
func NextMessage(payload []byte) (body, rest []byte, err error) {
	if len(payload) > 0 && payload[0] < 0x80 { // most are that short
		if end := 1 + int(payload[0]); end <= len(payload) {
			return payload[1:end], payload[end:], nil
		}
	}
	n, at := uvarint(payload)
	if at <= 0 || n > uint64(len(payload)-at) {
		return nil, nil, &Error{Protocol, Data, "a message is longer than its frame"}
	}
	end := at + int(n)
	return payload[at:end:end], payload[end:], nil
}

// ParseHead splits the payload of a Head frame into the length of the whole
// message and its beginning. A message that would have fitted is an error too.
func ParseHead(payload []byte) (total uint64, begin []byte, err error) {
	total, at := uvarint(payload)
	if at <= 0 {
		return 0, nil, &Error{Protocol, Head, "it has no length"}
	}
	begin = payload[at:]
	switch {
	case len(begin) == 0:
		return 0, nil, &Error{Protocol, Head, "it has nothing of its message"}
	case total <= uint64(len(begin)):
		return 0, nil, &Error{Protocol, Head, "its message is not longer than the frame"}
	}
	return total, begin, nil
}

// uvarint reads a number in as few bytes as it needs. at is not positive when
// there is none.
func uvarint(b []byte) (n uint64, at int) {
	n, at = binary.Uvarint(b)
	if at > 1 && b[at-1] == 0 {
		return 0, 0 // it could have been shorter
	}
	return n, at
}

func uvarintSize(n uint64) int {
	size := 1
	for n >= 0x80 {
		n >>= 7
		size++
	}
	return size
}
