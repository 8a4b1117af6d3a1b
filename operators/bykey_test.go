package operators_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
)

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
