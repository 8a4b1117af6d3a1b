package operators_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
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

// worker is a sink of which each value takes a while, and that may fail.
type worker struct {
	takes time.Duration
	fails func(v int) error // nil: never

	mu    sync.Mutex
	got   []int
	ended error
}

var errCompleted = errors.New("completed")

func (w *worker) Emit(_ context.Context, v int) error {
	time.Sleep(w.takes)
	if w.fails != nil {
		if err := w.fails(v); err != nil {
			return err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.got = append(w.got, v)
	return nil
}

func (w *worker) TryEmit(int) stream.Result { panic("not used") }
func (w *worker) Complete()                 { w.end(errCompleted) }
func (w *worker) Abort(err error)           { w.end(err) }

func (w *worker) end(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended == nil {
		w.ended = err
	}
}

func (w *worker) values() []int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.got)
}

// closedAt returns a failure that a sink which ends at the n-th value has.
func closedAt(n int) func(int) error {
	return func(int) error {
		if n--; n < 0 {
			return fmt.Errorf("gone: %w", stream.ErrClosed)
		}
		return nil
	}
}

// crew returns workers with branches of one policy.
func crew(n int, p stream.Policy) (workers []*worker, branches []*operators.Branch[int]) {
	for range n {
		w := &worker{}
		workers = append(workers, w)
		branches = append(branches, operators.To[int](w, p).Closing())
	}
	return workers, branches
}

// sorted returns what all workers got.
func sorted(workers []*worker) (values []int) {
	for _, w := range workers {
		values = append(values, w.values()...)
	}
	slices.Sort(values)
	return values
}

func TestRoundRobinTakesTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		workers, branches := crew(3, stream.Block(1))
		src := stream.NewPublish[int](nil)
		sub := operators.RoundRobin(t.Context(), src.AsObservable(), branches...)
		for v := range 7 {
			src.TryEmit(v)
			synctest.Wait()
		}
		src.Complete()
		require.NoError(t, sub.Wait(t.Context()))
		assert.Equal(t, []int{0, 3, 6}, workers[0].values())
		assert.Equal(t, []int{1, 4}, workers[1].values())
		assert.Equal(t, []int{2, 5}, workers[2].values())
		for _, w := range workers {
			assert.Equal(t, errCompleted, w.ended)
		}
	})
}

func TestRoundRobinPassesABranchOverThatIsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		workers, branches := crew(3, stream.Block(1))
		workers[1].takes = time.Hour
		for _, w := range []int{0, 2} {
			workers[w].takes = time.Second
		}
		begun := time.Now()
		sub := operators.RoundRobin(t.Context(), stream.Of(naturals(100)...), branches...)
		require.NoError(t, sub.Wait(t.Context()))
		assert.Equal(t, naturals(100), sorted(workers))
		assert.Len(t, workers[1].values(), 2, "one that it works on, and one that waits")
		assert.Equal(t, 2*time.Hour, time.Since(begun))
	})
}

func TestThePolicyOfTheBranchWhoseTurnItIsDecidesWhenNoneHasRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		workers, branches := crew(2, stream.DropNewest(1))
		workers[0].takes, workers[1].takes = time.Hour, time.Hour
		src := stream.NewPublish[int](nil)
		sub := operators.RoundRobin(t.Context(), src.AsObservable(), branches...)
		for v := range 10 {
			src.TryEmit(v)
			synctest.Wait()
		}
		src.Complete()
		require.NoError(t, sub.Wait(t.Context()))
		assert.Equal(t, naturals(4), sorted(workers))
		assert.Equal(t, uint64(3), branches[0].Dropped())
		assert.Equal(t, uint64(3), branches[1].Dropped())
		assert.Equal(t, uint64(6), sub.Dropped())
	})
}

func TestATryEmitIntoRoundRobinDoesNotWaitForBranches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		workers, branches := crew(2, stream.Block(1))
		workers[0].takes, workers[1].takes = time.Hour, time.Hour
		src := stream.NewPublish[int](nil)
		sub := operators.RoundRobin(t.Context(), src.AsObservable(), branches...)
		begun := time.Now()
		var results []stream.Result
		for v := range 6 {
			results = append(results, src.TryEmit(v))
			synctest.Wait()
		}
		assert.Zero(t, time.Since(begun))
		assert.Equal(t, []stream.Result{0, 0, 0, 0, stream.Overflow, stream.Overflow}, results)
		src.Complete()
		require.NoError(t, sub.Wait(t.Context()))
		assert.Equal(t, naturals(4), sorted(workers))
		assert.Equal(t, uint64(2), sub.Dropped())
	})
}

