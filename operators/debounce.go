package operators

import (
	"context"
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// Debounce returns a value when no other has come for d after it.
//
//	o:            1-2-3-------4-----5-|
//	Debounce(4):  --------3-------4---(5|)
//
// What is left out is left out on purpose, and does not count as dropped. The
// value that waits when o completes or fails is delivered before the end; when
// the subscription is stopped, or its context ends, it is forgotten. The order
// is kept. [Throttle] delivers also while values keep coming.
//
// It holds one value. A timer delivers, on its own goroutine; values that come
// meanwhile wait in a queue, and when 256 wait there the source does. Debounce
// panics if d is not positive.
//
// RxGo: Debounce. RxJS: debounceTime. samber/ro: -.
func Debounce[T any](o stream.Observable[T], d time.Duration) stream.Observable[T] {
	if d <= 0 {
		panic("operators: Debounce with a time that is not positive")
	}
	return stream.New(func(ctx context.Context, dst stream.Observer[T]) func() {
		s := &debounce[T]{dst: dst, d: d}
		s.calls = newClocked(ctx, dst, s.add, s.ring, func() bool { return s.deliver(dst) })
		return s.calls.attach(o)
	})
}

// debounce is a subscription to a Debounce.
type debounce[T any] struct {
	pending[T]
	dst   stream.Observer[T]
	calls *clocked[T]
	d     time.Duration
	due   time.Duration // when the newest value is delivered, if no other comes
}

func (s *debounce[T]) add(v T) (more bool) {
	now := s.calls.now()
	if s.some && now >= s.due && !s.deliver(s.dst) { // before the timer could
		return false
	}
	s.set(v)
	s.due = after(now, s.d)
	s.calls.wakeBy(s.due)
	return true
}

func (s *debounce[T]) ring() {
	switch {
	case !s.some:
	case s.calls.now() < s.due:
		s.calls.wakeBy(s.due)
	case !s.deliver(s.dst):
		s.calls.stop()
	}
}
