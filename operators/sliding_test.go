package operators_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

// slide returns what Sliding makes of values 0, 1, 2, … that come after the
// given pauses, when the source completes after another one.
func slide(t *testing.T, window, step time.Duration, pauses []time.Duration, last time.Duration) (windows [][]int) {
	synctest.Test(t, func(t *testing.T) {
		src := stream.FromFunc(func(_ context.Context, emit func(int) bool) error {
			for i, pause := range pauses {
				time.Sleep(pause)
				synctest.Wait() // a step at the same time comes first
				emit(i)
			}
			time.Sleep(last)
			synctest.Wait()
			return nil
		})
		windows = all(t, operators.Sliding(src, window, step, nil))
	})
	return windows
}

func TestSlidingWindowsHaveTheValuesOfTheirTime(t *testing.T) {
	const unit = time.Minute
	rapid.Check(t, func(rt *rapid.T) {
		step := rapid.IntRange(1, 6).Draw(rt, "step")
		window := rapid.IntRange(step, 20).Draw(rt, "window")
		pauses := rapid.SliceOf(rapid.IntRange(0, 30)).Draw(rt, "pauses")
		last := rapid.IntRange(0, 30).Draw(rt, "last")

		var want [][]int
		var at []int // when the values come
		now, told := 0, 0
		for _, pause := range pauses {
			now += pause
			at = append(at, now)
		}
		end := now + last
		within := func(from, to int) []int {
			values := []int{}
			for i, t := range at {
				if from <= t && t < to {
					values = append(values, i)
					told = max(told, i+1)
				}
			}
			return values
		}
		some := false
		for t := step; t <= end; t += step {
			values := within(t-window, t)
			if some || len(values) > 0 {
				want = append(want, values)
			}
			some = len(values) > 0
		}
		if told < len(at) {
			from := end - window
			if window == step {
				from = end - end%step
			}
			want = append(want, within(from, end+1))
		}

		var durations []time.Duration
		for _, pause := range pauses {
			durations = append(durations, time.Duration(pause)*unit)
		}
		got := slide(t, time.Duration(window)*unit, time.Duration(step)*unit, durations, time.Duration(last)*unit)
		assert.Equal(rt, want, got)
	})
}

func TestASlidingWindowSleepsWhileNothingComes(t *testing.T) {
	windows := slide(t, 2*time.Hour, time.Hour, []time.Duration{time.Minute, 1000 * time.Hour}, 10*time.Hour)
	assert.Equal(t, [][]int{{0}, {0}, {}, {1}, {1}, {}}, windows)
}

func TestASlidingWindowWithGapsLeavesValuesOut(t *testing.T) {
	windows := slide(t, time.Minute, time.Hour, []time.Duration{time.Second, 59*time.Minute + 30*time.Second}, time.Hour)
	assert.Equal(t, [][]int{{1}}, windows)
}

func TestABusySubscriberMissesSlidingWindows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := stream.NewPublish[int](nil)
		rec := streamtest.Record[[]int](streamtest.CallAt(1, func() { time.Sleep(150 * time.Minute) }))
		operators.Sliding(src.AsObservable(), time.Hour, time.Hour, nil).Attach(t.Context(), rec)
		src.TryEmit(1)
		time.Sleep(61 * time.Minute)
		src.TryEmit(2)
		time.Sleep(time.Hour)
		src.TryEmit(3)
		time.Sleep(2 * time.Hour)
		src.Complete()
		rec.AssertCompleted(t, []int{1}, []int{}, []int{2, 3})
	})
}

func TestASlidingWindowIsBounded(t *testing.T) {
	for name, c := range map[string]struct {
		opts    operators.WindowOptions
		err     error
		want    []int
		dropped uint64
	}{
		"by failing":      {operators.WindowOptions{Limit: 3}, stream.ErrOverflow, []int{0, 1, 2}, 0},
		"by evicting":     {operators.WindowOptions{Limit: 3, Evict: true}, nil, []int{2, 3, 4}, 2},
		"not at all":      {operators.WindowOptions{Limit: -1}, nil, []int{0, 1, 2, 3, 4}, 0},
		"more than there": {operators.WindowOptions{}, nil, []int{0, 1, 2, 3, 4}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			rec := streamtest.Record[[]int]()
			sub := operators.Sliding(stream.Of(0, 1, 2, 3, 4), time.Hour, time.Hour, &c.opts).Subscribe(t.Context(), rec)
			assert.ErrorIs(t, sub.Wait(t.Context()), c.err)
			rec.AssertFailed(t, c.err, c.want)
			assert.Equal(t, c.dropped, sub.Dropped())
		})
	}
}

func TestWindowsNeedPositiveSizes(t *testing.T) {
	assert.Panics(t, func() { operators.Sliding(stream.Of(1), 0, 1, nil) })
	assert.Panics(t, func() { operators.Sliding(stream.Of(1), 1, 0, nil) })
	assert.Panics(t, func() { operators.SlidingCount(stream.Of(1), 0, 1) })
	assert.Panics(t, func() { operators.SlidingCount(stream.Of(1), 1, 0) })
}

func TestTheStatsOfAnEmptyWindowAreZero(t *testing.T) {
	summary, err := operators.Stats(stream.Of([]int{}), func(v int) float64 { return 1 }).Await(t.Context())
	assert.NoError(t, err)
	assert.Zero(t, summary)
}
