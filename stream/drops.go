package stream

import (
	"context"
	"sync/atomic"
)

// dropCounter counts the drops of a subscription's operators and boundaries. It
// travels in the context of the subscription, see [Subscription.Dropped].
type dropCounter struct {
	n     atomic.Uint64
	outer *dropCounter // counts the same, nil: none
}

type dropCounterKey struct{}

// add counts n drops; of a nil counter it does nothing.
func (c *dropCounter) add(n uint64) {
	for ; c != nil; c = c.outer {
		c.n.Add(n)
	}
}

func dropCounterOf(ctx context.Context) *dropCounter {
	c, _ := ctx.Value(dropCounterKey{}).(*dropCounter)
	return c
}

// Drops returns a function that counts n values as dropped in the subscription
// that ctx, given to an Observable's attach, belongs to. It is for operators
// that drop values without a [Queue], which counts by itself. It is never nil
// and safe for concurrent use; outside a subscription it does nothing.
func Drops(ctx context.Context) (count func(n uint64)) { return dropCounterOf(ctx).add }

// CountDrops returns a context in which what is dropped is counted apart, too,
// and a function that returns how much that is so far. It is for operators that
// measure what is upstream of them, where they attach with that context.
func CountDrops(ctx context.Context) (counted context.Context, dropped func() uint64) {
	c := &dropCounter{outer: dropCounterOf(ctx)}
	return context.WithValue(ctx, dropCounterKey{}, c), c.n.Load
}
