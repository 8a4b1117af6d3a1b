package peer

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"sync"

	"github.com/rxpeer/rxpeer/peer/internal/request"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// mostCalls is how many calls of one function may be under way on a connection.
const mostCalls = 256

// Call calls the function that the other side has exposed under name with
// [Handle], and waits for its result, until ctx ends: then the function's ctx ends
// too. Up to 256 calls of one function may be under way on a connection; further
// ones wait for that. Arguments and results are JSON, or bytes if both are []byte.
//
// A failure there is a *[RemoteError], which matches [ErrNotExposed], [ErrType],
// [ErrRefused], [ErrBusy], [ErrPanic] or the caller's error of Options.Errors;
// other errors are an *[Error]. After a failure of the connection nobody knows
// whether the function ran.
func Call[Q, R any](ctx context.Context, c *Connection, name string, q Q) (R, error) {
	r, err := call[Q, R](ctx, c, name, q)
	return r, callError(c, name, err)
}

// callError is what a user gets for err, which may be nil.
func callError(c *Connection, name string, err error) error {
	if _, remote := err.(*RemoteError); err == nil || remote {
		return err
	}
	return &Error{Op: "call " + name, Peer: c.String(), Err: err}
}

func call[Q, R any](ctx context.Context, c *Connection, name string, q Q) (r R, err error) {
	to, err := callerOf[Q, R](c, name)
	if err != nil {
		return r, err
	}
	body, err := to.call(ctx, func(dst []byte) ([]byte, error) { return to.encode(dst, q) })
	if err != nil {
		return r, err
	}
	return to.result(body)
}

// result decodes a result. It may keep body.
func (to *callerFor[Q, R]) result(body []byte) (r R, err error) {
	if to.plain {
		*any(&r).(*[]byte) = body
		return r, nil
	}
	v, err := to.decode(body)
	if err != nil {
		return r, &Fault{Name: to.what.name, Type: to.what.codec, Size: len(body), Err: err}
	}
	return v, nil
}

// callee identifies what is called: calls of the same share a stream.
type callee struct {
	name             string
	argument, result reflect.Type
	codec            codec.Type
}

// callees are the streams on which a connection calls: each is a *callerFor.
type callees struct {
	mu   sync.Mutex
	open map[callee]any
}

// callerFor is a caller that knows its types.
type callerFor[Q, R any] struct {
	caller
	encode func(dst []byte, q Q) ([]byte, error)
	decode func(body []byte) (R, error)
	plain  bool // R is []byte, and the body as it is
}

// callerOf returns the stream for calls of that kind.
func callerOf[Q, R any](c *Connection, name string) (*callerFor[Q, R], error) {
	what := callee{name, reflect.TypeFor[Q](), reflect.TypeFor[R](), naturalOf[Q, R]()}
	c.callees.mu.Lock()
	if to := c.callees.open[what]; to != nil {
		c.callees.mu.Unlock()
		return to.(*callerFor[Q, R]), nil
	}
	to, err := openCaller[Q, R](c, what)
	if err != nil {
		c.callees.mu.Unlock()
		return nil, err
	}
	if c.callees.open == nil {
		c.callees.open = make(map[callee]any)
	}
	c.callees.open[what] = to
	c.callees.mu.Unlock()
	if run := to.st.Messages().Attach(context.Background(), &to.caller); run != nil { // it ends with the stream
		go run() // ends when it has delivered what is there
	}
	return to, nil
}

func openCaller[Q, R any](c *Connection, what callee) (to *callerFor[Q, R], err error) {
	to = &callerFor[Q, R]{caller: caller{
		conn: c, what: what,
		slots: make(chan struct{}, mostCalls), ended: make(chan struct{}), waiting: make(map[uint64]waiter),
	}, plain: what.codec == codec.Bytes}
	if to.encode, err = encoderOf[Q](c.peer, what.codec); err != nil {
		return nil, err
	}
	if to.decode, err = decoderOf[R](c.peer, what.codec); err != nil {
		return nil, err
	}
	to.st, err = c.open(&request.Request{
		Kind: request.Call, Name: what.name, Codec: string(what.codec), Type: TypeName[Q](), Reply: TypeName[R](),
	}, 0)
	if err != nil {
		return nil, err
	}
	to.way = to.st.Way(codec.Bytes)
	return to, nil
}

// forget makes the next call open a stream of its own.
func (c *Connection) forget(to *caller) {
	c.callees.mu.Lock()
	defer c.callees.mu.Unlock()
	if of, is := c.callees.open[to.what].(interface{ is(*caller) bool }); is && of.is(to) {
		delete(c.callees.open, to.what)
	}
}

// caller is a stream for calls.
type caller struct {
	conn  *Connection
	what  callee
	st    *transport.Stream
	way   transport.Way // into it
	slots chan struct{} // a token for each call under way
	ended chan struct{}
	err   error // why; set before ended is closed

	mu      sync.Mutex
	next    uint64
	waiting map[uint64]waiter // nil when it has ended
	pace    pace              // of the subscribers of requests
	unused  []blocked         // that calls have left; a pool of all callers would mix synctest's bubbles
}

// mostUnused is how many waiters are kept.
const mostUnused = 64

func (to *caller) is(other *caller) bool { return to == other }

// waiter is who waits for the reply to a call. Exactly one comes, unless the call is
// taken out of the caller's map before.
type waiter interface {
	// take gets the reply. reading says that it is called by the goroutine that reads,
	// and as a call of the caller's Next; body is valid until that returns.
	take(body []byte, err error, reading bool)
}

// blocked is a goroutine that waits.
type blocked chan reply

