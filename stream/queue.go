package stream

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// Queue is an asynchronous boundary: the [Observer] that a source delivers to
// on its goroutine, and a place where another goroutine takes the values.
// Operators with goroutines of their own are built on it.
//
// One source calls Next and Done, one goroutine calls Take or Batch.
type Queue[T any] struct {
	ctx      context.Context
	policy   Policy
	cap      int
	patience Patience
	counter  *dropCounter // the subscription's, may be nil
	dropped  atomic.Uint64

	ready chan struct{} // to the taker: look again; has room for one
	room  chan struct{} // to the source: look again; has room for one

	mu        sync.Mutex
	values    ring[T]
	ended     bool  // no more values will come
	err       error // why, once ended
	wantReady bool  // the taker waits
	wantRoom  bool  // the source waits
}

// NewQueue returns an empty queue for a subscription that ctx bounds: when ctx
// ends nobody waits any longer, and what is queued is forgotten.
func NewQueue[T any](ctx context.Context, p Policy) *Queue[T] {
	return &Queue[T]{
		ctx: ctx, policy: p, cap: p.Capacity(), counter: dropCounterOf(ctx),
		ready: make(chan struct{}, 1), room: make(chan struct{}, 1),
	}
}

func (q *Queue[T]) boundary() *Patience { return &q.patience }

// Dropped returns how many values the queue has dropped.
func (q *Queue[T]) Dropped() uint64 { return q.dropped.Load() }

// Len returns how many values wait.
func (q *Queue[T]) Len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.values.n
}

// Next queues v as the policy says. It returns false when the queue has ended.
func (q *Queue[T]) Next(v T) bool {
	q.mu.Lock()
	for q.values.n == q.cap && !q.ended {
		if more, done := q.overflow(v); done {
			return more
		}
	}
	if q.ended {
		q.mu.Unlock()
		return false
	}
	q.values.push(v)
	wake := q.wantReady
	q.wantReady = false
	q.mu.Unlock()
	if wake {
		signal(q.ready)
	}
	return true
}

// overflow does what the policy says about v for which there is no room. It is
// called with q.mu held. When done is true it has dealt with v and released
// q.mu; otherwise the caller looks again.
func (q *Queue[T]) overflow(v T) (more, done bool) {
	switch q.policy.kind {
	case KindDropOldest:
		oldest := q.values.pop()
		q.mu.Unlock()
		q.drop(oldest)
		q.mu.Lock()
		return true, false
	case KindDropNewest:
		q.mu.Unlock()
		q.drop(v)
		return true, true
	case KindFailWhenFull:
		q.mu.Unlock()
		q.drop(v)
		q.Done(ErrOverflow)
		return false, true
	}
	q.wantRoom = true
	q.mu.Unlock()
	var limit <-chan struct{}
	if q.patience.limit != nil {
		limit = q.patience.limit.Done()
	}
	select {
	case <-q.ctx.Done():
		return false, true
	default:
	}
	select {
	case <-q.room:
	case <-q.ctx.Done():
		return false, true
	case <-limit:
		q.drop(v)
		return true, true
	}
	q.mu.Lock()
	return true, false
}

func (q *Queue[T]) drop(v T) {
	q.patience.missed = true
	q.dropped.Add(1)
	q.counter.add(1)
	if q.policy.onDrop != nil {
		q.policy.onDrop(v)
	}
}

// Done ends the queue: what waits is still taken, then Take and Batch return
// false. The first call counts.
func (q *Queue[T]) Done(err error) {
	q.mu.Lock()
	if !q.ended {
		q.ended, q.err = true, err
	}
	q.mu.Unlock()
	signal(q.ready)
	signal(q.room)
}

// Take removes the oldest value, waiting for one. False means that there are
// no more; see Err.
func (q *Queue[T]) Take() (v T, ok bool) {
	if !q.await() {
		return v, false
	}
	v = q.values.pop()
	q.release()
	return v, true
}

// Batch appends all waiting values to buf, waiting for at least one. A queue
// whose policy drops values hands over one at a time, so that those that stay
// behind can still give way to newer ones. False means that there are no more;
// see Err.
func (q *Queue[T]) Batch(buf []T) ([]T, bool) {
	if !q.await() {
		return buf, false
	}
	if q.policy.Lossless() {
		buf = q.values.appendTo(buf)
	} else {
		buf = append(buf, q.values.pop())
	}
	q.release()
	return buf, true
}

// Err returns, after Take or Batch has returned false, why there are no more
// values: what Done was called with, or the cause of the context.
func (q *Queue[T]) Err() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.err
}

// await waits for a value and returns true with q.mu held. At the end it
// returns false, and the queue is empty and closed to its source.
func (q *Queue[T]) await() bool {
	for yielded := false; ; yielded = true {
		q.mu.Lock()
		switch {
		case q.ctx.Err() != nil:
			q.finish(context.Cause(q.ctx))
			return false
		case q.values.n > 0:
			return true
		case q.ended:
			q.finish(q.err)
			return false
		}
		if !yielded {
			q.mu.Unlock()
			runtime.Gosched() // a source that is at work is faster than a wake-up
			continue
		}
		q.wantReady = true
		q.mu.Unlock()
		select {
		case <-q.ready:
		case <-q.ctx.Done():
		}
	}
}

// finish forgets what waits, and releases q.mu.
func (q *Queue[T]) finish(err error) {
	q.ended, q.err = true, err
	q.values = ring[T]{}
	q.mu.Unlock()
	signal(q.room)
}

// release tells a waiting source that there is room, and releases q.mu.
func (q *Queue[T]) release() {
	wake := q.wantRoom
	q.wantRoom = false
	q.mu.Unlock()
	if wake {
		signal(q.room)
	}
}

// signal leaves a token in c unless there is one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
