package operators_test

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"testing"
	"time"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
)

// spin is work for the processor: about so many nanoseconds.
func spin(v, rounds int) int {
	x := uint64(v) | 1
	for range rounds {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	return int(x)
}

// BenchmarkParallelMap compares ParallelMap with Map, for calls of about so
// many microseconds each.
func BenchmarkParallelMap(b *testing.B) {
	for _, micros := range []int{1, 3, 10} {
		rounds := roundsFor(time.Duration(micros) * time.Microsecond)
		work := func(_ context.Context, v int) (int, error) { return spin(v, rounds), nil }
		for name, operator := range map[string]func(o ints) ints{
			"Map":                   func(o ints) ints { return operators.Map(o, func(v int) int { return spin(v, rounds) }) },
			"ParallelMap":           func(o ints) ints { return operators.ParallelMap(o, work, nil) },
			"ParallelMap unordered": func(o ints) ints { return operators.ParallelMap(o, work, &operators.ParallelOptions{Unordered: true}) },
		} {
			b.Run(fmt.Sprintf("%dus/%s", micros, name), func(b *testing.B) {
				b.ReportAllocs()
				sub := operator(stream.FromSeq(upTo(b.N))).Subscribe(b.Context(), opaque[int](&adder{}))
				_ = sub.Wait(context.Background())
			})
		}
	}
}

// BenchmarkStateless is the price of one stage, which includes that of the
// observer behind it, for a value that goes through.
func BenchmarkStateless(b *testing.B) {
	never := stream.Never[int]()
	for name, operator := range map[string]func(o ints) ints{
		"Map":       func(o ints) ints { return operators.Map(o, increment) },
		"TryMap":    func(o ints) ints { return operators.TryMap(o, func(v int) (int, error) { return v, nil }) },
		"FilterMap": func(o ints) ints { return operators.FilterMap(o, func(v int) (int, bool) { return v, true }) },
		"Scan":      func(o ints) ints { return operators.Scan(o, 0, func(a, v int) int { return a + v }) },
		"Filter":    func(o ints) ints { return operators.Filter(o, func(v int) bool { return v >= 0 }) },
		"Take":      func(o ints) ints { return operators.Take(o, math.MaxInt) },
		"TakeWhile": func(o ints) ints { return operators.TakeWhile(o, func(v int) bool { return v >= 0 }) },
		"TakeUntil": func(o ints) ints { return operators.TakeUntil(o, never) },
		"SkipUntil": func(o ints) ints { return operators.SkipUntil(o, never) },
		"Skip":      func(o ints) ints { return operators.Skip(o, 1) },
		"SkipWhile": func(o ints) ints { return operators.SkipWhile(o, func(v int) bool { return v < 1 }) },
		"SkipLast":  func(o ints) ints { return operators.SkipLast(o, 10) },
		"TakeLast":  func(o ints) ints { return operators.TakeLast(o, 10) },
		"Timeout":   func(o ints) ints { return operators.Timeout(o, time.Hour) },
		"Distinct":  func(o ints) ints { return operators.Distinct(o, func(v int) int { return v & 1 }, nil) },
		"Deadband":  func(o ints) ints { return operators.Deadband(o, func(v int) float64 { return float64(v) }, .5) },
		"DistinctUntilChanged": func(o ints) ints {
			return operators.DistinctUntilChanged(o, itselfInt)
		},
		"IgnoreElements": operators.IgnoreElements[int, int],
	} {
		b.Run(name, func(b *testing.B) { feed(b, operator, &adder{}) })
	}
	b.Run("Pairwise", func(b *testing.B) { feed(b, operators.Pairwise[int], &counter[operators.Pair[int]]{}) })
	b.Run("Timestamp", func(b *testing.B) { feed(b, operators.Timestamp[int], &counter[operators.Timed[int]]{}) })
	b.Run("TimeInterval", func(b *testing.B) { feed(b, operators.TimeInterval[int], &counter[operators.Elapsed[int]]{}) })
	b.Run("Materialize", func(b *testing.B) { feed(b, operators.Materialize[int], &counter[operators.Notification[int]]{}) })
}

// BenchmarkDistinct has new keys only, and forgets one for each.
func BenchmarkDistinct(b *testing.B) {
	feed(b, func(o ints) ints {
		return operators.Distinct(o, itselfInt, &operators.DistinctOptions[int]{Keys: 1 << 10})
	}, &adder{})
}

// roundsFor returns how many rounds of spin take so long.
func roundsFor(d time.Duration) int {
	const many = 1 << 20
	begun := time.Now()
	runtime.KeepAlive(spin(1, many))
	return int(many * d / time.Since(begun))
}
