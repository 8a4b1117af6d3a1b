package peer

import (
	"context"
	"errors"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// ExposeSink gives a function a name under which every connected peer can send
// values with [OpenSink]. It is called for each sender, on a goroutine of its own,
// with the sender's connection and what it sends, as an Observable that has one
// subscriber at a time.
//
// A function that takes long makes its sender wait, and no other. in completes
// when the sender completes; otherwise it ends with the sender's [*RemoteError] or
// that of the connection. When f returns, the sender gets nil or the error (see
// [RemoteSink.Wait]), and what it sends still is dropped. ctx ends when the sender
// does not wait any more, or the Exposure or the connection has ended; f has to
// return then. A panic of f is an error to the sender.
//
// Errors, and the life of the Exposure, are those of [Expose].
func ExposeSink[T any](p *Peer, name string, f func(ctx context.Context, from *Connection, in stream.Observable[T]) error,
	opts *ExposeOptions,
) (*Exposure, error) {
	return exposeSink(p, KindSink, name, f, opts.orDefault())
}

func exposeSink[T any](p *Peer, kind Kind, name string, f func(context.Context, *Connection, stream.Observable[T]) error,
	opt ExposeOptions,
) (*Exposure, error) {
	what := described[T](kind, name, opt)
	if _, err := decoderOf[T](p, what.Codec); err != nil {
		return nil, &Error{Op: "expose", Peer: name, Err: err}
	}
	return p.expose(what, &opt, func(s *served) error {
		// An empty message says that the sender may send.
		if err := s.st.Send(s.ctx, codec.Bytes, nil); err != nil {
			return err
		}
		return f(s.ctx, s.conn, incoming[T](s))
	})
}

// incoming returns the values that a remote sends on a stream that it has opened.
func incoming[T any](s *served) stream.Observable[T] {
	return stream.New(func(ctx context.Context, dst stream.Observer[T]) (run func()) {
		return s.st.Messages().Attach(ctx, &inbound[T]{
			Stage: stream.Stage[T]{Dst: dst}, next: stream.NextOf(dst), conn: s.conn, st: s.st, name: s.req.Name, again: true,
		})
	})
}

// errUnanswered reports a remote that ended a stream as if it were done with it,
// without a word.
var errUnanswered = errors.New("ended without an answer")
