package operators

import (
	"context"
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// Sample returns, every d, the newest value, if one has come since the time
// before.
//
//	o:          1-2-3-----4------------|
//	Sample(4):  ----2---3---4----------|
//
// Times are counted from the subscription on, and no timer runs while nothing
// comes; a value that comes at one belongs to the next. What is left out is left
// out on purpose, and does not count as dropped. A value that waits when o
// completes or fails is delivered before the end; when the subscription is
// stopped, or its context ends, it is forgotten. The order is kept.
//
// It holds one value. A timer delivers, on its own goroutine; values that come
// meanwhile wait in a queue, and when 256 wait there the source does. Sample
// panics if d is not positive.
//
// RxGo: Sample. RxJS: sampleTime. samber/ro: SampleTime.
func Sample[T any](o stream.Observable[T], d time.Duration) stream.Observable[T] {
	if d <= 0 {
		panic("operators: Sample with a time that is not positive")
	}
	return stream.New(func(ctx context.Context, dst stream.Observer[T]) func() {
		s := &sample[T]{dst: dst, d: d}
		s.calls = newClocked(ctx, dst, s.add, s.ring, func() bool { return s.deliver(dst) })
		return s.calls.attach(o)
	})
}

// sample is a subscription to a Sample.
type sample[T any] struct {
	pending[T]
	dst   stream.Observer[T]
	calls *clocked[T]
	d     time.Duration
}

func (s *sample[T]) add(v T) (more bool) {
	if !s.some {
		now := s.calls.now()
		s.calls.wakeBy(now - now%s.d + s.d)
	}
	s.set(v)
	return true
}

func (s *sample[T]) ring() {
	if !s.deliver(s.dst) {
		s.calls.stop()
	}
}

// SampleBy returns, with each value of other, the newest value of o, if one has
// come since the time before.
//
//	o:         1-2-3-----4--------5---|
//	other:     ---x---x----x---x------|
//	SampleBy:  ---2---3----4----------(5|)
//
// It completes when either source has, since nothing can come then but the
// newest value, which is delivered before. The first failure of one ends it,
// and detaches the other; there too the newest value comes first. When the
// subscription is stopped, or its context ends, that is forgotten. What is left
// out is left out on purpose, and does not count as dropped. The order is kept.
//
// It holds one value. Where and how sources run, and that they wait while 256
// values do, is as for [Merge].
//
// RxGo: Sample. RxJS: sample. samber/ro: SampleWhen.
func SampleBy[T, U any](o stream.Observable[T], other stream.Observable[U]) stream.Observable[T] {
	return stream.New(func(ctx context.Context, dst stream.Observer[T]) func() {
		var held pending[T]
		s := newSerial(ctx, 4, func(v either[T, struct{}]) bool {
			if v.second {
				return held.deliver(dst)
			}
			held.set(v.a)
			return true
		}, dst.Done)
		s.down = stream.PatienceOf(dst)
		s.flush = func() bool { return held.deliver(dst) }
		complete := func(bool) { s.fail(nil) }
		return together(present(
			attachSide(s, o, first[T, struct{}], complete),
			attachSide(s, other, func(U) either[T, struct{}] { return either[T, struct{}]{second: true} }, complete),
		))
	})
}
