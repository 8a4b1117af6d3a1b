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

func TestSwitchMapDetachesTheSourceBefore(t *testing.T) {
	for name, open := range map[string]func(m *streamtest.Marbles, text string, values ...map[string]string) stream.Observable[string]{
		"cold": streamtest.Cold[string], "hot": streamtest.Hot[string],
	} {
		t.Run(name, func(t *testing.T) {
			streamtest.Run(t, func(m *streamtest.Marbles) {
				o := open(m, "a-----b---------|")
				a := streamtest.Cold[string](m, "1--2---3--4--|")
				b := streamtest.Cold[string](m, "x--y--z--|")
				streamtest.ExpectSubscribed(m, &a, "^-----!")
				streamtest.ExpectSubscribed(m, &b, "------^--------!")
				of := map[string]stream.Observable[string]{"a": a, "b": b}
				streamtest.Expect(m, operators.SwitchMap(o, func(v string) stream.Observable[string] { return of[v] })).
					ToBe("1--2--x--y--z---|")
			})
		})
	}
}

func TestSwitchMapEndsWithTheFailureOfTheNewest(t *testing.T) {
	streamtest.Run(t, func(m *streamtest.Marbles) {
		o := streamtest.Cold[string](m, "a-b------c")
		a := streamtest.Cold[string](m, "-1#")
		b := streamtest.Cold[string](m, "-x-y#")
		of := map[string]stream.Observable[string]{"a": a, "b": b}
		streamtest.Expect(m, operators.SwitchMap(o, func(v string) stream.Observable[string] { return of[v] })).
			ToBe("-1-x-y#")
	})
}

// stubborn returns a source that ignores its end until release is closed.
func stubborn(live *atomic.Int32, release <-chan struct{}) ints {
	return stream.FromFunc(func(ctx context.Context, emit func(int) bool) error {
		live.Add(1)
		defer live.Add(-1)
		<-release
		return nil
	})
}

func TestSwitchMapDoesNotGatherSourcesThatIgnoreTheirEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var live atomic.Int32
		release := make(chan struct{})
		src := stream.NewPublish[int](nil)
		rec := streamtest.Record[int]()
		sub := operators.SwitchMap(src.AsObservable(), func(v int) ints {
			if v == 1000 {
				return stream.Of(v)
			}
			return stubborn(&live, release)
		}).Subscribe(t.Context(), rec)
		for i := range 1001 {
			require.Equal(t, stream.OK, src.TryEmit(i))
			synctest.Wait()
		}
		assert.EqualValues(t, 64, live.Load())
		assert.Zero(t, rec.Len())
		close(release)
		synctest.Wait()
		assert.Equal(t, []int{1000}, rec.Values(), "the newest has its turn when older ones have ended")
		src.Complete()
		assert.NoError(t, sub.Wait(t.Context()))
		assert.Zero(t, sub.Dropped())
	})
}

func TestSwitchMapHasItsSourceWaitForNoQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := stream.NewPublish[int](nil)
		busy := make(chan struct{})
		rec := streamtest.Record[int](streamtest.BlockAt(1, busy))
		called := 0
		sub := operators.Buffer(operators.SwitchMap(src.AsObservable(), func(v int) ints {
			called++
			return stream.Of(v, v)
		}), stream.Block(1)).Subscribe(t.Context(), rec)
		for i := range 10_000 {
			require.Equal(t, stream.OK, src.TryEmit(i))
			synctest.Wait()
		}
		close(busy)
		src.Complete()
		assert.NoError(t, sub.Wait(t.Context()))
		assert.Equal(t, []int{0, 0, 1, 9999, 9999}, rec.Values())
		assert.Equal(t, 3, called, "what was overtaken has no source")
		assert.Zero(t, sub.Dropped())
	})
}

func TestSwitchMapDeliversNothingOlderAfterSomethingNewer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 30).Draw(t, "n")
		rec := streamtest.Record[int]()
		sub := operators.SwitchMap(stream.FromSeq(upTo(n)), func(v int) ints {
			return stream.FromFunc(func(_ context.Context, emit func(int) bool) error {
				for emit(v) && v < n-1 {
				}
				return nil
			})
		}).Subscribe(context.Background(), rec)
		require.NoError(t, sub.Wait(context.Background()))
		values := rec.Values()
		assert.IsNonDecreasing(t, values)
		assert.Equal(t, n-1, values[len(values)-1])
		assert.Empty(t, rec.Breaches())
	})
}

func TestSwitchMapSwitchesForHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		every := func(d time.Duration) stream.Observable[time.Time] { return stream.Tick(d) }
		rec := streamtest.Record[time.Time]()
		sub := operators.SwitchMap(every(time.Hour), func(time.Time) stream.Observable[time.Time] {
			return every(25 * time.Minute)
		}).Subscribe(t.Context(), rec)
		time.Sleep(101*time.Hour + time.Minute)
		assert.Equal(t, 200, rec.Len())
		sub.Stop()
		assert.ErrorIs(t, sub.Wait(t.Context()), stream.ErrStopped)
	})
}
