package operators

import (
	"context"
	"sync/atomic"

	"github.com/rxpeer/rxpeer/stream"
)

// TakeUntil returns the values of o until the first value of other, and
// completes with that.
//
//	o:          a---b---c---d---|
//	other:      ----------x
//	TakeUntil:  a---b---c-|
//
// When other has returned from delivering its value no value of o begins any
// more; the end comes when o has let go. A failure of other that comes before
// its first value ends the stream, its completion does not.
//
// other is attached before o, and detached when its first value has come, or o
// has ended. It is fused: no queue, the order is kept. Where sources run is as
// for [Merge].
//
// RxGo: -. RxJS: takeUntil. samber/ro: TakeUntil.
func TakeUntil[T, U any](o stream.Observable[T], other stream.Observable[U]) stream.Observable[T] {
	return until(o, other, true, func(u *untilStage[T]) {
		u.open.Store(false)
		u.decide(nil)
	})
}

// SkipUntil leaves the values of o out until the first value of other.
//
//	o:          a---b---c---d---|
//	other:      ----------x
//	SkipUntil:  ------------d---|
//
// When other has returned from delivering its value, no value of o is left out
// any more. A failure of other that comes before its first value ends the
// stream. Its completion does not: then nothing is left but the end of o.
//
// Where and how sources run is as for [TakeUntil].
//
// RxGo: -. RxJS: skipUntil. samber/ro: SkipUntil.
func SkipUntil[T, U any](o stream.Observable[T], other stream.Observable[U]) stream.Observable[T] {
	return until(o, other, false, func(u *untilStage[T]) { u.open.Store(true) })
}

// until returns the values of o that come while untilStage.open is set: from
// the beginning, or not. The first value of other calls signal.
func until[T, U any](o stream.Observable[T], other stream.Observable[U], open bool, signal func(u *untilStage[T])) stream.Observable[T] {
	return stream.New(func(ctx context.Context, dst stream.Observer[T]) func() {
		u := &untilStage[T]{tail: newTail(ctx, dst)}
		u.open.Store(open)
		u.parts.Store(4)
		inner, cancel := context.WithCancelCause(ctx)
		u.cancel = cancel
		others := attachPart(inner, other, &signalStage[T, U]{until: u, signal: signal}, u.leave)
		return together(present(attachPart(inner, o, u, u.leave), others))
	})
}

// untilStage is a subscription to a TakeUntil or SkipUntil, and where o
// delivers.
type untilStage[T any] struct {
	tail[T]
	open    atomic.Bool
	cancel  context.CancelCauseFunc // detaches both sources
	parts   atomic.Int32            // Done of the sources, and their runs: how many have not returned
	ended   atomic.Bool
	refused bool // it was the subscriber who ended o
	own     error
	decided atomic.Pointer[error] // what it ends with, unless refused is set
}

func (u *untilStage[T]) Next(v T) bool {
	if !u.open.Load() {
		return u.decided.Load() == nil
	}
	return u.tail.Next(v)
}

// Done is idempotent, as that of a port.
func (u *untilStage[T]) Done(err error) {
	if u.ended.Swap(true) {
		return
	}
	u.own, u.refused = err, u.calling || u.stopped
	u.decide(err)
	u.leave()
}

// decide ends the stream with err. The first call counts.
func (u *untilStage[T]) decide(err error) {
	u.decided.CompareAndSwap(nil, &err)
	u.cancel(stream.ErrStopped)
}

// leave passes the end on when nothing is left. There may be nobody above it to
// notice a panic.
func (u *untilStage[T]) leave() {
	if u.parts.Add(-1) > 0 {
		return
	}
	err := *u.decided.Load()
	if u.refused {
		err = u.own
	}
	stream.Protect(ending[T](func(error) {}), func() { u.Dst.Done(err) })
}

// signalStage is where other delivers.
type signalStage[T, U any] struct {
	until  *untilStage[T]
	signal func(u *untilStage[T])
	fired  bool
	ended  atomic.Bool
}

func (s *signalStage[T, U]) Next(U) bool {
	if !s.fired {
		s.fired = true
		s.signal(s.until)
	}
	return false
}

// Done is idempotent, as that of a port.
func (s *signalStage[T, U]) Done(err error) {
	if s.ended.Swap(true) {
		return
	}
	if err != nil && !s.fired {
		s.until.decide(err)
	}
	s.until.leave()
}
