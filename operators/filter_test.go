package operators_test

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

func TestFilterMarbles(t *testing.T) {
	for name, test := range map[string]struct {
		operator func(src ints) ints
		in, want string
	}{
		"Filter":               {func(src ints) ints { return operators.Filter(src, even) }, "1---2---3---4---|", "----2-------4---|"},
		"Distinct":             {func(src ints) ints { return operators.Distinct(src, itselfInt, nil) }, "1---2---1---3---2---#", "1---2-------3-------#"},
		"DistinctUntilChanged": {func(src ints) ints { return operators.DistinctUntilChanged(src, itselfInt) }, "1---1---2---2---1---|", "1-------2-------1---|"},
		"Skip":                 {func(src ints) ints { return operators.Skip(src, 2) }, "1---2---3---4---|", "--------3---4---|"},
		"SkipWhile":            {func(src ints) ints { return operators.SkipWhile(src, lower(3)) }, "1---2---3---1---|", "--------3---1---|"},
		"SkipLast":             {func(src ints) ints { return operators.SkipLast(src, 2) }, "1---2---3---4---|", "--------1---2---|"},
		"SkipLast, failing":    {func(src ints) ints { return operators.SkipLast(src, 2) }, "1---2---3---4---#", "--------1---2---#"},
		"SkipUntil":            {func(src ints) ints { return operators.SkipUntil(src, stream.Timer(10*ms)) }, "1---2---3---4---|", "------------4---|"},
		"First":                {operators.First[int], "----1---2---|", "----(1|)"},
		"First of none":        {operators.First[int], "----|", "----|"},
		"ElementAt":            {func(src ints) ints { return operators.ElementAt(src, 2) }, "1---2---3---4---|", "--------(3|)"},
		"ElementAt of fewer":   {func(src ints) ints { return operators.ElementAt(src, 2) }, "1---2---|", "--------|"},
		"Find":                 {func(src ints) ints { return operators.Find(src, even) }, "1---2---3---4---|", "----(2|)"},
		"IgnoreElements":       {operators.IgnoreElements[int, int], "1---2---3---#", "------------#"},
	} {
		t.Run(name, func(t *testing.T) { streamtest.ExpectOperator(t, test.operator, test.in, test.want, nil) })
	}
}

func TestIgnoreElementsCanBeMergedWithWhatHasValues(t *testing.T) {
	acks := operators.IgnoreElements[string](stream.Of(1, 2))
	assert.Equal(t, []string{"a"}, all(t, operators.Merge(acks, stream.Of("a"))))
}

func TestDeadbandComparesWithTheLastValueDelivered(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for name, test := range map[string]struct {
		delta    float64
		in, want []float64
	}{
		"a step":             {.5, []float64{20, 20.4, 20.6, 20.4, 19.9}, []float64{20, 20.6, 19.9}},
		"a drift":            {1, []float64{0, .4, .8, 1.2, 1.6, 2, 2.4}, []float64{0, 1.2, 2.4}},
		"exactly delta":      {1, []float64{0, 1, -1, 2}, []float64{0, 2}},
		"any change":         {0, []float64{1, 1, 2, 2, 1}, []float64{1, 2, 1}},
		"a sensor breaks":    {1, []float64{1, nan, nan, 1, 1.5}, []float64{1, nan, 1}},
		"broken at first":    {1, []float64{nan, nan, 3}, []float64{nan, 3}},
		"infinities":         {1e300, []float64{inf, inf, -inf, 0}, []float64{inf, -inf, 0}},
		"an infinite delta":  {inf, []float64{1, 1e300, inf, nan, inf}, []float64{1, nan, inf}},
		"nothing ever":       {1, nil, nil},
		"a value of another": {1, []float64{5}, []float64{5}},
	} {
		t.Run(name, func(t *testing.T) {
			got := all(t, operators.Deadband(stream.Of(test.in...), itself, test.delta))
			require.Len(t, got, len(test.want))
			for i, want := range test.want {
				if math.IsNaN(want) {
					assert.True(t, math.IsNaN(got[i]))
				} else {
					assert.Equal(t, want, got[i])
				}
			}
		})
	}
}

func TestFiltersPanicWhenTheirArgumentsMakeNoSense(t *testing.T) {
	src := stream.Of(1.0)
	assert.Panics(t, func() { operators.Deadband(src, itself, -1) })
	assert.Panics(t, func() { operators.Deadband(src, itself, math.NaN()) })
	assert.Panics(t, func() { operators.ElementAt(src, -1) })
	assert.Panics(t, func() { operators.Timeout(src, 0) })
}

func TestSkipAndTakeTogetherAreTheInput(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in, n := someInts().Draw(t, "in"), rapid.IntRange(-2, 110).Draw(t, "n")
		src := stream.Of(in...)
		assert.Equal(t, all(t, src), append(all(t, operators.Take(src, n)), all(t, operators.Skip(src, n))...))
		assert.Equal(t, all(t, src), append(all(t, operators.SkipLast(src, n)), all(t, operators.TakeLast(src, n))...))
		assert.Equal(t, all(t, src), append(all(t, operators.TakeWhile(src, lower(n))), all(t, operators.SkipWhile(src, lower(n)))...))
	})
}

