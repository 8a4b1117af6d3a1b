package transport

import (
	"sync/atomic"

	"github.com/rxpeer/rxpeer/internal/peerpy"
	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/internal/frame"
)

// Frame is a message that is encoded once and sent over many links. It is
// immutable, and safe for concurrent use.
type Frame struct {
	t    codec.Type
	data []byte // header and body, as peerpy's wire has them

	native atomic.Pointer[nativeFrame]
}

// nativeFrame is a frame as rxpeer/2 has it.
type nativeFrame struct {
	typ    uint8
	stream uint32
	data   []byte
}

// body returns the frame's body.
func (f *Frame) body() []byte { return f.data[peerpy.HeaderSize:] }

// on returns the frame for a stream of rxpeer/2. All links of a peer use the
// same, as a rule.
func (f *Frame) on(stream uint32, typ uint8) []byte {
	if n := f.native.Load(); n != nil && n.typ == typ && n.stream == stream {
		return n.data
	}
	size := frame.MessageSize(f.Len())
	data := make([]byte, 0, frame.HeaderSize+size)
	data = frame.AppendHeader(data, frame.Header{Kind: frame.Data | frame.Kind(typ), Length: size, Stream: stream})
	data = append(frame.AppendLength(data, f.Len()), f.body()...)
	f.native.Store(&nativeFrame{typ, stream, data})
	return data
}

// NewFrame returns a frame with a copy of body. One of another data type than json,
// bytes and raw is for links of rxpeer/2 alone.
func NewFrame(t codec.Type, body []byte) (*Frame, error) {
	data := make([]byte, 0, peerpy.HeaderSize+len(body))
	if !t.Valid() {
		if t == "" {
			return nil, &DataTypeError{Type: t}
		}
		return &Frame{t: t, data: append(data[:peerpy.HeaderSize], body...)}, nil
	}
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
