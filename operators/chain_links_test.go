package operators_test

import (
	"context"
	"slices"
	"time"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
)

// link is an operator that a random chain may have. Functions given to the
// operator call f.
type link struct {
	name string
	join func(o ints, f func(int) int) ints
}

var links = []link{
	{"Map", func(o ints, f func(int) int) ints { return operators.Map(o, f) }},
	{"TryMap", func(o ints, f func(int) int) ints {
		return operators.TryMap(o, func(v int) (int, error) { return f(v), nil })
	}},
	{"FilterMap", func(o ints, f func(int) int) ints {
		return operators.FilterMap(o, func(v int) (int, bool) { return f(v), v%7 != 0 })
	}},
	{"Filter", func(o ints, f func(int) int) ints { return operators.Filter(o, most(f)) }},
	{"Scan", func(o ints, f func(int) int) ints {
		return operators.Scan(o, 0, func(a, v int) int { return a%2 + f(v) })
	}},
	{"Take", func(o ints, _ func(int) int) ints { return operators.Take(o, 25) }},
	{"Batch", func(o ints, _ func(int) int) ints { return flat(operators.Batch(o, &batchOptions{Count: 3})) }},
	{"Batch by size", func(o ints, f func(int) int) ints {
		return flat(operators.Batch(o, &batchOptions{Bytes: 5, Size: func(v int) int { return f(v) % 3 }}))
	}},
	{"Batch by time", func(o ints, _ func(int) int) ints { return flat(operators.Batch(o, &batchOptions{Time: 2 * ms})) }},
	{"SlidingCount", func(o ints, _ func(int) int) ints { return last(operators.SlidingCount(o, 4, 2)) }},
	{"Sliding", func(o ints, _ func(int) int) ints { return last(operators.Sliding(o, 4*ms, 2*ms, nil)) }},
	{"Stats", func(o ints, f func(int) int) ints {
		stats := operators.Stats(operators.SlidingCount(o, 2, 1), func(v int) float64 { return float64(f(v)) })
		return operators.Map(stats, func(s operators.Summary) int { return int(s.Max) })
	}},
	{"Merge", func(o ints, _ func(int) int) ints { return operators.Merge(o, stream.Of(1, 2), paced(3)) }},
	{"Merge before", func(o ints, _ func(int) int) ints { return operators.Merge(paced(3), o) }},
	{"FlatMap", func(o ints, f func(int) int) ints { return operators.FlatMap(o, one(f), nil) }},
	{"FlatMap in turn", func(o ints, f func(int) int) ints {
		return operators.FlatMap(o, one(f), &mergeOptions{Concurrency: 1, Timeout: time.Second, FailFast: true})
	}},
	{"FlatMap with queues", func(o ints, f func(int) int) ints {
		return operators.FlatMap(o, one(f), &mergeOptions{Concurrency: 2, Policy: new(stream.Block(1))})
	}},
	{"FlatMap later", func(o ints, f func(int) int) ints {
		return operators.FlatMap(o, func(v int) ints { f(v); return paced(1) }, &mergeOptions{Concurrency: 3})
	}},
	{"MergeAll", func(o ints, f func(int) int) ints { return operators.MergeAll(operators.Map(o, one(f)), nil) }},
	{"GroupBy", func(o ints, f func(int) int) ints {
		groups := operators.GroupBy(o, func(v int) int { return f(v) % 3 }, &operators.GroupOptions{Groups: 2, Idle: 5 * ms})
		return operators.FlatMap(groups, func(g operators.Group[int, int]) ints { return g.Observable }, nil)
	}},
	{"Share", func(o ints, _ func(int) int) ints { return operators.Share(o) }},
	{"Share by two", func(o ints, f func(int) int) ints {
		shared := operators.Share(o)
		return operators.Merge(operators.Map(shared, f), operators.Filter(shared, even))
	}},
	{"Buffer", func(o ints, _ func(int) int) ints { return operators.Buffer(o, stream.Block(2)) }},
	{"Buffer that drops", func(o ints, _ func(int) int) ints { return operators.Buffer(o, stream.DropOldest(3)) }},
	{"Buffer without bound", func(o ints, _ func(int) int) ints { return operators.Buffer(o, stream.Unbounded()) }},
}

var everyLink = slices.Concat(links, moreLinks)

type (
	batchOptions = operators.BatchOptions[int]
	mergeOptions = operators.MergeOptions
)

const ms = time.Millisecond

// most is a predicate that leaves few values out.
func most(f func(int) int) func(int) bool { return func(v int) bool { return f(v)%7 != 3 } }

// one returns a function to a source of one value.
func one(f func(int) int) func(int) ints { return func(v int) ints { return stream.Of(f(v)) } }

// paced returns a cold source of n values, one a millisecond.
func paced(n int) ints {
	return stream.FromFunc(func(ctx context.Context, emit func(int) bool) error {
		for i := 0; i != n && rest(ctx) && emit(i); i++ {
		}
		return nil
	})
}

// rest waits for a millisecond, unless ctx ends.
func rest(ctx context.Context) bool {
	select {
	case <-time.After(ms):
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// flat returns the values of slices.
func flat(o stream.Observable[[]int]) ints {
	return stream.Lift(o, func(dst stream.Observer[int]) stream.Observer[[]int] {
		return &flattening{stream.Stage[int]{Dst: dst}}
	})
}

type flattening struct{ stream.Stage[int] }

func (s *flattening) Next(values []int) bool {
	for _, v := range values {
		if !s.Dst.Next(v) {
			return false
		}
	}
	return true
}

// last returns the last value of each slice that has one.
func last(o stream.Observable[[]int]) ints {
	return operators.FilterMap(o, func(values []int) (int, bool) {
		if len(values) == 0 {
			return 0, false
		}
		return values[len(values)-1], true
	})
}

// chainSources are what a random chain begins with. A hot one is made to
// deliver by drive.
var chainSources = []struct {
	name string
	open func() (o ints, drive func(ctx context.Context))
}{
	{"some", func() (ints, func(context.Context)) { return stream.FromSeq(upTo(40)), nil }},
	{"paced", func() (ints, func(context.Context)) { return paced(40), nil }},
	{"endless", func() (ints, func(context.Context)) { return operators.Take(paced(-1), 100_000), nil }},
	{"a failure", func() (ints, func(context.Context)) {
		return stream.FromSeq2(func(yield func(int, error) bool) {
			for i := range 20 {
				if !yield(i, nil) {
					return
				}
			}
			yield(0, errSource)
		}), nil
	}},
	{"hot", func() (ints, func(context.Context)) {
		s := stream.NewPublish[int](nil)
		return s.AsObservable(), func(ctx context.Context) {
			defer s.Complete()
			for i := 0; i < 40 && rest(ctx) && s.Emit(ctx, i) == nil; i++ {
			}
		}
	}},
	{"older", func() (ints, func(context.Context)) {
		s := stream.NewReplay[int](20, 0, nil)
		for i := range 20 {
			s.TryEmit(i)
		}
		return s.AsObservable(), func(ctx context.Context) {
			defer s.Complete()
			for i := 0; i < 20 && rest(ctx) && s.Emit(ctx, i) == nil; i++ {
			}
		}
	}},
}

func upTo(n int) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for i := 0; i < n && yield(i); i++ {
		}
	}
}
