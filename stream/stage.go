package stream

import "context"

// Stage is the part that the observers of fused operators have in common:
// embed it, and add a Next that calls s.Dst.Next. Done passes the end on.
//
// It also lets a source that may not wait (see [Sink.TryEmit]) see the bounded
// queue at the end of the chain, and one that catches panics the guard there
// (see [Protected]). An observer that is called by more than one
// source, or on goroutines of its own, must not embed it; see [Patience].
type Stage[T any] struct {
	// Dst is the next observer downstream.
	Dst Observer[T]
}

// Done passes the end of the subscription on.
func (s Stage[T]) Done(err error) { s.Dst.Done(err) }

func (s Stage[T]) boundary() *Patience { return PatienceOf(s.Dst) }
func (s Stage[T]) protected()          { Protected(s.Dst) }

func (s Stage[T]) caught(err *PanicError) error { return Caught(s.Dst, err) }

// Lift returns the Observable of a fused operator: each subscription attaches
// the observer that stage makes around the subscriber's to src, with no
// goroutine and no queue between them. [Fuse] and [FuseEnd] do the same for
// stages that are functions, which is faster.
func Lift[T, U any](src Observable[T], stage func(dst Observer[U]) Observer[T]) Observable[U] {
	return New(func(ctx context.Context, dst Observer[U]) func() {
		return src.Attach(ctx, stage(dst))
	})
}
