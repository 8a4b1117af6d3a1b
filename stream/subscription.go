package stream

import (
	"context"
	"sync"
	"sync/atomic"
)

// Subscription is one use of an [Observable]. Its methods are safe for
// concurrent use.
type Subscription struct {
	scope   scope // what the source gets
	stopped atomic.Bool

	mu     sync.Mutex
	err    error         // what Done was called with
	isOver bool          // that was, and no goroutine is left
	over   chan struct{} // closed then; nil: nobody waits
}

// Stop ends the subscription: no Next begins after it returns, and Done is
// called with [ErrStopped] once a Next that is running has returned. It does
// not wait for that (Wait does), may be called from inside a callback and more
// than once (Reactive Streams 3.5, 3.7).
func (s *Subscription) Stop() {
	s.stopped.Store(true)
	s.scope.end(ErrStopped)
}

// Wait waits until the subscription has ended, with no goroutine or timer of
// it left, and returns what Done was called with: nil at completion. When ctx
// ends first it returns the cause of ctx. Inside a callback of the same
// subscription it can only end with ctx.
func (s *Subscription) Wait(ctx context.Context) error {
	over := s.ended()
	select {
	case <-over:
		return s.err
	case <-ctx.Done():
	}
	select {
	case <-over:
		return s.err
	default:
		return context.Cause(ctx)
	}
}

// ended returns a channel that is closed when the subscription is over.
func (s *Subscription) ended() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over == nil {
		s.over = make(chan struct{})
		if s.isOver {
			close(s.over)
		}
	}
	return s.over
}

// Dropped returns how many values the operators and boundaries between the
// source and this subscriber (such as operators.Buffer, Values and Chan) have
// dropped so far because something was full or late.
func (s *Subscription) Dropped() uint64 { return s.scope.drops.n.Load() }

// Subscribe starts the observable for dst. ctx bounds the subscription: when
// it ends, dst.Done is called with its cause.
//
// A cold source runs on a goroutine of its own, which ends with the
// subscription; a hot one calls dst on the goroutine that emits. A panic in
// dst, or in a function given to an operator between, ends this subscription
// with a [*PanicError].
func (o Observable[T]) Subscribe(ctx context.Context, dst Observer[T]) *Subscription {
	s, run := o.start(ctx, dst)
	if run != nil {
		go run() // ends after Done, or when the source goes on by itself
	}
	return s
}

// On subscribes next and ignores the end. Use the subscription's Wait, or
// Subscribe, to learn of it.
func (o Observable[T]) On(ctx context.Context, next func(v T)) *Subscription {
	return o.Subscribe(ctx, onNext[T](next))
}

type onNext[T any] func(v T)

func (f onNext[T]) Next(v T) bool {
	f(v)
	return true
}

// NextFunc is for [NextOf].
func (f onNext[T]) NextFunc() func(v T) bool {
	return func(v T) bool {
		f(v)
		return true
	}
}

func (onNext[T]) Done(error) {}

// start attaches dst behind a guard. The caller calls run, unless it is nil.
func (o Observable[T]) start(ctx context.Context, dst Observer[T]) (s *Subscription, run func()) {
	s = new(Subscription)
	return s, attachGuarded(ctx, o, dst, s)
}

func attachGuarded[T any](ctx context.Context, o Observable[T], dst Observer[T], s *Subscription) (run func()) {
	s.scope.begin(ctx)
	g := &guard[T]{dst: dst, next: NextOf(dst), Subscription: s}
	attached := o.Attach(&s.scope, g)
	if attached == nil {
		g.leave()
		return nil
	}
	return func() {
		defer g.leave()
		protect(attached, func(err *PanicError) { g.Done(err) })
	}
}

// guard stands between a source and the observer of a subscription: it keeps
// values back after Stop, catches what the observer throws, and reports when
// everything is over.
type guard[T any] struct {
	dst     Observer[T]
	next    func(v T) bool // of dst
	covered bool           // what dst throws is caught by the source
	calling bool           // of those: Next was called, and has not returned
	refused bool           // dst wants no more
	*Subscription
	done     atomic.Bool
	returned atomic.Int32 // how many of Done and run have
}

func (g *guard[T]) boundary() *Patience { return PatienceOf(g.dst) }

// NextFunc is for [NextOf], and not inlined as that of each is not.
//
//go:noinline
func (g *guard[T]) NextFunc() func(v T) bool {
	return func(v T) bool {
		if g.covered && !g.stopped.Load() {
			return g.deliver(v)
		}
		return g.Next(v)
	}
}

func (g *guard[T]) protected() { g.covered = true }

func (g *guard[T]) caught(err *PanicError) error {
	if !g.calling {
		return err // from a stage
	}
	g.stopped.Store(true)
	g.Done(err)
	if err.Goexit {
		return err
	}
	return ErrStopped
}

func (g *guard[T]) Next(v T) bool {
	switch {
	case g.stopped.Load():
		return false
	case g.covered:
		return g.deliver(v)
	}
	return g.deliverProtected(v)
}

// deliver passes a value on, for a source that catches what dst throws.
func (g *guard[T]) deliver(v T) (more bool) {
	g.calling = true
	more = g.next(v)
	g.calling, g.refused = false, !more || g.refused
	return more
}

func (g *guard[T]) deliverProtected(v T) bool {
	normal := false
	defer func() {
		if !normal {
			g.stopped.Store(true)
			g.Done(newPanicError(recover()))
		}
	}()
	more := g.next(v)
	normal = true
	if !more {
		g.refused = true
	}
	return more
}

// Done is idempotent: a source that fails in the middle of its own Done is
// reported by the subscription's run as well.
func (g *guard[T]) Done(err error) {
	if !g.done.CompareAndSwap(false, true) {
		return
	}
	if err == nil && (g.refused || g.stopped.Load()) {
		err = ErrStopped // the source completed, but values may have been kept back
	}
	g.err = err
	defer g.leave() // also if Done ends the goroutine
	defer g.scope.end(ErrStopped)
	protect(func() { g.dst.Done(err) }, func(p *PanicError) { g.err = p })
}

// leave notes that Done, or the source's run, is over. The second call ends
// the subscription.
func (g *guard[T]) leave() {
	if g.returned.Add(1) < 2 {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.isOver = true; g.over != nil {
		close(g.over)
	}
}
