package operators_test

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"slices"
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

// ownNumber is the number of a value that is its own.
func ownNumber(v int) uint64 { return uint64(v) }

// reorder returns what Reorder makes of values that are their own numbers, and
// how many it dropped.
func reorder(t *testing.T, opts *operators.ReorderOptions, values ...int) (got []int, dropped uint64) {
	rec := streamtest.Record[int]()
	sub := operators.Reorder(stream.Of(values...), ownNumber, opts).Subscribe(t.Context(), rec)
	require.NoError(t, sub.Wait(t.Context()))
	return rec.Values(), sub.Dropped()
}

func TestReorderDeliversInTheOrderOfTheNumbers(t *testing.T) {
	streamtest.Run(t, func(m *streamtest.Marbles) {
		o := streamtest.Hot[int](m, "                          1-3-2-2-4-7-6-1-|")
		streamtest.Expect(m, operators.Reorder(o, ownNumber, nil)).ToBe("1---(23)4-------(67|)")
	})
}

func TestReorderGivesAGapUp(t *testing.T) {
	for name, c := range map[string]struct {
		opts    operators.ReorderOptions
		in      []int
		want    []int
		dropped uint64
	}{
		"when it holds as much as it may":    {operators.ReorderOptions{Limit: 2}, []int{1, 4, 3, 7, 2, 5, 6}, []int{1, 3, 4, 5, 6, 7}, 1},
		"at the first value too many":        {operators.ReorderOptions{Limit: 2}, []int{1, 5, 4, 3, 2}, []int{1, 3, 4, 5}, 1},
		"at the end":                         {operators.ReorderOptions{}, []int{1, 9, 7, 5}, []int{1, 5, 7, 9}, 0},
		"never at the value that comes next": {operators.ReorderOptions{Limit: 1}, []int{1, 3, 2, 5, 4}, []int{1, 2, 3, 4, 5}, 0},
		"not for a value that it has":        {operators.ReorderOptions{Limit: 1}, []int{1, 3, 3, 3, 2}, []int{1, 2, 3}, 2},
		"when it must not hold too many": {operators.ReorderOptions{Limit: -1},
			[]int{1, 9, 8, 7, 6, 5, 4, 3, 2}, []int{1, 2, 3, 4, 5, 6, 7, 8, 9}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			got, dropped := reorder(t, &c.opts, c.in...)
			assert.Equal(t, c.want, got)
			assert.Equal(t, c.dropped, dropped)
		})
	}
}

func TestReorderKnowsTheFirstNumberOrTakesTheFirstValues(t *testing.T) {
	got, dropped := reorder(t, nil, 2, 1, 0, 3)
	assert.Equal(t, []int{2, 3}, got)
	assert.Equal(t, uint64(2), dropped)
	got, dropped = reorder(t, &operators.ReorderOptions{First: new(uint64)}, 2, 1, 0, 3)
	assert.Equal(t, []int{0, 1, 2, 3}, got)
	assert.Zero(t, dropped)
}

func TestNumbersMayGoRound(t *testing.T) {
	const last = math.MaxUint64
	number := func(i int) uint64 { return last - 2 + uint64(i) }
	got := all(t, operators.Reorder(stream.Of(0, 2, 1, 4, 5, 3), number, nil))
	assert.Equal(t, []int{0, 1, 2, 3, 4, 5}, got)
}

func TestReorderGivesUpInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := stream.NewPublish[int](nil)
		rec := streamtest.Record[int]()
		opts := &operators.ReorderOptions{Wait: time.Hour}
		sub := operators.Reorder(src.AsObservable(), ownNumber, opts).Subscribe(t.Context(), rec)
		emit := func(v int, then time.Duration) {
			src.TryEmit(v)
			time.Sleep(then)
			synctest.Wait()
		}
		emit(1, 0)
		emit(5, 30*time.Minute)
		emit(3, 29*time.Minute)
		emit(7, 0)
		rec.AssertLive(t, 1)
		time.Sleep(time.Minute) // 5 has waited for an hour, and 3 comes before it
		synctest.Wait()
		rec.AssertLive(t, 1, 3, 5)
		emit(4, 0)
		emit(6, 1000*time.Hour) // so that 4 was late
		assert.Equal(t, uint64(1), sub.Dropped())
		rec.AssertLive(t, 1, 3, 5, 6, 7)
		emit(9, 0)
		src.Complete()
		rec.AssertCompleted(t, 1, 3, 5, 6, 7, 9)
	})
}

