package operators_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

func TestSubscribersShareOneSubscription(t *testing.T) {
	src := stream.NewPublish[int](nil)
	probe := streamtest.NewProbe(src.AsObservable())
	shared := operators.Share(probe.Observable)
	assert.Zero(t, probe.Total())

	first, second := streamtest.Record[int](), streamtest.Record[int]()
	shared.Attach(t.Context(), first)
	src.TryEmit(1)
	shared.Attach(t.Context(), second)
	src.TryEmit(2)
	assert.Equal(t, 1, probe.Total())
	src.Complete()
	first.AssertCompleted(t, 1, 2)
	second.AssertCompleted(t, 2)
}

func TestTheLastSubscriberStopsASharedSourceAndTheNextBeginsItAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := stream.NewPublish[int](nil)
		probe := streamtest.NewProbe(src.AsObservable())
		shared := operators.Share(probe.Observable)
		one, two := shared.On(t.Context(), func(int) {}), shared.On(t.Context(), func(int) {})
		one.Stop()
		assert.ErrorIs(t, one.Wait(t.Context()), stream.ErrStopped)
		assert.Equal(t, 1, probe.Live())
		two.Stop()
		assert.ErrorIs(t, two.Wait(t.Context()), stream.ErrStopped)
		assert.Zero(t, probe.Live())

		rec := streamtest.Record[int]()
		shared.Attach(t.Context(), rec)
		assert.Equal(t, 2, probe.Total())
		src.TryEmit(1)
		src.Abort(errSource)
		rec.AssertFailed(t, errSource, 1)

		rec = streamtest.Record[int]()
		shared.Attach(t.Context(), rec)
		assert.Equal(t, 3, probe.Total())
		rec.AssertFailed(t, errSource)
	})
}

func TestASharedSourceHasEndedWhenItsLastSubscriberHas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := false
		shared := operators.Share(stream.FromFunc(func(ctx context.Context, _ func(int) bool) error {
			<-ctx.Done()
			time.Sleep(time.Hour)
			ended = true
			return nil
		}))
		sub := shared.On(t.Context(), func(int) {})
		synctest.Wait()
		sub.Stop()
		assert.ErrorIs(t, sub.Wait(t.Context()), stream.ErrStopped)
		assert.True(t, ended)
	})
}

func TestAFailingSubscriberOfASharedSourceLeavesAlone(t *testing.T) {
	src := stream.NewPublish[int](nil)
	shared := operators.Share(src.AsObservable())
	bad, good := streamtest.Record[int](streamtest.PanicAt(1, "thrown")), streamtest.Record[int]()
	shared.Attach(t.Context(), bad)
	shared.Attach(t.Context(), good)
	src.TryEmit(1)
	src.TryEmit(2)
	src.Complete()
	bad.AssertValues(t, 1)
	require.ErrorAs(t, bad.Err(), new(*stream.PanicError))
	good.AssertCompleted(t, 1, 2)
}