func TestABranchThatEndsHandsOverWhatItHeld(t *testing.T) {
	for name, fan := range fans() {
		for _, when := range []string{"while the source lasts", "after the source has ended"} {
			t.Run(name+" "+when, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					workers, branches := crew(3, stream.Block(100))
					for _, w := range workers {
						w.takes = time.Second
					}
					workers[1].fails = closedAt(2)
					src := stream.NewPublish[int](nil)
					sub := fan(t.Context(), src.AsObservable(), branches...)
					for v := range 60 {
						src.TryEmit(v)
					}
					if when == "while the source lasts" {
						time.Sleep(time.Hour)
						assert.Equal(t, naturals(60), sorted(workers), "at once, not with the next value")
					}
					src.Complete()
					err := sub.Wait(t.Context())
					assert.ErrorIs(t, err, stream.ErrClosed)
					assert.ErrorContains(t, err, "branch 1 of "+name)
					assert.Equal(t, naturals(60), sorted(workers))
					assert.Zero(t, sub.Dropped())
					assert.Len(t, workers[1].values(), 2)
					for i, w := range workers {
						assert.Equal(t, i != 1, w.ended == errCompleted)
					}
				})
			})
		}
	}
}

func TestAValueThatASinkRefusesIsDroppedAndCounted(t *testing.T) {
	for name, fan := range fans() {
		t.Run(name, func(t *testing.T) {
			workers, branches := crew(3, stream.Block(100))
			for _, w := range workers {
				w.fails = func(v int) error {
					if v == 7 {
						return errOdd // the value is what is wrong
					}
					return nil
				}
			}
			sub := fan(t.Context(), stream.Of(naturals(60)...), branches...)
			assert.ErrorIs(t, sub.Wait(t.Context()), errOdd)
			assert.Equal(t, slices.Delete(naturals(60), 7, 8), sorted(workers))
			assert.Equal(t, uint64(1), sub.Dropped())
		})
	}
}

func TestASinkThatThrowsEndsItsBranchAlone(t *testing.T) {
	for name, fan := range fans() {
		for what, throw := range map[string]func(){"panic": func() { panic("thrown") }, "Goexit": runtime.Goexit} {
			t.Run(name+" "+what, func(t *testing.T) {
				workers, branches := crew(2, stream.Block(100))
				for _, w := range workers {
					w.fails = func(v int) error {
						if v == 7 {
							throw()
						}
						return nil
					}
				}
				sub := fan(t.Context(), stream.Of(naturals(60)...), branches...)
				assert.ErrorAs(t, sub.Wait(t.Context()), new(*stream.PanicError))
				assert.Equal(t, slices.Delete(naturals(60), 7, 8), sorted(workers))
				assert.Equal(t, uint64(1), sub.Dropped())
			})
		}
	}
}

func TestTheSourceIsStoppedWhenNoBranchIsLeftToChoose(t *testing.T) {
	for name, fan := range fans() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := stream.NewPublish[int](nil)
				probe := streamtest.NewProbe(src.AsObservable())
				workers, branches := crew(3, stream.Block(100))
				for _, w := range workers {
					w.takes, w.fails = time.Second, closedAt(1)
				}
				sub := fan(t.Context(), probe.Observable, branches...)
				for v := range 20 {
					src.TryEmit(v)
				}
				assert.ErrorIs(t, sub.Wait(t.Context()), stream.ErrClosed)
				assert.Zero(t, probe.Live())
				assert.Equal(t, 20, len(sorted(workers))+int(sub.Dropped()))
				assert.NoError(t, fan(t.Context(), stream.Never[int]()).Wait(t.Context()))
			})
		})
	}
}

func TestABranchThatOverflowsDeliversWhatItHoldsAndEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, fan := range fans() {
			workers, branches := crew(1, stream.FailWhenFull(2))
			workers[0].takes = time.Second
			src := stream.NewPublish[int](nil)
			sub := fan(t.Context(), src.AsObservable(), branches...)
			for v := range 10 {
				src.TryEmit(v)
				synctest.Wait()
			}
			assert.ErrorIs(t, sub.Wait(t.Context()), stream.ErrOverflow, name)
			assert.Equal(t, naturals(3), sorted(workers), name)
			assert.Equal(t, uint64(1), sub.Dropped(), name)
			assert.ErrorIs(t, workers[0].ended, stream.ErrOverflow, name)
		}
	})
}

func TestByKeyAndRoundRobinForgetWhatWaitsWhenTheyAreStopped(t *testing.T) {
	for name, fan := range fans() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				workers, branches := crew(2, stream.Block(2))
				workers[0].takes, workers[1].takes = time.Hour, time.Hour
				sub := fan(t.Context(), stream.Of(naturals(1000)...), branches...)
				synctest.Wait()
				sub.Stop()
				assert.ErrorIs(t, sub.Wait(t.Context()), stream.ErrStopped)
				assert.LessOrEqual(t, len(sorted(workers)), 2)
				assert.Equal(t, stream.ErrStopped, workers[0].ended)
			})
		})
	}
}

func TestByKeyKeepsAKeyWithItsBranchAndInItsOrder(t *testing.T) {
	workers, branches := crew(5, stream.Block(3))
	values := naturals(1000)
	sub := operators.ByKey(t.Context(), stream.Of(values...), func(v int) int { return v % 50 }, branches...)
	require.NoError(t, sub.Wait(t.Context()))
	assert.Equal(t, values, sorted(workers))
	used := 0
	home := map[int]int{}
	for i, w := range workers {
		if len(w.values()) > 0 {
			used++
		}
		last := map[int]int{}
		for _, v := range w.values() {
			before, known := home[v%50]
			assert.True(t, !known || before == i, "key %d went to branches %d and %d", v%50, before, i)
			home[v%50] = i
			assert.GreaterOrEqual(t, v, last[v%50])
			last[v%50] = v
		}
	}
	assert.Greater(t, used, 2)
}

