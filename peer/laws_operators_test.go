package peer_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

var errOdd = errors.New("odd")

func even(v int) bool          { return v%2 == 0 }
func add(a, b int) int         { return a + b }
func identity(v int) int       { return v }
func asFloat(v int) float64    { return float64(v) }
func asSeq(v int) uint64       { return uint64(v) }
func doubled(v int) ints       { return stream.Of(v, v) }
func atSecond(v int) time.Time { return time.Unix(int64(v), 0) }

func keepEven(v int) (int, error) {
	if even(v) {
		return v, nil
	}
	return 0, errOdd
}

// sticky delivers v to each subscriber as soon as it comes, and does not end.
func sticky(v int) ints {
	return stream.New(func(ctx context.Context, dst stream.Observer[int]) (run func()) {
		return stream.NewBehavior(v, nil).AsObservable().Attach(ctx, dst)
	})
}

// shown returns the values of o as text.
func shown[T any](o stream.Observable[T]) stream.Observable[string] {
	return operators.Map(o, func(v T) string { return fmt.Sprint(v) })
}

// conforms returns a test that puts an operator through the suite whose result
// crosses the wire; with the race detector, or in short, only for a cold source.
func conforms[T any](operator func(src ints) stream.Observable[T], opts *streamtest.Options, want ...T) func(t *testing.T) {
	remote := func(t *testing.T) func(src ints) stream.Observable[T] {
		return func(src ints) stream.Observable[T] { return over(t, operator(src), wiring{translated: true}) }
	}
	return func(t *testing.T) {
		t.Parallel()
		in := []int{2, 4, 5, 6}
		if !raceDetector && !testing.Short() {
			streamtest.ConformOperator(t, remote(t), in, want, opts)
			return
		}
		var spacing time.Duration
		if opts != nil {
			spacing = opts.Spacing
		}
		streamtest.Conform(t, func() stream.Observable[T] {
			return remote(t)(stream.FromFunc(func(ctx context.Context, emit func(int) bool) error {
				for _, v := range in {
					select {
					case <-time.After(spacing):
					case <-ctx.Done():
						return nil
					}
					if !emit(v) {
						return nil
					}
				}
				return nil
			}))
		}, want, opts)
	}
}

