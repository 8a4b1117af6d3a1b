package peer

import (
	"context"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// byteSink is a sink of bytes that go as they are. Where nothing is to be
// encoded, what a sink costs besides counts.
type byteSink struct {
	*sink[[]byte]
	way transport.Way
}

// Emit is that of any sink.
func (s *byteSink) Emit(ctx context.Context, v []byte) error {
	if s.closed.Load() {
		return s.failed(ErrClosed)
	}
	if err := s.way.Send(ctx, v); err != nil {
		return s.failed(err)
	}
	return nil
}

// best returns s, or a byteSink in its place if that does the same.
func (s *sink[T]) best() stream.Sink[T] {
	b, is := any(s).(*sink[[]byte])
	if !is || s.err != nil || s.lane != nil || s.dataType != codec.Bytes || s.conn.link.Hello().Stream {
		return s
	}
	return any(&byteSink{b, b.conn.link.Way(b.dataType)}).(stream.Sink[T])
}
