package operators_test

import (
	"context"
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

func TestConcatAppends(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want []int
		var sources []ints
		for range rapid.IntRange(0, 5).Draw(t, "sources") {
			in := someInts().Draw(t, "in")
			want = append(want, in...)
			sources = append(sources, stream.Of(in...))
		}
		assert.Equal(t, want, all(t, operators.Concat(sources...)))
	})
}

func TestStartWithPrepends(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first, in := someInts().Draw(t, "first"), someInts().Draw(t, "in")
		assert.Equal(t,
			all(t, operators.Concat(stream.Of(first...), stream.Of(in...))),
			all(t, operators.StartWith(stream.Of(in...), first...)))
	})
}

func TestZipPairsByIndex(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lengths, sources, start := sources(t)
		if len(sources) == 0 {
			return
		}
		rec := streamtest.Record[[]sourced]()
		sub := operators.ZipAll(sources...).Subscribe(context.Background(), rec)
		start()
		require.NoError(t, sub.Wait(context.Background()))
		shortest := lengths[0]
		for _, n := range lengths {
			shortest = min(shortest, n)
		}
		require.Len(t, rec.Values(), shortest)
		for n, row := range rec.Values() {
			for i, v := range row {
				assert.Equal(t, sourced{i, n}, v)
			}
		}
		assert.Empty(t, rec.Breaches())
	})
}

func TestZipOfTwoIsZipAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := someInts().Draw(t, "a"), someInts().Draw(t, "b")
		var want [][]int
		for i := range min(len(a), len(b)) {
			want = append(want, []int{a[i], b[i]})
		}
		pair := func(a, b int) []int { return []int{a, b} }
		assert.Equal(t, want, all(t, operators.Zip(stream.Of(a...), stream.Of(b...), pair)))
		assert.Equal(t, want, all(t, operators.ZipAll(stream.Of(a...), stream.Of(b...))))
	})
}

// Each row differs from the one before in one source, which has gone on to its
// next value; the last row has the last values.
func TestCombineLatestFollowsEachSourceInItsOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lengths, sources, start := sources(t)
		rec := streamtest.Record[[]sourced]()
		sub := operators.CombineLatestAll(sources...).Subscribe(context.Background(), rec)
		start()
		require.NoError(t, sub.Wait(context.Background()))
		rows := rec.Values()
		for i := 1; i < len(rows); i++ {
			steps := 0
			for j := range rows[i] {
				steps += rows[i][j].n - rows[i-1][j].n
				assert.GreaterOrEqual(t, rows[i][j].n, rows[i-1][j].n)
			}
			assert.Equal(t, 1, steps)
		}
		complete := len(lengths) > 0
		for _, n := range lengths {
			complete = complete && n > 0
		}
		assert.Equal(t, complete, len(rows) > 0)
		if complete {
			for i, v := range rows[len(rows)-1] {
				assert.Equal(t, sourced{i, lengths[i] - 1}, v)
			}
		}
		assert.Empty(t, rec.Breaches())
	})
}

func TestOneShareReplayForAllIsTheSource(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in, n := someInts().Draw(t, "in"), rapid.IntRange(1, 10).Draw(t, "n")
		shared := operators.ShareReplay(stream.Of(in...), n, 0)
		assert.Equal(t, in, append(make([]int, 0), all(t, shared)...))
		assert.Equal(t, in[max(0, len(in)-n):], append(make([]int, 0), all(t, shared)...))
	})
}

// mayWait are operators that may have to wait for a source or a subscriber.
func mayWait() map[string]func(src ints) ints {
	never := stream.Never[int]()
	return map[string]func(src ints) ints{
		"Zip":              func(src ints) ints { return operators.Zip(src, given(naturals(200)...), add) },
		"Zip with nothing": func(src ints) ints { return operators.Zip(src, never, add) },
		"CombineLatest":    func(src ints) ints { return operators.CombineLatest(src, given(1), add) },
		"WithLatestFrom":   func(src ints) ints { return operators.WithLatestFrom(src, given(1), add) },
		"Race":             func(src ints) ints { return operators.Race(never, src) },
		"Concat":           func(src ints) ints { return operators.Concat(src, never) },
		"StartWith":        func(src ints) ints { return operators.StartWith(src, 1) },
		"DefaultIfEmpty":   func(src ints) ints { return operators.DefaultIfEmpty(src, 1) },
		"Join": func(src ints) ints {
			return operators.Join(src, given(1, 1), func(int) int { return 1 }, same, time.Hour, add, nil)
		},
		"Broadcast": func(src ints) ints { return operators.Broadcast(src, 1)[0] },
		"Partition": func(src ints) ints {
			yes, no := operators.Partition(src, even)
			return operators.Merge(yes, no)
		},
		"ShareReplay": func(src ints) ints { return operators.ShareReplay(src, 1, 0) },
	}
}

func TestATryEmitWaitsForNoCombination(t *testing.T) {
	for name, operator := range mayWait() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := stream.NewPublish[int](nil)
				stuck := make(chan struct{})
				var delivered atomic.Int64
				sub := operators.Buffer(operator(src.AsObservable()), stream.Block(4)).On(t.Context(), func(int) {
					delivered.Add(1)
					<-stuck
				})
				synctest.Wait()
				begun := time.Now()
				for i := range 1000 {
					src.TryEmit(i)
				}
				assert.Zero(t, time.Since(begun))
				synctest.Wait()
				assert.NotZero(t, sub.Dropped())
				assert.LessOrEqual(t, delivered.Load(), int64(1))
				close(stuck)
				sub.Stop()
				assert.ErrorIs(t, sub.Wait(t.Context()), stream.ErrStopped)
			})
		})
	}
}
