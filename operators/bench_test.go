package operators_test

import (
	"context"
	"math"
	"testing"

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

// opaque hides from the compiler which observer it is.
//
//go:noinline
func opaque[T any](dst stream.Observer[T]) stream.Observer[T] { return dst }

// head returns the observer that a source of operator's calls.
func head(operator func(o ints) ints) (first stream.Observer[int]) {
	o := operator(stream.New(func(_ context.Context, dst stream.Observer[int]) func() {
		first = dst
		return nil
	}))
	o.Attach(context.Background(), opaque[int](&adder{}))
	return opaque(first)
}

const sqrt2 = math.Sqrt2

func increment(v int) int { return v + 1 }
func positive(v int) bool { return v > 0 }

// BenchmarkFused compares ten fused stages with the same functions called by
// hand-nested closures.
func BenchmarkFused(b *testing.B) {
	b.Run("fused", func(b *testing.B) {
		b.ReportAllocs()
		first := head(func(o ints) ints {
			for range 5 {
				o = operators.Filter(operators.Map(o, increment), positive)
			}
			return o
		})
		for i := 0; i < b.N; i++ {
			first.Next(i)
		}
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

// BenchmarkMerge has no competition: one source delivers.
func BenchmarkMerge(b *testing.B) {
	b.ReportAllocs()
	first := head(func(o ints) ints { return operators.Merge(stream.Never[int](), o) })
	for i := 0; i < b.N; i++ {
		first.Next(i)
	}
}

// BenchmarkBuffer compares a queue that is always full with a channel of the
// same size.
func BenchmarkBuffer(b *testing.B) {
	const size = 256
	numbers := stream.FromSeq(func(yield func(int) bool) {
		for i := 0; i < b.N && yield(i); i++ {
		}
	})
	b.Run("queue", func(b *testing.B) {
		b.ReportAllocs()
		numbers := stream.FromSeq(func(yield func(int) bool) {
			for i := 0; i < b.N && yield(i); i++ {
			}
		})
		_ = operators.Buffer(numbers, stream.Block(size)).Subscribe(b.Context(), opaque[int](&adder{})).Wait(b.Context())
	})
	_ = numbers
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
