package operators

import (
	"math"

	"github.com/rxpeer/rxpeer/stream"
)

// Summary describes the values of one window. Of an empty one all fields are
// zero. A NaN among the values makes all fields but Count NaN.
type Summary struct {
	Count     int
	Mean      float64
	Deviation float64 // the sample's standard deviation, 0 for fewer than two values
	Min, Max  float64
}

// Stats returns a [Summary] of each window, such as those of [Sliding] and
// [Batch], of the numbers that f returns for its values.
//
//	windows:  ----[1 2 3]----[]----|
//	Stats:    ----A----------B-----|    A = {Count: 3, Mean: 2, …}, B = {Count: 0, …}
//
// It is fused: no goroutine, no buffer, the order is kept. A panic in f ends
// the subscription with a [*stream.PanicError].
func Stats[T any](windows stream.Observable[[]T], f func(v T) float64) stream.Observable[Summary] {
	return Map(windows, func(values []T) Summary {
		var s Summary
		var squares float64 // of the distances from the mean (Welford)
		for i, v := range values {
			x := f(v)
			if i == 0 {
				s.Min, s.Max = x, x
			}
			s.Min, s.Max = min(s.Min, x), max(s.Max, x)
			distance := x - s.Mean
			s.Mean += distance / float64(i+1)
			squares += distance * (x - s.Mean)
		}
		s.Count = len(values)
		if s.Count > 1 {
			s.Deviation = math.Sqrt(squares / float64(s.Count-1))
		}
		return s
	})
}
