package operators

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/rxpeer/rxpeer/stream"
)

// shared is one subscription to a source that several subscribers have in
// common: its observer. It ends when the source does, or when the last
// subscriber has left.
type shared[T any] struct {
	stream.Patience // of the source

	source  stream.Observable[T]
	subject *stream.Subject[T]
	ctx     context.Context // ends when the last subscriber has left
	cancel  context.CancelCauseFunc
	parts   atomic.Int32 // Done and run: how many of them have not returned
	ended   atomic.Bool  // Done was called
	err     error        // with that

	// retire is told, with mu held, that the source has completed, or that
	// nobody may come any more.
	retire func(completed bool)

	mu          *sync.Mutex // the owner's
	subscribers int
	begun       bool   // begin was, or is about to be, called
	over        bool   // no part is left, or it never began
	last        func() // calls the last subscriber's Done, when over
}

func newShared[T any](source stream.Observable[T], subject *stream.Subject[T], mu *sync.Mutex) *shared[T] {
	c := &shared[T]{source: source, subject: subject, mu: mu}
	c.ctx, c.cancel = context.WithCancelCause(context.Background())
	return c
}

// begin subscribes to the source.
func (c *shared[T]) begin() {
	c.parts.Store(2)
	if run := attachPart(c.ctx, c.source, c, c.leavePart); run != nil {
		go run() // ends with c.ctx
	}
}

func (c *shared[T]) Next(v T) bool {
	_ = emitWithin(&c.Patience, context.Background(), c.subject, v) // what it may wait for ends with its subscribers
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
	c.mu.Lock()
	c.over = true
	last := c.last
	c.retire(c.err == nil && last == nil)
	c.mu.Unlock()

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
	c.mu.Lock()
	c.subscribers--
	last := c.subscribers == 0 && !c.over
	if last {
		c.retire(false)
		if c.begun {
			c.last = done
		} else {
			c.over = true
		}
	}
	c.mu.Unlock()
	if last {
		c.cancel(stream.ErrStopped)
	}
	if !last || !c.begun {
		done()
	}
}

// subscriber returns what is attached to the subject for one of the subscribers.
func (c *shared[T]) subscriber(dst stream.Observer[T]) stream.Observer[T] {
	return stream.AtEnd(dst, func(err error) { c.leave(func() { dst.Done(err) }) })
}
