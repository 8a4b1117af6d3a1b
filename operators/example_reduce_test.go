package operators_test

import (
	"fmt"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
)

func ExampleReduce() {
	words := stream.Of("all", "at", "once")
	show(operators.Reduce(words, 0, func(letters int, word string) int { return letters + len(word) }))
	// Output:
	// 9
}

func ExampleCount() {
	show(operators.Count(stream.Of("a", "b", "c")))
	// Output:
	// 3
}

func ExampleSum() {
	show(operators.Sum(stream.Of(1.5, 2, 3)))
	// Output:
	// 6.5
}

func ExampleAverage() {
	show(operators.Average(stream.Of(1, 2, 6)))
	show(operators.Average(stream.Empty[int]())) // nothing
	// Output:
	// 3
}

func ExampleMin() {
	show(operators.Min(stream.Of(21.5, 19.0, 24.2)))
	// Output:
	// 19
}

func ExampleMax() {
	show(operators.Max(stream.Of("apple", "pear", "banana")))
	// Output:
	// pear
}

func ExampleCollect() {
	show(operators.Collect(stream.Of(1, 2, 3), nil))
	show(operators.Collect(stream.Of(1, 2, 3), &operators.CollectOptions{Limit: 2}))
	// Output:
	// [1 2 3]
	// failed: operators: more than the 2 values that may be collected
}

func ExampleToMap() {
	type reading struct {
		Sensor string
		Value  int
	}
	readings := stream.Of(reading{"door", 1}, reading{"lamp", 5}, reading{"door", 2})
	show(operators.ToMap(readings, func(r reading) (string, int) { return r.Sensor, r.Value }, nil))
	// Output:
	// map[door:2 lamp:5]
}

func ExampleQuantiles() {
	milliseconds := stream.Of(12.0, 11, 95, 13, 12, 14)
	windows := operators.SlidingCount(milliseconds, 3, 3)
	latencies := operators.Quantiles(windows, func(ms float64) float64 { return ms }, 0.5, 1)
	show(operators.Map(latencies, func(d operators.Distribution) string {
		return fmt.Sprintf("mean %.1f, median %v, worst %v", d.Mean, d.Quantiles[0], d.Quantiles[1])
	}))
	// Output:
	// mean 39.3, median 12, worst 95
	// mean 13.0, median 13, worst 14
}

func ExampleRunningStats() {
	milliseconds := stream.Of(12.0, 11, 95, 13, 12, 14)
	batches := operators.Batch(milliseconds, &operators.BatchOptions[float64]{Count: 3})
	soFar := operators.RunningStats(batches, func(ms float64) float64 { return ms }, 0.5)
	show(operators.Map(soFar, func(d operators.Distribution) string {
		return fmt.Sprintf("%d values, mean %.1f, median %.1f", d.Count, d.Mean, d.Quantiles[0])
	}))
	// Output:
	// 3 values, mean 39.3, median 12.0
	// 6 values, mean 26.2, median 12.5
}
