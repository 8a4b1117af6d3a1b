package operators_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
)

// adder is the observer that benchmarks deliver to.
type adder struct{ sum int }

func (a *adder) Next(v int) bool {
	a.sum += v
	return true
}

func (*adder) Done(error) {}

// counter is the same for anything.
type counter[T any] struct{ n int }

func (c *counter[T]) Next(T) bool {
	c.n++
	return true
}

func (*counter[T]) Done(error) {}

// opaque hides from the compiler which observer it is.
//
//go:noinline
func opaque[T any](dst stream.Observer[T]) stream.Observer[T] { return dst }

// feed calls the observer of a hot source b.N times, through an operator.
func feed[T any](b *testing.B, operator func(o ints) stream.Observable[T], dst stream.Observer[T]) {
	b.ReportAllocs()
	var first stream.Observer[int]
	o := operator(stream.New(func(ctx context.Context, dst stream.Observer[int]) func() {
		first = opaque(dst)
		return nil
	}))
	if run := o.Attach(context.Background(), opaque(dst)); run != nil {
		run()
	}
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		first.Next(i)
	}
	b.StopTimer()
	first.Done(nil)
}

const sqrt2 = math.Sqrt2

func increment(v int) int { return v + 1 }
func positive(v int) bool { return v > 0 }

// BenchmarkFused compares ten fused stages with the same functions called by
// hand-nested closures.
func BenchmarkFused(b *testing.B) {
	b.Run("fused", func(b *testing.B) {
		feed(b, func(o ints) ints {
			for range 5 {
				o = operators.Filter(operators.Map(o, increment), positive)
			}
			return o
		}, &adder{})
	})
	b.Run("closures", func(b *testing.B) {
		b.ReportAllocs()
		next := opaque[int](&adder{}).Next
		for range 5 {
			next = mapTo(increment, filterTo(positive, next))
		}
		for i := 0; i < b.N; i++ {
			next(i)
		}
	})
}

func mapTo(f func(int) int, next func(int) bool) func(int) bool {
	return func(v int) bool { return next(f(v)) }
}

func filterTo(keep func(int) bool, next func(int) bool) func(int) bool {
	return func(v int) bool { return !keep(v) || next(v) }
}

func BenchmarkBatch(b *testing.B) {
	for name, within := range map[string]time.Duration{"without timer": 0, "with timer": time.Second} {
		b.Run(name, func(b *testing.B) {
			feed(b, func(o ints) stream.Observable[[]int] {
				return operators.Batch(o, &operators.BatchOptions[int]{Count: 64, Time: within})
			}, &counter[[]int]{})
		})
	}
}

func BenchmarkSliding(b *testing.B) {
	feed(b, func(o ints) stream.Observable[[]int] {
		return operators.Sliding(o, 10*time.Millisecond, time.Millisecond, &operators.WindowOptions{Limit: -1})
	}, &counter[[]int]{})
}

// BenchmarkMerge has no competition: one source delivers.
func BenchmarkMerge(b *testing.B) {
	feed(b, func(o ints) ints { return operators.Merge(stream.Empty[int](), o) }, &adder{})
}

// BenchmarkGroupBy has sixteen groups, each with a subscriber.
func BenchmarkGroupBy(b *testing.B) {
	feed(b, func(o ints) stream.Observable[operators.Group[int, int]] {
		groups := operators.GroupBy(o, func(v int) int { return v % 16 }, nil)
		return operators.Map(groups, func(g operators.Group[int, int]) operators.Group[int, int] {
			g.Subscribe(b.Context(), opaque[int](&adder{}))
			return g
		})
	}, &counter[operators.Group[int, int]]{})
}

// BenchmarkShare delivers each value to so many subscribers. The time is that
// of a value.
func BenchmarkShare(b *testing.B) {
	for name, n := range map[string]int{"1": 1, "10": 10, "100": 100} {
		b.Run(name, func(b *testing.B) {
			feed(b, func(o ints) ints {
				shared := operators.Share(o)
				for range n - 1 {
					shared.Attach(b.Context(), opaque[int](&adder{}))
				}
				return shared
			}, &adder{})
		})
		b.Run(name+" in a loop", func(b *testing.B) {
			var subscribers []func(int) bool
			for range n {
				subscribers = append(subscribers, opaque[int](&adder{}).Next)
			}
			for i := 0; i < b.N; i++ {
				for _, next := range subscribers {
					next(i)
				}
			}
		})
	}
}

// BenchmarkBuffer compares a queue that is always full with a channel of the
// same size.
func BenchmarkBuffer(b *testing.B) {
	const size = 256
	b.Run("queue", func(b *testing.B) {
		b.ReportAllocs()
		numbers := stream.FromSeq(func(yield func(int) bool) {
			for i := 0; i < b.N && yield(i); i++ {
			}
		})
		_ = operators.Buffer(numbers, stream.Block(size)).Subscribe(b.Context(), opaque[int](&adder{})).Wait(b.Context())
	})
	b.Run("channel", func(b *testing.B) {
		b.ReportAllocs()
		values := make(chan int, size)
		go func() { // ends after the last value
			defer close(values)
			for i := 0; i < b.N; i++ {
				values <- i
			}
		}()
		dst := opaque[int](&adder{})
		for v := range values {
			dst.Next(v)
		}
	})
}
