package operators_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

func TestOperatorsConform(t *testing.T) {
	type options = streamtest.Options
	for name, test := range map[string]func(t *testing.T){
		"Filter": conforms(func(src ints) ints { return operators.Filter(src, even) }, nil, 2, 4, 6),
		"Map": conforms(func(src ints) ints {
			return operators.Map(src, func(v int) int { return -v })
		}, nil, -2, -4, -5, -6),
		"TryMap": conforms(func(src ints) ints { return operators.TryMap(src, keepEven) }, &options{Err: errOdd}, 2, 4),
		"FilterMap": conforms(func(src ints) ints {
			return operators.FilterMap(src, func(v int) (int, bool) { return v / 2, even(v) })
		}, nil, 1, 2, 3),
		"Scan": conforms(func(src ints) ints {
			return operators.Scan(src, 0, func(sum, v int) int { return sum + v })
		}, nil, 2, 6, 11, 17),

		"Take":         conforms(func(src ints) ints { return operators.Take(src, 3) }, nil, 2, 4, 5),
		"Take of none": conforms(func(src ints) ints { return operators.Take(src, 0) }, nil),
		"Take of more": conforms(func(src ints) ints { return operators.Take(src, 9) }, nil, numbers...),

		"Batch by count": conforms(func(src ints) stream.Observable[string] {
			return shown(operators.Batch(src, &operators.BatchOptions[int]{Count: 3}))
		}, nil, "[2 4 5]", "[6]"),
		"Batch by size": conforms(func(src ints) stream.Observable[string] {
			return shown(operators.Batch(src, &operators.BatchOptions[int]{Bytes: 10, Size: func(v int) int { return v }}))
		}, nil, "[2 4]", "[5]", "[6]"),
		"Batch by count or time": conforms(func(src ints) stream.Observable[string] {
			return shown(operators.Batch(src, &operators.BatchOptions[int]{Count: 3, Time: time.Second}))
		}, nil, "[2 4 5]", "[6]"),
		"Batch by time": conforms(func(src ints) stream.Observable[string] {
			return shown(operators.Batch(src, &operators.BatchOptions[int]{Time: time.Second}))
		}, &options{Spacing: 600 * time.Millisecond}, "[2 4]", "[5 6]"),
		"SlidingCount": conforms(func(src ints) stream.Observable[string] {
			return shown(operators.SlidingCount(src, 3, 2))
		}, nil, "[2 4 5]", "[5 6]"),
		"Sliding": conforms(func(src ints) stream.Observable[string] {
			return shown(operators.Sliding(src, 2*time.Second, time.Second, nil))
		}, &options{Spacing: 1100 * time.Millisecond}, "[2]", "[2 4]", "[4 5]", "[5 6]"),
		"Stats": conforms(func(src ints) stream.Observable[string] {
			return shown(operators.Stats(operators.SlidingCount(src, 2, 2), func(v int) float64 { return float64(v) }))
		}, nil,
			fmt.Sprint(operators.Summary{Count: 2, Mean: 3, Min: 2, Max: 4, Deviation: sqrt2}),
			fmt.Sprint(operators.Summary{Count: 2, Mean: 5.5, Min: 5, Max: 6, Deviation: sqrt2 / 2})),

		"Merge with nothing": conforms(func(src ints) ints {
			return operators.Merge(src, stream.Empty[int]())
		}, nil, numbers...),
		"Merge with another": conforms(func(src ints) ints {
			return operators.Merge(src, stream.Of(7, 8))
		}, &options{Loose: true, AtCompletion: true}, 2, 4, 5, 6, 7, 8),
		"Merge with a failure": conforms(func(src ints) ints {
			return operators.Merge(stream.Fail[int](errOdd), src)
		}, &options{Err: errOdd}),
		"MergeAll": conforms(func(src ints) ints {
			return operators.MergeAll(operators.Map(src, twice), nil)
		}, &options{Loose: true, AtCompletion: true}, 2, 2, 4, 4, 5, 5, 6, 6),
		"FlatMap one by one": conforms(func(src ints) ints {
			return operators.FlatMap(src, twice, &operators.MergeOptions{Concurrency: 1})
		}, &options{AtCompletion: true}, 2, 2, 4, 4, 5, 5, 6, 6),
		"FlatMap with queues": conforms(func(src ints) ints {
			return operators.FlatMap(src, twice, &operators.MergeOptions{Policy: new(stream.Block(9)), Timeout: time.Hour})
		}, &options{Loose: true, AtCompletion: true}, 2, 2, 4, 4, 5, 5, 6, 6),
		"FlatMap of hot sources": conforms(func(src ints) ints {
			return operators.FlatMap(src, func(v int) ints { return operators.Share(stream.Of(v)) }, nil)
		}, &options{Loose: true, AtCompletion: true}, numbers...),

		"Share": conforms(operators.Share[int], &options{Shared: true}, numbers...),
		"GroupBy": conforms(func(src ints) ints {
			groups := operators.GroupBy(src, even, nil)
			return operators.FlatMap(groups, func(g operators.Group[bool, int]) ints { return g.Observable }, nil)
		}, &options{AtCompletion: true}, numbers...),
		"GroupBy without subscribers": conforms(func(src ints) stream.Observable[string] {
			groups := operators.GroupBy(src, even, &operators.GroupOptions{Groups: 1, Idle: time.Minute})
			return operators.Map(groups, func(g operators.Group[bool, int]) string { return fmt.Sprint(g.Key) })
		}, nil, "true", "false", "true"),

		"Buffer":            conforms(func(src ints) ints { return operators.Buffer(src, stream.Block(9)) }, nil, numbers...),
		"Buffer that drops": conforms(func(src ints) ints { return operators.Buffer(src, stream.DropOldest(9)) }, nil, numbers...),

		"a chain": conforms(func(src ints) ints {
			merged := operators.Merge(operators.Buffer(src, stream.Block(9)), stream.Empty[int]())
			batches := operators.Batch(merged, &operators.BatchOptions[int]{Count: 3, Time: time.Second})
			flat := operators.FlatMap(batches, func(b []int) ints { return stream.Of(b...) }, &operators.MergeOptions{Concurrency: 1})
			return operators.Take(flat, 3)
		}, &options{AtCompletion: true}, 2, 4, 5),
	} {
		t.Run(name, test)
	}
}
