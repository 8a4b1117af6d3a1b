package request

import "encoding/binary"

// What a message on the stream of a call says, behind the call's number.
const (
	// CallBegin goes to the function: its argument follows.
	CallBegin = 0
	// CallCancel goes to the function: nobody waits any more.
	CallCancel = 1
	// CallResult comes back: the result follows.
	CallResult = 0
	// CallFailed comes back: a code and a text follow.
	CallFailed = 1
)

// AppendCall appends the beginning of a message about the call of that number.
func AppendCall(dst []byte, id uint64, what byte) []byte {
	return append(binary.AppendUvarint(dst, id), what)
}

// ParseCall parses such a message.
func ParseCall(b []byte) (id uint64, what byte, rest []byte, err error) {
	id, n := binary.Uvarint(b)
	if n <= 0 || n == len(b) {
		return 0, 0, nil, ErrMalformed
	}
	return id, b[n], b[n+1:], nil
}

// AppendFailure appends what follows CallFailed.
func AppendFailure(dst []byte, code uint32, text string) []byte {
	return append(binary.AppendUvarint(dst, uint64(code)), text...)
}

// ParseFailure parses it.
func ParseFailure(b []byte) (code uint32, text string, err error) {
	c, n := binary.Uvarint(b)
	if n <= 0 || c > 1<<32-1 {
		return 0, "", ErrMalformed
	}
	return uint32(c), string(b[n:]), nil
}
