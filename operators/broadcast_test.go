package operators_test

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

func TestBroadcastBeginsWhenAllAreSubscribed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		probe := streamtest.NewProbe(stream.Of(1, 2, 3))
		all := operators.Broadcast(probe.Observable, 3)
		one, _ := follow(t, all[0])
		three, _ := follow(t, all[2])
		assert.Zero(t, probe.Total())
		two, _ := follow(t, all[1])
		for _, rec := range []*streamtest.Recorder[int]{one, two, three} {
			rec.AssertCompleted(t, 1, 2, 3)
		}
		assert.Equal(t, 1, probe.Total())
	})
}

func TestEachRoundOfSubscribersOfBroadcastSharesASubscription(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		probe := streamtest.NewProbe(stream.Of(1))
		both := operators.Broadcast(probe.Observable, 2)
		var recs []*streamtest.Recorder[int]
		for range 3 {
			rec, _ := follow(t, both[0])
			recs = append(recs, rec)
		}
		for i := range 3 {
			rec, _ := follow(t, both[1])
			assert.Equal(t, i+1, probe.Total())
			rec.AssertCompleted(t, 1)
			recs[i].AssertCompleted(t, 1)
		}
	})
}

func TestOneThatLeavesABroadcastHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := stream.NewPublish[int](nil)
		probe := streamtest.NewProbe(src.AsObservable())
		all := operators.Broadcast(probe.Observable, 2)
		early, sub := follow(t, all[0])
		sub.Stop() // before it has begun, and while nobody else is there
		synctest.Wait()
		early.AssertFailed(t, stream.ErrStopped)

		staying, _ := follow(t, all[1])
		leaving, sub := follow(t, all[0])
		synctest.Wait()
		assert.Equal(t, 1, probe.Live())
		src.TryEmit(1)
		sub.Stop()
		synctest.Wait()
		src.TryEmit(2)
		src.Complete()
		leaving.AssertFailed(t, stream.ErrStopped, 1)
		staying.AssertCompleted(t, 1, 2)
	})
}

func TestAPlaceThatSomebodyLeftBeforeTheBeginMayBeTakenAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		probe := streamtest.NewProbe(stream.Of(1))
		all := operators.Broadcast(probe.Observable, 3)
		staying, _ := follow(t, all[1])
		_, sub := follow(t, all[0])
		sub.Stop()
		synctest.Wait()
		again, _ := follow(t, all[0])
		assert.Zero(t, probe.Total())
		last, _ := follow(t, all[2])
		for _, rec := range []*streamtest.Recorder[int]{staying, again, last} {
			rec.AssertCompleted(t, 1)
		}

		_, sub = follow(t, all[0])
		staying, _ = follow(t, all[1])
		sub.Stop()
		synctest.Wait()
		last, _ = follow(t, all[2])
		staying.AssertCompleted(t, 1)
		last.AssertCompleted(t, 1)
		assert.Equal(t, 2, probe.Total())
	})
}

func TestTheLastToLeaveABroadcastStopsItsSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		probe := streamtest.NewProbe(stream.Never[int]())
		both := operators.Broadcast(probe.Observable, 2)
		_, one := follow(t, both[0])
		_, two := follow(t, both[1])
		one.Stop()
		assert.ErrorIs(t, one.Wait(t.Context()), stream.ErrStopped)
		synctest.Wait()
		assert.Equal(t, 1, probe.Live())
		two.Stop()
		assert.ErrorIs(t, two.Wait(t.Context()), stream.ErrStopped)
		synctest.Wait()
		assert.Zero(t, probe.Live())
	})
}

func TestOneThatFailsLeavesABroadcastAlone(t *testing.T) {
	both := operators.Broadcast(stream.Of(1, 2), 2)
	bad, good := streamtest.Record[int](streamtest.PanicAt(1, "thrown")), streamtest.Record[int]()
	both[0].Subscribe(t.Context(), bad)
	both[1].Subscribe(t.Context(), good)
	require.NoError(t, good.Wait(t.Context()))
	require.NoError(t, bad.Wait(t.Context()))
	good.AssertCompleted(t, 1, 2)
	assert.ErrorAs(t, bad.Err(), new(*stream.PanicError))
	assert.Panics(t, func() { operators.Broadcast(stream.Of(1), 0) })
}

// However many come at once, nobody misses the beginning.
func TestNobodyWhoComesInTimeMissesTheBeginningOfABroadcast(t *testing.T) {
	for range 200 {
		const n = 4
		all := operators.Broadcast(stream.Of(1, 2, 3), n)
		recs := make([]*streamtest.Recorder[int], 2*n)
		var subscribers sync.WaitGroup
		for i := range recs {
			recs[i] = streamtest.Record[int]()
			subscribers.Go(func() { // ends with the stream
				assert.NoError(t, all[i%n].Subscribe(t.Context(), recs[i]).Wait(t.Context()))
			})
		}
		subscribers.Wait()
		for _, rec := range recs {
			rec.AssertCompleted(t, 1, 2, 3)
		}
	}
}

func TestPartitionCallsItsPredicateOnceForEachValue(t *testing.T) {
	calls := 0
	yes, no := operators.Partition(stream.Of(1, 2, 3), func(v int) bool {
		calls++
		return even(v)
	})
	assert.Len(t, all(t, operators.Merge(yes, no)), 3)
	assert.Equal(t, 3, calls)
}

func TestAPanicInThePredicateOfPartitionEndsBoth(t *testing.T) {
	yes, no := operators.Partition(stream.Of(1, 0, 2), func(v int) bool { return 1/v > 0 })
	a, b := streamtest.Record[int](), streamtest.Record[int]()
	yes.Subscribe(t.Context(), a)
	no.Subscribe(t.Context(), b)
	for _, rec := range []*streamtest.Recorder[int]{a, b} {
		require.NoError(t, rec.Wait(t.Context()))
		assert.ErrorAs(t, rec.Err(), new(*stream.PanicError))
	}
	a.AssertValues(t, 1)
}

func TestOneHalfOfAPartitionDoesNotHoldUpTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := stream.NewPublish[int](nil)
		yes, no := operators.Partition(src.AsObservable(), even)
		evens, sub := follow(t, yes)
		odds, _ := follow(t, no)
		src.TryEmit(2)
		sub.Stop()
		synctest.Wait()
		for v := range 6 {
			src.TryEmit(v)
		}
		src.Complete()
		evens.AssertFailed(t, stream.ErrStopped, 2)
		odds.AssertCompleted(t, 1, 3, 5)
	})
}

func TestPartitionThenMergeIsAPermutation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in, m := someInts().Draw(t, "in"), rapid.IntRange(1, 5).Draw(t, "m")
		yes, no := operators.Partition(stream.Of(in...), func(v int) bool { return v%m == 0 })
		out := all(t, operators.Merge(yes, no))
		slices.Sort(in)
		slices.Sort(out)
		assert.Equal(t, append([]int{}, in...), append([]int{}, out...))
	})
}
