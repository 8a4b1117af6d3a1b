package operators_test

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

func TestResultsAreFolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := someInts().Draw(t, "in")
		o := stream.Of(in...)
		sum, text := 0, ""
		for _, v := range in {
			sum += v
			text += string(rune('a' + v&7))
		}
		assert.Equal(t, []int{sum}, all(t, operators.Sum(o)))
		assert.Equal(t, []int{len(in)}, all(t, operators.Count(o)))
		assert.Equal(t, []string{text}, all(t, operators.Reduce(o, "", func(text string, v int) string {
			return text + string(rune('a'+v&7))
		})))
		if len(in) == 0 {
			assert.Empty(t, all(t, operators.Min(o)))
			assert.Empty(t, all(t, operators.Max(o)))
			assert.Empty(t, all(t, operators.Average(o)))
			return
		}
		assert.Equal(t, []int{slices.Min(in)}, all(t, operators.Min(o)))
		assert.Equal(t, []int{slices.Max(in)}, all(t, operators.Max(o)))
		assert.Equal(t, []float64{float64(sum) / float64(len(in))}, all(t, operators.Average(o)))
	})
}

func TestCollectingAndFlatteningIsTheInput(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := append([]int{}, someInts().Draw(t, "in")...)
		collected := operators.Collect(stream.Of(in...), nil)
		assert.Equal(t, [][]int{in}, all(t, collected))
		assert.Equal(t, [][]int{in}, all(t, collected), "the same recipe again")
	})
}

func TestAMapHasTheLastValueOfEachKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := someInts().Draw(t, "in")
		entry := func(v int) (int, int) { return v % 7, v }
		want := map[int]int{}
		for _, v := range in {
			want[v%7] = v
		}
		mapped := operators.ToMap(stream.Of(in...), entry, &operators.CollectOptions{Limit: max(1, len(want))})
		assert.Equal(t, []map[int]int{want}, all(t, mapped))
		assert.Equal(t, []map[int]int{want}, all(t, mapped), "the same recipe again")
	})
}

func TestAFailureDropsTheResult(t *testing.T) {
	o := operators.TryMap(stream.Of(2, 4, 5), keepEven)
	for name, result := range map[string]stream.Observable[string]{
		"Reduce":  shown(operators.Reduce(o, 0, func(a, v int) int { return a + v })),
		"Count":   shown(operators.Count(o)),
		"Sum":     shown(operators.Sum(o)),
		"Average": shown(operators.Average(o)),
		"Min":     shown(operators.Min(o)),
		"Max":     shown(operators.Max(o)),
		"Collect": shown(operators.Collect(o, nil)),
		"ToMap":   shown(operators.ToMap(o, func(v int) (int, int) { return v, v }, nil)),
	} {
		t.Run(name, func(t *testing.T) {
			rec := streamtest.Record[string]()
			_ = result.Subscribe(t.Context(), rec).Wait(t.Context())
			rec.AssertFailed(t, errOdd)
		})
	}
}

func TestCollectionsEndWhenTheyAreFull(t *testing.T) {
	endless := stream.FromSeq(func(yield func(int) bool) {
		for i := 0; yield(i); i++ {
		}
	})
	key := func(v int) (int, bool) { return v, true }
	thousand := &operators.CollectOptions{Limit: 1000}
	for name, result := range map[string]stream.Observable[string]{
		"Collect": shown(operators.Collect(endless, thousand)),
		"ToMap":   shown(operators.ToMap(endless, key, thousand)),
		"ToMap of NaN": shown(operators.ToMap(endless, func(int) (float64, bool) {
			return math.NaN(), true
		}, thousand)),
	} {
		t.Run(name, func(t *testing.T) {
			rec := streamtest.Record[string]()
			_ = result.Subscribe(t.Context(), rec).Wait(t.Context())
			rec.AssertFailed(t, stream.ErrOverflow)
		})
	}
	assert.Len(t, all(t, operators.Collect(operators.Take(endless, 1000), thousand))[0], 1000)
	assert.Len(t, all(t, operators.Collect(operators.Take(endless, 1000), &operators.CollectOptions{Limit: -1}))[0], 1000)
	assert.Len(t, all(t, operators.ToMap(operators.Take(endless, 1000), key, thousand))[0], 1000)
}

func TestACollectionHoldsTheDefaultAtMost(t *testing.T) {
	n := 0
	naturals := stream.FromSeq(func(yield func(int) bool) {
		for n = 0; yield(n); n++ {
		}
	})
	err := operators.Collect(naturals, nil).Each(t.Context(), func([]int) error { return nil })
	require.ErrorIs(t, err, stream.ErrOverflow)
	assert.Equal(t, operators.DefaultCollect, n)
}

func TestANaNIsTheLeastAndTheGreatest(t *testing.T) {
	o := stream.Of(1, math.NaN(), 2)
	assert.True(t, math.IsNaN(all(t, operators.Min(o))[0]))
	assert.True(t, math.IsNaN(all(t, operators.Max(o))[0]))
	assert.True(t, math.IsNaN(all(t, operators.Sum(o))[0]))
	assert.True(t, math.IsNaN(all(t, operators.Average(o))[0]))
}
