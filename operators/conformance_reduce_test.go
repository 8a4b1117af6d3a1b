package operators_test

import (
	"strconv"
	"testing"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

func asFloat(v int) float64 { return float64(v) }

func TestReduceConform(t *testing.T) {
	result := &streamtest.Options{AtCompletion: true}
	pairs := func(src ints) stream.Observable[[]int] { return operators.SlidingCount(src, 2, 2) }
	for name, test := range map[string]func(t *testing.T){
		"Reduce": conforms(func(src ints) ints {
			return operators.Reduce(src, 1, func(product, v int) int { return product * v })
		}, result, 240),
		"Count":   conforms(func(src ints) ints { return operators.Count(src) }, result, 4),
		"Sum":     conforms(operators.Sum[int], result, 17),
		"Average": conforms(func(src ints) stream.Observable[string] { return shown(operators.Average(src)) }, result, "4.25"),
		"Min":     conforms(operators.Min[int], result, 2),
		"Max":     conforms(operators.Max[int], result, 6),
		"Collect": conforms(func(src ints) stream.Observable[string] {
			return shown(operators.Collect(src, &operators.CollectOptions{Limit: 4}))
		}, result, "[2 4 5 6]"),
		"Collect of too many": conforms(func(src ints) stream.Observable[string] {
			return shown(operators.Collect(src, &operators.CollectOptions{Limit: 3}))
		}, &streamtest.Options{AtCompletion: true, Err: stream.ErrOverflow}),
		"ToMap": conforms(func(src ints) stream.Observable[string] {
			return shown(operators.ToMap(src, func(v int) (string, int) { return strconv.FormatBool(even(v)), v }, &operators.CollectOptions{Limit: 2}))
		}, result, "map[false:5 true:6]"),
		"Quantiles": conforms(func(src ints) stream.Observable[string] {
			return shown(operators.Map(operators.Quantiles(pairs(src), asFloat, 0.5), medians))
		}, nil, "[3]", "[5.5]"),
		"RunningStats": conforms(func(src ints) stream.Observable[string] {
			return shown(operators.Map(operators.RunningStats(pairs(src), asFloat, 0.5), medians))
		}, nil, "[3]", "[4.5]"),
	} {
		t.Run(name, test)
	}
}

func medians(d operators.Distribution) []float64 { return d.Quantiles }
