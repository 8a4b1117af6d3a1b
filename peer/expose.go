package peer

import (
	"cmp"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/peer/internal/request"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// DefaultLimit is how many remote users something exposed may have at once.
const DefaultLimit = 1024

// ExposeOptions are the options of [Expose], [ExposeSink], [Handle] and [Group].
// nil means every default.
type ExposeOptions struct {
	// Shared runs an exposed Observable once for all its remote subscribers: from
	// the first of them on until the last has left. Otherwise each runs it anew,
	// which for a source that is hot anyway is the same.
	Shared bool

	// History repeats the last values, so many, to each new subscriber, in order
	// and before those that follow, without a gap or a repetition. The Observable
	// runs from Expose on, until the Exposure is closed; it implies Shared.
	History int

	// HistoryAge leaves older values out of the History; 0 means any age.
	HistoryAge time.Duration

	// Policy is for subscribers that ask for every value: instead of making the
	// source wait, which holds back everybody else who listens to a source that
	// is hot or shared, values for them are dropped, or they end, as it says; there
	// is room for the History besides its number. nil lets them make the source wait.
	Policy *stream.Policy

	// Codec is what values are encoded in for those who ask for nothing else, and
	// know it. Empty means bytes if T is []byte, and JSON otherwise.
	Codec codec.Type

	// Type is the name of the type of the values, which those of others are
	// compared with, Reply that of a handler's result. Empty means [TypeName].
	Type, Reply string

	// Allow is asked first whether a remote may use it; an error, whose text the
	// remote gets, refuses. It may block, and be called by many goroutines at
	// once. nil allows everybody. Options.StreamOffers is asked after it.
	Allow func(*StreamOffer) error

	// Limit is how many remote users there may be at once, over all connections;
	// further ones are refused with [ErrBusy]. For [Handle] it is how many calls may
	// be under way. 0 means 1024; negative means no limit.
	Limit int

	// PerConnection is how many of these may be of one connection, so that one remote
	// cannot take them all. 0 means a quarter of Limit, or 256 if that is more; negative
	// means no limit but Limit.
	PerConnection int
}

func (o *ExposeOptions) orDefault() ExposeOptions {
	if o == nil {
		return ExposeOptions{}
	}
	return *o
}

// Expose gives an Observable a name, under which every connected peer can
// subscribe to it with [Remote]. What travels is demand and the end, too: a
// subscriber that takes its time makes a cold source wait, one that stops, or is
// cut off, stops it, and completion, errors and panics reach the subscriber.
//
// Each remote subscription is one subscription of o, on a goroutine of its own if
// o is cold; see ExposeOptions.Shared. A subscriber that asks for every value and
// takes long holds a hot source back, and with it everybody else who listens to
// it: give such a source an ExposeOptions.Policy. Values that cannot be encoded
// are left out, see [Exposure.Invalid].
//
// Errors are an *[Error] with ErrExposed, ErrClosed, a *[codec.TypeError] for a T
// that the codec can never carry, or what is wrong with the name: it is 1 to 255
// bytes of UTF-8. The Exposure lives until it, or the peer, is closed.
// Python peers, and connections without the native protocol, see nothing of it
// (docs/protocol.md, section 8).
func Expose[T any](p *Peer, name string, o stream.Observable[T], opts *ExposeOptions) (*Exposure, error) {
	opt := opts.orDefault()
	what := described[T](KindStream, name, opt)
	if _, err := encoderOf[T](p, what.Codec); err != nil {
		return nil, &Error{Op: "expose", Peer: name, Err: err}
	}
	source := o
	switch {
	case opt.History > 0:
		source = operators.ShareReplay(o, opt.History, opt.HistoryAge)
	case opt.Shared:
		source = operators.Share(o)
	}
	policy := withRoom(opt.Policy, opt.History)
	e, err := p.expose(what, &opt, func(s *served) error { return publish(s, source, policy) })
	if err == nil && opt.History > 0 {
		source.Subscribe(e.life, ignore[T]{}) // ends with the exposure
	}
	return e, err
}

// described returns what is exposed of values of type T.
func described[T any](kind Kind, name string, opt ExposeOptions) Exposed {
	return Exposed{
		Kind: kind, Name: name, Type: cmp.Or(opt.Type, TypeName[T]()), Codec: cmp.Or(opt.Codec, natural[T]()),
	}
}

// withRoom returns a policy with room for so many values more.
func withRoom(p *stream.Policy, n int) *stream.Policy {
	if p == nil || n <= 0 {
		return p
	}
	return policyOf(&request.Request{Policy: policyToWire(*p), Capacity: uint64(p.Capacity() + n)})
}

// ignore keeps a shared source running.
type ignore[T any] struct{}

func (ignore[T]) Next(T) bool { return true }
func (ignore[T]) Done(error)  {}

// natural returns the codec for values of T that nobody has chosen one for.
func natural[T any]() codec.Type {
	var v T
	switch any(v).(type) {
	case []byte:
		return codec.Bytes
	}
	return DefaultDataType
}

// publish sends the values of source to a remote subscriber, until either ends.
func publish[T any](s *served, source stream.Observable[T], policy *stream.Policy) error {
	out := &outbound[T]{served: s, dataType: s.of.what.Codec, done: make(chan struct{})}
	if s.req.Codec != "" {
		out.dataType = codec.Type(s.req.Codec)
	} else if !slices.Contains(s.conn.link.Remote().Codecs, out.dataType) {
		out.dataType = natural[T]() // everybody knows that
	}
	var err error
	if out.encode, err = encoderOf[T](s.of.peer, out.dataType); err != nil {
		return fmt.Errorf("%w: %w", ErrType, err)
	}
	if asked := policyOf(s.req); asked.Kind() != stream.KindBlock || policy == nil {
		policy = asked
	}
	if policy.Kind() != stream.KindBlock || s.req.Policy != 0 {
		lane := s.st.Lane(out.dataType, *policy)
		defer func() { s.of.dropped.Add(lane.Dropped()) }()
		defer lane.Close()
		out.way = lane
	} else {
		out.way = s.st.Way(out.dataType)
	}
	if run := source.Attach(s.ctx, out); run != nil {
		stream.Protect(out, run)
	}
	<-out.done
	return out.err
}

// policyOf returns the policy that a subscriber asks for.
func policyOf(req *request.Request) *stream.Policy {
	n := int(min(req.Capacity, 1<<20))
	p := stream.Block(n)
	switch req.Policy {
	case request.DropOldest:
		p = stream.DropOldest(n)
	case request.DropNewest:
		p = stream.DropNewest(n)
	case request.FailWhenFull:
		p = stream.FailWhenFull(n)
	}
	return &p
}

// outbound encodes and sends the values of a source. There is no guard between the
// two, which is felt in small values: what can throw in here is the encoding alone.
type outbound[T any] struct {
	stream.Patience
	served   *served
	way      transport.Way
	dataType codec.Type
	encode   func(dst []byte, v T) ([]byte, error)
	buf      []byte

	failed error // to send
	over   atomic.Bool
	err    error
	done   chan struct{}
}

// mostKept is how much memory is kept to encode the next value in.
const mostKept = 64 << 10

// NextFunc is for [stream.NextOf].
func (o *outbound[T]) NextFunc() func(v T) bool {
	if o.dataType == codec.Bytes {
		if plain, is := any(o.sendFunc()).(func(T) bool); is {
			return plain // it is made of bytes as it is
		}
	}
	return o.Next
}

// sendFunc returns send as a function that calls little. As some NextFuncs it is not
// inlined itself.
//
//go:noinline
func (o *outbound[T]) sendFunc() func(body []byte) bool {
	way, ctx := o.way, o.served.ctx
	return func(body []byte) bool {
		if o.Ends() {
			return o.send(body)
		}
		err := way.Send(ctx, body)
		return err == nil || o.unsent(err)
	}
}

func (o *outbound[T]) Next(v T) (more bool) {
	stream.Protect(o, func() { more = o.next(v) })
	return more
}

func (o *outbound[T]) next(v T) bool {
	body, err := o.encode(o.buf[:0], v)
	if err != nil {
		o.served.of.invalid.Add(1)
		o.served.conn.peer.log.Warn("value not sent", "name", o.served.req.Name, "err", err)
		return true
	}
	if o.buf = body; cap(body) > mostKept {
		o.buf = nil
	}
	return o.send(body)
}

// send sends a value that is encoded.
func (o *outbound[T]) send(body []byte) bool {
	ctx := o.served.ctx
	if o.Ends() {
		ctx = o.Patience.Context()
	}
	err := o.way.Send(ctx, body)
	if err != nil && o.Ends() && ctx.Err() != nil && o.served.ctx.Err() == nil {
		o.Miss()
		o.served.of.dropped.Add(1)
		return true
	}
	return err == nil || o.unsent(err)
}

// unsent deals with a value that was not sent. It reports whether others may be.
func (o *outbound[T]) unsent(err error) bool {
	if _, large := err.(*transport.LimitError); large {
		o.served.of.invalid.Add(1)
		return true
	}
	o.failed = err
	return false
}

func (o *outbound[T]) Done(err error) {
	if o.over.Swap(true) {
		return // encoding has thrown before
	}
	if o.err = err; o.failed != nil {
		o.err = o.failed
	}
	close(o.done)
}
