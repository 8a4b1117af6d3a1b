package operators

import "github.com/rxpeer/rxpeer/stream"

// Filter returns the values for which keep reports true.
//
//	o:       1---2---3---4---|
//	Filter:  ----2-------4---|    even
//
// It is fused: no goroutine, no buffer, the order is kept. A panic in keep
// ends the subscription with a [*stream.PanicError].
//
// RxGo: Filter. RxJS: filter. samber/ro: Filter.
func Filter[T any](o stream.Observable[T], keep func(v T) bool) stream.Observable[T] {
	return stream.Lift(o, func(dst stream.Observer[T]) stream.Observer[T] { return newFilter(dst, keep) })
}