type reply struct {
	body []byte
	err  error
}

func (w blocked) take(body []byte, err error, _ bool) { w <- reply{bytes.Clone(body), err} }

// call sends an argument and waits for the result.
func (to *caller) call(ctx context.Context, encode func(dst []byte) ([]byte, error)) ([]byte, error) {
	if err := to.slot(ctx); err != nil {
		return nil, err
	}
	w := to.unusedOne()
	id, err := to.start(ctx, w, encode)
	if err != nil {
		return nil, err
	}
	var got reply
	select {
	case got = <-w:
	case <-ctx.Done():
		if to.giveUp(id, w) {
			to.cancel(id)
			return nil, context.Cause(ctx)
		}
		got = <-w // it came at the same moment
	}
	to.keep(w)
	<-to.slots
	return got.body, got.err
}

// slot waits until another call may be under way. Who has got it takes a token out of
// slots in the end.
func (to *caller) slot(ctx context.Context) error {
	select {
	case to.slots <- struct{}{}:
		return nil
	case <-to.ended:
		return to.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// why returns what is behind a failure to send: whoever refuses a stream ends it with
// the reason, and then wants no more.
func (to *caller) why(ctx context.Context, err error) error {
	if _, stopped := errors.AsType[*transport.StopError](err); !stopped {
		return err
	}
	select {
	case <-to.ended:
		return to.err
	case <-ctx.Done():
		return err
	}
}

// start sends an argument, for whom w gets the reply. Whoever calls it has a slot, and
// has none any more, nor w a reply, if there is an error.
func (to *caller) start(ctx context.Context, w waiter, encode func(dst []byte) ([]byte, error)) (id uint64, err error) {
	if id, err = to.begin(w); err != nil {
		<-to.slots
		return 0, err
	}
	sent := false
	defer func() { // also when encoding panics
		switch {
		case sent:
		case to.giveUp(id, w):
			<-to.slots
		default:
			err = nil // the end came at the same moment, and tells more
		}
	}()
	if err = to.send(ctx, id, request.CallBegin, encode); err != nil {
		return id, to.why(ctx, err)
	}
	sent = true
	return id, nil
}

// begin notes a call.
func (to *caller) begin(w waiter) (id uint64, err error) {
	to.mu.Lock()
	defer to.mu.Unlock()
	if to.waiting == nil {
		return 0, to.err
	}
	to.next++
	to.waiting[to.next] = w
	return to.next, nil
}

// unusedOne returns a channel to wait at.
func (to *caller) unusedOne() (w blocked) {
	to.mu.Lock()
	defer to.mu.Unlock()
	last := len(to.unused) - 1
	if last < 0 {
		return make(blocked, 1)
	}
	w, to.unused = to.unused[last], to.unused[:last]
	return w
}

// keep keeps w, to which nothing comes any more, for another call.
func (to *caller) keep(w blocked) {
	to.mu.Lock()
	defer to.mu.Unlock()
	if len(to.unused) < mostUnused {
		to.unused = append(to.unused, w)
	}
}

// giveUp forgets a call, and reports whether it was waiting: no reply comes then.
func (to *caller) giveUp(id uint64, w waiter) bool {
	to.mu.Lock()
	defer to.mu.Unlock()
	if to.waiting[id] != w {
		return false
	}
	delete(to.waiting, id)
	return true
}

// send sends a message about a call.
func (to *caller) send(ctx context.Context, id uint64, what byte, encode func(dst []byte) ([]byte, error)) error {
	buf := buffers.Get().(*[]byte)
	body, err := encode(request.AppendCall((*buf)[:0], id, what))
	if err == nil {
		err = to.way.Send(ctx, body)
	}
	if *buf = body[:0]; cap(body) <= mostKept {
		buffers.Put(buf)
	}
	return err
}

// atOnce is the context of a send that must not wait.
var atOnce = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// cancel tells the other side that nobody waits, and frees the call's slot when
// that is on its way.
func (to *caller) cancel(id uint64) {
	tell := func(ctx context.Context) error {
		return to.send(ctx, id, request.CallCancel, func(dst []byte) ([]byte, error) { return dst, nil })
	}
	if err := tell(atOnce); err != context.Canceled {
		<-to.slots
		return
	}
	go func() { // ends when there is room, or the connection ends; one for each slot at most
		_ = tell(to.conn.ctx) // then the other side knows
		<-to.slots
	}()
}

// Next delivers a reply.
func (to *caller) Next(m *transport.Message) bool {
	id, what, body, err := request.ParseCall(m.Body)
	if err != nil {
		return true // so are unknown ones
	}
	to.mu.Lock()
	w := to.waiting[id]
	delete(to.waiting, id)
	to.mu.Unlock()
	if w == nil {
		return true // it was cancelled
	}
	if what == request.CallResult {
		w.take(body, nil, true)
		return true
	}
	code, text, err := request.ParseFailure(body)
	if err != nil {
		code, text = uint32(transport.CodeInternal), err.Error()
	}
	w.take(nil, to.conn.remoteError(to.what.name, transport.Code(code), text), true)
	return true
}

// Done fails the calls that wait, and those that are about to.
func (to *caller) Done(err error) {
	to.conn.forget(to)
	if err = to.conn.fromWire(to.what.name, err); err == nil {
		err = errUnanswered
	}
	to.mu.Lock()
	waiting := to.waiting
	to.waiting, to.err = nil, err
	to.mu.Unlock()
	close(to.ended)
	to.st.End(nil)
	for _, w := range waiting {
		w.take(nil, err, false)
	}
}
