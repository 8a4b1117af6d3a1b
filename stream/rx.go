package stream

import "context"

// Rx makes an [Observable] an RxGo Observable.
type Rx struct {
	source erased
}

// erased is a source whose type parameter is hidden.
type erased interface {
	attachAny(ctx context.Context, dst Observer[any]) (run func())
}

func (a attachment[T]) attachAny(ctx context.Context, dst Observer[any]) (run func()) {
	return a(ctx, &toAny[T]{Stage[any]{dst}})
}

// toAny hides the type of each value.
type toAny[T any] struct{ Stage[any] }

func (s *toAny[T]) Next(v T) bool { return s.Dst.Next(v) }
