package operators

import (
	"math"

	"github.com/rxpeer/rxpeer/stream"
)

// Deadband returns the values that have moved: whose f differs by more than
// delta from that of the last one delivered. The first is always delivered.
//
//	o:            20.0--20.4--20.6--20.4--19.9---|
//	Deadband(.5): 20.0--------20.6--------19.9---|
//
// Compared with the last value delivered, not the last one that came, a slow
// drift shows in time. Whether f is a number counts as well: a NaN is delivered
// after a number, such as when a sensor breaks, and a number after a NaN, but
// not a NaN after another. Infinities of one sign do not differ, of all others
// they differ by more than any delta but an infinite one, with which only NaNs
// and numbers differ.
//
// It is fused: no goroutine, no buffer, the order is kept. A panic in f ends
// the subscription with a [*stream.PanicError]. Deadband panics if delta is
// negative or NaN.
//
// RxGo: -. RxJS: -. samber/ro: -.
func Deadband[T any](o stream.Observable[T], delta float64, f func(v T) float64) stream.Observable[T] {
	if delta < 0 || math.IsNaN(delta) {
		panic("operators: Deadband with a delta that is negative or NaN")
	}
	return stream.Lift(o, func(dst stream.Observer[T]) stream.Observer[T] {
		return &deadbandStage[T]{Stage: stream.Stage[T]{Dst: dst}, delta: delta, f: f}
	})
}

type deadbandStage[T any] struct {
	stream.Stage[T]
	delta float64
	f     func(v T) float64
	last  float64 // that was delivered
	some  bool    // there is a last one
}

func (s *deadbandStage[T]) Next(v T) bool {
	x := s.f(v)
	if s.some && !s.moved(x) {
		return true
	}
	s.last, s.some = x, true
	return s.Dst.Next(v)
}

func (s *deadbandStage[T]) moved(x float64) bool {
	return math.Abs(x-s.last) > s.delta || math.IsNaN(x) != math.IsNaN(s.last)
}
