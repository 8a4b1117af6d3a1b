package operators

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/rxpeer/rxpeer/stream"
)

// Share lets all subscribers share one subscription to o. It begins with the
// first of them and is stopped when the last has left; the next one begins it
// anew. One that comes later gets the values from then on.
//
//	o:       1---2---3---4---|
//	first:   1---2---3---4---|
//	second:      ----3---4---|
//
// Rx calls it share, or publish and refCount. The values go through a
// [stream.Subject]: each subscriber is called on the goroutine of o, one after
// the other, and one that takes long holds the others back; put a [Buffer]
// behind Share to have the policy of your choice for each. One that stops,
// fails or panics leaves alone. Order is kept.
//
// The subscription to o is bounded by no context but by its subscribers, and
// does not see the values of theirs. A cold o runs on a goroutine that Share
// owns. It has ended when the last subscriber's Done is called.
func Share[T any](o stream.Observable[T]) stream.Observable[T] {
	s := &share[T]{source: o}
	return stream.New(s.attach)
}

// share is what the subscribers of a Share have in common.
type share[T any] struct {
	source stream.Observable[T]

	mu      sync.Mutex
	current *shared[T] // nil: nobody is subscribed
}

// attach attaches dst to the current subscription to the source.
func (s *share[T]) attach(ctx context.Context, dst stream.Observer[T]) (run func()) {
	if ctx.Err() != nil { // not for this one should the source begin
		dst.Done(context.Cause(ctx))
		return nil
	}
	s.mu.Lock()
	c := s.current
	begins := c == nil
	if begins {
		c = newShared(s)
		s.current = c
	}
	c.subscribers++
	s.mu.Unlock()

	run = c.subject.Attach(ctx, &sharedStage[T]{stream.Stage[T]{Dst: dst}, c})
	if begins {
		c.begin()
	}
	return run
}

// shared is one subscription to the source of a Share: its observer.
type shared[T any] struct {
	share   *share[T]
	subject *stream.Subject[T]
	ctx     context.Context // ends when the last subscriber has left
	cancel  context.CancelCauseFunc
	parts   atomic.Int32 // Done and run: how many of them have not returned
	ended   atomic.Bool  // Done was called
	err     error        // with that

	// Guarded by share.mu.
	subscribers int
	over        bool   // no part is left
	last        func() // calls the last subscriber's Done, when over
}

func newShared[T any](s *share[T]) *shared[T] {
	c := &shared[T]{share: s, subject: stream.NewPublish[T](nil)}
	c.ctx, c.cancel = context.WithCancelCause(context.Background())
	return c
}

// begin subscribes to the source.
func (c *shared[T]) begin() {
	c.parts.Store(2)
	if run := attachPart(c.ctx, c.share.source, c, c.leavePart); run != nil {
		go run() // ends with c.ctx
	}
}

func (c *shared[T]) Next(v T) bool {
	_ = c.subject.Emit(context.Background(), v) // what it may wait for ends with its subscribers
	return c.ctx.Err() == nil
}

func (c *shared[T]) Done(err error) {
	if c.ended.Swap(true) {
		return
	}
	c.err = err
	c.leavePart()
}

// leavePart ends the subject when the source has let go of it.
func (c *shared[T]) leavePart() {
	if c.parts.Add(-1) > 0 {
		return
	}
	c.share.mu.Lock()
	c.over = true
	if c.share.current == c {
		c.share.current = nil
	}
	last := c.last
	c.share.mu.Unlock()

	c.cancel(stream.ErrStopped)
	switch {
	case last != nil:
		stream.Protect(ending[T](func(error) {}), last)
	case c.err != nil:
		c.subject.Abort(c.err)
	default:
		c.subject.Complete()
	}
}

// leave calls done, the end of one of the subscribers. The last of them stops
// the source first.
func (c *shared[T]) leave(done func()) {
	c.share.mu.Lock()
	c.subscribers--
	last := c.subscribers == 0 && !c.over
	if last {
		c.last = done
		c.share.current = nil
	}
	c.share.mu.Unlock()
	if last {
		c.cancel(stream.ErrStopped)
		return
	}
	done()
}

// sharedStage is one of the subscribers.
type sharedStage[T any] struct {
	stream.Stage[T]
	*shared[T]
}

func (s *sharedStage[T]) Next(v T) bool  { return s.Dst.Next(v) }
func (s *sharedStage[T]) Done(err error) { s.leave(func() { s.Dst.Done(err) }) }