func TestReorderOverHours(t *testing.T) {
	const wait = 10 * time.Minute
	synctest.Test(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(11, 12))
		type packet struct {
			number  uint64
			arrives time.Duration
		}
		var packets []packet
		for n := range uint64(20_000) { // one every ten seconds
			if random.IntN(10) > 0 {
				jitter := time.Duration(random.Int64N(int64(wait)))
				packets = append(packets, packet{n, time.Duration(n)*10*time.Second + jitter})
			}
		}
		want := slices.Clone(packets)
		due := map[uint64]time.Duration{} // when each packet has to be delivered
		soonest := time.Duration(0)
		for _, p := range packets {
			soonest = max(soonest, p.arrives) // the end, which gives all up
		}
		for _, p := range slices.Backward(packets) { // held for wait, or as long as an earlier one is held
			soonest = min(soonest, p.arrives+wait)
			due[p.number] = soonest
		}
		passed, next := time.Duration(0), uint64(0) // when all before next were delivered or given up
		for _, p := range packets {
			if p.number == next {
				due[p.number] = min(due[p.number], max(p.arrives, passed))
			}
			passed, next = due[p.number], p.number+1
		}
		slices.SortFunc(packets, func(a, b packet) int { return cmp.Compare(a.arrives, b.arrives) })
		begun := time.Now()
		src := stream.FromFunc(func(_ context.Context, emit func(packet) bool) error {
			for _, p := range packets {
				time.Sleep(p.arrives - time.Since(begun))
				emit(p)
			}
			return nil
		})
		rec := streamtest.Record[packet]()
		opts := &operators.ReorderOptions{Wait: wait, First: new(uint64)}
		o := operators.Tap(operators.Reorder(src, func(p packet) uint64 { return p.number }, opts), func(p packet) {
			assert.Equal(t, due[p.number], time.Since(begun))
		})
		sub := o.Subscribe(t.Context(), rec)
		require.NoError(t, sub.Wait(t.Context()))
		assert.Zero(t, sub.Dropped()) // none is later than others may be held
		assert.Equal(t, want, rec.Values())
	})
}

func TestReorderSortsWhatIsNotTooFarFromItsPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, limit := rapid.IntRange(0, 200).Draw(t, "n"), rapid.IntRange(1, 20).Draw(t, "limit")
		places := make([]int, n) // those of each number, less than limit from its own
		in := make([]int, n)
		for i := range in {
			in[i], places[i] = i, i+rapid.IntRange(0, limit).Draw(t, "by")
		}
		slices.SortStableFunc(in, func(a, b int) int { return places[a] - places[b] })
		want := slices.Sorted(slices.Values(in))
		opts := &operators.ReorderOptions{Limit: limit, First: new(uint64)}
		assert.Equal(t, want, all(t, operators.Reorder(stream.Of(in...), ownNumber, opts)))
	})
}

func TestReorderDeliversOrDropsEveryValueAndNeverGoesBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		in := rapid.SliceOf(rapid.IntRange(0, 50)).Draw(rt, "in")
		opts := &operators.ReorderOptions{
			Limit: rapid.IntRange(-1, 10).Draw(rt, "limit"),
			Wait:  time.Duration(rapid.IntRange(0, 1).Draw(rt, "wait")) * time.Hour, Resync: -1,
		}
		got, dropped := reorder(t, opts, in...)
		assert.Equal(rt, len(in), len(got)+int(dropped))
		assert.True(rt, slices.IsSorted(got))
		assert.Len(rt, slices.Compact(slices.Clone(got)), len(got))
	})
}

func TestReorderDeliversOrDropsEveryValueThoughItCountsAnew(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		in := rapid.SliceOf(rapid.IntRange(0, 9)).Draw(rt, "in")
		opts := &operators.ReorderOptions{
			Limit: rapid.IntRange(-1, 10).Draw(rt, "limit"),
			Wait:  time.Duration(rapid.IntRange(0, 1).Draw(rt, "wait")) * time.Hour, Resync: rapid.IntRange(1, 3).Draw(rt, "resync"),
		}
		got, dropped := reorder(t, opts, in...)
		assert.Equal(rt, len(in), len(got)+int(dropped))
	})
}