func TestPicksAreIndexes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in, i := someInts().Draw(t, "in"), rapid.IntRange(0, 20).Draw(t, "i")
		src := stream.Of(in...)
		var element, first, last []int
		if i < len(in) {
			element = in[i : i+1]
		}
		if len(in) > 0 {
			first, last = in[:1], in[len(in)-1:]
		}
		assert.Equal(t, element, all(t, operators.ElementAt(src, i)))
		assert.Equal(t, first, all(t, operators.First(src)))
		assert.Equal(t, last, all(t, operators.Last(src)))
	})
}

func TestMaterializeAndBackIsTheInput(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in, failure := someInts().Draw(t, "in"), rapid.SampledFrom([]error{nil, errOdd}).Draw(t, "failure")
		src := stream.Of(in...)
		if failure != nil {
			src = operators.Concat(src, stream.Fail[int](failure))
		}
		rec := streamtest.Record[int]()
		err := operators.Dematerialize(operators.Materialize(src)).Subscribe(t.Context(), rec).Wait(t.Context())
		assert.Equal(t, failure, err)
		assert.Equal(t, append([]int(nil), in...), rec.Values())
	})
}

func TestTakeUntilAndSkipUntilDivideAHotSource(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, at := rapid.IntRange(0, 20).Draw(t, "n"), rapid.IntRange(0, 20).Draw(t, "at")
		src, signal := stream.NewPublish[int](nil), stream.NewPublish[int](nil)
		before, after := streamtest.Record[int](), streamtest.Record[int]()
		taken := operators.TakeUntil(src.AsObservable(), signal.AsObservable()).Subscribe(t.Context(), before)
		skipped := operators.SkipUntil(src.AsObservable(), signal.AsObservable()).Subscribe(t.Context(), after)
		for v := range n {
			if v == at {
				signal.TryEmit(v)
				if rapid.Bool().Draw(t, "wait") {
					require.NoError(t, taken.Wait(t.Context()))
				}
			}
			src.TryEmit(v)
		}
		src.Complete()
		require.NoError(t, taken.Wait(t.Context()))
		require.NoError(t, skipped.Wait(t.Context()))
		want := all(t, stream.FromSeq(upTo(n)))
		assert.Equal(t, min(n, at), before.Len())
		assert.Equal(t, append([]int{}, want...), append(append([]int{}, before.Values()...), after.Values()...))
		assert.Empty(t, append(before.Breaches(), after.Breaches()...))
	})
}

func TestASignalIsDetachedWhenItHasComeOrTheStreamHasEnded(t *testing.T) {
	for name, operator := range map[string]func(o, other ints) ints{
		"TakeUntil": operators.TakeUntil[int, int], "SkipUntil": operators.SkipUntil[int, int],
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { detachesItsSignal(t, operator) })
		})
	}
}

func detachesItsSignal(t *testing.T, operator func(o, other ints) ints) {
	src, other := stream.NewPublish[int](nil), stream.NewPublish[int](nil)
	o, signal := streamtest.NewProbe(src.AsObservable()), streamtest.NewProbe(other.AsObservable())
	run := func(o ints) *stream.Subscription {
		return operator(o, signal.Observable).Subscribe(t.Context(), streamtest.Record[int]())
	}
	sub := run(o.Observable)
	assert.Equal(t, 1, signal.Live())
	other.TryEmit(1)
	assert.Zero(t, signal.Live())
	src.Complete()
	assert.NoError(t, sub.Wait(t.Context()))
	synctest.Wait()
	assert.Zero(t, o.Live())

	assert.ErrorIs(t, run(stream.Fail[int](errOdd)).Wait(t.Context()), errOdd)
	synctest.Wait()
	assert.Zero(t, signal.Live())

	sub = run(stream.Never[int]())
	other.Abort(errOdd)
	assert.ErrorIs(t, sub.Wait(t.Context()), errOdd)
	assert.Equal(t, 3, signal.Total())
}

func TestASubscriberThatPanicsWhileTheSignalComesIsTold(t *testing.T) {
	src, other := stream.NewPublish[int](nil), stream.NewPublish[int](nil)
	rec := streamtest.Record[int](streamtest.CallAt(1, func() {
		other.TryEmit(1)
		panic(errBoom)
	}))
	operators.TakeUntil(src.AsObservable(), other.AsObservable()).Attach(t.Context(), rec)
	src.TryEmit(1)
	require.NoError(t, rec.Wait(t.Context()))
	assert.True(t, isPanic(rec.Err()))
	assert.Empty(t, rec.Breaches())
}

func TestTakeUntilTimerForHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		ticks := all(t, operators.TakeUntil(stream.Tick(time.Minute), stream.Timer(100*time.Hour+time.Second)))
		assert.Len(t, ticks, 6000)
		assert.Equal(t, 100*time.Hour+time.Second, time.Since(start))
		ticks = all(t, operators.Take(operators.SkipUntil(stream.Tick(time.Minute), stream.Timer(time.Hour+time.Second)), 1))
		assert.Equal(t, start.Add(101*time.Hour+61*time.Second), ticks[0])
	})
}
