package peer

import (
	"context"

	"github.com/rxpeer/rxpeer/peer/internal/request"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// RemoteOptions are the options of [RemoteWith]. nil means every default.
type RemoteOptions struct {
	// Policy says what happens, at the other side, to values that come faster than
	// this side takes them. nil means that the source waits: nothing is lost. With
	// [stream.DropOldest] or [stream.Latest] the values are fresh instead; with
	// [stream.FailWhenFull] the subscription ends. Unbounded is taken for Block.
	// Its number counts the values that wait there and, unless Window says
	// otherwise, again those that are on their way or wait here.
	Policy *stream.Policy

	// Window is how many values may be on their way, or wait here, besides
	// Options.Inbox bytes. 0 means as many as the Policy's number, and without a
	// Policy that only bytes count.
	Window int

	// Codec is what the values should be encoded in. Empty leaves it to the other
	// side.
	Codec codec.Type

	// Type is the name of the type of the values, which is compared with that of
	// the other side. Empty means [TypeName].
	Type string

	// EndOnFault is that of [ReceiveOptions].
	EndOnFault bool

	// Lost is called, between the values, when the other side dropped n of them
	// there because of the Policy. It runs where Next does, and must not block. nil
	// means that they are only counted.
	Lost func(n uint64)
}

// Remote returns what the other side exposes under name, see [Expose]. Nothing
// runs before Subscribe; each subscription is one of the remote Observable, has a
// stream of the connection for itself, and disturbs no other. A source that is
// hot there is subscribed to a moment later than here: what it emits until then is
// missed.
//
// T is decoded into as by [Receive]; [View] borrows the values, as [Borrow] does.
// Values run on the goroutine that reads the connection. A subscriber that takes
// long makes the remote source wait, one that stops stops it.
//
// The stream ends as the remote one does. Failures there are a *[RemoteError]; the
// end of the connection, in order or not, of the other side's peer too, is a
// *[transport.CloseError]. On connections without the native protocol, as those
// with Python peers, it fails with [errors.ErrUnsupported].
func Remote[T any](c *Connection, name string) stream.Observable[T] {
	return RemoteWith[T](c, name, nil)
}

// RemoteWith is [Remote] with options.
func RemoteWith[T any](c *Connection, name string, opts *RemoteOptions) stream.Observable[T] {
	var o RemoteOptions
	if opts != nil {
		o = *opts
	}
	req := &request.Request{Kind: request.Subscribe, Name: name, Codec: string(o.Codec), Type: o.Type}
	if req.Type == "" {
		req.Type = TypeName[T]()
	}
	return subscribeTo[T](c, req, o)
}

// subscribeTo returns what comes back on a stream that is opened with req.
func subscribeTo[T any](c *Connection, req *request.Request, o RemoteOptions) stream.Observable[T] {
	window := o.Window
	if p := o.Policy; p != nil {
		req.Policy, req.Capacity = policyToWire(*p), uint64(max(p.Capacity(), 0))
		if window == 0 {
			window = p.Capacity()
		}
	} else if window > 0 {
		req.Policy, req.Capacity = request.Block, uint64(window)
	}
	return stream.New(func(ctx context.Context, dst stream.Observer[T]) (run func()) {
		if ctx.Err() != nil {
			dst.Done(context.Cause(ctx))
			return nil
		}
		st, err := c.open(req, window)
		if err != nil {
			dst.Done(err)
			return nil
		}
		st.End(nil)
		if views, is := any(dst).(stream.Observer[View]); is {
			return st.Messages().Attach(ctx, &lender{
				Stage: stream.Stage[View]{Dst: views}, next: stream.NextOf(views), conn: c, st: st, name: req.Name, lost: o.Lost,
			})
		}
		return st.Messages().Attach(ctx, &inbound[T]{
			Stage: stream.Stage[T]{Dst: dst}, next: stream.NextOf(dst), conn: c, st: st, name: req.Name,
			lost: o.Lost, endOnFault: o.EndOnFault,
		})
	})
}

func policyToWire(p stream.Policy) request.Policy {
	switch p.Kind() {
	case stream.KindDropOldest:
		return request.DropOldest
	case stream.KindDropNewest:
		return request.DropNewest
	case stream.KindFailWhenFull:
		return request.FailWhenFull
	}
	return request.Block
}

// open opens a stream for something that the other side exposes.
func (c *Connection) open(req *request.Request, window int) (*transport.Stream, error) {
	fail := func(err error) (*transport.Stream, error) {
		return nil, &Error{Op: "open " + req.Name, Peer: c.String(), Err: err}
	}
	if req.Name == "" && req.Kind != request.List {
		return fail(errNoName)
	}
	if req.Codec != "" {
		if _, err := c.peer.codec(codec.Type(req.Codec)); err != nil {
			return fail(err)
		}
	}
	about, err := request.Append(nil, req)
	if err != nil {
		return fail(err)
	}
	st, err := c.link.Open(about, &transport.OpenOptions{Window: window})
	if err != nil {
		return fail(err)
	}
	return st, nil
}

// inbound decodes what comes on a stream.
type inbound[T any] struct {
	stream.Stage[T]
	next       func(v T) bool // of Dst
	conn       *Connection
	st         *transport.Stream
	name       string
	dataType   codec.Type
	decode     func(body []byte) (T, error) // of dataType; nil: none yet
	endOnFault bool
	again      bool // others may subscribe after this: the stream goes on
	lost       func(n uint64)
	ended      bool
}

func (r *inbound[T]) Next(m *transport.Message) bool {
	if m.Lost > 0 && r.lost != nil {
		r.lost(m.Lost)
	}
	if m.Type != r.dataType || r.decode == nil {
		decode, err := decoderOf[T](r.conn.peer, m.Type)
		if err != nil {
			return r.fault(m, err)
		}
		r.dataType, r.decode = m.Type, decode
	}
	v, err := r.decode(m.Body)
	if err != nil {
		return r.fault(m, err)
	}
	return r.next(v)
}

func (r *inbound[T]) fault(m *transport.Message, err error) bool {
	f := &Fault{Name: r.name, Type: m.Type, Size: len(m.Body), Err: err}
	r.conn.report(f)
	if r.endOnFault {
		r.ended = true
		r.st.Stop()
		r.Dst.Done(f)
	}
	return !r.endOnFault
}

func (r *inbound[T]) Done(err error) {
	if !r.again {
		r.st.Stop()
	}
	if !r.ended {
		r.Dst.Done(r.conn.fromWire(r.name, err))
	}
}

// lender passes messages of a stream on as views.
type lender struct {
	stream.Stage[View]
	next func(v View) bool // of Dst
	conn *Connection
	st   *transport.Stream
	name string
	lost func(n uint64)
}

func (l *lender) Next(m *transport.Message) bool {
	if m.Lost > 0 && l.lost != nil {
		l.lost(m.Lost)
	}
	return l.next(View{m})
}

// NextFunc is for [stream.NextOf].
func (l *lender) NextFunc() func(m *transport.Message) bool {
	if l.lost != nil {
		return l.Next
	}
	next := l.next
	return func(m *transport.Message) bool { return next(View{m}) }
}

func (l *lender) Done(err error) {
	l.st.Stop()
	l.Dst.Done(l.conn.fromWire(l.name, err))
}
