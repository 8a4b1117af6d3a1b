package stream_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

func TestTickComesEveryPeriodAndFirstAfterOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var ticks []time.Duration
		err := stream.Tick(time.Hour).Each(t.Context(), func(now time.Time) error {
			ticks = append(ticks, now.Sub(start))
			if len(ticks) == 3 {
				return errBoom
			}
			return nil
		})
		assert.Equal(t, errBoom, err)
		assert.Equal(t, []time.Duration{time.Hour, 2 * time.Hour, 3 * time.Hour}, ticks)
	})
}

func TestTickPassesOverThoseThatABusySubscriberMisses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var ticks []time.Duration
		sub := stream.Tick(time.Second).On(t.Context(), func(now time.Time) {
			ticks = append(ticks, now.Sub(start))
			time.Sleep(3500 * time.Millisecond)
		})
		time.Sleep(10 * time.Second)
		sub.Stop()
		require.ErrorIs(t, sub.Wait(t.Context()), stream.ErrStopped)
		assert.Equal(t, []time.Duration{1 * time.Second, 2 * time.Second, 5 * time.Second}, ticks[:3])
	})
}

func TestTickPanicsWithoutAPeriod(t *testing.T) {
	err := stream.Tick(0).Each(t.Context(), func(time.Time) error { return nil })
	assert.ErrorAs(t, err, new(*stream.PanicError))
}

func TestFromChanGivesEachValueToOneSubscriber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := make(chan int)
		o := stream.FromChan(c)
		one, two := streamtest.Record[int](), streamtest.Record[int]()
		o.Subscribe(t.Context(), one)
		o.Subscribe(t.Context(), two)
		for i := range 10 {
			c <- i
		}
		close(c)
		require.NoError(t, one.Wait(t.Context()))
		require.NoError(t, two.Wait(t.Context()))
		assert.ElementsMatch(t, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, append(one.Values(), two.Values()...))
	})
}

func TestANilChanNeverDelivers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := streamtest.Record[int]()
		sub := stream.FromChan[int](nil).Subscribe(t.Context(), rec)
		time.Sleep(time.Hour)
		rec.AssertLive(t)
		sub.Stop()
		require.ErrorIs(t, sub.Wait(t.Context()), stream.ErrStopped)
	})
}

func TestFromFuncIsCalledForEachSubscriptionAndToldWhenToReturn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		o := stream.FromFunc(func(ctx context.Context, emit func(int) bool) error {
			calls++
			assert.True(t, emit(1))
			assert.False(t, emit(2), "the subscriber stops there")
			assert.False(t, emit(3), "and nothing comes after")
			return errBoom
		})
		for range 2 {
			rec := streamtest.Record[int](streamtest.StopAt(2))
			assert.Equal(t, stream.ErrStopped, o.Subscribe(t.Context(), rec).Wait(t.Context()))
			rec.AssertFailed(t, stream.ErrStopped, 1, 2)
		}
		assert.Equal(t, 2, calls)
	})
}

func TestAPanicInASourceEndsTheStream(t *testing.T) {
	for name, o := range map[string]stream.Observable[int]{
		"FromFunc": stream.FromFunc(func(context.Context, func(int) bool) error { panic(errBoom) }),
		"FromSeq":  stream.FromSeq(func(func(int) bool) { panic(errBoom) }),
		"FromSeq2": stream.FromSeq2(func(func(int, error) bool) { panic(errBoom) }),
		"Defer":    stream.Defer(func() stream.Observable[int] { panic(errBoom) }),
	} {
		t.Run(name, func(t *testing.T) {
			rec := streamtest.Record[int]()
			err := o.Subscribe(t.Context(), rec).Wait(t.Context())
			var p *stream.PanicError
			require.ErrorAs(t, err, &p)
			assert.ErrorIs(t, err, errBoom, "a panic's value unwraps when it is an error")
			assert.Contains(t, string(p.Stack), "sources_test.go")
			assert.EqualError(t, err, "stream: callback panicked: boom")
			rec.AssertFailed(t, errBoom)
		})
	}
}

func TestTheValueBesideAnErrorIsNotDelivered(t *testing.T) {
	rec := streamtest.Record[int]()
	o := stream.FromSeq2(func(yield func(int, error) bool) {
		_ = yield(1, nil) && yield(2, errBoom) && yield(3, nil)
	})
	assert.Equal(t, errBoom, o.Subscribe(t.Context(), rec).Wait(t.Context()))
	rec.AssertFailed(t, errBoom, 1)
}

func TestDeferMakesASourceForEachSubscription(t *testing.T) {
	calls := 0
	o := stream.Defer(func() stream.Observable[int] {
		calls++
		return stream.Of(calls)
	})
	assert.Zero(t, calls)
	for want := 1; want <= 2; want++ {
		got, err := o.Await(t.Context())
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
}

func TestNeverWithAContextThatCannotEndLeavesNothing(t *testing.T) {
	rec := streamtest.Record[int]()
	assert.Nil(t, stream.Never[int]().Attach(context.Background(), rec))
	rec.AssertLive(t)
}
