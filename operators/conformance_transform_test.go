package operators_test

import (
	"context"
	"testing"
	"time"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

// itselfInt is the key, or the result, that is the value itself.
func itselfInt(v int) int { return v }

// lower returns a predicate for values below n.
func lower(n int) func(v int) bool { return func(v int) bool { return v < n } }

func TestTransformConform(t *testing.T) {
	type options = streamtest.Options
	spaced := &options{Spacing: time.Second}
	atOnce := &options{AtCompletion: true} // a failure of the source is not kept back
	spacedAtOnce := &options{Spacing: time.Second, AtCompletion: true}
	parallel := func(opts *operators.ParallelOptions) func(src ints) ints {
		return func(src ints) ints {
			return operators.ParallelMap(src, func(_ context.Context, v int) (int, error) { return -v, nil }, opts)
		}
	}
	for name, test := range map[string]func(t *testing.T){
		"ConcatMap": conforms(func(src ints) ints { return operators.ConcatMap(src, twice) }, atOnce, 2, 2, 4, 4, 5, 5, 6, 6),
		"ConcatMap of paced sources": conforms(func(src ints) ints {
			return operators.ConcatMap(src, func(v int) ints { return operators.Map(paced(2), func(i int) int { return v + i }) })
		}, atOnce, 2, 3, 4, 5, 5, 6, 6, 7),
		"ConcatMap that fails": conforms(func(src ints) ints {
			return operators.ConcatMap(src, func(v int) ints { return operators.TryMap(stream.Of(v), keepEven) })
		}, &options{Err: errOdd, AtCompletion: true}, 2, 4),
		"SwitchMap": conforms(func(src ints) ints { return operators.SwitchMap(src, twice) },
			spacedAtOnce, 2, 2, 4, 4, 5, 5, 6, 6),
		"SwitchMap of endless sources": conforms(func(src ints) ints {
			return operators.Take(operators.SwitchMap(src, func(v int) ints {
				return operators.Map(stream.Tick(400*time.Millisecond), func(time.Time) int { return v })
			}), 8)
		}, spacedAtOnce, 2, 2, 4, 4, 5, 5, 6, 6),
		"ParallelMap":             conforms(parallel(&operators.ParallelOptions{Workers: 3}), nil, -2, -4, -5, -6),
		"ParallelMap, unordered":  conforms(parallel(&operators.ParallelOptions{Workers: 3, Unordered: true}), &options{Loose: true}, -2, -4, -5, -6),
		"ParallelMap, one by one": conforms(parallel(&operators.ParallelOptions{Workers: 1, InFlight: 1}), nil, -2, -4, -5, -6),
		"ParallelMap, two by two": conforms(parallel(&operators.ParallelOptions{Workers: 5, InFlight: 2}), nil, -2, -4, -5, -6),
		"ParallelMap, spaced":     conforms(parallel(&operators.ParallelOptions{Workers: 3}), spaced, -2, -4, -5, -6),
		"ParallelMap that takes time": conforms(func(src ints) ints {
			return operators.ParallelMap(src, func(ctx context.Context, v int) (int, error) {
				select {
				case <-time.After(time.Duration(7-v) * ms):
					return v, nil
				case <-ctx.Done():
					return 0, context.Cause(ctx)
				}
			}, &operators.ParallelOptions{Workers: 4})
		}, nil, numbers...),
		"ParallelMap that fails": conforms(func(src ints) ints {
			return operators.ParallelMap(src, func(_ context.Context, v int) (int, error) { return keepEven(v) }, nil)
		}, &options{Err: errOdd}, 2, 4),

		"Pairwise": conforms(func(src ints) stream.Observable[string] { return shown(operators.Pairwise(src)) },
			nil, "{2 4}", "{4 5}", "{5 6}"),
		"Timestamp": conforms(func(src ints) ints {
			return operators.Map(operators.Timestamp(src), func(v operators.Timed[int]) int { return v.Value })
		}, nil, numbers...),
		"TimeInterval": conforms(func(src ints) stream.Observable[string] { return shown(operators.TimeInterval(src)) },
			spaced, "{2 1s}", "{4 1s}", "{5 1s}", "{6 1s}"),
		"Materialize": conforms(func(src ints) stream.Observable[string] {
			return shown(operators.Materialize(operators.TryMap(src, keepEven)))
		}, &options{Recovers: true}, "next: 2", "next: 4", "failed: odd"),
		"Dematerialize": conforms(func(src ints) ints { return operators.Dematerialize(operators.Materialize(src)) },
			nil, numbers...),
		"Dematerialize that ends": conforms(func(src ints) ints {
			return operators.Dematerialize(operators.Map(src, func(v int) operators.Notification[int] {
				return operators.Notification[int]{Value: v, Done: v == 5, Err: errOdd}
			}))
		}, &options{Err: errOdd}, 2, 4),
	} {
		t.Run(name, test)
	}
}

func TestFilterConform(t *testing.T) {
	type options = streamtest.Options
	half := func(v int) int { return v / 2 }
	asFloat := func(v int) float64 { return float64(v) }
	for name, test := range map[string]func(t *testing.T){
		"Distinct": conforms(func(src ints) ints { return operators.Distinct(src, half, nil) }, nil, 2, 4, 6),
		"Distinct for a while": conforms(func(src ints) ints {
			return operators.Distinct(src, even, &operators.DistinctOptions[bool]{Age: 2500 * ms})
		}, &options{Spacing: time.Second}, 2, 5, 6),
		"DistinctUntilChanged": conforms(func(src ints) ints { return operators.DistinctUntilChanged(src, even) }, nil, 2, 5, 6),
		"Deadband":             conforms(func(src ints) ints { return operators.Deadband(src, asFloat, 1.5) }, nil, 2, 4, 6),

		"Skip":         conforms(func(src ints) ints { return operators.Skip(src, 2) }, nil, 5, 6),
		"Skip of none": conforms(func(src ints) ints { return operators.Skip(src, 0) }, nil, numbers...),
		"Skip of more": conforms(func(src ints) ints { return operators.Skip(src, 9) }, nil),
		"SkipWhile":    conforms(func(src ints) ints { return operators.SkipWhile(src, lower(5)) }, nil, 5, 6),
		"SkipLast":     conforms(func(src ints) ints { return operators.SkipLast(src, 2) }, nil, 2, 4),
		"SkipUntil": conforms(func(src ints) ints {
			return operators.SkipUntil(src, stream.Timer(2500*ms))
		}, &options{Spacing: time.Second}, 5, 6),
		"SkipUntil a cold signal": conforms(func(src ints) ints {
			return operators.SkipUntil(src, paced(1))
		}, &options{Spacing: time.Second}, numbers...),
		"SkipUntil never": conforms(func(src ints) ints { return operators.SkipUntil(src, stream.Never[int]()) }, nil),
		"First":           conforms(operators.First[int], nil, 2),
		"Last":            conforms(operators.Last[int], nil, 6),
		"ElementAt":       conforms(func(src ints) ints { return operators.ElementAt(src, 2) }, nil, 5),
		"Find": conforms(func(src ints) ints {
			return operators.Find(src, func(v int) bool { return v > 4 })
		}, nil, 5),
		"IgnoreElements": conforms(operators.IgnoreElements[string, int], nil),

		"TakeWhile": conforms(func(src ints) ints { return operators.TakeWhile(src, lower(5)) }, nil, 2, 4),
		"TakeUntil": conforms(func(src ints) ints {
			return operators.TakeUntil(src, stream.Timer(2500*ms))
		}, &options{Spacing: time.Second}, 2, 4),
		"TakeUntil a cold signal": conforms(func(src ints) ints {
			return operators.TakeUntil(src, paced(-1))
		}, &options{Spacing: time.Second}),
		"TakeUntil a failure": conforms(func(src ints) ints {
			return operators.TakeUntil(src, operators.ConcatMap(stream.Timer(2500*ms), func(time.Time) ints { return stream.Fail[int](errOdd) }))
		}, &options{Spacing: time.Second, Err: errOdd}, 2, 4),
		"TakeUntil never": conforms(func(src ints) ints { return operators.TakeUntil(src, stream.Empty[int]()) }, nil, numbers...),
		"TakeLast":        conforms(func(src ints) ints { return operators.TakeLast(src, 3) }, nil, 4, 5, 6),
		"Timeout": conforms(func(src ints) ints { return operators.Timeout(src, time.Hour) },
			&options{Spacing: time.Second}, numbers...),
		"Timeout that is over": conforms(func(src ints) ints { return operators.Timeout(src, 500*ms) },
			&options{Spacing: time.Second, Err: operators.ErrTimeout}),
	} {
		t.Run(name, test)
	}
}
