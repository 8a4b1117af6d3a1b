package peer

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/rxpeer/rxpeer/peer/internal/request"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// RemoteSink is a [stream.Sink] whose values the other side of a connection takes,
// see [OpenSink].
type RemoteSink[T any] struct {
	conn     *Connection
	name     string
	st       *transport.Stream
	way      transport.Way
	lane     transport.Lane // nil without a policy
	dataType codec.Type
	encode   func(dst []byte, v T) ([]byte, error)

	closed   atomic.Bool
	accepted chan struct{} // closed when the other side has let it send
	done     chan struct{} // closed when it has ended
	err      error         // how; set before done is closed
}

// OpenSink opens what the other side exposes with [ExposeSink] under name, and
// returns when it may be sent to. ctx bounds that. nil options mean every default:
// JSON, or bytes if T is []byte, and an Emit that waits.
//
// Emit waits while the other side takes nothing, TryEmit then returns
// [stream.Overflow]; with a SinkOptions.Policy what it says happens instead. A
// value is accepted when it is queued here: Complete, and [RemoteSink.Wait], tell
// whether all of them were dealt with. A value that cannot be encoded is an error of
// Emit, and [stream.Invalid] for TryEmit. When the other side wants no more, or the
// connection ends, Emit returns an error that matches [ErrClosed].
//
// The sink is closed by Complete or Abort. Errors are an *[Error] or a
// *[RemoteError]; on connections without the native protocol the first with
// [errors.ErrUnsupported].
func OpenSink[T any](ctx context.Context, c *Connection, name string, opts *SinkOptions) (*RemoteSink[T], error) {
	var o SinkOptions
	if opts != nil {
		o = *opts
	}
	return openSink[T](ctx, c, &request.Request{Kind: request.Send, Name: name}, o)
}

func openSink[T any](ctx context.Context, c *Connection, req *request.Request, o SinkOptions) (*RemoteSink[T], error) {
	if o.Type == "" {
		o.Type = TypeName[T]()
	}
	if o.DataType == "" {
		o.DataType = natural[T]()
	}
	req.Codec, req.Type = string(o.DataType), o.Type
	s := &RemoteSink[T]{
		conn: c, name: req.Name, dataType: o.DataType, accepted: make(chan struct{}), done: make(chan struct{}),
	}
	var err error
	if s.encode, err = encoderOf[T](c.peer, o.DataType); err != nil {
		return nil, &Error{Op: "open " + req.Name, Peer: c.String(), Err: err}
	}
	if s.st, err = c.open(req, 1); err != nil {
		return nil, err
	}
	s.way = s.st.Way(o.DataType)
	if o.Policy != nil {
		s.lane = s.st.Lane(o.DataType, *o.Policy)
		s.way = s.lane
	}
	if run := s.st.Messages().Attach(context.Background(), (*answer[T])(s)); run != nil { // it ends with the stream
		run()
	}
	select {
	case <-s.accepted:
		return s, nil
	case <-s.done:
		if err = s.err; err == nil {
			err = &Error{Op: "open " + req.Name, Peer: c.String(), Err: errUnanswered}
		}
	case <-ctx.Done():
		err = &Error{Op: "open " + req.Name, Peer: c.String(), Err: context.Cause(ctx)}
	}
	s.Abort(context.Canceled)
	s.st.Stop()
	return nil, err
}

// answer is what the other side says on the stream of a sink: an empty message when
// it may be sent to, and the end.
type answer[T any] RemoteSink[T]

func (a *answer[T]) Next(*transport.Message) bool {
	select {
	case <-a.accepted:
	default:
		close(a.accepted)
	}
	return true
}

func (a *answer[T]) Done(err error) {
	a.err = a.conn.fromWire(a.name, err)
	a.closed.Store(true)
	close(a.done)
}

// Emit sends a value, see [OpenSink].
func (s *RemoteSink[T]) Emit(ctx context.Context, v T) error {
	err := s.send(v, func(body []byte) error { return s.way.Send(ctx, body) })
	if err != nil {
		return &Error{Op: "send to " + s.name, Peer: s.conn.String(), Err: err}
	}
	return nil
}

// TryEmit sends a value without waiting.
func (s *RemoteSink[T]) TryEmit(v T) stream.Result {
	err := s.send(v, func(body []byte) error { return s.way.TrySend(body) })
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

func (s *RemoteSink[T]) send(v T, way func(body []byte) error) error {
	if s.closed.Load() {
		return ErrClosed
	}
	body, plain := any(v).([]byte)
	if !plain || s.dataType != codec.Bytes {
		var err error
		if body, err = s.encode(nil, v); err != nil {
			return err
		}
	}
	return way(body)
}

// Dropped counts the values that were dropped because of the sink's policy.
func (s *RemoteSink[T]) Dropped() uint64 {
	if s.lane == nil {
		return 0
	}
	return s.lane.Dropped()
}

// Complete ends the sink. What was accepted is sent first; then the other side's
// Observable completes.
func (s *RemoteSink[T]) Complete() { s.end(nil) }

// Abort ends the sink with a failure: the other side's Observable ends with it,
// behind what was accepted. nil means [stream.ErrAborted].
func (s *RemoteSink[T]) Abort(err error) {
	if err == nil {
		err = stream.ErrAborted
	}
	s.end(err)
}

func (s *RemoteSink[T]) end(err error) {
	s.closed.Store(true)
	if s.lane != nil {
		s.lane.Close()
	}
	s.conn.peer.endStream(s.st, err)
}

// Wait waits until the other side has dealt with everything, or given up, and
// returns what its function returned: nil, a *[RemoteError], or a
// *[transport.CloseError] when the connection ended before that; or the cause of
// ctx. Complete comes first, unless the other side ends by itself.
func (s *RemoteSink[T]) Wait(ctx context.Context) error {
	select {
	case <-s.done:
		return s.err
	default:
	}
	select {
	case <-s.done:
		return s.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
