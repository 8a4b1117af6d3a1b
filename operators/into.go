package operators

import (
	"context"

	"github.com/rxpeer/rxpeer/stream"
)

// Into subscribes to o once and delivers its values into each branch's sink.
//
//	o:                  1---2---3---|
//	To(a, Block(9)):    1---2---3---
//	To(b, Latest()):    1-------3---      b was busy with 1
//
// Each branch has its own queue, goroutine, policy, drop counter and failure:
// a sink that refuses a value, because it has ended or cannot carry it, ends
// its branch and no other, and so does a queue that overflows, if its policy is
// to fail then. A branch that blocks holds the others back; one that drops does
// not. When no branch is left o is stopped. Sinks are left open but for those
// of branches that are [Branch.Closing].
//
// ctx bounds the subscription. It ends, and Wait returns, when o has ended and
// all branches have delivered what they hold: with the failure of o, or else
// with those of the branches, joined, or else nil. Its Dropped is the sum over
// the branches. Into panics when a branch was used before.
//
// RxGo: -. RxJS: -. samber/ro: -.
func Into[T any](ctx context.Context, o stream.Observable[T], branches ...*Branch[T]) *stream.Subscription {
	return fanOut(ctx, "Into", branches, func(f *fan[T]) (run func()) {
		return attachPart(f.ctx, o, &toAll[T]{fan: f, open: f.branches}, f.parts.Done)
	})
}

// toAll is the observer of the source of an Into.
type toAll[T any] struct {
	*fan[T]
	stream.Patience // of the source

	open []*Branch[T] // that take values
}

func (a *toAll[T]) Next(v T) bool {
	for i, b := range a.open {
		if taken, _ := b.put(v, &a.Patience); !taken {
			return a.nextWithout(i, v)
		}
	}
	return len(a.open) > 0
}

// nextWithout goes on with the branches behind the i-th, which has ended.
func (a *toAll[T]) nextWithout(i int, v T) bool {
	open := append([]*Branch[T](nil), a.open[:i]...)
	for _, b := range a.open[i+1:] {
		if taken, _ := b.put(v, &a.Patience); taken {
			open = append(open, b)
		}
	}
	a.open = open
	return len(open) > 0
}

func (a *toAll[T]) Done(err error) {
	if a.ended.Swap(true) {
		return
	}
	a.sourceEnded(err)
	a.parts.Done()
}
