package operators

import (
	"cmp"

	"github.com/rxpeer/rxpeer/stream"
)

// Map returns f of each value.
//
//	o:      a---b---c---|
//	Map:    A---B---C---|
//
// It is fused: no goroutine, no buffer, the order is kept. A panic in f ends
// the subscription with a [*stream.PanicError].
//
// RxGo: Map. RxJS: map. samber/ro: Map.
func Map[T, U any](o stream.Observable[T], f func(v T) U) stream.Observable[U] {
	return stream.Lift(o, func(dst stream.Observer[U]) stream.Observer[T] {
		return &mapping[T, U]{stream.Stage[U]{Dst: dst}, f, stream.NextOf(dst)}
	})
}

// TryMap returns f of each value, up to the first error of f, which ends the
// stream; the source is detached then.
//
//	o:      a---b---c---|
//	TryMap: A---B---#
//
// It is fused, as [Map] is.
//
// RxGo: Map. RxJS: map. samber/ro: MapErr.
func TryMap[T, U any](o stream.Observable[T], f func(v T) (U, error)) stream.Observable[U] {
	return stream.FuseEnd(o, func(next func(u U) bool) (func(v T) bool, func(err error) error) {
		var failed error
		step := func(v T) bool {
			u, err := f(v)
			if err != nil {
				failed = err
				return false
			}
			return next(u)
		}
		return step, func(err error) error { return cmp.Or(failed, err) }
	})
}

// FilterMap returns f of each value for which f reports true, and leaves the
// others out: [Map] and [Filter] in one.
//
//	o:          a---b---c---|
//	FilterMap:  A-------C---|
//
// It is fused, as [Map] is.
//
// RxGo: -. RxJS: -. samber/ro: -.
func FilterMap[T, U any](o stream.Observable[T], f func(v T) (U, bool)) stream.Observable[U] {
	return stream.Fuse(o, func(next func(u U) bool) func(v T) bool {
		return func(v T) bool {
			u, ok := f(v)
			return !ok || next(u)
		}
	})
}

// Scan returns a running result: after each value f of the previous result,
// which at first is seed, and the value.
//
//	o:            1---2---3---|
//	Scan(0, +):   1---3---6---|
//
// seed itself is not delivered. Each subscription starts from seed, which is
// not copied: let f return a new result when seed is a pointer, map or slice.
//
// It is fused, as [Map] is.
//
// RxGo: Scan. RxJS: scan. samber/ro: Scan.
func Scan[T, A any](o stream.Observable[T], seed A, f func(result A, v T) A) stream.Observable[A] {
	return stream.Fuse(o, func(next func(result A) bool) func(v T) bool {
		result := seed
		return func(v T) bool {
			result = f(result, v)
			return next(result)
		}
	})
}
