package operators_test

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
)

type fn = func(int) int

// none is for operators that do not have more to do with a value.
func none(f fn) func(int) bool { return func(v int) bool { f(v); return false } }

// key makes a key of a value.
func key(f fn) func(int) int { return func(v int) int { return f(v) % 5 } }

// moreLinks are the operators that leave most of a stream through.
var moreLinks = []link{
	{"ConcatMap", func(o ints, f fn) ints { return operators.ConcatMap(o, one(f)) }},
	{"ConcatMap later", func(o ints, f fn) ints { return operators.ConcatMap(o, func(v int) ints { f(v); return paced(1) }) }},
	{"SwitchMap", func(o ints, f fn) ints { return operators.SwitchMap(o, one(f)) }},
	{"ParallelMap", func(o ints, f fn) ints { return operators.ParallelMap(o, patiently(f), nil) }},
	{"ParallelMap, unordered", func(o ints, f fn) ints {
		return operators.ParallelMap(o, patiently(f), &operators.ParallelOptions{Workers: 2, InFlight: 3, Unordered: true})
	}},
	{"Pairwise", func(o ints, f fn) ints {
		return operators.Map(operators.Pairwise(o), func(p operators.Pair[int]) int { return f(p.Current) })
	}},
	{"Timestamp", func(o ints, f fn) ints {
		return operators.Map(operators.Timestamp(o), func(v operators.Timed[int]) int { return f(v.Value) })
	}},
	{"TimeInterval", func(o ints, f fn) ints {
		return operators.Map(operators.TimeInterval(o), func(v operators.Elapsed[int]) int { return f(v.Value) })
	}},
	{"Materialize", func(o ints, _ fn) ints { return operators.Dematerialize(operators.Materialize(o)) }},

	{"Distinct", func(o ints, f fn) ints {
		return operators.Distinct(o, f, &operators.DistinctOptions[int]{Keys: 1, Age: 3 * ms})
	}},
	{"DistinctUntilChanged", func(o ints, f fn) ints { return operators.DistinctUntilChanged(o, f) }},
	{"Deadband", func(o ints, f fn) ints {
		return operators.Deadband(o, func(v int) float64 { return float64(f(v)) }, .5)
	}},
	{"Skip", func(o ints, _ fn) ints { return operators.Skip(o, 1) }},
	{"SkipLast", func(o ints, _ fn) ints { return operators.SkipLast(o, 2) }},
	{"SkipWhile", func(o ints, f fn) ints { return operators.SkipWhile(o, none(f)) }},
	{"SkipUntil", func(o ints, _ fn) ints { return operators.SkipUntil(o, paced(1)) }},
	{"TakeLast", func(o ints, _ fn) ints { return operators.TakeLast(o, 20) }},
	{"TakeWhile", func(o ints, f fn) ints { return operators.TakeWhile(o, func(v int) bool { return f(v) > -99 }) }},
	{"TakeUntil", func(o ints, _ fn) ints { return operators.TakeUntil(o, paced(60)) }},
	{"TakeUntil never", func(o ints, _ fn) ints { return operators.TakeUntil(o, stream.Never[int]()) }},
	{"Timeout", func(o ints, _ fn) ints { return operators.Timeout(o, time.Hour) }},

	{"Tumbling", func(o ints, _ fn) ints { return flat(operators.Tumbling(o, 2*ms, nil)) }},
	{"TumblingCount", func(o ints, _ fn) ints { return flat(operators.TumblingCount(o, 2)) }},
	{"Bursts", func(o ints, _ fn) ints { return flat(operators.Bursts(o, 2*ms, &operators.SessionOptions{Limit: 3})) }},
	{"Sessions", func(o ints, f fn) ints {
		sessions := operators.Sessions(o, key(f), 2*ms, &operators.SessionOptions{Keys: 2})
		return flat(operators.Map(sessions, func(s operators.Session[int, int]) []int { return s.Values }))
	}},
	{"EventWindows", func(o ints, f fn) ints {
		at := func(v int) time.Time { return time.UnixMilli(int64(f(v))) }
		windows := operators.EventWindows(o, at, 3*ms, &operators.EventOptions[int]{Lateness: 2 * ms, Idle: 3 * ms})
		return flat(operators.Map(windows, func(w operators.Window[int]) []int { return w.Values }))
	}},
	{"Reorder", func(o ints, f fn) ints {
		return operators.Reorder(o, func(v int) uint64 { return uint64(f(v)) }, &operators.ReorderOptions{Limit: 2})
	}},
	{"Reorder in time", func(o ints, f fn) ints {
		return operators.Reorder(o, func(v int) uint64 { return uint64(f(v)) }, &operators.ReorderOptions{Wait: 2 * ms})
	}},

	{"Debounce", func(o ints, _ fn) ints { return operators.Debounce(o, ms/2) }},
	{"Delay", func(o ints, _ fn) ints { return operators.Delay(o, 3*ms, &operators.DelayOptions{Limit: 2}) }},
	{"RateLimit", func(o ints, _ fn) ints { return operators.RateLimit(o, 2, ms, 3) }},
	{"Sample", func(o ints, _ fn) ints { return operators.Sample(o, ms) }},
	{"SampleBy", func(o ints, _ fn) ints { return operators.SampleBy(o, paced(30)) }},
	{"Throttle", func(o ints, _ fn) ints { return operators.Throttle(o, ms, operators.Both) }},
	{"Throttle, trailing", func(o ints, _ fn) ints { return operators.Throttle(o, ms, operators.Trailing) }},

	{"CombineLatest", func(o ints, f fn) ints {
		return operators.CombineLatest(o, paced(2), func(a, _ int) int { return f(a) })
	}},
	{"CombineLatestAll", func(o ints, _ fn) ints { return last(operators.CombineLatestAll(paced(2), o)) }},
	{"WithLatestFrom", func(o ints, f fn) ints {
		return operators.WithLatestFrom(o, paced(9), func(a, _ int) int { return f(a) })
	}},
	{"WithLatestFrom the other way", func(o ints, f fn) ints {
		return operators.WithLatestFrom(paced(40), o, func(_, b int) int { return f(b) })
	}},
	{"Concat", func(o ints, _ fn) ints { return operators.Concat(paced(1), o, stream.Of(1)) }},
	{"DefaultIfEmpty", func(o ints, _ fn) ints { return operators.DefaultIfEmpty(o, 1) }},
	{"StartWith", func(o ints, _ fn) ints { return operators.StartWith(o, 1, 2) }},
	{"Race", func(o ints, _ fn) ints { return operators.Race(operators.Delay(paced(9), time.Second, nil), o) }},
	{"Zip", func(o ints, f fn) ints { return operators.Zip(o, paced(40), func(a, _ int) int { return f(a) }) }},
	{"ZipAll", func(o ints, _ fn) ints { return last(operators.ZipAll(stream.FromSeq(upTo(40)), o)) }},
	{"Join", func(o ints, f fn) ints {
		return operators.Join(o, paced(20), key(f), key(f), 5*ms, func(l, _ int) int { return l }, &operators.JoinOptions{Limit: 4, Evict: true})
	}},
	{"ShiftTime", func(o ints, f fn) ints {
		offsets := operators.Map(paced(5), func(v int) time.Duration { return time.Duration(v) })
		return operators.ShiftTime(o, offsets, func(v int, _ time.Duration) int { return f(v) })
	}},

	{"Broadcast", func(o ints, f fn) ints {
		both := operators.Broadcast(o, 2)
		return operators.Merge(operators.Map(both[0], f), operators.Filter(both[1], none(f)))
	}},
	{"Partition", func(o ints, f fn) ints { return operators.Merge(parts(o, f)...) }},
	{"ShareReplay", func(o ints, _ fn) ints { return operators.ShareReplay(o, 3, ms) }},
	{"ShareReplay by two", func(o ints, f fn) ints {
		shared := operators.ShareReplay(o, 2, 0)
		return operators.Merge(operators.Filter(shared, none(f)), shared)
	}},

	{"Catch", func(o ints, f fn) ints { return operators.Catch(o, func(error) ints { return stream.Of(f(1)) }) }},
	{"OnErrorReturn", func(o ints, f fn) ints { return operators.OnErrorReturn(o, func(error) int { return f(1) }) }},
	{"Retry", func(o ints, f fn) ints {
		return operators.Retry(o, &operators.RetryOptions{Attempts: 2, MinDelay: ms, OnRetry: func(error, int, time.Duration) { f(1) }})
	}},
	{"Repeat", func(o ints, _ fn) ints { return operators.Take(operators.Repeat(o, 2), 60) }},
	{"DeadLetter", func(o ints, f fn) ints {
		return operators.DeadLetter(o, func(v int) (int, error) { return f(v), nil }, stream.NewPublish[operators.Rejected[int]](nil))
	}},

	{"ObserveOn", func(o ints, _ fn) ints {
		return operators.ObserveOn(o, func(task func()) { go task() }, stream.Block(2))
	}},
	{"ObserveOn at once", func(o ints, _ fn) ints { return operators.ObserveOn(o, func(task func()) { task() }, stream.Block(2)) }},
	{"Tap", func(o ints, f fn) ints { return operators.Tap(o, func(v int) { f(v) }) }},
	{"Finally", func(o ints, f fn) ints { return operators.Finally(o, func(error) { f(1) }) }},
	{"Metered", func(o ints, _ fn) ints { return operators.Metered(o, operators.NewMeter("chain")) }},
	{"Log", func(o ints, _ fn) ints { return operators.Log(o, "chain", toNobody) }},
}

