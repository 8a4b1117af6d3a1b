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
	return stream.Lift(o, func(dst stream.Observer[Pair[T]]) stream.Observer[T] {
		return &pairStage[T]{Stage: stream.Stage[Pair[T]]{Dst: dst}}
	})
}

type pairStage[T any] struct {
	stream.Stage[Pair[T]]
	previous T
	some     bool // there is a previous one
}

func (s *pairStage[T]) Next(v T) bool {
	pair, some := Pair[T]{s.previous, v}, s.some
	s.previous, s.some = v, true
	return !some || s.Dst.Next(pair)
}
