package stream

import "context"

// Observable is a recipe for a stream of values: nothing runs before somebody
// subscribes. It is a small value; copy it freely and use it from any
// goroutine. The zero value completes at once.
type Observable[T any] struct {
	attach func(ctx context.Context, dst Observer[T]) (run func())
}

// New returns an Observable made of attach, which is called once per
// subscription.
//
// attach registers dst before it returns and never blocks. A hot source
// returns nil and calls dst whenever it has something; a cold one returns run,
// which calls dst and returns after dst.Done. When ctx ends, or dst.Next
// returns false, the source lets go of dst and calls dst.Done with the cause
// of ctx, or [ErrStopped].
func New[T any](attach func(ctx context.Context, dst Observer[T]) (run func())) Observable[T] {
	return Observable[T]{attach: attach}
}

// Attach registers dst with the source, without a guard: it is for authors of
// operators, whose stages fuse through it into one chain of direct calls.
// Everybody else uses Subscribe and its kin.
//
// It never blocks. When run is not nil the caller owes exactly one call of it,
// on any goroutine; it returns after dst.Done. When run is nil the source
// calls dst by itself. ctx bounds the subscription.
func (o Observable[T]) Attach(ctx context.Context, dst Observer[T]) (run func()) {
	if o.attach == nil {
		dst.Done(nil)
		return nil
	}
	return o.attach(ctx, dst)
}