// fewLinks are those that make one value, or none, of a stream.
var fewLinks = []link{
	{"Average", func(o ints, _ fn) ints {
		return operators.Map(operators.Average(o), func(v float64) int { return int(v) })
	}},
	{"Collect", func(o ints, _ fn) ints { return flat(operators.Collect(o, &operators.CollectOptions{Limit: 100})) }},
	{"Count", func(o ints, _ fn) ints { return operators.Count(o) }},
	{"ElementAt", func(o ints, _ fn) ints { return operators.ElementAt(o, 3) }},
	{"Find", func(o ints, f fn) ints { return operators.Find(o, most(f)) }},
	{"First", func(o ints, _ fn) ints { return operators.First(o) }},
	{"IgnoreElements", func(o ints, _ fn) ints { return operators.IgnoreElements[int](o) }},
	{"Last", func(o ints, _ fn) ints { return operators.Last(o) }},
	{"Max", func(o ints, _ fn) ints { return operators.Max(o) }},
	{"Min", func(o ints, _ fn) ints { return operators.Min(o) }},
	{"Reduce", func(o ints, f fn) ints { return operators.Reduce(o, 0, func(_, v int) int { return f(v) }) }},
	{"Sum", func(o ints, _ fn) ints { return operators.Sum(o) }},
	{"ToMap", func(o ints, f fn) ints {
		all := operators.ToMap(o, func(v int) (int, int) { return f(v), v }, nil)
		return operators.Map(all, func(entries map[int]int) int { return len(entries) })
	}},
	{"Quantiles", func(o ints, f fn) ints {
		all := operators.Quantiles(operators.TumblingCount(o, 9), func(v int) float64 { return float64(f(v)) }, .5)
		return operators.Map(all, func(d operators.Distribution) int { return d.Count })
	}},
	{"RunningStats", func(o ints, f fn) ints {
		all := operators.RunningStats(operators.TumblingCount(o, 9), func(v int) float64 { return float64(f(v)) }, .5)
		return operators.Map(all, func(d operators.Distribution) int { return d.Count })
	}},
}

var toNobody = &operators.LogOptions{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))}

// patiently is f as a function for ParallelMap that takes its time.
func patiently(f fn) func(ctx context.Context, v int) (int, error) {
	return func(ctx context.Context, v int) (int, error) {
		rest(ctx)
		return f(v), nil
	}
}

// parts are the two of a Partition.
func parts(o ints, f fn) []ints {
	yes, no := operators.Partition(o, most(f))
	return []ints{yes, no}
}
