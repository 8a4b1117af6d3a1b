package operators_test

import (
	"errors"
	"testing"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

type ints = stream.Observable[int]

var errOdd = errors.New("odd")

func even(v int) bool { return v%2 == 0 }

func TestOperatorsConform(t *testing.T) {
	in := []int{2, 4, 5, 6}
	for name, c := range map[string]struct {
		operator func(src ints) ints
		want     []int
		opts     *streamtest.Options
	}{
		"Filter": {func(src ints) ints { return operators.Filter(src, even) }, []int{2, 4, 6}, nil},
		"Map":    {func(src ints) ints { return operators.Map(src, func(v int) int { return -v }) }, []int{-2, -4, -5, -6}, nil},
		"TryMap": {func(src ints) ints {
			return operators.TryMap(src, func(v int) (int, error) {
				if !even(v) {
					return 0, errOdd
				}
				return v, nil
			})
		}, []int{2, 4}, &streamtest.Options{Err: errOdd}},
		"FilterMap": {func(src ints) ints {
			return operators.FilterMap(src, func(v int) (int, bool) { return v / 2, even(v) })
		}, []int{1, 2, 3}, nil},
		"Scan":         {func(src ints) ints { return operators.Scan(src, 0, func(a, v int) int { return a + v }) }, []int{2, 6, 11, 17}, nil},
		"Take":         {func(src ints) ints { return operators.Take(src, 3) }, []int{2, 4, 5}, nil},
		"Take of none": {func(src ints) ints { return operators.Take(src, 0) }, nil, nil},
		"Take of more": {func(src ints) ints { return operators.Take(src, 9) }, in, nil},
		"Merge with nothing": {func(src ints) ints {
			return operators.Merge(src, stream.Empty[int]())
		}, in, nil},
		"Merge with another": {func(src ints) ints {
			return operators.Merge(src, stream.Of(7, 8))
		}, []int{2, 4, 5, 6, 7, 8}, &streamtest.Options{Loose: true}},
		"Buffer": {func(src ints) ints { return operators.Buffer(src, stream.Block(2)) }, in, nil},
		"Buffer that drops": {func(src ints) ints {
			return operators.Buffer(src, stream.DropOldest(9))
		}, in, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			streamtest.ConformOperator(t, c.operator, in, c.want, c.opts)
		})
	}
}
