package main

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
)

// distance is how long a block travels from one node to the next, as if they were
// not on one machine. The larger it is, the more often two nodes make a successor of
// the same block.
const distance = 50 * time.Millisecond

// node is a peer that keeps a ledger.
type node struct {
	*ledger
	peer *peer.Peer
}

// start opens a node that listens to its neighbours, who may come later or never,
// and makes a block whenever work has a value. It runs until its peer is closed.
func start(ctx context.Context, opts *peer.Options, neighbours peer.Selector, work stream.Observable[time.Time]) (*node, error) {
	p, err := peer.Open(ctx, opts)
	if err != nil {
		return nil, err
	}
	n := &node{newLedger(), p}

	made := operators.Map(work, func(time.Time) Block { return n.next(opts.Name) })
	others := peer.FromAll[Block](p, neighbours, "blocks", &peer.FromAllOptions{
		Keep: &peer.KeepOptions{MaxDelay: time.Second}, // nobody is missed for long
	})
	heard := operators.Delay(operators.Map(others, func(b peer.From[Block]) Block { return b.Value }), distance, nil)

	// A block comes from every neighbour, and is passed on once. One that fits is
	// preceded by its parent, here and so for those who listen to this node.
	fitting := operators.Filter(operators.Merge(made, heard), n.fits)
	fresh := operators.Distinct(fitting, Block.ID, nil)
	added := operators.Tap(fresh, n.add)

	// History makes it run from now on, and tells who joins late what has been. Who
	// stalls is cut off instead of holding up everybody; when it comes back, it gets
	// the History again.
	stalled := stream.FailWhenFull(mostBlocks)
	if _, err = peer.Expose(p, "blocks", added, &peer.ExposeOptions{History: mostBlocks, Policy: &stalled}); err != nil {
		_ = p.Close()
		return nil, err
	}
	return n, nil
}

// labour returns work that is done at random, on average so often. It stands in for
// the riddles that a real ledger makes its miners solve.
func labour(random *rand.Rand, mean time.Duration) stream.Observable[time.Time] {
	return stream.FromFunc(func(ctx context.Context, emit func(time.Time) bool) error {
		for {
			select {
			case now := <-time.After(time.Duration(random.ExpFloat64() * float64(mean))):
				if !emit(now) {
					return nil
				}
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
	})
}
