package operators_test

import (
	"context"
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

func TestTumblingWindowsFollowEachOther(t *testing.T) {
	streamtest.Run(t, func(m *streamtest.Marbles) {
		o := streamtest.Hot[int](m, "                    1---2-----3---------------4-|")
		streamtest.Expect(m, operators.Tumbling(o, 8*ms, nil)).
			ToBe("--------A-------B-------C---(D|)",
				map[string][]int{"A": {1, 2}, "B": {3}, "C": {}, "D": {4}})
		streamtest.Expect(m, operators.TumblingCount(o, 2)).
			ToBe("----A---------------------B-|", map[string][]int{"A": {1, 2}, "B": {3, 4}})
	})
}

func TestTumblingWindowsTogetherAreTheInput(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		pauses := rapid.SliceOf(rapid.IntRange(0, 150)).Draw(rt, "pauses")
		busy := rapid.SliceOfN(rapid.IntRange(0, 300), 1, 5).Draw(rt, "busy")
		synctest.Test(t, func(t *testing.T) {
			var want, got []int
			src := stream.FromFunc(func(_ context.Context, emit func(int) bool) error {
				for i, pause := range pauses {
					time.Sleep(time.Duration(pause) / 30 * 30 * time.Minute) // mostly at a step
					want = append(want, i)
					emit(i)
				}
				return nil
			})
			n := 0
			err := operators.Tumbling(src, time.Hour, nil).Each(t.Context(), func(window []int) error {
				got = append(got, window...)
				time.Sleep(time.Duration(busy[n%len(busy)]) * time.Minute)
				n++
				return nil
			})
			require.NoError(rt, err)
			assert.Equal(rt, want, got)
		})
	})
}

func TestTumblingCountIsBatchByCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in, n := someInts().Draw(t, "in"), rapid.IntRange(1, 6).Draw(t, "n")
		assert.Equal(t, slices.Collect(slices.Chunk(in, n)), all(t, operators.TumblingCount(stream.Of(in...), n)))
	})
}

func TestTumblingRefusesNonsense(t *testing.T) {
	assert.Panics(t, func() { operators.Tumbling(stream.Of(1), 0, nil) })
	assert.Panics(t, func() { operators.TumblingCount(stream.Of(1), 0) })
}
