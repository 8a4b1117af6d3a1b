package stream_test

import (
	"context"
	"fmt"
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

// TestWhatRxGoGetsWrongOfWindowsAndGroups is as TestWhatRxGoGetsWrong.
func TestWhatRxGoGetsWrongOfWindowsAndGroups(t *testing.T) {
	room := rxgo.WithBufferedChannel(9)
	lenient := rxgo.WithErrorStrategy(rxgo.ContinueOnError)
	odd := func(_ context.Context, v any) (any, error) {
		if v.(int)%2 == 0 {
			return nil, errBoom
		}
		return v, nil
	}
	for _, test := range []struct {
		name         string
		in           []any
		use          func(o rxgo.Observable) rxgo.Iterable
		right, wrong [][]any
	}{
		{
			"WindowWithCount opens a window after the failure", []any{1, errBoom},
			func(o rxgo.Observable) rxgo.Iterable { return o.WindowWithCount(1, room) },
			[][]any{{1}, {errBoom}}, [][]any{{1}, {errBoom}, nil},
		},
		{
			"WindowWithTime opens a window without an item", nil,
			func(o rxgo.Observable) rxgo.Iterable { return o.WindowWithTime(second, room) },
			nil, [][]any{nil},
		},
		{
			"WindowWithTimeOrCount opens a window after the last item", []any{1, 2},
			func(o rxgo.Observable) rxgo.Iterable { return o.WindowWithTimeOrCount(second, 2, room) },
			[][]any{{1, 2}}, [][]any{{1, 2}, nil},
		},
		{
			"WindowWithTime has each failure twice", []any{1, 2, 3},
			func(o rxgo.Observable) rxgo.Iterable {
				return o.Map(odd, lenient).WindowWithTime(second, room, lenient)
			},
			[][]any{{1, errBoom, 3}}, [][]any{{1, errBoom, errBoom, 3}},
		},
		{
			"WindowWithTimeOrCount has each failure twice", []any{1, 2, 3},
			func(o rxgo.Observable) rxgo.Iterable {
				return o.Map(odd, lenient).WindowWithTimeOrCount(second, 9, room, lenient)
			},
			[][]any{{1, errBoom, 3}}, [][]any{{1, errBoom, errBoom, 3}},
		},
		{
			"GroupBy hides the failure from all groups but one", []any{1, 2, errBoom},
			func(o rxgo.Observable) rxgo.Iterable {
				return o.GroupBy(2, func(item rxgo.Item) int {
					v, _ := item.V.(int)
					return v % 2
				}, room)
			},
			[][]any{{2, errBoom}, {1, errBoom}}, [][]any{{2, errBoom}, {1}},
		},
		{
			"GroupByDynamic makes the failure a group", []any{1, 2, errBoom},
			func(o rxgo.Observable) rxgo.Iterable {
				return o.GroupByDynamic(func(item rxgo.Item) string { return fmt.Sprint(item.V) }, room)
			},
			[][]any{{1, errBoom}, {2, errBoom}}, [][]any{{1}, {2}, {errBoom}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				assert.Equal(t, test.right, opened(test.use(ours(test.in...))))
				assert.Equal(t, test.wrong, opened(test.use(theirs(test.in...))))
			})
		})
	}
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
