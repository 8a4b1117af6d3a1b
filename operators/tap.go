package operators

import "github.com/rxpeer/rxpeer/stream"

// Tap calls next with each value before it is delivered.
//
//	o:     a---b---c---|
//	next:  a   b   c
//	Tap:   a---b---c---|
//
// It is for side effects, such as a counter; see [Finally] for the end,
// [Metered] to measure and [Log] to log. It is fused: no goroutine, no buffer,
// the order is kept. A panic in next ends the subscription with a
// [*stream.PanicError].
//
// RxGo: DoOnNext. RxJS: tap. samber/ro: Tap, TapOnNext.
func Tap[T any](o stream.Observable[T], next func(v T)) stream.Observable[T] {
	return stream.Fuse(o, func(deliver func(v T) bool) func(v T) bool {
		return func(v T) bool {
			next(v)
			return deliver(v)
		}
	})
}

// Finally calls f once in each subscription, when it ends, and passes the end
// on: err is nil at completion, [stream.ErrStopped] when the subscriber stopped
// or panicked, the cause of the context when that ended, and otherwise the
// failure.
//
//	o:        a---b---|
//	f:                nil
//	Finally:  a---b---|
//
// When the subscription's Wait returns, f has. What is above Finally in the
// chain has let go then, and what is below has not seen the end yet; put
// Finally last to have all that a pipeline holds released.
//
// It is fused: no goroutine, no buffer, the order is kept. A panic in f makes a
// [*stream.PanicError] of the end.
//
// RxGo: DoOnCompleted, DoOnError. RxJS: finalize, tap. samber/ro: TapOnFinalize, TapOnComplete, TapOnError.
func Finally[T any](o stream.Observable[T], f func(err error)) stream.Observable[T] {
	return stream.Lift(o, func(dst stream.Observer[T]) stream.Observer[T] {
		return &finallyStage[T]{stream.Stage[T]{Dst: dst}, f}
	})
}

type finallyStage[T any] struct {
	stream.Stage[T]
	f func(err error)
}

func (s *finallyStage[T]) Next(v T) bool { return s.Dst.Next(v) }

func (s *finallyStage[T]) Done(err error) { endAfter(s.Dst, err, func() { s.f(err) }) }

// endAfter calls f, and then dst.Done with err, or with the panic of f.
func endAfter[T any](dst stream.Observer[T], err error, f func()) {
	returned := false
	stream.Protect(dst, func() {
		f()
		returned = true
	})
	if returned {
		dst.Done(err)
	}
}
