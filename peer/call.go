package peer

import (
	"bytes"
	"context"
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
func Call[Q, R any](ctx context.Context, c *Connection, name string, q Q) (r R, err error) {
	t := naturalOf[Q, R]()
	fail := func(err error) (R, error) {
		var none R
		if remote, is := err.(*RemoteError); is {
			return none, remote
		}
		return none, &Error{Op: "call " + name, Peer: c.String(), Err: err}
	}
	encode, err := encoderOf[Q](c.peer, t)
	if err != nil {
		return fail(err)
	}
	decode, err := decoderOf[R](c.peer, t)
	if err != nil {
		return fail(err)
	}
	to, err := c.callee(callee{name, TypeName[Q](), TypeName[R](), t})
	if err != nil {
		return fail(err)
	}
	body, err := to.call(ctx, func(dst []byte) ([]byte, error) { return encode(dst, q) })
	if err != nil {
		return fail(err)
	}
	if r, err = decode(body); err != nil {
		return fail(&Fault{Name: name, Type: t, Size: len(body), Err: err})
	}
	return r, nil
}

// callee identifies what is called: calls of the same share a stream.
type callee struct {
	name, argument, result string
	codec                  codec.Type
}

// callees are the streams on which a connection calls.
type callees struct {
	mu   sync.Mutex
	open map[callee]*caller
}

// callee returns the stream for calls of that kind.
func (c *Connection) callee(what callee) (*caller, error) {
	c.callees.mu.Lock()
	defer c.callees.mu.Unlock()
	if to := c.callees.open[what]; to != nil {
		return to, nil
	}
	st, err := c.open(&request.Request{
		Kind: request.Call, Name: what.name, Codec: string(what.codec), Type: what.argument, Reply: what.result,
	}, 0)
	if err != nil {
		return nil, err
	}
	to := &caller{
		conn: c, what: what, st: st,
		slots: make(chan struct{}, mostCalls), ended: make(chan struct{}), waiting: make(map[uint64]waiter),
	}
	if c.callees.open == nil {
		c.callees.open = make(map[callee]*caller)
	}
	c.callees.open[what] = to
	if run := st.Messages().Attach(context.Background(), to); run != nil { // it ends with the stream
		go run() // when it has delivered what is there
	}
	return to, nil
}

// forget makes the next call open a stream of its own.
func (c *Connection) forget(to *caller) {
	c.callees.mu.Lock()
	defer c.callees.mu.Unlock()
	if c.callees.open[to.what] == to {
		delete(c.callees.open, to.what)
	}
}

// caller is a stream for calls.
type caller struct {
	conn  *Connection
	what  callee
	st    *transport.Stream
	slots chan struct{} // a token for each call under way
	ended chan struct{}
	err   error // why; set before ended is closed

	mu      sync.Mutex
	next    uint64
	waiting map[uint64]waiter // nil when it has ended
}

// waiter is a call that waits, with room for a reply. Exactly one comes, unless it
// is taken out of the caller's map before.
type waiter chan reply

type reply struct {
	body []byte
	err  error
}

// call sends an argument and waits for the result.
func (to *caller) call(ctx context.Context, encode func(dst []byte) ([]byte, error)) ([]byte, error) {
	select {
	case to.slots <- struct{}{}:
	case <-to.ended:
		return nil, to.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	w := make(waiter, 1) // not kept for others: a channel belongs to its synctest bubble
	id, err := to.begin(w)
	if err == nil {
		err = to.send(ctx, id, request.CallBegin, encode)
	}
	if err != nil {
		to.giveUp(id, w)
		<-to.slots
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
	<-to.slots
	return got.body, got.err
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
		err = to.st.Send(ctx, codec.Bytes, body)
	}
	if *buf = body[:0]; cap(body) <= mostKept {
		buffers.Put(buf)
	}
	return err
}

// cancel tells the other side that nobody waits, and frees the call's slot when
// that is on its way.
func (to *caller) cancel(id uint64) {
	tell := func(ctx context.Context) error {
		return to.send(ctx, id, request.CallCancel, func(dst []byte) ([]byte, error) { return dst, nil })
	}
	full, end := context.WithCancel(context.Background())
	end() // it must not wait
	if err := tell(full); err != context.Canceled {
		<-to.slots
		return
	}
	go func() { // ends when there is room, or the connection ends; one for each slot at most
		_ = tell(to.conn.ctx) // then the other side knows
		<-to.slots
	}()
}

// Next delivers a reply.
func (to *caller) Next(m transport.Message) bool {
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
		w <- reply{body: bytes.Clone(body)}
		return true
	}
	code, text, err := request.ParseFailure(body)
	if err != nil {
		code, text = uint32(transport.CodeInternal), err.Error()
	}
	w <- reply{err: to.conn.remoteError(to.what.name, transport.Code(code), text)}
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
		w <- reply{err: err}
	}
}
