package operators

import (
	"context"
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// Timeout ends the stream with [ErrTimeout] when no value has come for d: since
// the last one, or the subscription.
//
//	o:           a---b-------------c---|
//	Timeout(5):  a---b----#
//
// The time that the subscriber takes for a value does not count. o is detached
// first, and the end comes when it has let go. What ends the wait for a single
// value is the context of [stream.Observable.Await].
//
// It is fused: a timer, which costs little even if values come often, and no
// goroutine. Timeout panics if d is not positive.
//
// RxGo: -. RxJS: timeout. samber/ro: Timeout.
func Timeout[T any](o stream.Observable[T], d time.Duration) stream.Observable[T] {
	if d <= 0 {
		panic("operators: Timeout after a time that is not positive")
	}
	return stream.New(func(ctx context.Context, dst stream.Observer[T]) func() {
		s := &timeoutStage[T]{Stage: stream.Stage[T]{Dst: dst}}
		s.clock, ctx = newClock(ctx, d)
		return o.Attach(ctx, s)
	})
}

type timeoutStage[T any] struct {
	stream.Stage[T]
	clock *clock
}

func (s *timeoutStage[T]) Next(v T) bool {
	s.clock.pause()
	more := s.Dst.Next(v)
	s.clock.resume()
	return more
}

func (s *timeoutStage[T]) Done(err error) {
	s.clock.stop()
	s.Dst.Done(err)
}
