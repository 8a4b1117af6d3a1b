package stream

import (
	"context"
	"testing"
)

// adder is the observer that benchmarks deliver to.
type adder struct{ sum int }

func (a *adder) Next(v int) bool {
	a.sum += v
	return true
}

func (a *adder) Done(error) {}

// BenchmarkEmit compares an emit with a direct call of the subscriber's Next
// through its interface. "one producer" emits runs of values, as a source does
// that has many at hand; "serialised" emits them one by one, each delivery safe
// against all other producers.
func BenchmarkEmit(b *testing.B) {
	b.Run("direct", func(b *testing.B) {
		dst := opaque(&adder{})
		for i := 0; i < b.N; i++ {
			dst.Next(i)
		}
	})
	b.Run("serialised", func(b *testing.B) {
		s := NewPublish[int](nil)
		defer s.Subscribe(b.Context(), &adder{}).Stop()
		for i := 0; i < b.N; i++ {
			_ = s.Emit(context.Background(), i)
		}
	})
	b.Run("attached", func(b *testing.B) {
		s := NewPublish[int](nil)
		s.Attach(context.Background(), &adder{})
		for i := 0; i < b.N; i++ {
			_ = s.Emit(context.Background(), i)
		}
	})
	b.Run("try", func(b *testing.B) {
		s := NewPublish[int](nil)
		defer s.Subscribe(b.Context(), &adder{}).Stop()
		for i := 0; i < b.N; i++ {
			s.TryEmit(i)
		}
	})
	b.Run("one producer", func(b *testing.B) {
		s := NewPublish[int](nil)
		defer s.Subscribe(b.Context(), &adder{}).Stop()
		var run [64]int
		for i := 0; i < b.N; i += len(run) {
			_, _ = s.EmitAll(context.Background(), run[:min(len(run), b.N-i)]...)
		}
	})
	b.Run("many producers", func(b *testing.B) {
		s := NewPublish[int](nil)
		defer s.Subscribe(b.Context(), &adder{}).Stop()
		b.SetParallelism(4)
		b.RunParallel(func(pb *testing.PB) {
			for i := 0; pb.Next(); i++ {
				_ = s.Emit(context.Background(), i)
			}
		})
	})
}

// opaque hides from the compiler which observer it is.
//
//go:noinline
func opaque(dst Observer[int]) Observer[int] { return dst }
