package operators

import (
	"context"
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// DefaultReorder is how many values a [Reorder] holds at most when nobody
// chose.
const DefaultReorder = 1024

// DefaultResync is how many late values in a row begin a [Reorder] anew when
// nobody chose.
const DefaultResync = 8

// ReorderOptions say how long [Reorder] waits for a missing value, and when it
// counts anew. nil means every default.
type ReorderOptions struct {
	// Limit is how many values may be held because one before them is missing.
	// When there would be more, that is given up. 0 means DefaultReorder,
	// negative any number.
	Limit int

	// Wait is how long a value may be held before those that are missing
	// before it are given up. 0 means any time, as does a negative one.
	Wait time.Duration

	// Resync is how many late values in a row, each numbered one more than the
	// one before, show that the source counts anew, as a peer does that was
	// restarted. They are held until then. 0 means DefaultResync, negative that
	// late values are dropped at once, however many come: for sources that may
	// say again what they have said.
	Resync int

	// First is the number of the first value. nil means that of the value
	// which comes first, so that those before it are too late.
	First *uint64
}

// Reorder returns the values in the order of their numbers, seq, each of which
// is one more than that before.
//
//	o:        1-3-2-2-4-7-6-1-|
//	Reorder:  1---(23)4-------(67|)
//
// A value that comes early is held until those before it have come, or have
// been given up as opts say; what is held when o completes or fails is
// delivered before the end, in order. When the subscription is stopped, or its
// context ends, it is forgotten. A value that has come before, or comes after
// it was given up, is dropped and counts in [stream.Subscription.Dropped].
//
// After 1<<64 - 1 comes 0: what is less than half the range ahead is early, and
// the rest is late. A source that jumps ahead leaves a gap like any other, which
// is given up when Limit values, or Wait, have passed. One that goes back, and
// counts from there, is late at first; after Resync values in a row what is held
// is delivered, and then they are, as what follows: none is lost, and none
// counts as dropped before it is known.
//
//	restarted:           7-8-1-2-3----4-|
//	Reorder(Resync: 3):  7-8-----(123)4-|
//
// It holds up to opts.Limit values, and opts.Resync late ones. Without Wait it
// is fused: no goroutine. With Wait a timer delivers as well, on its own
// goroutine; values that come meanwhile wait in a queue, and when 256 wait
// there the source does. Calls of seq are serial.
//
// RxGo: Serialize. RxJS: -. samber/ro: -.
func Reorder[T any](o stream.Observable[T], seq func(v T) uint64, opts *ReorderOptions) stream.Observable[T] {
	var options ReorderOptions
	if opts != nil {
		options = *opts
	}
	if options.Limit == 0 {
		options.Limit = DefaultReorder
	}
	if options.Resync == 0 {
		options.Resync = DefaultResync
	}
	var begin uint64
	if options.First != nil {
		begin = *options.First
	}
	return stream.New(func(ctx context.Context, dst stream.Observer[T]) func() {
		r := reorder[T]{
			ReorderOptions: options, ctx: ctx, seq: seq, dst: dst, dropped: stream.Drops(ctx),
			awaited: begin, begun: options.First != nil,
		}
		if r.Wait <= 0 {
			s := &reorderStage[T]{tail: newTail(ctx, dst), reorder: r}
			s.dst = &s.tail
			return o.Attach(ctx, s)
		}
		s := &timedReorder[T]{reorder: r}
		s.calls = newClocked(ctx, dst, s.add, s.ring, s.flush)
		s.now = s.calls.now
		return s.calls.attach(o)
	})
}