func TestByKeyMovesOnlyTheKeysOfTheBranchThatEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const keys = 100
		workers, branches := crew(5, stream.Block(1000))
		src := stream.NewPublish[int](nil)
		sub := operators.ByKey(t.Context(), src.AsObservable(), func(v int) int { return v % keys }, branches...)
		round := func(n int) (homes [keys]int) {
			for k := range keys {
				src.TryEmit(n*keys + k)
			}
			synctest.Wait()
			for i, w := range workers {
				for _, v := range w.values() {
					if v/keys == n {
						homes[v%keys] = i
					}
				}
			}
			return homes
		}
		before := round(0)
		workers[2].fails = closedAt(0)
		moved := round(1)
		after := round(2)
		assert.Equal(t, moved, after)
		for k := range keys {
			if before[k] != 2 {
				assert.Equal(t, before[k], after[k])
			} else {
				assert.NotEqual(t, 2, after[k])
			}
		}
		src.Complete()
		assert.ErrorIs(t, sub.Wait(t.Context()), stream.ErrClosed)
		assert.Len(t, sorted(workers), 3*keys)
	})
}

// A branch ends at any value, with others in any state: nothing is lost, and
// each key keeps its order, over all branches.
func TestKeysKeepTheirOrderWhenTheirBranchEnds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n, keys := rapid.IntRange(0, 300).Draw(rt, "n"), rapid.IntRange(1, 20).Draw(rt, "keys")
		workers, branches := crew(rapid.IntRange(2, 5).Draw(rt, "branches"), stream.Block(rapid.IntRange(1, 9).Draw(rt, "queue")))
		for i := range len(workers) - 1 {
			workers[i].fails = closedAt(rapid.IntRange(0, 100).Draw(rt, "ends at"))
		}
		var mu sync.Mutex
		last := map[int]int{}
		for _, w := range workers {
			ended := w.fails
			w.fails = func(v int) error {
				if ended != nil {
					if err := ended(v); err != nil {
						return err
					}
				}
				mu.Lock()
				defer mu.Unlock()
				if v < last[v%keys] {
					rt.Errorf("%d came after %d", v, last[v%keys])
				}
				last[v%keys] = v
				return nil
			}
		}
		sub := operators.ByKey(context.Background(), stream.Of(naturals(n)...), func(v int) int { return v % keys }, branches...)
		_ = sub.Wait(context.Background())
		assert.Equal(rt, append([]int{}, naturals(n)...), append([]int{}, sorted(workers)...))
		assert.Zero(rt, sub.Dropped())
	})
}

// fans returns the operators that deliver each value to one branch.
func fans() map[string]func(ctx context.Context, o ints, branches ...*operators.Branch[int]) *stream.Subscription {
	return map[string]func(ctx context.Context, o ints, branches ...*operators.Branch[int]) *stream.Subscription{
		"RoundRobin": operators.RoundRobin[int],
		"ByKey": func(ctx context.Context, o ints, branches ...*operators.Branch[int]) *stream.Subscription {
			return operators.ByKey(ctx, o, func(v int) int { return v }, branches...)
		},
	}
}

func TestDeliveredAndDroppedAreEmittedByEveryFanAndPolicy(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.SampledFrom([]string{"Into", "RoundRobin", "ByKey"}).Draw(rt, "fan")
		fan := fans()[name]
		if name == "Into" {
			fan = operators.Into[int]
		}
		emitted := rapid.IntRange(0, 500).Draw(rt, "emitted")
		var workers []*worker
		var branches []*operators.Branch[int]
		for range rapid.IntRange(1, 6).Draw(rt, "branches") {
			n := rapid.IntRange(1, 8).Draw(rt, "n")
			policy := rapid.SampledFrom([]stream.Policy{
				stream.Block(n), stream.DropOldest(n), stream.DropNewest(n), stream.Unbounded(),
			}).Draw(rt, "policy")
			w, b := crew(1, policy)
			w[0].fails = func(v int) error {
				if v%4 == 0 {
					runtime.Gosched()
				}
				return nil
			}
			workers, branches = append(workers, w...), append(branches, b...)
		}
		sub := fan(context.Background(), stream.Of(naturals(emitted)...), branches...)
		require.NoError(rt, sub.Wait(context.Background()))
		delivered, dropped := 0, 0
		for i, w := range workers {
			delivered += len(w.values())
			dropped += int(branches[i].Dropped())
			assert.IsNonDecreasing(rt, append([]int{0}, w.values()...))
			if name == "Into" {
				assert.Equal(rt, emitted, len(w.values())+int(branches[i].Dropped()))
			}
		}
		if name != "Into" {
			assert.Equal(rt, emitted, delivered+dropped)
		}
		assert.Equal(rt, dropped, int(sub.Dropped()))
	})
}
