package operators_test

import (
	"fmt"
	"log/slog"
	"testing"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
)

// BenchmarkWatch is what a value costs that is watched; the first is the
// feeding itself.
func BenchmarkWatch(b *testing.B) {
	for _, bench := range []struct {
		name     string
		operator func(o ints) ints
	}{
		{"nothing", func(o ints) ints { return o }},
		{"Tap", func(o ints) ints { return operators.Tap(o, func(int) {}) }},
		{"Finally", func(o ints) ints { return operators.Finally(o, func(error) {}) }},
		{"Metered", func(o ints) ints { return operators.Metered(o, operators.NewMeter("bench")) }},
		{"Log", func(o ints) ints {
			return operators.Log(o, "bench", &operators.LogOptions{Logger: slog.New(slog.DiscardHandler)})
		}},
		{"Retry", func(o ints) ints { return operators.Retry(o, nil) }},
		{"DeadLetter", func(o ints) ints {
			return operators.DeadLetter(o, func(v int) (int, error) { return v, nil }, stream.NewPublish[operators.Rejected[int]](nil))
		}},
		{"Reduce", func(o ints) ints { return operators.Reduce(o, 0, func(sum, v int) int { return sum + v }) }},
		{"Sum", operators.Sum[int]},
		{"Max", operators.Max[int]},
	} {
		b.Run(bench.name, func(b *testing.B) { feed(b, bench.operator, &adder{}) })
	}
}

// BenchmarkObserveOn has a queue that is always full, and an executor with one
// goroutine.
func BenchmarkObserveOn(b *testing.B) {
	b.ReportAllocs()
	tasks := make(chan func(), 1)
	defer close(tasks)
	go func() { // ends when tasks is closed
		for task := range tasks {
			task()
		}
	}()
	numbers := stream.FromSeq(func(yield func(int) bool) {
		for i := 0; i < b.N && yield(i); i++ {
		}
	})
	o := operators.ObserveOn(numbers, func(task func()) { tasks <- task }, stream.Block(256))
	_ = o.Subscribe(b.Context(), opaque[int](&adder{})).Wait(b.Context())
}

// BenchmarkStats is what a value in a window costs.
func BenchmarkStats(b *testing.B) {
	float := func(v int) float64 { return float64(v) }
	for _, size := range []int{16, 256, 4096} {
		for name, stats := range map[string]func(windows stream.Observable[[]int]) stream.Observable[int]{
			"Stats": func(w stream.Observable[[]int]) ints {
				return operators.Map(operators.Stats(w, float), func(s operators.Summary) int { return s.Count })
			},
			"Quantiles": func(w stream.Observable[[]int]) ints {
				return operators.Map(operators.Quantiles(w, float, 0.5, 0.99), func(s operators.Distribution) int { return s.Count })
			},
			"RunningStats": func(w stream.Observable[[]int]) ints {
				return operators.Map(operators.RunningStats(w, float, 0.5, 0.99), func(s operators.Distribution) int { return s.Count })
			},
		} {
			b.Run(fmt.Sprint(name, " of ", size), func(b *testing.B) {
				feed(b, func(o ints) ints {
					scattered := operators.Map(o, func(v int) int { return v * 7919 % 100_003 })
					return stats(operators.SlidingCount(scattered, size, size))
				}, &adder{})
			})
		}
	}
}
