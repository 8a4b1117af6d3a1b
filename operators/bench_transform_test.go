package operators_test

import (
	"context"
	"fmt"
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

// roundsFor returns how many rounds of spin take so long.
func roundsFor(d time.Duration) int {
	const many = 1 << 20
	begun := time.Now()
	runtime.KeepAlive(spin(1, many))
	return int(many * d / time.Since(begun))
}
