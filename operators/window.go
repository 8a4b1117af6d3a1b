package operators

import (
	"context"

	"github.com/rxpeer/rxpeer/stream"
)

// SlidingCount returns, after each step values, the last size values.
//
//	o:                   1-2-3-4-5-6-|
//	SlidingCount(3, 2):  ----A---B---(C|)    A = [1 2 3], B = [3 4 5], C = [5 6]
//
// Each slice belongs to the subscriber. When o completes or fails, values that
// were in no window yet come in a last, shorter one before the end. With a
// step larger than size the values between are in no window. It panics if size
// or step is less than 1.
//
// It is fused: no goroutine. It holds up to size values.
//
// RxGo: -. RxJS: bufferCount. samber/ro: -.
func SlidingCount[T any](o stream.Observable[T], size, step int) stream.Observable[[]T] {
	if size < 1 || step < 1 {
		panic("operators: SlidingCount with a size or step less than 1")
	}
	return stream.New(func(ctx context.Context, dst stream.Observer[[]T]) func() {
		return o.Attach(ctx, &countStage[T]{tail: newTail(ctx, dst), size: size, step: step})
	})
}

type countStage[T any] struct {
	tail[[]T]
	size, step int
	values     []T // of the next window
	skip       int // how many values come before it
	fresh      bool
}

func (s *countStage[T]) Next(v T) bool {
	if s.skip > 0 {
		s.skip--
		return true
	}
	s.values, s.fresh = append(s.values, v), true
	if len(s.values) < s.size {
		return true
	}
	window := s.values
	s.values, s.fresh = nil, false
	if s.step < s.size {
		s.values = append(make([]T, 0, s.size), window[s.step:]...)
	}
	s.skip = max(0, s.step-s.size)
	return s.tail.Next(window)
}

func (s *countStage[T]) Done(err error) {
	s.end(err, func() {
		if s.fresh {
			s.tail.Next(s.values)
		}
	})
}
