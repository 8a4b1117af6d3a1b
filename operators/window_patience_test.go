package operators_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
)

func TestASourceThatMustNotWaitWaitsForNoWindowAndNoRate(t *testing.T) {
	value := func(values []int) int { return values[0] }
	ofWindows := func(o stream.Observable[operators.Window[int]]) ints {
		return operators.Map(o, func(w operators.Window[int]) int { return w.Values[0] })
	}
	for name, chain := range map[string]func(src ints) ints{
		"Throttle": func(src ints) ints { return operators.Throttle(src, 1, operators.Leading) },
		"TumblingCount": func(src ints) ints {
			return operators.Map(operators.TumblingCount(src, 1), value)
		},
		"Bursts": func(src ints) ints {
			return operators.Map(operators.Bursts(src, time.Hour, &operators.SessionOptions{Limit: 1}), value)
		},
		"EventWindows": func(src ints) ints {
			return ofWindows(operators.EventWindows(src, timeOf, time.Minute, &eventOptions{Ahead: -1}))
		},
		"EventWindows with a timer": func(src ints) ints {
			return ofWindows(operators.EventWindows(src, timeOf, time.Minute, &eventOptions{Ahead: -1, Idle: time.Hour}))
		},
		"Reorder": func(src ints) ints { return operators.Reorder(src, ownNumber, nil) },
		"Reorder with a timer": func(src ints) ints {
			return operators.Reorder(src, ownNumber, &operators.ReorderOptions{Wait: time.Hour})
		},
		"ShiftTime": func(src ints) ints {
			return operators.ShiftTime(src, stream.Never[time.Duration](), func(v int, _ time.Duration) int { return v })
		},
		"RateLimit": func(src ints) ints { return operators.RateLimit(src, 1, time.Hour, 5000) },
		"Delay":     func(src ints) ints { return operators.Delay(src, time.Hour, &operators.DelayOptions{Limit: 100}) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := stream.NewPublish[int](nil)
				full := make(chan struct{})
				sub := operators.Buffer(chain(src.AsObservable()), stream.Block(4)).On(t.Context(), func(int) { <-full })
				overflows, begun := 0, time.Now()
				for i := range 2000 {
					if src.TryEmit(i) == stream.Overflow {
						overflows++
					}
					synctest.Wait()
					if name == "Throttle" {
						time.Sleep(time.Nanosecond)
					}
				}
				assert.Less(t, time.Since(begun), ms)
				assert.NotZero(t, sub.Dropped())
				assert.NotZero(t, overflows)
				sub.Stop()
				close(full)
				src.Complete()
				assert.ErrorIs(t, sub.Wait(t.Context()), stream.ErrStopped)
			})
		})
	}
}
