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
