package stream

import "context"

// Observable is a recipe for a stream of values: nothing runs before somebody
// subscribes. It is a small value; copy it freely and use it from any
// goroutine. The zero value completes at once.
//
// Package operators transforms, combines and divides Observables. Programs that
// have RxGo pipelines use one as an RxGo Observable with [Observable.Rx].
type Observable[T any] struct {
	attach attachment[T]
}

// attachment is what an Observable is made of. It is a named function type so
// that Rx can hold it, without its type parameter, at no allocation.
type attachment[T any] func(ctx context.Context, dst Observer[T]) (run func())

// New returns an Observable made of attach, which is called once per
// subscription.
//
// attach registers dst before it returns and never blocks. A hot source
// returns nil and calls dst by itself whenever it has something; a cold one
// returns run, which calls dst on the goroutine that runs it. A hot source
// that must hand over older values first returns a run that does so, and goes
// on by itself from there.
//
// When ctx ends, or dst.Next returns false, the source lets go of dst and
// calls dst.Done with the cause of ctx, or [ErrStopped]. A source calls dst
// through [Protect], so that a panic in a subscriber ends that subscription
// alone.
func New[T any](attach func(ctx context.Context, dst Observer[T]) (run func())) Observable[T] {
	return Observable[T]{attach}
}

// Attach registers dst with the source, without a guard: it is for authors of
// operators, whose stages fuse through it into one chain of direct calls.
// Everybody else uses Subscribe and its kin.
//
// It never blocks. When run is not nil the caller owes exactly one call of it,
// on any goroutine; the subscription makes no progress before. When run is nil
// the source calls dst by itself. ctx bounds the subscription, not the call.
func (o Observable[T]) Attach(ctx context.Context, dst Observer[T]) (run func()) {
	if o.attach == nil {
		dst.Done(nil)
		return nil
	}
	return o.attach(ctx, dst)
}
