package operators

import "github.com/rxpeer/rxpeer/stream"

// Take returns the first n values and completes.
//
//	o:        a---b---c---d---|
//	Take(2):  a---(b|)
//
// The source is detached as soon as the n-th value is delivered; it need not
// have another one. With n less than 1 the source is never attached and the
// stream completes at once.
//
// It is fused: no goroutine, no buffer, the order is kept.
//
// RxGo: Take. RxJS: take. samber/ro: Take.
func Take[T any](o stream.Observable[T], n int) stream.Observable[T] {
	if n < 1 {
		return stream.Empty[T]()
	}
	return stream.Lift(o, func(dst stream.Observer[T]) stream.Observer[T] {
		return &takeStage[T]{Stage: stream.Stage[T]{Dst: dst}, left: n}
	})
}

type takeStage[T any] struct {
	stream.Stage[T]
	left     int
	complete bool // the last value was delivered
}

func (s *takeStage[T]) Next(v T) bool {
	if s.left < 1 {
		return false // of a source that does not listen
	}
	s.left--
	if !s.Dst.Next(v) {
		return false
	}
	s.complete = s.left == 0
	return !s.complete
}

func (s *takeStage[T]) Done(err error) {
	if s.complete {
		err = nil
	}
	s.Dst.Done(err)
}

// TakeWhile returns the values up to the first for which keep reports false,
// and completes with that, which is not delivered.
//
//	o:          1---2---3---1---|
//	TakeWhile:  1---2---|           less than 3
//
// The source is detached then. It is fused: no goroutine, no buffer, the order
// is kept. A panic in keep ends the subscription with a [*stream.PanicError].
//
// RxGo: TakeWhile. RxJS: takeWhile. samber/ro: TakeWhile.
func TakeWhile[T any](o stream.Observable[T], keep func(v T) bool) stream.Observable[T] {
	return stream.Lift(o, func(dst stream.Observer[T]) stream.Observer[T] {
		return &takeWhileStage[T]{Stage: stream.Stage[T]{Dst: dst}, keep: keep}
	})
}

type takeWhileStage[T any] struct {
	stream.Stage[T]
	keep     func(v T) bool
	complete bool // the first value came that is not kept
}

func (s *takeWhileStage[T]) Next(v T) bool {
	s.complete = s.complete || !s.keep(v) // for good, if the source does not listen
	return !s.complete && s.Dst.Next(v)
}

func (s *takeWhileStage[T]) Done(err error) {
	if s.complete {
		err = nil
	}
	s.Dst.Done(err)
}