func TestOperatorsConformAcrossTheWire(t *testing.T) {
	type options = streamtest.Options
	var (
		late     = &options{AtCompletion: true}
		spaced   = &options{Spacing: time.Second}
		recovers = &options{Recovers: true}
		all      = []int{2, 4, 5, 6}
		never    = stream.Never[int]()
	)
	pairs := func(src ints) stream.Observable[[]int] { return operators.SlidingCount(src, 2, 2) }
	for name, test := range map[string]func(t *testing.T){
		"nothing": conforms(func(src ints) ints { return src }, nil, all...),
		"Average": conforms(func(src ints) stream.Observable[string] { return shown(operators.Average(src)) }, late, "4.25"),
		"Batch": conforms(func(src ints) stream.Observable[string] {
			return shown(operators.Batch(src, &operators.BatchOptions[int]{Count: 3}))
		}, nil, "[2 4 5]", "[6]"),
		"Batch by time": conforms(func(src ints) stream.Observable[string] {
			return shown(operators.Batch(src, &operators.BatchOptions[int]{Time: time.Second}))
		}, &options{Spacing: 600 * time.Millisecond}, "[2 4]", "[5 6]"),
		"Broadcast": conforms(func(src ints) ints { return operators.Broadcast(src, 1)[0] }, nil, all...),
		"Buffer":    conforms(func(src ints) ints { return operators.Buffer(src, stream.Block(9)) }, nil, all...),
		"Bursts":    conforms(func(src ints) stream.Observable[string] { return shown(operators.Bursts(src, time.Minute, nil)) }, late, "[2 4 5 6]"),
		"Catch": conforms(func(src ints) ints {
			return operators.Catch(stream.Fail[int](errBoom), func(error) ints { return src })
		}, nil, all...),
		"Collect": conforms(func(src ints) stream.Observable[string] {
			return shown(operators.Collect(src, &operators.CollectOptions{Limit: 4}))
		}, late, "[2 4 5 6]"),
		"Collect of too many": conforms(func(src ints) stream.Observable[string] {
			return shown(operators.Collect(src, &operators.CollectOptions{Limit: 3}))
		}, &options{AtCompletion: true, Err: stream.ErrOverflow}),
		"CombineLatest": conforms(func(src ints) ints {
			return operators.CombineLatest(sticky(100), src, add)
		}, &options{Endless: true, Spacing: time.Second}, 102, 104, 105, 106),
		"Concat":    conforms(func(src ints) ints { return operators.Concat(stream.Empty[int](), src, stream.Of(7)) }, late, 2, 4, 5, 6, 7),
		"ConcatMap": conforms(func(src ints) ints { return operators.ConcatMap(src, doubled) }, late, 2, 2, 4, 4, 5, 5, 6, 6),
		"Count":     conforms(operators.Count[int], late, 4),
		"DeadLetter": conforms(func(src ints) ints {
			return operators.DeadLetter(src, keepEven, stream.NewPublish[operators.Rejected[int]](nil))
		}, nil, 2, 4, 6),
		"Deadband": conforms(func(src ints) ints { return operators.Deadband(src, asFloat, 1.5) }, nil, 2, 4, 6),
		"Debounce": conforms(func(src ints) ints { return operators.Debounce(src, 500*time.Millisecond) }, spaced, all...),
		"DefaultIfEmpty": conforms(func(src ints) ints {
			return operators.DefaultIfEmpty(operators.Filter(src, func(int) bool { return false }), 9)
		}, late, 9),
		"Delay":                conforms(func(src ints) ints { return operators.Delay(src, time.Second, nil) }, nil, all...),
		"Dematerialize":        conforms(func(src ints) ints { return operators.Dematerialize(operators.Materialize(src)) }, nil, all...),
		"Distinct":             conforms(func(src ints) ints { return operators.Distinct(operators.ConcatMap(src, doubled), identity, nil) }, late, all...),
		"DistinctUntilChanged": conforms(func(src ints) ints { return operators.DistinctUntilChanged(src, even) }, nil, 2, 5, 6),
		"ElementAt":            conforms(func(src ints) ints { return operators.ElementAt(src, 2) }, nil, 5),
		"EventWindows": conforms(func(src ints) stream.Observable[string] {
			return operators.Map(operators.EventWindows(src, atSecond, 2*time.Second, nil), func(w operators.Window[int]) string { return fmt.Sprint(w.Values) })
		}, nil, "[2]", "[4 5]", "[6]"),
		"Filter": conforms(func(src ints) ints { return operators.Filter(src, even) }, nil, 2, 4, 6),
		"FilterMap": conforms(func(src ints) ints {
			return operators.FilterMap(src, func(v int) (int, bool) { return v / 2, even(v) })
		}, nil, 1, 2, 3),
		"Finally": conforms(func(src ints) ints { return operators.Finally(src, func(error) {}) }, nil, all...),
		"Find":    conforms(func(src ints) ints { return operators.Find(src, func(v int) bool { return v > 4 }) }, nil, 5),
		"First":   conforms(operators.First[int], nil, 2),
		"FlatMap": conforms(func(src ints) ints { return operators.FlatMap(src, doubled, &operators.MergeOptions{Concurrency: 1}) }, late, 2, 2, 4, 4, 5, 5, 6, 6),
		"GroupBy": conforms(func(src ints) ints {
			return operators.FlatMap(operators.GroupBy(src, even, nil), func(g operators.Group[bool, int]) ints { return g.Observable }, nil)
		}, late, all...),
		"IgnoreElements": conforms(func(src ints) ints { return operators.IgnoreElements[int](src) }, nil),
		"Join": conforms(func(src ints) ints {
			return operators.Join(src, operators.Take(src, 0), identity, identity, time.Hour, add, nil)
		}, nil),
		"Last": conforms(operators.Last[int], late, 6),
		"Log": conforms(func(src ints) ints {
			return operators.Log(src, "it", &operators.LogOptions{Logger: slog.New(slog.DiscardHandler)})
		}, nil, all...),
		"Map": conforms(func(src ints) ints { return operators.Map(src, func(v int) int { return -v }) }, nil, -2, -4, -5, -6),
		"Materialize": conforms(func(src ints) stream.Observable[bool] {
			return operators.Map(operators.Materialize(operators.Take(src, 1)), func(n operators.Notification[int]) bool { return n.Done })
		}, recovers, false, true),
		"Max":                  conforms(operators.Max[int], late, 6),
		"Merge":                conforms(func(src ints) ints { return operators.Merge(src, stream.Empty[int]()) }, nil, all...),
		"Merge with a failure": conforms(func(src ints) ints { return operators.Merge(stream.Fail[int](errBoom), src) }, &options{Err: errBoom}),
		"MergeAll":             conforms(func(src ints) ints { return operators.MergeAll(operators.Map(src, doubled), nil) }, &options{Loose: true, AtCompletion: true}, 2, 2, 4, 4, 5, 5, 6, 6),
		"Metered":              conforms(func(src ints) ints { return operators.Metered(src, operators.NewMeter("it")) }, nil, all...),
		"Min":                  conforms(operators.Min[int], late, 2),
		"ObserveOn":            conforms(func(src ints) ints { return operators.ObserveOn(src, func(task func()) { go task() }, stream.Block(9)) }, nil, all...),
		"OnErrorReturn": conforms(func(src ints) ints {
			return operators.OnErrorReturn(operators.TryMap(src, keepEven), func(error) int { return 9 })
		}, recovers, 2, 4, 9),
		"Pairwise": conforms(func(src ints) stream.Observable[string] { return shown(operators.Pairwise(src)) }, nil, "{2 4}", "{4 5}", "{5 6}"),
		"ParallelMap": conforms(func(src ints) ints {
			return operators.ParallelMap(src, func(_ context.Context, v int) (int, error) { return -v, nil }, &operators.ParallelOptions{Workers: 3})
		}, nil, -2, -4, -5, -6),
		"Partition": conforms(func(src ints) ints { yes, no := operators.Partition(src, even); return operators.Merge(yes, no) }, nil, all...),
		"Quantiles": conforms(func(src ints) stream.Observable[string] {
			return operators.Map(operators.Quantiles(pairs(src), asFloat, 0.5), func(d operators.Distribution) string { return fmt.Sprint(d.Quantiles) })
		}, nil, "[3]", "[5.5]"),
		"Race":      conforms(func(src ints) ints { return operators.Race(never, src, never) }, nil, all...),
		"RateLimit": conforms(func(src ints) ints { return operators.RateLimit(src, 2, time.Second, 2) }, nil, all...),
		"Reduce":    conforms(func(src ints) ints { return operators.Reduce(src, 1, func(a, v int) int { return a * v }) }, late, 240),
		"Reorder":   conforms(func(src ints) ints { return operators.Reorder(src, asSeq, nil) }, &options{Loose: true}, all...),
		"Repeat":    conforms(func(src ints) ints { return operators.Repeat(operators.Take(src, 2), 1) }, nil, 2, 4),
		"Retry":     conforms(func(src ints) ints { return operators.Retry(src, nil) }, recovers, all...),
		"RunningStats": conforms(func(src ints) stream.Observable[string] {
			return operators.Map(operators.RunningStats(pairs(src), asFloat, 0.5), func(d operators.Distribution) string { return fmt.Sprint(d.Quantiles) })
		}, nil, "[3]", "[4.5]"),
		"Sample":   conforms(func(src ints) ints { return operators.Sample(src, 1400*time.Millisecond) }, spaced, 2, 4, 6),
		"SampleBy": conforms(func(src ints) ints { return operators.SampleBy(src, stream.Tick(1400*time.Millisecond)) }, &options{Spacing: 1001 * time.Millisecond}, 2, 4, 6),
		"Scan":     conforms(func(src ints) ints { return operators.Scan(src, 0, add) }, nil, 2, 6, 11, 17),
		"Sessions": conforms(func(src ints) stream.Observable[string] {
			return operators.Map(operators.Sessions(src, even, time.Minute, nil), func(s operators.Session[bool, int]) string { return fmt.Sprint(s.Values) })
		}, &options{Loose: true, AtCompletion: true}, "[2 4 6]", "[5]"),
		"Share":       conforms(operators.Share[int], &options{Shared: true}, all...),
		"ShareReplay": conforms(func(src ints) ints { return operators.ShareReplay(src, 9, 0) }, &options{Shared: true}, all...),
		"ShiftTime": conforms(func(src ints) ints {
			return operators.ShiftTime(src, stream.Empty[time.Duration](), func(v int, _ time.Duration) int { return v })
		}, nil, all...),
		"Skip":      conforms(func(src ints) ints { return operators.Skip(src, 2) }, nil, 5, 6),
		"SkipLast":  conforms(func(src ints) ints { return operators.SkipLast(src, 1) }, nil, 2, 4, 5),
		"SkipUntil": conforms(func(src ints) ints { return operators.SkipUntil(src, never) }, nil),
		"SkipWhile": conforms(func(src ints) ints { return operators.SkipWhile(src, even) }, nil, 5, 6),
		"Sliding": conforms(func(src ints) stream.Observable[string] {
			return shown(operators.Sliding(src, 2*time.Second, time.Second, nil))
		}, &options{Spacing: 1100 * time.Millisecond}, "[2]", "[2 4]", "[4 5]", "[5 6]"),
		"SlidingCount": conforms(func(src ints) stream.Observable[string] { return shown(operators.SlidingCount(src, 3, 2)) }, nil, "[2 4 5]", "[5 6]"),
		"StartWith":    conforms(func(src ints) ints { return operators.StartWith(src, 0, 1) }, nil, 0, 1, 2, 4, 5, 6),
		"Stats": conforms(func(src ints) ints {
			return operators.Map(operators.Stats(pairs(src), asFloat), func(s operators.Summary) int { return int(s.Max) })
		}, nil, 4, 6),
		"Sum":       conforms(operators.Sum[int], late, 17),
		"SwitchMap": conforms(func(src ints) ints { return operators.SwitchMap(src, doubled) }, &options{Spacing: time.Second, AtCompletion: true}, 2, 2, 4, 4, 5, 5, 6, 6),
		"Take":      conforms(func(src ints) ints { return operators.Take(src, 3) }, nil, 2, 4, 5),
		"TakeLast":  conforms(func(src ints) ints { return operators.TakeLast(src, 2) }, late, 5, 6),
		"TakeUntil": conforms(func(src ints) ints { return operators.TakeUntil(src, never) }, nil, all...),
		"TakeWhile": conforms(func(src ints) ints { return operators.TakeWhile(src, even) }, nil, 2, 4),
		"Tap":       conforms(func(src ints) ints { return operators.Tap(src, func(int) {}) }, nil, all...),
		"Throttle":  conforms(func(src ints) ints { return operators.Throttle(src, 1400*time.Millisecond, operators.Leading) }, spaced, 2, 5),
		"TimeInterval": conforms(func(src ints) ints {
			return operators.Map(operators.TimeInterval(src), func(e operators.Elapsed[int]) int { return e.Value })
		}, nil, all...),
		"Timeout": conforms(func(src ints) ints { return operators.Timeout(src, time.Hour) }, nil, all...),
		"Timestamp": conforms(func(src ints) ints {
			return operators.Map(operators.Timestamp(src), func(e operators.Timed[int]) int { return e.Value })
		}, nil, all...),
		"ToMap": conforms(func(src ints) stream.Observable[string] {
			return shown(operators.ToMap(src, func(v int) (int, int) { return v % 2, v }, nil))
		}, late, "map[0:6 1:5]"),
		"TryMap":        conforms(func(src ints) ints { return operators.TryMap(src, keepEven) }, &options{Err: errOdd}, 2, 4),
		"Tumbling":      conforms(func(src ints) stream.Observable[string] { return shown(operators.Tumbling(src, time.Minute, nil)) }, late, "[2 4 5 6]"),
		"TumblingCount": conforms(func(src ints) stream.Observable[string] { return shown(operators.TumblingCount(src, 3)) }, nil, "[2 4 5]", "[6]"),
		"WithLatestFrom": conforms(func(src ints) ints {
			return operators.WithLatestFrom(src, sticky(100), add)
		}, spaced, 102, 104, 105, 106),
		"Zip": conforms(func(src ints) ints {
			return operators.Zip(operators.Take(sticky(7), 1), src, add)
		}, nil, 9),
		"ZipAll": conforms(func(src ints) stream.Observable[string] {
			return shown(operators.ZipAll(operators.Take(sticky(7), 1), src))
		}, nil, "[7 2]"),
	} {
		t.Run(name, test)
	}
}
