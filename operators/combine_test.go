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

func TestMergeEndsWithTheFirstFailureAndDetachesTheOthers(t *testing.T) {
	a, b := stream.NewPublish[int](nil), stream.NewPublish[int](nil)
	rec := streamtest.Record[int]()
	operators.Merge(a.AsObservable(), b.AsObservable()).Attach(t.Context(), rec)
	a.TryEmit(1)
	b.Abort(errSource)
	require.NoError(t, rec.Wait(t.Context()))
	rec.AssertFailed(t, errSource, 1)
	assertDetached(t, a)
}

func TestMergeQueuesWhatComesDuringADelivery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := stream.NewPublish[int](nil), stream.NewPublish[int](nil)
		release := make(chan struct{})
		rec := streamtest.Record[int](streamtest.BlockAt(1, release))
		operators.Merge(a.AsObservable(), b.AsObservable()).Attach(t.Context(), rec)
		go a.TryEmit(0) // ends when released
		synctest.Wait()
		for v := range stream.DefaultQueue {
			require.Equal(t, stream.OK, b.TryEmit(v+1))
		}
		waits := make(chan struct{})
		go func() { // ends when there is room
			assert.NoError(t, b.Emit(t.Context(), -1))
			close(waits)
		}()
		synctest.Wait()
		rec.AssertLive(t, 0)
		close(release)
		<-waits
		synctest.Wait()
		assert.Equal(t, 1+stream.DefaultQueue+1, rec.Len())
		a.Complete()
		b.Complete()
		assert.True(t, rec.Ended())
		rec.AssertSound(t)
	})
}

func TestALoopThroughMergeDoesNotDeadlock(t *testing.T) {
	a, b := stream.NewPublish[int](nil), stream.NewPublish[int](nil)
	var got []int
	operators.Merge(a.AsObservable(), b.AsObservable()).On(t.Context(), func(v int) {
		got = append(got, v)
		if v < 1000 {
			b.TryEmit(v + 1)
		}
	})
	a.TryEmit(0)
	require.Len(t, got, 1001)
	assert.IsIncreasing(t, got)
}

func TestAPanicBehindMergeEndsAllOfItAndNothingElse(t *testing.T) {
	for name, act := range map[string]streamtest.Act{"panic": streamtest.PanicAt(2, "thrown"), "Goexit": streamtest.GoexitAt(2)} {
		t.Run(name, func(t *testing.T) {
			a, b := stream.NewPublish[int](nil), stream.NewPublish[int](nil)
			bystander := streamtest.Record[int]()
			a.Attach(t.Context(), bystander)
			rec := streamtest.Record[int](act)
			operators.Merge(a.AsObservable(), b.AsObservable()).Attach(t.Context(), rec)
			a.TryEmit(1)
			over := make(chan struct{})
			go func() { // ends with the callback
				defer close(over)
				b.TryEmit(2)
			}()
			<-over
			require.NoError(t, rec.Wait(t.Context()))
			rec.AssertValues(t, 1, 2)
			assert.ErrorAs(t, rec.Err(), new(*stream.PanicError))
			a.TryEmit(3)
			bystander.AssertLive(t, 1, 3)
		})
	}
}

func TestMergeOfFewSources(t *testing.T) {
	assert.Empty(t, all(t, operators.Merge[int]()))
	assert.Equal(t, []int{1, 2}, all(t, operators.Merge(stream.Of(1, 2))))
}
