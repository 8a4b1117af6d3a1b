package transport

import (
	"github.com/rxpeer/rxpeer/internal/peerpy"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// Frame is a message that is encoded once and sent over many links. It is
// immutable, and safe for concurrent use.
type Frame struct {
	t    codec.Type
	data []byte // header and body
}

// NewFrame returns a frame with a copy of body.
func NewFrame(t codec.Type, body []byte) (*Frame, error) {
	data := make([]byte, 0, peerpy.HeaderSize+len(body))
	data, err := peerpy.AppendData(data, int64(len(body)), string(t))
	if err != nil {
		return nil, &DataTypeError{Type: t}
	}
	return &Frame{t: t, data: append(data, body...)}, nil
}

// Type returns the frame's data type.
func (f *Frame) Type() codec.Type { return f.t }

// Len returns the length of its body in bytes.
func (f *Frame) Len() int { return len(f.data) - peerpy.HeaderSize }
