package stream

import "context"

// Stage is the part that the observers of fused operators have in common:
// embed it, and add a Next that calls s.Dst.Next. Done passes the end on.
//
// It also lets a source that may not wait (see [Sink.TryEmit]) see the bounded
// queue at the end of the chain. An observer that is called by more than one
// source, or on goroutines of its own, must not embed it.
type Stage[T any] struct {
	// Dst is the next observer downstream.
	Dst Observer[T]
}

// Done passes the end of the subscription on.
func (s Stage[T]) Done(err error) { s.Dst.Done(err) }

func (s Stage[T]) boundary() *patience { return patienceOf(s.Dst) }

// Lift returns the Observable of a fused operator: each subscription attaches
// the observer that stage makes around the subscriber's to src, with no
// goroutine and no queue between them.
func Lift[T, U any](src Observable[T], stage func(dst Observer[U]) Observer[T]) Observable[U] {
	return New(func(ctx context.Context, dst Observer[U]) func() {
		return src.Attach(ctx, stage(dst))
	})
}

// patience tells the bounded queue at the end of a chain how long the delivery
// under way may wait for room, and is told there what did not fit. The source
// writes it before, and reads it after, each call of Next; both happen on the
// goroutine that makes the call.
type patience struct {
	limit  context.Context // nil: as long as the subscription lasts
	missed bool
}

// noPatience is the limit of deliveries that must not wait.
var noPatience = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// patienceOf returns the patience of the queue that dst leads to without
// another queue or goroutine between, nil when there is none.
func patienceOf[T any](dst Observer[T]) *patience {
	if b, ok := dst.(interface{ boundary() *patience }); ok {
		return b.boundary()
	}
	return nil
}

// limitOf returns ctx as a limit for patience: nil when it cannot end.
func limitOf(ctx context.Context) context.Context {
	if ctx.Done() == nil {
		return nil
	}
	return ctx
}
