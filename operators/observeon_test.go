package operators_test

import (
	"context"
	"sync"
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

// loop is an executor that a test runs by hand.
type loop struct {
	mu    sync.Mutex
	tasks []func()
	given int
}

func (l *loop) exec(task func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tasks = append(l.tasks, task)
	l.given++
}

// turn runs the tasks that wait, and returns how many there were.
func (l *loop) turn() int {
	l.mu.Lock()
	tasks := l.tasks
	l.tasks = nil
	l.mu.Unlock()
	for _, task := range tasks {
		task()
	}
	return len(tasks)
}

func TestObserveOnDeliversInOneTaskWhatWaits(t *testing.T) {
	for name, err := range map[string]error{"completion": nil, "failure": errSource} {
		t.Run(name, func(t *testing.T) {
			var ui loop
			src := stream.NewPublish[int](nil)
			rec := streamtest.Record[int](streamtest.CallAt(2, func() { src.TryEmit(4) }))
			require.Nil(t, operators.ObserveOn(src.AsObservable(), ui.exec, stream.Block(9)).Attach(t.Context(), rec))
			assert.Zero(t, ui.turn(), "there is nothing to do")
			for v := range 3 {
				src.TryEmit(v + 1)
			}
			rec.AssertLive(t)
			assert.Equal(t, 1, ui.turn())
			rec.AssertLive(t, 1, 2, 3) // 4 came after the task began
			if err != nil {
				src.Abort(err)
			} else {
				src.Complete()
			}
			rec.AssertLive(t, 1, 2, 3)
			assert.Equal(t, 1, ui.turn())
			rec.AssertFailed(t, err, 1, 2, 3, 4)
			assert.Zero(t, ui.turn())
		})
	}
}

func TestObserveOnDoesAsItsPolicySays(t *testing.T) {
	for name, test := range map[string]struct {
		policy stream.Policy
		want   []int
		err    error
		drops  int
	}{
		"Latest":       {stream.Latest(), []int{5}, nil, 4},
		"DropOldest":   {stream.DropOldest(2), []int{4, 5}, nil, 3},
		"DropNewest":   {stream.DropNewest(2), []int{1, 2}, nil, 3},
		"FailWhenFull": {stream.FailWhenFull(2), []int{1, 2}, stream.ErrOverflow, 1},
		"Unbounded":    {stream.Unbounded(), []int{1, 2, 3, 4, 5}, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var ui loop
				rec := streamtest.Record[int]()
				sub := operators.ObserveOn(stream.Of(1, 2, 3, 4, 5), ui.exec, test.policy).Subscribe(t.Context(), rec)
				synctest.Wait()
				assert.Equal(t, 1, ui.turn())
				require.ErrorIs(t, sub.Wait(t.Context()), test.err)
				rec.AssertFailed(t, test.err, test.want...)
				assert.Equal(t, test.drops, int(sub.Dropped()))
			})
		})
	}
}

func TestObserveOnEndsWithItsContextThoughNoTaskRuns(t *testing.T) {
	for name, emitted := range map[string]int{"no task is due": 0, "a task is not run": 3} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var stalled loop
				ctx, cancel := context.WithCancelCause(t.Context())
				src := stream.NewPublish[int](nil)
				rec := streamtest.Record[int]()
				probe := streamtest.NewProbe(src.AsObservable())
				sub := operators.ObserveOn(probe.Observable, stalled.exec, stream.Block(9)).Subscribe(ctx, rec)
				for v := range emitted {
					src.TryEmit(v)
				}
				cancel(errOdd)
				require.ErrorIs(t, sub.Wait(t.Context()), errOdd)
				assert.Zero(t, probe.Live())
				stalled.turn() // too late
				rec.AssertFailed(t, errOdd)
			})
		})
	}
}

func TestObserveOnLetsARunningTaskEndBeforeItDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		release := make(chan struct{})
		rec := streamtest.Record[int](streamtest.BlockAt(1, release))
		sub := operators.ObserveOn(stream.Of(1, 2), onGoroutines, stream.Block(9)).Subscribe(ctx, rec)
		synctest.Wait()
		cancel(errOdd)
		synctest.Wait()
		rec.AssertLive(t, 1)
		close(release)
		require.ErrorIs(t, sub.Wait(t.Context()), errOdd)
		rec.AssertFailed(t, errOdd, 1)
	})
}

func TestObserveOnHoldsItsSourceBackWhenItBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ui loop
		emitted := 0
		src := stream.FromFunc(func(_ context.Context, emit func(int) bool) error {
			for emit(emitted) {
				emitted++
			}
			return nil
		})
		sub := operators.ObserveOn(src, ui.exec, stream.Block(3)).Subscribe(t.Context(), streamtest.Record[int](streamtest.StopAt(10)))
		synctest.Wait()
		assert.Equal(t, 3, emitted)
		for ui.turn() > 0 {
			synctest.Wait()
		}
		require.ErrorIs(t, sub.Wait(t.Context()), stream.ErrStopped)
		assert.LessOrEqual(t, emitted, 10+2*3)
	})
}

func TestAnExecutorThatPanicsEndsItsSubscriptionAlone(t *testing.T) {
	src := stream.NewPublish[int](nil)
	rec := streamtest.Record[int]()
	sub := operators.ObserveOn(src.AsObservable(), func(func()) { panic(errOdd) }, stream.Block(9)).Subscribe(t.Context(), rec)
	assert.NotPanics(t, func() { src.TryEmit(1) })
	require.ErrorIs(t, sub.Wait(t.Context()), errOdd)
	p := (*stream.PanicError)(nil)
	require.ErrorAs(t, rec.Err(), &p)
	assertDetached(t, src)
}

func TestATaskThatIsRunTwiceDeliversOnce(t *testing.T) {
	rec := streamtest.Record[int]()
	twice := func(task func()) {
		go func() {
			task()
			task()
		}()
	}
	sub := operators.ObserveOn(stream.Of(countTo(100)...), twice, stream.Block(3)).Subscribe(t.Context(), rec)
	require.NoError(t, sub.Wait(t.Context()))
	rec.AssertFailed(t, nil, countTo(100)...)
}

func TestObserveOnDeliversOrDropsAllInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "n")
		policy := rapid.SampledFrom([]stream.Policy{
			stream.Block(n), stream.DropOldest(n), stream.DropNewest(n), stream.Unbounded(),
		}).Draw(t, "policy")
		exec := rapid.SampledFrom([]func(func()){onGoroutines, func(task func()) { task() }}).Draw(t, "executor")
		emitted := rapid.IntRange(0, 500).Draw(t, "emitted")
		rec := streamtest.Record[int]()
		sub := operators.ObserveOn(stream.Of(countTo(emitted)...), exec, policy).Subscribe(context.Background(), rec)
		require.NoError(t, sub.Wait(context.Background()))
		assert.Equal(t, emitted, rec.Len()+int(sub.Dropped()))
		assert.False(t, policy.Lossless() && sub.Dropped() > 0)
		assert.IsIncreasing(t, append([]int{-1, 0}, rec.Values()...))
		assert.Empty(t, rec.Breaches())
	})
}

func TestASlowExecutorKeepsUpForHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		ui := func(task func()) { time.AfterFunc(time.Minute, task) }
		ticks := operators.Take(stream.Tick(time.Second), 6*3600)
		n := all(t, operators.Count(operators.ObserveOn(ticks, ui, stream.Block(100))))
		assert.Equal(t, []int{6 * 3600}, n)
		assert.InDelta(t, 6*3600, time.Since(start).Seconds(), 120)
	})
}
