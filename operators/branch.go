package operators

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/rxpeer/rxpeer/stream"
)

// Branch is one destination of [Into], [RoundRobin] or [ByKey], made by [To].
// It serves one call of one of them. Its methods but Closing are safe for
// concurrent use.
type Branch[T any] struct {
	sink    stream.Sink[T]
	policy  stream.Policy
	closing bool
	used    atomic.Bool
	queue   *stream.Queue[T] // written before Into and its kin return
	over    atomic.Bool      // no further value is delivered, because it has failed

	// Owned by the branch's goroutine and, when it is over, by the fan.
	held []T // taken from the queue; the first may have been delivered
	salt uint64

	mu  sync.Mutex
	err error
}

// To returns a branch that delivers into sink, behind a queue with the policy
// p. It leaves the sink open at the end.
func To[T any](sink stream.Sink[T], p stream.Policy) *Branch[T] {
	return &Branch[T]{sink: sink, policy: p}
}

// Closing makes the branch end its sink when the stream ends: with Complete at
// completion, and Abort with the reason otherwise. It returns the branch.
func (b *Branch[T]) Closing() *Branch[T] {
	b.closing = true
	return b
}

// Dropped returns how many values the branch's policy has dropped so far. Call
// it after Into, RoundRobin or ByKey has been.
func (b *Branch[T]) Dropped() uint64 { return b.queue.Dropped() }

// Err returns the failure that ended the branch: the error of its sink, or
// [stream.ErrOverflow]; nil if there was none so far.
func (b *Branch[T]) Err() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// fail notes why the branch ends. The first call counts.
func (b *Branch[T]) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.err = err
	}
}

// put gives v to the branch's queue. It is taken unless the branch has ended;
// it may be lost even so, when the queue overflows, which is counted.
func (b *Branch[T]) put(v T, p *stream.Patience) (taken, lost bool) {
	before := b.queue.Dropped()
	if !p.Ends() {
		taken = b.queue.Next(v)
	} else {
		stream.PatienceOf(b.queue).Lend(p, func() { taken = b.queue.Next(v) })
	}
	if taken {
		return true, false
	}
	lost = b.queue.Dropped() > before
	if lost {
		b.fail(stream.ErrOverflow)
	}
	return false, lost
}

// hasRoom reports whether put would neither wait nor drop anything.
func (b *Branch[T]) hasRoom() bool {
	capacity := b.policy.Capacity()
	return capacity < 0 || b.queue.Len() < capacity
}

// deliver delivers what take returns until it returns why not any longer: nil
// at completion.
func (b *Branch[T]) deliver(ctx context.Context, take func(b *Branch[T], buf []T) ([]T, bool)) error {
	var (
		zero  T
		batch []T
		more  bool
	)
	for {
		if batch, more = take(b, batch[:0]); !more {
			return b.queue.Err()
		}
		for i, v := range batch {
			b.held = batch[i:]
			err := b.sink.Emit(ctx, v)
			switch {
			case ctx.Err() != nil:
				return context.Cause(ctx)
			case err != nil:
				b.fail(err)
				return err
			}
			batch[i] = zero
		}
		b.held = nil
	}
}

// close ends the sink of a branch that is closing.
func (b *Branch[T]) close(err error) {
	switch {
	case !b.closing:
	case err == nil:
		b.sink.Complete()
	default:
		b.sink.Abort(err)
	}
}
