package operators_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
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

// after returns f for ParallelMap that takes so many milliseconds for a value.
func after(d func(v int) int) func(ctx context.Context, v int) (int, error) {
	return func(ctx context.Context, v int) (int, error) {
		select {
		case <-time.After(time.Duration(d(v)) * ms):
			return v, nil
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	}
}

func TestParallelMapComputesSeveralAtOnceInOrder(t *testing.T) {
	workers := func(n int, unordered bool) *operators.ParallelOptions {
		return &operators.ParallelOptions{Workers: n, Unordered: unordered}
	}
	five := after(func(int) int { return 5 })
	streamtest.ExpectOperator(t, func(src ints) ints { return operators.ParallelMap(src, five, workers(2, false)) },
		"1-2-3-4-----|", "-----1-2--3-(4|)", nil)

	late := after(func(v int) int { return 9 - v })
	streamtest.ExpectOperator(t, func(src ints) ints { return operators.ParallelMap(src, late, workers(9, false)) },
		"1357----|", "--------(1357|)", nil)
	streamtest.ExpectOperator(t, func(src ints) ints { return operators.ParallelMap(src, late, workers(9, true)) },
		"1357----|", "-----753(1|)", nil)
}

func TestParallelMapDeliversWhatCameBeforeAnError(t *testing.T) {
	f := func(ctx context.Context, v int) (int, error) {
		v, err := after(func(v int) int { return 9 - v })(ctx, v)
		if err == nil && v == 5 {
			err = errOdd
		}
		return v, err
	}
	streamtest.ExpectOperator(t, func(src ints) ints {
		return operators.ParallelMap(src, f, &operators.ParallelOptions{Workers: 9})
	}, "1357----|", "--------(13#)", &streamtest.Legend[int, int]{Err: errOdd})
	streamtest.ExpectOperator(t, func(src ints) ints {
		return operators.ParallelMap(src, f, &operators.ParallelOptions{Workers: 9, Unordered: true})
	}, "1357----|", "-----7#", &streamtest.Legend[int, int]{Err: errOdd})
	streamtest.ExpectOperator(t, func(src ints) ints {
		return operators.ParallelMap(src, after(func(v int) int { return 9 - v }), &operators.ParallelOptions{Workers: 9})
	}, "13#", "--------(13#)", nil)
}

func TestParallelMapTurnsAPanicIntoTheEnd(t *testing.T) {
	for name, unordered := range map[string]bool{"ordered": false, "unordered": true} {
		for what, fail := range map[string]func(){"panic": func() { panic(errBoom) }, "Goexit": runtime.Goexit} {
			t.Run(name+" "+what, func(t *testing.T) {
				rec := streamtest.Record[int]()
				sub := operators.ParallelMap(stream.FromSeq(upTo(1000)), func(_ context.Context, v int) (int, error) {
					if v == 500 {
						fail()
					}
					return v, nil
				}, &operators.ParallelOptions{Workers: 4, Unordered: unordered}).Subscribe(t.Context(), rec)
				p := (*stream.PanicError)(nil)
				require.ErrorAs(t, sub.Wait(t.Context()), &p)
				assert.Equal(t, what == "Goexit", p.Goexit)
				assert.Empty(t, rec.Breaches())
				if !unordered {
					assert.Equal(t, all(t, stream.FromSeq(upTo(500))), rec.Values())
				}
			})
		}
	}
}

var errBoom = errors.New("boom")

func TestParallelMapEndsWhenAllItsCallsHaveReturned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running atomic.Int32
		ctx, cancel := context.WithCancel(t.Context())
		rec := streamtest.Record[int]()
		sub := operators.ParallelMap(paced(-1), func(ctx context.Context, v int) (int, error) {
			running.Add(1)
			defer running.Add(-1)
			<-ctx.Done()
			time.Sleep(time.Hour) // it takes its time to notice
			return v, nil
		}, &operators.ParallelOptions{Workers: 7}).Subscribe(ctx, rec)
		time.Sleep(time.Second)
		assert.EqualValues(t, 7, running.Load())
		cancel()
		synctest.Wait()
		assert.False(t, rec.Ended())
		assert.ErrorIs(t, sub.Wait(t.Context()), context.Canceled)
		assert.Zero(t, running.Load())
		assert.Zero(t, rec.Len())
	})
}

