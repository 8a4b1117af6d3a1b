package operators

import (
	"context"

	"github.com/rxpeer/rxpeer/stream"
)

// RoundRobin subscribes to o and delivers each value into the sink of one
// branch: in turn, as workers or connections that share a load.
//
//	o:                1---2---3---4---|
//	To(a, Block(1)):  1-------3-------
//	To(b, Block(1)):  ----2-------4---
//
// A branch whose queue is full is passed over while another one has room. When
// none has, the policy of the branch whose turn it is decides: one that drops
// does, and where it would wait, the value goes to the first that has room. The
// order is kept within a branch only.
//
// A branch that fails hands over to the others what its queue held. The value
// that its sink refused goes with that when the sink has ended (its error is
// [net.ErrClosed]); otherwise the value may be what is wrong, and is dropped.
// That counts in the Dropped of the subscription, and so does what is left when
// no branch is. A branch whose queue has overflowed, by a policy to fail then,
// still delivers what that held.
//
// All else is as for [Into].
//
// RxGo: -. RxJS: -. samber/ro: -.
func RoundRobin[T any](ctx context.Context, o stream.Observable[T], branches ...*Branch[T]) *stream.Subscription {
	return fanToOne(ctx, "RoundRobin", o, branches, func(f *toOne[T]) func(T) *Branch[T] {
		turns := &turns[T]{toOne: f}
		return turns.choose
	})
}

// turns chooses the branches of a RoundRobin.
type turns[T any] struct {
	*toOne[T]
	next int // whose turn it is, modulo the number of open branches
}

// choose waits until some branch can take a value.
func (t *turns[T]) choose(T) *Branch[T] {
	looked := false // after wanted was set
	for len(t.open) > 0 {
		for range t.open {
			b := t.open[t.next%len(t.open)]
			t.next++
			if b.over.Load() || b.hasRoom() {
				return b
			}
		}
		b := t.open[t.next%len(t.open)]
		if !b.policy.Lossless() {
			t.next++
			return b
		}
		if !looked {
			t.wanted.Store(true)
			looked = true
			continue
		}
		select {
		case <-t.room:
			looked = false
		case <-t.ctx.Done():
			return nil
		case <-t.Context().Done():
			return nil
		}
	}
	return nil
}
