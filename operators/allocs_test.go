package operators_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
)

// stateless are operators that keep nothing but a few variables.
var stateless = map[string]func(o ints) ints{
	"Map":                  func(o ints) ints { return operators.Map(o, increment) },
	"TryMap":               func(o ints) ints { return operators.TryMap(o, func(v int) (int, error) { return v, nil }) },
	"Filter":               func(o ints) ints { return operators.Filter(o, positive) },
	"FilterMap":            func(o ints) ints { return operators.FilterMap(o, func(v int) (int, bool) { return v, true }) },
	"Scan":                 func(o ints) ints { return operators.Scan(o, 0, plus) },
	"Tap":                  func(o ints) ints { return operators.Tap(o, func(int) {}) },
	"Finally":              func(o ints) ints { return operators.Finally(o, func(error) {}) },
	"Take":                 func(o ints) ints { return operators.Take(o, 1<<30) },
	"TakeWhile":            func(o ints) ints { return operators.TakeWhile(o, positive) },
	"Skip":                 func(o ints) ints { return operators.Skip(o, 1) },
	"SkipWhile":            func(o ints) ints { return operators.SkipWhile(o, func(int) bool { return false }) },
	"SkipLast":             func(o ints) ints { return operators.SkipLast(o, 2) },
	"Deadband":             func(o ints) ints { return operators.Deadband(o, func(v int) float64 { return float64(v) }, .5) },
	"DistinctUntilChanged": func(o ints) ints { return operators.DistinctUntilChanged(o, itselfInt) },
	"Metered":              func(o ints) ints { return operators.Metered(o, operators.NewMeter("m")) },
	"Pairwise": func(o ints) ints {
		return operators.Map(operators.Pairwise(o), func(p operators.Pair[int]) int { return p.Current })
	},
	"Timestamp": func(o ints) ints {
		return operators.Map(operators.Timestamp(o), func(v operators.Timed[int]) int { return v.Value })
	},
	"TimeInterval": func(o ints) ints {
		return operators.Map(operators.TimeInterval(o), func(v operators.Elapsed[int]) int { return v.Value })
	},
}

func TestAStatelessStageAllocatesNothingForAValue(t *testing.T) {
	for name, operator := range stateless {
		t.Run(name, func(t *testing.T) {
			var first stream.Observer[int]
			o := operator(stream.New(func(_ context.Context, dst stream.Observer[int]) func() {
				first = dst
				return nil
			}))
			sum := &adder{}
			o.Attach(t.Context(), sum)
			next, n := stream.NextOf(first), 9
			next(n) // what is made once is made now
			assert.Zero(t, testing.AllocsPerRun(1000, func() {
				n++
				next(n)
				first.Next(n)
			}))
			assert.NotZero(t, sum.sum)
			first.Done(nil)
		})
	}
}