func TestParallelMapHoldsNoMoreThanMayBeInFlight(t *testing.T) {
	for name, unordered := range map[string]bool{"ordered": false, "unordered": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var came atomic.Int32
				release := make(chan struct{})
				src := operators.Tap(stream.FromSeq(upTo(1000)), func(int) { came.Add(1) })
				rec := streamtest.Record[int](streamtest.BlockAt(31, release))
				sub := operators.ParallelMap(src, after(func(v int) int { return v % 3 }), &operators.ParallelOptions{
					Workers: 5, InFlight: 20, Unordered: unordered,
				}).Subscribe(t.Context(), rec)
				time.Sleep(time.Hour)
				assert.Equal(t, 31, rec.Len())
				assert.LessOrEqual(t, came.Load(), int32(30+20+1), "and one that waits")
				close(release)
				require.NoError(t, sub.Wait(t.Context()))
				assert.Equal(t, 1000, rec.Len())
				assert.Empty(t, rec.Breaches())
			})
		})
	}
}

func TestParallelMapHasNoGoroutineWhenThereIsNothingToDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := stream.NewPublish[int](nil)
		sub := operators.ParallelMap(src.AsObservable(), after(func(int) int { return 1 }), nil).On(t.Context(), func(int) {})
		for i := range 100 {
			src.TryEmit(i)
		}
		time.Sleep(time.Hour)
		stacks := make([]byte, 1<<20)
		assert.NotContains(t, string(stacks[:runtime.Stack(stacks, true)]), "parallelMap")
		src.Complete()
		assert.NoError(t, sub.Wait(t.Context()))
	})
}

func TestParallelMapIsMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := someInts().Draw(t, "in")
		opts := &operators.ParallelOptions{
			Workers:   rapid.IntRange(0, 5).Draw(t, "workers"),
			InFlight:  rapid.IntRange(0, 20).Draw(t, "in flight"),
			Unordered: rapid.Bool().Draw(t, "unordered"),
		}
		square := func(v int) int { return v * v }
		got := all(t, operators.ParallelMap(stream.Of(in...), func(_ context.Context, v int) (int, error) {
			runtime.Gosched()
			return square(v), nil
		}, opts))
		want := all(t, operators.Map(stream.Of(in...), square))
		if opts.Unordered {
			assert.ElementsMatch(t, want, got)
		} else {
			assert.Equal(t, want, got)
		}
	})
}

func TestParallelMapTakesValuesFromManyAndKeepsTheirOrder(t *testing.T) {
	const each = 2000
	src := stream.NewPublish[sourced](nil)
	rec := streamtest.Record[sourced]()
	sub := operators.ParallelMap(src.AsObservable(), func(_ context.Context, v sourced) (sourced, error) {
		return v, nil
	}, &operators.ParallelOptions{Workers: 3}).Subscribe(t.Context(), rec)
	var emitters sync.WaitGroup
	for s := range 3 {
		emitters.Go(func() {
			for n := range each {
				assert.NoError(t, src.Emit(t.Context(), sourced{s, n}))
			}
		})
	}
	emitters.Wait()
	src.Complete()
	require.NoError(t, sub.Wait(t.Context()))
	assertMerged(t, []int{each, each, each}, rec.Values())
	assert.Empty(t, rec.Breaches())
}

// What has a queue of its own makes a source that must not wait drop values,
// and count them.
func TestNoTransformMakesASourceWaitThatMustNot(t *testing.T) {
	for name, operator := range map[string]func(src ints) ints{
		"ConcatMap": func(src ints) ints { return operators.ConcatMap(src, func(v int) ints { return stream.Of(v) }) },
		"ParallelMap": func(src ints) ints {
			return operators.ParallelMap(src, func(_ context.Context, v int) (int, error) { return v, nil }, nil)
		},
		"TakeUntil": func(src ints) ints { return operators.TakeUntil(src, stream.Never[int]()) },
		"Timeout":   func(src ints) ints { return operators.Timeout(src, time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := stream.NewPublish[int](nil)
				full := make(chan struct{})
				sub := operators.Buffer(operator(src.AsObservable()), stream.Block(4)).On(t.Context(), func(int) { <-full })
				overflows := 0
				start := time.Now()
				for i := range 2000 {
					if src.TryEmit(i) == stream.Overflow {
						overflows++
					}
					synctest.Wait()
				}
				assert.Zero(t, time.Since(start))
				assert.EqualValues(t, overflows, sub.Dropped())
				assert.NotZero(t, overflows)
				close(full)
				sub.Stop()
				assert.ErrorIs(t, sub.Wait(t.Context()), stream.ErrStopped)
			})
		})
	}
}
