package operators

import (
	"cmp"
	"context"

	"github.com/rxpeer/rxpeer/stream"
)

// Number is any of Go's integers and floating-point numbers, and what is made
// of them, such as time.Duration.
type Number interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 |
		~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr |
		~float32 | ~float64
}

// Reduce returns, when o completes, the result after all values: after each of
// them f of the previous result, which at first is seed, and the value.
//
//	o:             1---2---3---|
//	Reduce(0, +):  ------------(6|)
//
// A stream without values has the result seed. When o fails the result is
// dropped, as it is that of no stream. Each subscription starts from seed,
// which is not copied: let f return a new result when seed is a pointer, map or
// slice. [Scan] has the results on the way as well.
//
// It is fused: no goroutine, and it holds the result. A panic in f ends the
// subscription with a [*stream.PanicError].
//
// RxGo: Reduce. RxJS: reduce. samber/ro: Reduce.
func Reduce[T, A any](o stream.Observable[T], seed A, f func(result A, v T) A) stream.Observable[A] {
	return stream.New(func(ctx context.Context, dst stream.Observer[A]) func() {
		return o.Attach(ctx, &reduceStage[T, A]{total: newTotal(ctx, dst, seed), f: f})
	})
}

type reduceStage[T, A any] struct {
	total[A]
	f func(result A, v T) A
}

func (s *reduceStage[T, A]) Next(v T) bool {
	s.result = s.f(s.result, v)
	return true
}

// total is what stages that have one result, at completion, have in common.
type total[A any] struct {
	tail[A]
	result A
}

func newTotal[A any](ctx context.Context, dst stream.Observer[A], seed A) total[A] {
	return total[A]{newTail(ctx, dst), seed}
}

// Done delivers the result if err is nil, and passes the end on.
func (t *total[A]) Done(err error) {
	if err != nil {
		t.Dst.Done(err)
		return
	}
	t.end(nil, func() { t.tail.Next(t.result) })
}

// Count returns, when o completes, how many values it had.
//
//	o:      a---b---c---|
//	Count:  ------------(3|)
//
// It is fused, and fails, as [Reduce].
//
// RxGo: Count. RxJS: count. samber/ro: Count.
func Count[T any](o stream.Observable[T]) stream.Observable[int] {
	return Reduce(o, 0, func(n int, _ T) int { return n + 1 })
}

// Sum returns, when o completes, the sum of its values; of none it is 0. It is
// computed in the type of the values, one after the other: integers wrap
// around, and floating-point numbers round as they do in a loop.
//
//	o:    1---2---3---|
//	Sum:  ------------(6|)
//
// It is fused, and fails, as [Reduce].
//
// RxGo: SumInt64, SumFloat32, SumFloat64. RxJS: -. samber/ro: Sum.
func Sum[T Number](o stream.Observable[T]) stream.Observable[T] {
	return Reduce(o, 0, func(sum, v T) T { return sum + v })
}

// Average returns, when o completes, the mean of its values. A stream without
// values completes without one. [Stats] has the deviation and more.
//
//	o:        1---2---6---|
//	Average:  ------------(3|)
//
// It is fused, and fails, as [Reduce].
//
// RxGo: AverageInt, AverageFloat64 and others. RxJS: -. samber/ro: Average.
func Average[T Number](o stream.Observable[T]) stream.Observable[float64] {
	type sum struct{ sum, n float64 }
	sums := Reduce(o, sum{}, func(s sum, v T) sum { return sum{s.sum + float64(v), s.n + 1} })
	return FilterMap(sums, func(s sum) (float64, bool) { return s.sum / s.n, s.n > 0 })
}

// Min returns, when o completes, the least of its values; of equal ones the
// first. A stream without values completes without one. A NaN among
// floating-point numbers is the result, as with the built-in min.
//
//	o:    2---1---3---|
//	Min:  ------------(1|)
//
// It is fused, and fails, as [Reduce].
//
// RxGo: Min. RxJS: min. samber/ro: Min.
func Min[T cmp.Ordered](o stream.Observable[T]) stream.Observable[T] {
	return best(o, func(a, b T) T { return min(a, b) })
}

// Max returns, when o completes, the greatest of its values; of equal ones the
// first. A stream without values completes without one. A NaN among
// floating-point numbers is the result, as with the built-in max.
//
//	o:    2---3---1---|
//	Max:  ------------(3|)
//
// It is fused, and fails, as [Reduce].
//
// RxGo: Max. RxJS: max. samber/ro: Max.
func Max[T cmp.Ordered](o stream.Observable[T]) stream.Observable[T] {
	return best(o, func(a, b T) T { return max(a, b) })
}

// best returns the value that better prefers to all others, if there is one.
func best[T any](o stream.Observable[T], better func(a, b T) T) stream.Observable[T] {
	type choice struct {
		value T
		some  bool
	}
	choices := Reduce(o, choice{}, func(c choice, v T) choice {
		if c.some {
			v = better(c.value, v)
		}
		return choice{v, true}
	})
	return FilterMap(choices, func(c choice) (T, bool) { return c.value, c.some })
}
