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
// It waits for sink as [stream.Sink.Emit] does, for as long as the source may
// wait, so that no dead letter is lost where sink has lossless subscribers; one
// that may not hold the stream back has a policy that drops. What sink does not
// take in time, or refuses because it has ended or cannot carry it, counts in
// [stream.Subscription.Dropped]. sink is left open: it may serve many streams,
// and is not this one's to end.
//
// It is fused: no goroutine, no buffer, the order is kept.
//
// RxGo: -. RxJS: -. samber/ro: -.
func DeadLetter[T, U any](o stream.Observable[T], f func(v T) (U, error), sink stream.Sink[Rejected[T]]) stream.Observable[U] {
	return stream.New(func(ctx context.Context, dst stream.Observer[U]) func() {
		return o.Attach(ctx, &deadLetterStage[T, U]{
			dst: dst, down: stream.PatienceOf(dst), f: f,
			aside: aside[Rejected[T]]{ctx: ctx, sink: sink, dropped: stream.Drops(ctx)},
		})
	})
}

type deadLetterStage[T, U any] struct {
	stream.Patience // of the source
	dst             stream.Observer[U]
	down            *stream.Patience // of dst
	f               func(v T) (U, error)
	aside           aside[Rejected[T]]
}

func (s *deadLetterStage[T, U]) Next(v T) (more bool) {
	u, err := s.try(v)
	switch {
	case err != nil:
		s.aside.put(&s.Patience, Rejected[T]{v, err})
		return true
	case !s.Ends():
		return s.dst.Next(u)
	}
	s.down.Lend(&s.Patience, func() { more = s.dst.Next(u) })
	return more
}

func (s *deadLetterStage[T, U]) Done(err error) { s.dst.Done(err) }

// try calls f, and catches a panic.
func (s *deadLetterStage[T, U]) try(v T) (u U, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &stream.PanicError{Value: r, Stack: debug.Stack()}
		}
	}()
	return s.f(v)
}
