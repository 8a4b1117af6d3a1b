package operators_test

import (
	"context"
	"runtime"
	"slices"
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

// A branch ends long after the source has, with all that it holds, and the next
// one fails at the first value that is handed over.
func TestWhatIsLeftAtTheEndGoesToBranchesAsLongAsThereAre(t *testing.T) {
	for what, fails := range map[string]func() error{
		"ends":    func() error { return stream.ErrClosed },
		"refuses": func() error { return errOdd },
		"panics":  func() error { panic("thrown") },
	} {
		for _, left := range []string{"one is left", "none is left"} {
			t.Run("a sink "+what+", "+left, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					begun := time.Now()
					later := func(err func() error) func(int) error {
						return func(int) error {
							if time.Since(begun) < time.Hour {
								return nil
							}
							return err()
						}
					}
					workers, branches := crew(3, stream.Block(100))
					workers[0].takes = time.Hour
					workers[0].fails = func(int) error { return stream.ErrClosed }
					workers[1].fails = later(fails)
					if left == "none is left" {
						workers[2].fails = later(fails)
					}
					sub := operators.RoundRobin(t.Context(), stream.Of(naturals(30)...), branches...)
					assert.ErrorIs(t, sub.Wait(t.Context()), stream.ErrClosed)
					assert.Equal(t, 30, len(sorted(workers))+int(sub.Dropped()))
					assert.Empty(t, workers[0].values())
					switch {
					case left == "none is left":
						assert.Equal(t, uint64(10), sub.Dropped())
					case what == "ends":
						assert.Zero(t, sub.Dropped())
						fallthrough
					default:
						assert.LessOrEqual(t, sub.Dropped(), uint64(1))
						assert.Equal(t, errCompleted, workers[2].ended)
					}
					assert.NotEqual(t, errCompleted, workers[0].ended)
				})
			})
		}
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
				synctest.Wait()
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
