package operators

import "github.com/rxpeer/rxpeer/stream"

// Skip leaves the first n values out. With n less than 1 it is o itself.
//
//	o:        a---b---c---d---|
//	Skip(2):  --------c---d---|
//
// It is fused: no goroutine, no buffer, the order is kept.
//
// RxGo: Skip. RxJS: skip. samber/ro: Skip.
func Skip[T any](o stream.Observable[T], n int) stream.Observable[T] {
	if n < 1 {
		return o
	}
	return stream.Fuse(o, func(next func(v T) bool) func(v T) bool {
		left := n
		return func(v T) bool {
			if left > 0 {
				left--
				return true
			}
			return next(v)
		}
	})
}

// SkipWhile leaves values out until the first for which skip reports false,
// which is delivered, as are all that follow.
//
//	o:          1---2---3---1---|
//	SkipWhile:  --------3---1---|    less than 3
//
// It is fused: no goroutine, no buffer, the order is kept. A panic in skip ends
// the subscription with a [*stream.PanicError].
//
// RxGo: SkipWhile. RxJS: skipWhile. samber/ro: SkipWhile.
func SkipWhile[T any](o stream.Observable[T], skip func(v T) bool) stream.Observable[T] {
	return stream.Fuse(o, func(next func(v T) bool) func(v T) bool {
		skipping := true
		return func(v T) bool {
			skipping = skipping && skip(v)
			return skipping || next(v)
		}
	})
}

// SkipLast leaves the last n values out. With n less than 1 it is o itself.
//
//	o:            a---b---c---d---|
//	SkipLast(2):  --------a---b---|
//
// A value is delivered when n more have come. It is fused: no goroutine, the
// order is kept. It holds n values, which are forgotten at the end, whatever
// that is.
//
// RxGo: SkipLast. RxJS: skipLast. samber/ro: SkipLast.
func SkipLast[T any](o stream.Observable[T], n int) stream.Observable[T] {
	if n < 1 {
		return o
	}
	return stream.Fuse(o, func(next func(v T) bool) func(v T) bool {
		held := lastFew[T]{limit: n}
		return func(v T) bool {
			oldest, displaced := held.push(v)
			return !displaced || next(oldest)
		}
	})
}
