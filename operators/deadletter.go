package operators

import (
	"context"
	"runtime/debug"

	"github.com/rxpeer/rxpeer/stream"
)

// Rejected is a value that a function failed for: what [DeadLetter] delivers
// into its sink.
type Rejected[T any] struct {
	Value T
	Err   error // the function's, a *stream.PanicError if it panicked
}

// DeadLetter returns f of each value for which it succeeds. The others go, with
// the error of f, into sink, and the stream goes on.
//
//	o:           a---b---c---|
//	DeadLetter:  A-------C---|
//	sink:        ----b--------      f(b) failed
//
// A panic in f is an error of that value too, since a value that nobody
// expected is what dead letters are about.
//
// It waits for sink as [stream.Sink.Emit] does, so that no dead letter is lost
// where sink has lossless subscribers; one that may not hold the stream back
// has a policy that drops. A value that sink refuses, because it has ended or
// cannot carry it, counts in [stream.Subscription.Dropped]. sink is left open:
// it may serve many streams, and is not this one's to end.
//
// It is fused: no goroutine, no buffer, the order is kept.
//
// RxGo: -. RxJS: -. samber/ro: -.
func DeadLetter[T, U any](o stream.Observable[T], f func(v T) (U, error), sink stream.Sink[Rejected[T]]) stream.Observable[U] {
	return stream.New(func(ctx context.Context, dst stream.Observer[U]) func() {
		return o.Attach(ctx, &deadLetterStage[T, U]{
			Stage: stream.Stage[U]{Dst: dst}, ctx: ctx, f: f, sink: sink, dropped: stream.Drops(ctx),
		})
	})
}

type deadLetterStage[T, U any] struct {
	stream.Stage[U]
	ctx     context.Context
	f       func(v T) (U, error)
	sink    stream.Sink[Rejected[T]]
	dropped func(n uint64)
}

func (s *deadLetterStage[T, U]) Next(v T) bool {
	u, err := s.try(v)
	if err == nil {
		return s.Dst.Next(u)
	}
	if s.sink.Emit(s.ctx, Rejected[T]{v, err}) != nil && s.ctx.Err() == nil {
		s.dropped(1)
	}
	return true
}

// try calls f, and catches a panic.
func (s *deadLetterStage[T, U]) try(v T) (u U, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &stream.PanicError{Value: r, Stack: debug.Stack()}
		}
	}()
	return s.f(v)
}
