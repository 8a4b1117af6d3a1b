package operators_test

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
)

func itself(v float64) float64 { return v }

func TestQuantilesOfAWindowAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 1, 50).Draw(t, "in")
		q := rapid.Float64Range(0, 1).Draw(t, "q")
		kept := slices.Clone(in)
		d := all(t, operators.Quantiles(stream.Of(in), itself, 0, 0.5, 1, q))[0]
		assert.Equal(t, kept, in, "the window is not sorted")
		assert.Equal(t, all(t, operators.Stats(stream.Of(in), itself))[0], d.Summary)

		slices.Sort(kept)
		n := len(kept)
		assert.Equal(t, kept[0], d.Quantiles[0])
		assert.InDelta(t, (kept[(n-1)/2]+kept[n/2])/2, d.Quantiles[1], 1e-6)
		assert.Equal(t, kept[n-1], d.Quantiles[2])
		index := q * float64(n-1)
		assert.GreaterOrEqual(t, d.Quantiles[3], kept[int(index)]-1e-6)
		assert.LessOrEqual(t, d.Quantiles[3], kept[int(math.Ceil(index))]+1e-6)
	})
}

func TestQuantilesOfUnusualWindows(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for name, test := range map[string]struct {
		window, want []float64
	}{
		"empty":       {nil, []float64{0, 0, 0}},
		"one value":   {[]float64{7}, []float64{7, 7, 7}},
		"two values":  {[]float64{9, 7}, []float64{7, 8, 9}},
		"equal ones":  {[]float64{7, 7, 7, 7}, []float64{7, 7, 7}},
		"infinite":    {[]float64{-inf, -inf, 1, inf}, []float64{-inf, -inf, inf}},
		"with a NaN":  {[]float64{1, nan, 2}, []float64{nan, nan, nan}},
		"many copies": {[]float64{1, 1, 1, 1, 1, 1, 2}, []float64{1, 1, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			got := all(t, operators.Quantiles(stream.Of(test.window), itself, 0, 0.5, 1))[0].Quantiles
			assert.Len(t, got, len(test.want))
			for i := range got {
				if math.IsNaN(test.want[i]) {
					assert.True(t, math.IsNaN(got[i]), "%v", got)
					continue
				}
				assert.Equal(t, test.want[i], got[i])
			}
		})
	}
}

func TestQuantilesAreBetween0And1(t *testing.T) {
	for _, q := range []float64{-0.1, 1.1, math.NaN()} {
		assert.Panics(t, func() { operators.Quantiles(stream.Of([]float64{1}), itself, 0.5, q) })
		assert.Panics(t, func() { operators.RunningStats(stream.Of([]float64{1}), itself, 0.5, q) })
	}
}

func TestRunningStatsAreThoseOfAllValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 1, 100).Draw(t, "in")
		size := rapid.IntRange(1, 10).Draw(t, "size")
		running := operators.RunningStats(operators.SlidingCount(stream.Of(in...), size, size), itself, 0, 0.5, 1)
		results := all(t, running)
		assert.Len(t, results, (len(in)+size-1)/size)
		for i, got := range results {
			so := in[:min((i+1)*size, len(in))]
			want := all(t, operators.Quantiles(stream.Of(so), itself, 0, 0.5, 1))[0]
			assert.Equal(t, want.Summary, got.Summary)
			assert.Equal(t, want.Quantiles[0], got.Quantiles[0])
			assert.InDelta(t, want.Quantiles[1], got.Quantiles[1], 1e-6+(want.Max-want.Min)/10)
			assert.Equal(t, want.Quantiles[2], got.Quantiles[2])
		}
		assert.Equal(t, results, all(t, running), "the same recipe again")
	})
}

func TestRunningStatsLeaveOutWhatIsNotFinite(t *testing.T) {
	windows := stream.Of([]float64{math.NaN()}, []float64{1, math.Inf(1), math.Inf(-1), math.NaN(), 3})
	got := all(t, operators.RunningStats(windows, itself, 0.5))
	assert.Equal(t, operators.Distribution{Quantiles: []float64{0}}, got[0])
	assert.Equal(t, operators.Summary{Count: 2, Mean: 2, Min: 1, Max: 3, Deviation: sqrt2}, got[1].Summary)
	assert.Equal(t, []float64{2}, got[1].Quantiles)
}

// Of known distributions what is said to be a quantile is one, within what the
// documentation promises.
func TestQuantilesOfALongStreamAreAsExactAsTheySay(t *testing.T) {
	const n, promised = 50_000, 0.005
	r := rand.New(rand.NewPCG(1, 2))
	for name, next := range map[string]func(i int) float64{
		"uniform":     func(int) float64 { return r.Float64() },
		"normal":      func(int) float64 { return 20 + 5*r.NormFloat64() },
		"exponential": func(int) float64 { return r.ExpFloat64() },
		"heavy tail":  func(int) float64 { return 1 / (1e-9 + r.Float64()) },
		"rising":      func(i int) float64 { return float64(i) },
		"falling":     func(i int) float64 { return float64(-i) },
		"two peaks":   func(i int) float64 { return float64(i%2)*1000 + r.NormFloat64() },
		"a few":       func(int) float64 { return float64(r.IntN(10)) },
		"one":         func(int) float64 { return 42 },
	} {
		t.Run(name, func(t *testing.T) {
			values := make([]float64, n)
			for i := range values {
				values[i] = next(i)
			}
			q := []float64{0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1}
			d := all(t, operators.RunningStats(stream.Of(values), itself, q...))[0]
			slices.Sort(values)
			for i, got := range d.Quantiles {
				index := q[i] * (n - 1)
				low, high := values[max(0, int(index-promised*n))], values[min(n-1, int(index+promised*n))]
				const rounding = 1e-9
				assert.True(t, low-rounding <= got && got <= high+rounding, "quantile %v is %v, want it between %v and %v", q[i], got, low, high)
			}
			assert.Equal(t, values[0], d.Quantiles[0])
			assert.Equal(t, values[n-1], d.Quantiles[len(q)-1])
		})
	}
}

func TestRunningStatsHoldLittleHoweverLongTheStreamIs(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var before, after uint64
	windows := stream.FromSeq(func(yield func([]float64) bool) {
		window := make([]float64, 1000)
		before = heap()
		for range 500 {
			for i := range window {
				window[i] = r.NormFloat64()
			}
			if !yield(window) {
				return
			}
		}
		after = heap()
	})
	all(t, operators.Count(operators.RunningStats(windows, itself, 0.5)))
	assert.Less(t, int64(after)-int64(before), int64(64<<10))
}

// heap returns how much memory is in use.
func heap() uint64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
