package operators

import (
	"context"

	"github.com/rxpeer/rxpeer/stream"
)

// TakeLast returns the last n values, when o ends.
//
//	o:            a---b---c---d---|
//	TakeLast(2):  ----------------(cd|)
//
// They are delivered when o fails, too, before the failure: they tell what led
// to it. With n less than 1 the source is never attached and the stream
// completes at once.
//
// It is fused: no goroutine, the order is kept. It holds n values.
//
// RxGo: TakeLast. RxJS: takeLast. samber/ro: TakeLast.
func TakeLast[T any](o stream.Observable[T], n int) stream.Observable[T] {
	if n < 1 {
		return stream.Empty[T]()
	}
	return stream.New(func(ctx context.Context, dst stream.Observer[T]) func() {
		return o.Attach(ctx, &takeLastStage[T]{newTail(ctx, dst), lastFew[T]{limit: n}})
	})
}

// Last returns the last value, when o ends. It is [TakeLast] of one: a stream
// without values completes without one.
//
//	o:     a---b---c---|
//	Last:  ------------(c|)
//
// RxGo: Last. RxJS: last. samber/ro: Tail.
func Last[T any](o stream.Observable[T]) stream.Observable[T] { return TakeLast(o, 1) }

type takeLastStage[T any] struct {
	tail[T]
	held lastFew[T]
}

func (s *takeLastStage[T]) Next(v T) bool {
	s.held.push(v)
	return true
}

func (s *takeLastStage[T]) Done(err error) {
	s.end(err, func() {
		for i := 0; i < len(s.held.values) && s.ctx.Err() == nil && s.tail.Next(s.held.at(i)); i++ {
		}
	})
}

// lastFew holds the newest values, up to limit of them.
type lastFew[T any] struct {
	limit  int
	values []T
	oldest int // its index, once there are limit values
}

// push adds v, which may displace the oldest value.
func (f *lastFew[T]) push(v T) (oldest T, displaced bool) {
	if len(f.values) < f.limit {
		f.values = append(f.values, v)
		return oldest, false
	}
	oldest = f.values[f.oldest]
	f.values[f.oldest] = v
	if f.oldest++; f.oldest == f.limit {
		f.oldest = 0
	}
	return oldest, true
}

// at returns the i-th oldest value.
func (f *lastFew[T]) at(i int) T { return f.values[(f.oldest+i)%len(f.values)] }