func TestReorderCountsAnewWithItsSource(t *testing.T) {
	for name, c := range map[string]struct {
		opts    operators.ReorderOptions
		in      []int
		want    []int
		dropped uint64
	}{
		"that begins again": {operators.ReorderOptions{Resync: 3},
			[]int{7, 8, 1, 2, 3, 4, 6, 5}, []int{7, 8, 1, 2, 3, 4, 5, 6}, 0},
		"and delivers what it holds before": {operators.ReorderOptions{Resync: 3},
			[]int{7, 9, 10, 1, 2, 3, 4}, []int{7, 9, 10, 1, 2, 3, 4}, 0},
		"after so many values by default": {operators.ReorderOptions{},
			[]int{90, 0, 1, 2, 3, 4, 5, 6, 7, 8}, []int{90, 0, 1, 2, 3, 4, 5, 6, 7, 8}, 0},
		"but not after fewer": {operators.ReorderOptions{},
			[]int{90, 0, 1, 2, 3, 4, 5, 6, 91}, []int{90, 91}, 7},
		"but not after a value that is in time": {operators.ReorderOptions{Resync: 3},
			[]int{7, 1, 2, 8, 3, 4, 9}, []int{7, 8, 9}, 4},
		"but not after one that is early": {operators.ReorderOptions{Resync: 3},
			[]int{7, 1, 2, 9, 3, 4, 8}, []int{7, 8, 9}, 4},
		"but not after late ones with a gap": {operators.ReorderOptions{Resync: 3},
			[]int{7, 1, 2, 4, 5, 8}, []int{7, 8}, 4},
		"from the last gap on": {operators.ReorderOptions{Resync: 3},
			[]int{7, 1, 3, 4, 5, 6}, []int{7, 3, 4, 5, 6}, 1},
		"at once": {operators.ReorderOptions{Resync: 1},
			[]int{7, 8, 3, 4}, []int{7, 8, 3, 4}, 0},
		"unless it must not": {operators.ReorderOptions{Resync: -1},
			[]int{90, 0, 1, 2, 3, 4, 5, 6, 7, 8, 91}, []int{90, 91}, 9},
		"that jumps ahead, when it holds as much as it may": {operators.ReorderOptions{Limit: 2},
			[]int{1, 1000, 1001, 1002, 1003}, []int{1, 1000, 1001, 1002, 1003}, 0},
		"that begins again twice": {operators.ReorderOptions{Resync: 2},
			[]int{5, 6, 0, 1, 2, 0, 1, 2}, []int{5, 6, 0, 1, 2, 0, 1, 2}, 0},
	} {
		for wait, d := range map[string]time.Duration{"fused": 0, "with a timer": time.Hour} {
			t.Run(name+" "+wait, func(t *testing.T) {
				c.opts.Wait = d
				got, dropped := reorder(t, &c.opts, c.in...)
				assert.Equal(t, c.want, got)
				assert.Equal(t, c.dropped, dropped)
			})
		}
	}
}

func TestReorderOfRandomNumbersStaysWithinItsLimit(t *testing.T) {
	random := rand.New(rand.NewPCG(13, 14))
	bytes := heapAfter(t, many, func(int) int { return random.Int() }, func(o ints) ints {
		return operators.Reorder(o, ownNumber, nil)
	})
	assert.Less(t, bytes, int64(1<<20))
}

func TestReorderOfAFloodWithAGapStaysWithinItsLimit(t *testing.T) {
	bytes := heapAfter(t, many, func(i int) int { return 2 * i }, func(o ints) ints {
		return operators.Reorder(o, ownNumber, nil)
	})
	assert.Less(t, bytes, int64(1<<20))
}

func TestWhatReorderHoldsIsForgottenWhenItsContextEnds(t *testing.T) {
	for name, wait := range map[string]time.Duration{"fused": 0, "with a timer": time.Hour} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := stream.NewPublish[int](nil)
				rec := streamtest.Record[int]()
				ctx, cancel := context.WithCancelCause(t.Context())
				operators.Reorder(src.AsObservable(), ownNumber, &operators.ReorderOptions{Wait: wait}).Attach(ctx, rec)
				src.TryEmit(1)
				src.TryEmit(3)
				cancel(errSource)
				synctest.Wait()
				rec.AssertFailed(t, errSource, 1)
				assert.Equal(t, stream.NoSubscribers, src.TryEmit(2))
			})
		})
	}
}

func TestWhatReorderHoldsComesBeforeAFailure(t *testing.T) {
	for name, wait := range map[string]time.Duration{"fused": 0, "with a timer": time.Hour} {
		t.Run(name, func(t *testing.T) {
			src := stream.NewPublish[int](nil)
			rec := streamtest.Record[int]()
			operators.Reorder(src.AsObservable(), ownNumber, &operators.ReorderOptions{Wait: wait}).Attach(t.Context(), rec)
			src.TryEmit(1)
			src.TryEmit(4)
			src.TryEmit(3)
			src.Abort(errSource)
			rec.AssertFailed(t, errSource, 1, 3, 4)
		})
	}
}
