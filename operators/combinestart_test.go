package operators_test

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

func TestStartWithMissesNothingOfAHotSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hot := stream.NewPublish[int](nil)
		rec := streamtest.Record[int]()
		run := operators.StartWith(hot.AsObservable(), 1, 2).Attach(t.Context(), rec)
		hot.TryEmit(3) // before the run
		rec.AssertLive(t)
		run()
		hot.TryEmit(4)
		hot.Complete()
		rec.AssertCompleted(t, 1, 2, 3, 4)
	})
}

func TestAHotSourceWaitsForStartWithWhenTooMuchWaitsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hot := stream.NewPublish[int](nil)
		rec := streamtest.Record[int]()
		run := operators.StartWith(hot.AsObservable(), -1).Attach(t.Context(), rec)
		for v := range stream.DefaultQueue {
			require.Equal(t, stream.OK, hot.TryEmit(v))
		}
		emitted := make(chan struct{})
		go func() { // ends when there is room
			assert.NoError(t, hot.Emit(t.Context(), 1000))
			close(emitted)
		}()
		synctest.Wait()
		run()
		<-emitted
		hot.Complete()
		assert.Equal(t, 2+stream.DefaultQueue, rec.Len())
		assert.IsIncreasing(t, rec.Values())
	})
}

func TestStartWithDeliversItsValuesBeforeTheEndOfTheSource(t *testing.T) {
	rec := streamtest.Record[int]()
	operators.StartWith(stream.Fail[int](errSource), 1, 2).Attach(t.Context(), rec)()
	rec.AssertFailed(t, errSource, 1, 2)
	assert.Equal(t, []int{1}, all(t, operators.StartWith(stream.Empty[int](), 1)))
	assert.Equal(t, []int{1}, all(t, operators.StartWith(stream.Of(1))))
}

func TestASubscriberThatStopsAtAGivenValueDetachesTheSource(t *testing.T) {
	for name, act := range map[string]streamtest.Act{"stop": streamtest.StopAt(1), "panic": streamtest.PanicAt(1, 1), "Goexit": streamtest.GoexitAt(1)} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				hot := stream.NewPublish[int](nil)
				probe := streamtest.NewProbe(hot.AsObservable())
				rec := streamtest.Record[int](act)
				go operators.StartWith(probe.Observable, 1, 2).Attach(t.Context(), rec)() // ends at 1
				synctest.Wait()
				assert.True(t, rec.Ended())
				rec.AssertValues(t, 1)
				assert.Zero(t, probe.Live())
			})
		})
	}
}

func TestStartWithTellsATryEmitThatAQueueBehindItIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hot := stream.NewPublish[int](nil)
		stuck := make(chan struct{})
		o := operators.StartWith(hot.AsObservable(), 0)
		sub := operators.Buffer(o, stream.Block(1)).On(t.Context(), func(int) { <-stuck })
		var last stream.Result
		for range 5 {
			synctest.Wait()
			last = hot.TryEmit(1)
		}
		assert.Equal(t, stream.Overflow, last)
		close(stuck)
		hot.Complete()
		require.NoError(t, sub.Wait(t.Context()))
	})
}

func TestDefaultIfEmptyIsForCompletionOnly(t *testing.T) {
	assert.Equal(t, []int{7}, all(t, operators.DefaultIfEmpty(stream.Empty[int](), 7)))
	assert.Equal(t, []int{1}, all(t, operators.DefaultIfEmpty(stream.Of(1), 7)))
	rec := streamtest.Record[int]()
	operators.DefaultIfEmpty(stream.Fail[int](errSource), 7).Attach(t.Context(), rec)
	rec.AssertFailed(t, errSource)
}
