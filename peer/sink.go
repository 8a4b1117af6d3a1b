package peer

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// SinkOf returns a sink that sends values of type T over the connection,
// encoded in its data type; see [Receive] for which types fit which. Any
// number of sinks may be used at once: the values of each keep their order.
//
// Emit waits while the send queue is full, TryEmit then returns
// [stream.Overflow]; a value is OK when it is in the queue. A value that
// cannot be encoded, or does not fit a stream's size, is an error of Emit and
// [stream.Invalid] for TryEmit; nothing of it is sent. On a stream of fixed
// size JSON is padded with blanks. Errors are an *[Error] that matches
// [ErrClosed] after the end.
//
// Complete and Abort end this sink, not the connection. Emitting from inside a
// subscriber of the same connection is safe.
func SinkOf[T any](c *Connection) stream.Sink[T] { return SinkAs[T](c, c.dataType()) }

// SinkAs is [SinkOf] for another data type than the connection's, which only a
// lenient connection carries: on others every Emit is a
// *transport.DataTypeError.
func SinkAs[T any](c *Connection, t codec.Type) stream.Sink[T] { return newSink[T](c, t).best() }

func newSink[T any](c *Connection, t codec.Type) *sink[T] {
	s := &sink[T]{conn: c, dataType: t}
	s.encode, s.err = encoderOf[T](c.peer, t)
	return s
}

// SinkOptions are the options of [SinkWith] and [OpenSink]. nil means every default.
type SinkOptions struct {
	// DataType is another data type than the connection's, as for [SinkAs].
	// Empty means that of the connection, and for [OpenSink] JSON, or bytes if T is
	// []byte.
	DataType codec.Type

	// Type is the name of the type of the values of [OpenSink], which is compared
	// with that of the other side. Empty means [TypeName]. Other sinks ignore it.
	Type string

	// Policy gives the sink a queue of its own and says what happens when that is
	// full, because the other side, or the network, takes no more for now: wait,
	// drop the oldest value or the newest, fail. Its number counts values; those
	// that are on their way already are not dropped. OnDrop is not called, as
	// what is dropped is encoded already: see Ledger.Dropped. nil means that the
	// sink waits, with all others, for room in the connection's send queue.
	Policy *stream.Policy
}

// SinkWith is [SinkOf] with options. A sink with a policy is closed by Complete
// or Abort.
func SinkWith[T any](c *Connection, opts *SinkOptions) stream.Sink[T] {
	var o SinkOptions
	if opts != nil {
		o = *opts
	}
	if o.DataType == "" {
		o.DataType = c.dataType()
	}
	s := newSink[T](c, o.DataType)
	if o.Policy != nil {
		s.lane = c.link.Lane(o.DataType, *o.Policy)
	}
	return s.best()
}

type sink[T any] struct {
	conn     *Connection
	lane     transport.Lane // nil: the connection's
	dataType codec.Type
	encode   func(dst []byte, v T) ([]byte, error)
	err      error // no value of T can be sent
	closed   atomic.Bool
}

func (s *sink[T]) Emit(ctx context.Context, v T) error {
	err := s.check()
	if err != nil {
		return s.failed(err)
	}
	if s.lane == nil {
		err = s.conn.link.SendFunc(ctx, s.dataType, func(dst []byte) ([]byte, error) { return s.append(dst, v) })
	} else if body, failed := s.append(nil, v); failed == nil {
		err = s.lane.Send(ctx, body)
	} else {
		err = failed
	}
	if err != nil {
		return s.failed(err)
	}
	return nil
}

func (s *sink[T]) failed(err error) error {
	return &Error{Op: "send", Peer: s.conn.String(), Err: err}
}

func (s *sink[T]) TryEmit(v T) stream.Result {
	err := s.check()
	switch {
	case err != nil:
	case s.lane == nil:
		err = s.conn.link.TrySendFunc(s.dataType, func(dst []byte) ([]byte, error) { return s.append(dst, v) })
	default:
		var body []byte
		if body, err = s.append(nil, v); err == nil {
			err = s.lane.TrySend(body)
		}
	}
	switch {
	case err == nil:
		return stream.OK
	case errors.Is(err, transport.ErrFull), errors.Is(err, stream.ErrOverflow):
		return stream.Overflow
	case errors.Is(err, ErrClosed):
		return stream.Closed
	}
	return stream.Invalid
}

// check returns why nothing can be sent.
func (s *sink[T]) check() error {
	if s.err == nil && s.closed.Load() {
		return ErrClosed
	}
	return s.err
}

// append encodes v, as long as a stream's messages are.
func (s *sink[T]) append(dst []byte, v T) ([]byte, error) {
	body, err := s.encode(dst, v)
	if size := s.conn.link.DataSize(); err == nil && size > 0 {
		return codec.Fit(s.dataType, body, len(dst), size)
	}
	return body, err
}

func (s *sink[T]) Complete() {
	s.closed.Store(true)
	if s.lane != nil {
		s.lane.Close()
	}
}

func (s *sink[T]) Abort(error) { s.Complete() }
