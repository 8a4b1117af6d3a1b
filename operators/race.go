package operators

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/rxpeer/rxpeer/stream"
)

// Race returns the values of the source that is the first to deliver one, or
// to end. The others are detached then.
//
//	a:     ----1---2---|
//	b:     --x---y---z-----|
//	Race:  --x---y---z-----|
//
// A source that fails first wins too, and the failure is that of the whole.
// Nobody waits for the others until the end, which comes when they are detached.
// Of no sources nothing ever comes.
//
// Once it is decided it is fused: no queue, the order is kept. Where sources run
// is as for [Merge].
//
// RxGo: Amb. RxJS: race. samber/ro: Race.
func Race[T any](sources ...stream.Observable[T]) stream.Observable[T] {
	switch len(sources) {
	case 0:
		return stream.Never[T]()
	case 1:
		return sources[0]
	}
	sources = slices.Clone(sources)
	return stream.New(func(ctx context.Context, dst stream.Observer[T]) func() {
		r := &race[T]{dst: dst, down: stream.PatienceOf(dst)}
		r.parts.Store(1)
		for range sources {
			runner := &runner[T]{race: r}
			runner.ctx, runner.cancel = context.WithCancelCause(ctx)
			r.runners = append(r.runners, runner)
		}
		var runs []func()
		for i, o := range sources {
			if r.winner.Load() != nil {
				break
			}
			r.parts.Add(2)
			runs = append(runs, attachPart(r.runners[i].ctx, o, r.runners[i], r.leave))
		}
		r.leave()
		return together(present(runs...))
	})
}

// race is a subscription to a Race.
type race[T any] struct {
	dst     stream.Observer[T]
	down    *stream.Patience
	runners []*runner[T]
	winner  atomic.Pointer[runner[T]]
	parts   atomic.Int32 // sources and runs that have not left, values that are delivered, and attach
}

// enter adds a part, unless all have left.
func (r *race[T]) enter() bool {
	for {
		n := r.parts.Load()
		if n == 0 {
			return false
		}
		if r.parts.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// leave ends the subscription when all have left.
func (r *race[T]) leave() {
	if r.parts.Add(-1) > 0 {
		return
	}
	winner := r.winner.Load()
	winner.cancel(stream.ErrStopped)
	r.dst.Done(winner.err)
}

// runner is where one source of a Race delivers.
type runner[T any] struct {
	*race[T]
	stream.Patience // of the source
	ctx             context.Context
	cancel          context.CancelCauseFunc
	ended           atomic.Bool
	err             error // what Done was called with
}

// Next is a part of the race, for the source's end may come beside it: when a
// callback ends the goroutine that the source runs on, and another one of the
// source's delivers.
func (r *runner[T]) Next(v T) (more bool) {
	if r.ended.Load() || !r.wins() || !r.enter() {
		return false
	}
	defer r.leave()
	if !r.Ends() {
		return r.dst.Next(v)
	}
	r.down.Lend(&r.Patience, func() { more = r.dst.Next(v) })
	return more
}

// wins reports whether r is the winner; it is if there was none.
func (r *runner[T]) wins() bool {
	if winner := r.winner.Load(); winner != nil {
		return winner == r
	}
	if !r.winner.CompareAndSwap(nil, r) {
		return false
	}
	for _, other := range r.runners {
		if other != r {
			other.cancel(stream.ErrStopped)
		}
	}
	return true
}

// Done is idempotent, as that of a port.
func (r *runner[T]) Done(err error) {
	if r.ended.Swap(true) {
		return
	}
	r.err = err
	r.wins()
	r.leave()
}
