package operators_test

import (
	"math"
	"testing"
	"time"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
)

func BenchmarkThrottle(b *testing.B) {
	for _, edge := range []operators.Edge{operators.Leading, operators.Both} {
		b.Run(edge.String(), func(b *testing.B) {
			feed(b, func(o ints) ints { return operators.Throttle(o, time.Millisecond, edge) }, &adder{})
		})
	}
}

func BenchmarkDebounce(b *testing.B) {
	feed(b, func(o ints) ints { return operators.Debounce(o, time.Millisecond) }, &adder{})
}

// BenchmarkRateLimit never has to wait for a token.
func BenchmarkRateLimit(b *testing.B) {
	feed(b, func(o ints) ints { return operators.RateLimit(o, 1e9, time.Millisecond, 1e9) }, &adder{})
}

func BenchmarkSessions(b *testing.B) {
	for name, keys := range map[string]int{"16 keys": 16, "a new key each time": math.MaxInt} {
		b.Run(name, func(b *testing.B) {
			feed(b, func(o ints) stream.Observable[operators.Session[int, int]] {
				return operators.Sessions(o, func(v int) int { return v % keys }, time.Second, nil)
			}, &counter[operators.Session[int, int]]{})
		})
	}
}

// BenchmarkEventWindows has a window of 64 values.
func BenchmarkEventWindows(b *testing.B) {
	at := func(v int) time.Time { return noon.Add(time.Duration(v) * time.Second) }
	for name, step := range map[string]time.Duration{"tumbling": 0, "sliding": 16 * time.Second} {
		b.Run(name, func(b *testing.B) {
			feed(b, func(o ints) stream.Observable[operators.Window[int]] {
				return operators.EventWindows(o, at, 64*time.Second, &eventOptions{Step: step, Ahead: -1, Lateness: time.Minute})
			}, &counter[operators.Window[int]]{})
		})
	}
}

func BenchmarkReorder(b *testing.B) {
	for name, number := range map[string]func(v int) uint64{
		"in order":         func(v int) uint64 { return uint64(v) },
		"pairs turned":     func(v int) uint64 { return uint64(v ^ 1) },
		"64 turned around": func(v int) uint64 { return uint64(v ^ 63) },
	} {
		b.Run(name, func(b *testing.B) {
			feed(b, func(o ints) ints {
				return operators.Reorder(o, number, &operators.ReorderOptions{First: new(uint64)})
			}, &adder{})
		})
	}
}
