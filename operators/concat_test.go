package operators_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

func TestConcatAttachesAHotSourceWhenTheOneBeforeHasEnded(t *testing.T) {
	a, b := stream.NewPublish[int](nil), stream.NewPublish[int](nil)
	rec := streamtest.Record[int]()
	operators.Concat(a.AsObservable(), b.AsObservable()).Attach(t.Context(), rec)
	a.TryEmit(1)
	assert.Equal(t, stream.NoSubscribers, b.TryEmit(2), "its turn has not come")
	a.Complete()
	assert.Equal(t, stream.OK, b.TryEmit(3), "it has come as soon as a ended")
	b.Complete()
	rec.AssertCompleted(t, 1, 3)
}

func TestConcatRunsAColdSourceThatFollowsAHotOne(t *testing.T) {
	hot := stream.NewPublish[int](nil)
	sub := operators.Concat(hot.AsObservable(), stream.Of(2, 3), stream.Of(4)).Subscribe(t.Context(), streamtest.Record[int]())
	hot.TryEmit(1)
	hot.Complete()
	require.NoError(t, sub.Wait(t.Context()))
}

func TestConcatEndsWithTheFirstFailure(t *testing.T) {
	later := streamtest.NewProbe(stream.Of(3))
	rec := streamtest.Record[int]()
	operators.Concat(stream.Of(1), stream.Fail[int](errSource), later.Observable).Attach(t.Context(), rec)()
	rec.AssertFailed(t, errSource, 1)
	assert.Zero(t, later.Total())
}

func TestConcatHasDetachedASourceBeforeTheNextBegins(t *testing.T) {
	first := streamtest.NewProbe(stream.Of(1))
	second := stream.Defer(func() ints {
		assert.Zero(t, first.Live())
		return stream.Of(2)
	})
	assert.Equal(t, []int{1, 2}, all(t, operators.Concat(first.Observable, second)))
}

func TestConcatOfVeryManySourcesKeepsItsStack(t *testing.T) {
	const n = 200_000
	for name, o := range map[string]ints{"cold": stream.Of(1), "empty": stream.Empty[int]()} {
		t.Run(name, func(t *testing.T) {
			sources := make([]ints, n)
			for i := range sources {
				sources[i] = o
			}
			depth := 0
			sources[n-1] = stream.FromFunc(func(context.Context, func(int) bool) error {
				depth = runtime.Callers(0, make([]uintptr, 1000))
				return nil
			})
			all(t, operators.Concat(sources...))
			assert.Less(t, depth, 100)
		})
	}
}

func TestASourceOfConcatThatEndsItsGoroutineFailsTheWhole(t *testing.T) {
	for name, bad := range map[string]ints{
		"in its run": stream.FromFunc(func(context.Context, func(int) bool) error {
			runtime.Goexit()
			return nil
		}),
		"when it is attached": stream.Defer(func() ints {
			runtime.Goexit()
			return stream.Empty[int]()
		}),
	} {
		t.Run(name, func(t *testing.T) {
			rec := streamtest.Record[int]()
			operators.Concat(stream.Of(1), bad, stream.Of(2)).Subscribe(t.Context(), rec)
			require.NoError(t, rec.Wait(t.Context()))
			rec.AssertValues(t, 1)
			assert.ErrorAs(t, rec.Err(), new(*stream.PanicError))
		})
	}
}

func TestASourceOfConcatThatEndsItsGoroutineAfterItsEndFailsTheWholeToo(t *testing.T) {
	odd := stream.New(func(_ context.Context, dst stream.Observer[int]) func() {
		return func() {
			dst.Next(1)
			dst.Done(nil)
			runtime.Goexit()
		}
	})
	rec := streamtest.Record[int]()
	operators.Concat(odd, odd, stream.Of(2)).Subscribe(t.Context(), rec)
	require.NoError(t, rec.Wait(t.Context()))
	rec.AssertValues(t, 1)
	assert.ErrorAs(t, rec.Err(), new(*stream.PanicError))
}

func TestConcatOfFewSources(t *testing.T) {
	assert.Empty(t, all(t, operators.Concat[int]()))
	assert.Equal(t, []int{1, 2}, all(t, operators.Concat(stream.Of(1, 2))))
}

func TestConcatTellsATryEmitThatAQueueBehindItIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hot := stream.NewPublish[int](nil)
		stuck := make(chan struct{})
		o := operators.Concat(stream.Empty[int](), hot.AsObservable())
		sub := operators.Buffer(o, stream.Block(1)).On(t.Context(), func(int) { <-stuck })
		var last stream.Result
		for range 4 {
			last = hot.TryEmit(1)
			synctest.Wait()
		}
		assert.Equal(t, stream.Overflow, last)
		close(stuck)
		hot.Complete()
		require.NoError(t, sub.Wait(t.Context()))
	})
}
