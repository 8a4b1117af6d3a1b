package operators

import (
	"fmt"
	"math"
	"slices"

	"github.com/rxpeer/rxpeer/stream"
)

// Summary describes the values of one window. Of an empty one all fields are
// zero. A NaN among the values makes all fields but Count NaN, and an infinity
// Mean and Deviation.
type Summary struct {
	Count     int
	Mean      float64
	Deviation float64 // the sample's standard deviation, 0 for fewer than two values
	Min, Max  float64
}

// Stats returns a [Summary] of each window, such as those of [Sliding] and
// [Batch], of the numbers that f returns for its values. [Quantiles] has the
// median and its kin as well, and [RunningStats] describes all values so far.
//
//	windows:  ----[1 2 3]----[]----|
//	Stats:    ----A----------B-----|    A = {Count: 3, Mean: 2, …}, B = {Count: 0, …}
//
// It is fused: no goroutine, no buffer, the order is kept. A panic in f ends
// the subscription with a [*stream.PanicError].
//
// RxGo: -. RxJS: -. samber/ro: -.
func Stats[T any](windows stream.Observable[[]T], f func(v T) float64) stream.Observable[Summary] {
	return Map(windows, func(values []T) Summary {
		var m moments
		for _, v := range values {
			m.add(f(v))
		}
		return m.summary()
	})
}

// moments is a Summary in the making.
type moments struct {
	Summary         // but for Deviation
	squares float64 // of the distances from the mean (Welford)
}

func (m *moments) add(x float64) {
	if m.Count == 0 {
		m.Min, m.Max = x, x
	}
	m.Count++
	m.Min, m.Max = min(m.Min, x), max(m.Max, x)
	distance := x - m.Mean
	m.Mean += distance / float64(m.Count)
	m.squares += distance * (x - m.Mean)
}

func (m *moments) summary() Summary {
	s := m.Summary
	switch {
	case math.IsNaN(s.Mean):
		s.Deviation = s.Mean
	case s.Count > 1:
		s.Deviation = math.Sqrt(m.squares / float64(s.Count-1))
	}
	return s
}

// Distribution is a [Summary] with quantiles.
type Distribution struct {
	Summary

	// Quantiles are those that were asked for, in that order. The quantile q
	// of n values is the one with index q·(n-1) when they are sorted;
	// between two values it lies on the line between them. So 0.5 is the
	// median. Like the other fields they are zero when there are no values,
	// and NaN when one is.
	Quantiles []float64
}

// Quantiles returns a [Distribution] of each window, such as those of
// [Sliding] and [Batch], of the numbers that f returns for its values: with
// the quantiles q, each between 0 and 1.
//
//	windows:         ----[1 2 3 4]----|
//	Quantiles(0.5):  ----A------------|    A = {Count: 4, …, Quantiles: [2.5]}
//
// The quantiles are exact: the numbers are sorted, which is faster than a
// sketch of them for every window that fits into memory. See [RunningStats]
// for all values of a stream.
//
// It is fused: no goroutine, the order is kept, and it holds as many numbers
// as the largest window had. A panic in f ends the subscription with a
// [*stream.PanicError]. Quantiles panics when a q is not between 0 and 1.
//
// RxGo: -. RxJS: -. samber/ro: -.
func Quantiles[T any](windows stream.Observable[[]T], f func(v T) float64, q ...float64) stream.Observable[Distribution] {
	q = checkedQuantiles("Quantiles", q)
	return stream.Lift(windows, func(dst stream.Observer[Distribution]) stream.Observer[[]T] {
		return &quantilesStage[T]{Stage: stream.Stage[Distribution]{Dst: dst}, f: f, q: q}
	})
}

// checkedQuantiles returns a copy of q, all of which must be between 0 and 1.
func checkedQuantiles(caller string, q []float64) []float64 {
	for _, q := range q {
		if !(q >= 0 && q <= 1) {
			panic(fmt.Sprintf("operators: %s with %v, which is not between 0 and 1", caller, q))
		}
	}
	return slices.Clone(q)
}

type quantilesStage[T any] struct {
	stream.Stage[Distribution]
	f       func(v T) float64
	q       []float64
	numbers []float64 // of the last window, kept for its room
}

func (s *quantilesStage[T]) Next(values []T) bool {
	var m moments
	s.numbers = s.numbers[:0]
	for _, v := range values {
		x := s.f(v)
		m.add(x)
		s.numbers = append(s.numbers, x)
	}
	slices.Sort(s.numbers) // a NaN comes first
	d := Distribution{Summary: m.summary(), Quantiles: make([]float64, len(s.q))}
	for i, q := range s.q {
		d.Quantiles[i] = quantileOf(s.numbers, q)
	}
	return s.Dst.Next(d)
}

// quantileOf returns the quantile q of sorted numbers.
func quantileOf(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	if math.IsNaN(sorted[0]) {
		return sorted[0]
	}
	whole, part := math.Modf(q * float64(len(sorted)-1))
	low := sorted[int(whole)]
	if part == 0 {
		return low
	}
	high := sorted[int(whole)+1]
	if low == high {
		return low // also when both are infinite
	}
	return low*(1-part) + high*part
}
