package operators

import "github.com/rxpeer/rxpeer/stream"

// Pair is two values that came one after the other.
type Pair[T any] struct {
	Previous, Current T
}

// Pairwise returns, from the second value on, each value with the one before.
//
//	o:         1---2---3---4---|
//	Pairwise:  ----A---B---C---|    A = {1 2}, B = {2 3}, C = {3 4}
//
// It is fused, as [Map] is, and holds one value. See [SlidingCount] for more of
// them at once.
//
// RxGo: -. RxJS: pairwise. samber/ro: Pairwise.
func Pairwise[T any](o stream.Observable[T]) stream.Observable[Pair[T]] {
	return stream.Fuse(o, func(next func(pair Pair[T]) bool) func(v T) bool {
		var previous T
		some := false // there is a previous one
		return func(v T) bool {
			pair, second := Pair[T]{previous, v}, some
			previous, some = v, true
			return !second || next(pair)
		}
	})
}
