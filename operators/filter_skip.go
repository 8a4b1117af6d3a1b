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
	return stream.Lift(o, func(dst stream.Observer[T]) stream.Observer[T] {
		return &skipStage[T]{stream.Stage[T]{Dst: dst}, n}
	})
}

type skipStage[T any] struct {
	stream.Stage[T]
	left int
}

func (s *skipStage[T]) Next(v T) bool {
	if s.left > 0 {
		s.left--
		return true
	}
	return s.Dst.Next(v)
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
	return stream.Lift(o, func(dst stream.Observer[T]) stream.Observer[T] {
		return &skipWhileStage[T]{stream.Stage[T]{Dst: dst}, skip}
	})
}

type skipWhileStage[T any] struct {
	stream.Stage[T]
	skip func(v T) bool // nil: not any longer
}

func (s *skipWhileStage[T]) Next(v T) bool {
	if s.skip != nil {
		if s.skip(v) {
			return true
		}
		s.skip = nil
	}
	return s.Dst.Next(v)
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
	return stream.Lift(o, func(dst stream.Observer[T]) stream.Observer[T] {
		return &skipLastStage[T]{stream.Stage[T]{Dst: dst}, lastFew[T]{limit: n}}
	})
}

type skipLastStage[T any] struct {
	stream.Stage[T]
	held lastFew[T]
}

func (s *skipLastStage[T]) Next(v T) bool {
	oldest, displaced := s.held.push(v)
	return !displaced || s.Dst.Next(oldest)
}
