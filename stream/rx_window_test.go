package stream_test

import (
	"context"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/reactivex/rxgo/v2"
	"github.com/stretchr/testify/assert"

	"github.com/rxpeer/rxpeer/stream"
)

// everySecond delivers 1 to n, one a second.
func everySecond(n int) stream.Observable[int] {
	return stream.FromFunc(func(ctx context.Context, emit func(int) bool) error {
		for i := 1; i <= n; i++ {
			time.Sleep(time.Second)
			if !emit(i) {
				break
			}
		}
		return nil
	})
}

// opened returns what each of the Observables that o emits sends.
func opened(o rxgo.Iterable) (all [][]any) {
	for item := range o.Observe() {
		if item.Error() {
			all = append(all, []any{item.E})
			continue
		}
		all = append(all, received(item.V.(rxgo.Observable)))
	}
	return all
}

func TestBuffersAndWindowsDivideTimeAndValues(t *testing.T) {
	every := rxgo.WithDuration(2300 * time.Millisecond)
	for _, test := range []struct {
		name    string
		buffers func(o rxgo.Observable) rxgo.Observable
		windows func(o rxgo.Observable) rxgo.Observable
		want    [][]any
	}{
		{
			"count",
			func(o rxgo.Observable) rxgo.Observable { return o.BufferWithCount(2) },
			func(o rxgo.Observable) rxgo.Observable { return o.WindowWithCount(2) },
			[][]any{{1, 2}, {3, 4}, {5, 6}},
		},
		{
			"time",
			func(o rxgo.Observable) rxgo.Observable { return o.BufferWithTime(every) },
			func(o rxgo.Observable) rxgo.Observable { return o.WindowWithTime(every) },
			[][]any{{1, 2}, {3, 4}, {5, 6}},
		},
		{
			"time or count",
			func(o rxgo.Observable) rxgo.Observable {
				return o.BufferWithTimeOrCount(rxgo.WithDuration(3500*time.Millisecond), 2)
			},
			func(o rxgo.Observable) rxgo.Observable {
				return o.WindowWithTimeOrCount(rxgo.WithDuration(3500*time.Millisecond), 2)
			},
			[][]any{{1, 2}, {3}, {4, 5}, {6}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var buffers [][]any
				for _, values := range received(test.buffers(everySecond(6).Rx())) {
					buffers = append(buffers, values.([]any))
				}
				assert.Equal(t, test.want, buffers)
				assert.Equal(t, test.want, opened(test.windows(everySecond(6).Rx())))
			})
		})
	}
}

func TestAWindowGetsTheFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		assert.Equal(t, [][]any{{1, 2}, {3, errBoom}}, opened(ours(1, 2, 3, errBoom).WindowWithCount(2)))
		assert.Equal(t, [][]any{{1, 2}, {errBoom}}, opened(ours(1, 2, errBoom).WindowWithCount(2)))
		assert.Equal(t, [][]any{{1, 2, 3}}, opened(ours(1, 2, 3).WindowWithCount(0)))
		assert.Empty(t, opened(ours().WindowWithTime(second)))
	})
}

func TestGroupsGetTheirValuesAndEndWithTheSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		room := rxgo.WithBufferedChannel(9)
		parity := func(item rxgo.Item) int { return item.V.(int) % 2 }
		groups := ours(1, 2, 3, 4, 5).GroupBy(2, parity, room)
		assert.Equal(t, [][]any{{2, 4}, {1, 3, 5}}, opened(groups))
		assert.Equal(t, [][]any{{2, 4}, {1, 3, 5}}, opened(groups), "and again")

		assert.Equal(t, [][]any{{2, errBoom}, {1, errBoom}}, opened(ours(1, 2, errBoom).GroupBy(2, parity, room)))
		for _, group := range opened(ours(1).GroupBy(1, parity, room)) {
			assert.ErrorAs(t, group[0].(error), new(rxgo.IndexOutOfBoundError))
		}

		byName := ours(1, 2, 3).GroupByDynamic(func(item rxgo.Item) string { return strconv.Itoa(parity(item)) }, room)
		var keys []string
		for item := range byName.Observe() {
			keys = append(keys, item.V.(rxgo.GroupedObservable).Key)
		}
		assert.Equal(t, []string{"1", "0"}, keys)
		assert.Equal(t, [][]any{{1, 3}, {2}}, opened(byName))
	})
}
