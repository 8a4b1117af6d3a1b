package peer

import (
	"bytes"
	"context"
	"sync"
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// Request is [Call] as an Observable: each subscription calls the function once, emits
// the result and completes. Many calls need no goroutine each then, and operators say
// what becomes of them: FlatMap has several under way at once, Timeout and Retry do
// what their names say.
//
// To stop the subscription ends the function's ctx. The stream fails as Call does, and
// with the cause of its context. The result comes on a goroutine of its own or, once
// the subscribers of that function have been quick, on the one that reads the
// connection, which another one replaces soon if Next takes longer. Until Done has
// returned the call counts among the 256 that may be under way.
func Request[Q, R any](c *Connection, name string, q Q) stream.Observable[R] {
	return stream.New(func(ctx context.Context, dst stream.Observer[R]) (run func()) {
		if ctx.Err() != nil {
			dst.Done(context.Cause(ctx))
			return nil
		}
		to, err := callerOf[Q, R](c, name)
		if err != nil {
			dst.Done(callError(c, name, err))
			return nil
		}
		stream.Protected(dst)
		p := &pending[Q, R]{ctx: ctx, to: to, q: q, dst: dst}
		select {
		case to.slots <- struct{}{}:
			if p.start(atOnce) {
				return nil
			}
		default:
		}
		return p.run // it has to wait
	})
}

// pending is a call that a subscription has made.
type pending[Q, R any] struct {
	ctx context.Context // of the subscription
	to  *callerFor[Q, R]
	q   Q
	dst stream.Observer[R]
	id  uint64

	mu    sync.Mutex
	stop  func() bool // looking at ctx
	taken bool        // the reply has come
}

func (p *pending[Q, R]) run() {
	if err := p.to.slot(p.ctx); err != nil {
		p.fail(err)
		return
	}
	p.start(p.ctx)
}

// start makes the call, with a slot that is held. If ctx is atOnce and it would have to
// wait, for room or to learn why it cannot be made, it reports false and has no slot.
func (p *pending[Q, R]) start(ctx context.Context) (ok bool) {
	ok = true
	stream.Protect(p.dst, func() {
		id, err := p.to.start(ctx, p, func(dst []byte) ([]byte, error) { return p.to.encode(dst, p.q) })
		switch {
		case err == nil:
			p.id = id
			p.watch()
		case ctx == atOnce:
			ok = false
		default:
			p.fail(err)
		}
	})
	return ok
}

// watch lets the end of the subscription's context cancel the call.
func (p *pending[Q, R]) watch() {
	stop := stream.AfterFunc(p.ctx, p.cancel)
	p.mu.Lock()
	taken := p.taken
	p.stop = stop
	p.mu.Unlock()
	if taken {
		stop()
	}
}

func (p *pending[Q, R]) cancel() {
	if p.to.giveUp(p.id, p) {
		p.to.cancel(p.id)
		stream.Protect(p.dst, func() { p.dst.Done(context.Cause(p.ctx)) })
	}
}

// fail ends the subscription, whose call was not made.
func (p *pending[Q, R]) fail(err error) {
	if p.ctx.Err() != nil {
		err = context.Cause(p.ctx)
	} else {
		err = callError(p.to.conn, p.to.what.name, err)
	}
	p.dst.Done(err)
}

func (p *pending[Q, R]) take(body []byte, err error, reading bool) {
	p.mu.Lock()
	stop := p.stop
	p.taken = true
	p.mu.Unlock()
	if stop != nil {
		stop()
	}
	body = bytes.Clone(body)
	p.to.mu.Lock()
	quick := p.to.pace.quick()
	p.to.mu.Unlock()
	if reading && quick && p.to.st.Yield() {
		p.deliver(body, err)
	} else {
		go p.deliver(body, err) // ends with the subscriber's Done
	}
}

// deliver gives the subscriber the reply.
func (p *pending[Q, R]) deliver(body []byte, err error) {
	began := time.Now()
	defer func() {
		p.to.mu.Lock()
		p.to.pace.took(time.Since(began), quickNext)
		p.to.mu.Unlock()
		<-p.to.slots
	}()
	stream.Protect(p.dst, func() {
		if err == nil {
			var v R
			if v, err = p.to.result(body); err == nil && !p.dst.Next(v) {
				p.dst.Done(stream.ErrStopped)
				return
			}
		}
		p.dst.Done(callError(p.to.conn, p.to.what.name, err))
	})
}
