package operators_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

func TestAMeterCountsValuesAndEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := operators.NewMeter("test")
		src := stream.NewPublish[int](nil)
		metered := operators.Metered(src.AsObservable(), m)
		ctx, cancel := context.WithCancelCause(t.Context())

		metered.Attach(t.Context(), streamtest.Record[int]())
		src.TryEmit(1)
		metered.Subscribe(t.Context(), streamtest.Record[int](streamtest.StopAt(1)))
		metered.Subscribe(ctx, streamtest.Record[int]())
		metered.Subscribe(t.Context(), streamtest.Record[int](streamtest.PanicAt(1, errOdd)))
		assert.Equal(t, 4, m.Snapshot().Subscriptions)
		src.TryEmit(2)
		cancel(errSource)
		synctest.Wait()
		assert.Equal(t, 1, m.Snapshot().Subscriptions)
		src.Complete()
		all(t, operators.OnErrorReturn(operators.Metered(stream.Fail[int](errSource), m), func(error) int { return 0 }))

		s := m.Snapshot()
		s.Rate = 0
		assert.Equal(t, operators.MeterSnapshot{Name: "test", Values: 5, Completed: 1, Failed: 1, Stopped: 3}, s)
	})
}

func TestAMeterTellsWhatWaitsAndWhatWasDropped(t *testing.T) {
	for name, boundary := range map[string]func(o ints, exec func(func()), p stream.Policy) ints{
		"Buffer":    func(o ints, _ func(func()), p stream.Policy) ints { return operators.Buffer(o, p) },
		"ObserveOn": operators.ObserveOn[int],
		"Buffer and Map": func(o ints, _ func(func()), p stream.Policy) ints {
			return operators.Merge(operators.Map(operators.Buffer(o, p), func(v int) int { return v }), stream.Never[int]())
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				outer, inner := operators.NewMeter("outer"), operators.NewMeter("inner")
				src := stream.NewPublish[int](nil)
				release := make(chan struct{})
				rec := streamtest.Record[int](streamtest.BlockAt(1, release))
				o := operators.Metered(boundary(src.AsObservable(), onGoroutines, stream.DropNewest(3)), inner)
				sub := operators.Metered(o, outer).Subscribe(t.Context(), rec)
				src.TryEmit(0)
				synctest.Wait() // is being delivered
				for v := range 5 {
					src.TryEmit(v)
				}
				s := inner.Snapshot()
				assert.Equal(t, 3, s.Queued)
				assert.Equal(t, 2, int(s.Dropped))
				close(release)
				synctest.Wait()
				s = inner.Snapshot()
				assert.Zero(t, s.Queued)
				assert.Equal(t, 4, int(s.Values))
				sub.Stop()
				_ = sub.Wait(t.Context())
				s = inner.Snapshot()
				assert.Equal(t, 2, int(s.Dropped), "they are remembered")
				assert.Equal(t, uint64(2), sub.Dropped())
				assert.Equal(t, 2, int(outer.Snapshot().Dropped), "all that is before it counts")
				assert.Equal(t, 4, int(outer.Snapshot().Values))
			})
		})
	}
}

func TestTheRateOfAMeterFollowsTheStreamForHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := operators.NewMeter("test")
		time.Sleep(3 * time.Hour) // which is not part of the average
		src := stream.NewPublish[int](nil)
		operators.Metered(src.AsObservable(), m).Attach(t.Context(), streamtest.Record[int]())
		emit := func(perSecond int, d time.Duration) {
			for range int(d.Seconds()) * perSecond {
				time.Sleep(time.Second / time.Duration(perSecond))
				src.TryEmit(1)
			}
		}
		assert.Zero(t, m.Snapshot().Rate)
		emit(10, time.Minute)
		assert.InDelta(t, 10, m.Snapshot().Rate, 0.5, "after the first minute")
		emit(20, time.Hour)
		assert.InDelta(t, 20, m.Snapshot().Rate, 0.1, "nobody has looked for an hour")
		emit(2, 5*time.Second)
		assert.InDelta(t, 2+18*0.37, m.Snapshot().Rate, 0.5, "it follows")
		for range 20 {
			emit(2, time.Second)
			m.Snapshot()
		}
		assert.InDelta(t, 2, m.Snapshot().Rate, 0.5, "it has followed")
		for range 1000 { // to look often does not disturb
			m.Snapshot()
		}
		assert.InDelta(t, 2, m.Snapshot().Rate, 0.5)
		time.Sleep(time.Minute)
		assert.InDelta(t, 0, m.Snapshot().Rate, 0.01)
		src.Complete()
	})
}

func TestAMeterTellsItsStateEveryTimeThatHasPassed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := operators.NewMeter("test")
		sub := operators.Metered(stream.Tick(time.Second), m).On(t.Context(), func(time.Time) {})
		var values []uint64
		for _, s := range all(t, operators.Take(m.Every(time.Hour+time.Millisecond), 24)) {
			values = append(values, s.Values)
			assert.InDelta(t, 1, s.Rate, 0.1)
		}
		for i, n := range values {
			assert.Equal(t, 3600*(i+1), int(n))
		}
		sub.Stop()
		_ = sub.Wait(t.Context())
	})
}

func TestAMeterOfManyStreamsLosesNothing(t *testing.T) {
	m := operators.NewMeter("test")
	var subs sync.WaitGroup
	for range 8 {
		subs.Go(func() {
			assert.Equal(t, []int{1000}, all(t, operators.Count(operators.Metered(stream.Of(countTo(1000)...), m))))
			m.Snapshot()
		})
	}
	subs.Wait()
	s := m.Snapshot()
	assert.Equal(t, 8000, int(s.Values))
	assert.Equal(t, 8, int(s.Completed))
	assert.Zero(t, s.Subscriptions)
}

func TestAMeterTellsWhatOperatorsWithoutAQueueDrop(t *testing.T) {
	m := operators.NewMeter("window")
	windows := operators.Sliding(stream.Of(1, 2, 3, 4, 5), time.Hour, time.Hour, &operators.WindowOptions{Limit: 3, Evict: true})
	sub := operators.Metered(windows, m).On(t.Context(), func([]int) {})
	assert.NoError(t, sub.Wait(t.Context()))
	assert.Equal(t, uint64(2), m.Snapshot().Dropped)
	assert.Equal(t, uint64(2), sub.Dropped())
}
