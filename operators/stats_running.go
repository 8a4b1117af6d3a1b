package operators

import (
	"math"

	"github.com/caio/go-tdigest/v4"

	"github.com/rxpeer/rxpeer/stream"
)

// RunningStats returns, after each window, a [Distribution] of all values
// since the subscription began: of the numbers that f returns for them. The
// windows, such as those of [Batch], say how often there is one.
//
//	windows:            ----[1 2]----[3 4]----|
//	RunningStats(0.5):  ----A--------B--------|    A = {Count: 2, …, Quantiles: [1.5]}, B = {Count: 4, …, Quantiles: [2.5]}
//
// Windows that overlap count values twice. Numbers that are not finite are left
// out and not counted, since they would spoil all that follows.
//
// The quantiles q, each between 0 and 1, come from a sketch of bounded size (a
// t-digest): of a few hundred values they are nearly exact; of more, what it
// says is the quantile q is the quantile q ± 0.005 or closer, and the nearer q
// is to 0 or 1 the closer. Without any q there is no sketch. The other fields
// are exact.
//
// It is fused: no goroutine, the order is kept, and it holds less than 64 KiB,
// however long the stream is. A value costs a few hundred nanoseconds, without
// any q a few. A panic in f ends the subscription with a [*stream.PanicError].
// RunningStats panics when a q is not between 0 and 1.
//
// RxGo: -. RxJS: -. samber/ro: -.
func RunningStats[T any](windows stream.Observable[[]T], f func(v T) float64, q ...float64) stream.Observable[Distribution] {
	q = checkedQuantiles("RunningStats", q)
	return stream.Lift(windows, func(dst stream.Observer[Distribution]) stream.Observer[[]T] {
		s := &runningStage[T]{Stage: stream.Stage[Distribution]{Dst: dst}, f: f, q: q}
		if len(q) > 0 {
			s.sketch, _ = tdigest.New() // fails only for options
		}
		return s
	})
}

type runningStage[T any] struct {
	stream.Stage[Distribution]
	f       func(v T) float64
	q       []float64
	moments moments
	sketch  *tdigest.TDigest // nil: nobody wants it
}

func (s *runningStage[T]) Next(values []T) bool {
	for _, v := range values {
		x := s.f(v)
		if math.IsNaN(x) || math.IsInf(x, 0) {
			continue
		}
		s.moments.add(x)
		if s.sketch != nil {
			_ = s.sketch.Add(x) // fails only for NaN
		}
	}
	d := Distribution{Summary: s.moments.summary(), Quantiles: make([]float64, len(s.q))}
	for i, q := range s.q {
		if d.Count > 0 {
			d.Quantiles[i] = min(max(s.sketch.Quantile(q), d.Min), d.Max) // which it may exceed
		}
	}
	return s.Dst.Next(d)
}
