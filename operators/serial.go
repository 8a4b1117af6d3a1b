package operators

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/rxpeer/rxpeer/stream"
)

// serial is where the callers of one subscription meet: sources, timers and
// goroutines of an operator. One of them at a time holds the role and performs
// what it brings, with no lock held. What others bring meanwhile, or the
// holder itself from inside a callback, waits in a bounded queue, which the
// holder performs before it leaves.
//
// The subscription has parts, such as a source that has not called Done or a
// goroutine that has not returned. It ends when the last one has left and what
// waits has been performed.
type serial[T any] struct {
	deliver func(v T) bool  // false: the subscriber wants no more
	flush   func() bool     // delivers what is held back, before the end, as deliver; may be nil
	done    func(err error) // the end

	down  *stream.Patience // of what is delivered to; nil: it never waits
	drops func(n uint64)   // counts what is dropped

	outer  context.Context // the subscriber's
	ctx    context.Context // of the parts; ends when they have to leave
	cancel context.CancelCauseFunc

	role   atomic.Int32
	closed atomic.Bool // no more values are taken; written with mu held

	// Owned by the holder of the role.
	caught stream.Observer[T] // is told when a callback did not return
	batch  []operation[T]     // taken from the queue
	at     int                // how many of them have been performed
	dead   bool               // nothing may be delivered any more
	fallen error              // the callback that did not return, as *stream.PanicError

	mu     sync.Mutex
	queue  []operation[T]
	values int           // how many of them are values
	room   chan struct{} // closed when those who wait may look again; nil: none waits
	parts  int
	err    error // why it ends
}

// maxWaiting is how many values may wait in a serial's queue; those who bring
// more have to wait themselves.
const maxWaiting = stream.DefaultQueue

// operation is a value to deliver, or something else to do.
type operation[T any] struct {
	value T
	do    func() // nil: deliver value
}

const (
	free    int32 = iota
	held          // and the queue is empty
	backlog       // held, and there may be something in the queue
)

// newSerial returns the meeting place of a subscription that begins with so
// many parts, which live in its ctx.
func newSerial[T any](ctx context.Context, parts int, deliver func(v T) bool, done func(err error)) *serial[T] {
	s := &serial[T]{deliver: deliver, done: done, drops: stream.Drops(ctx), outer: ctx, parts: parts}
	s.ctx, s.cancel = context.WithCancelCause(ctx)
	s.caught = ending[T](s.threw)
	return s
}

// nextWithin delivers v, or leaves it to the holder of the role. It waits when
// too many values wait already, until ctx or the patience of who brings v ends.
// False means that no more are wanted.
func (s *serial[T]) nextWithin(p *stream.Patience, v T) bool {
	for !s.closed.Load() {
		if s.role.CompareAndSwap(free, held) {
			return s.holdWithin(p, operation[T]{value: v})
		}
		room, queued := s.enqueue(v)
		switch {
		case queued:
			return true
		case room == nil:
			continue // the role is free
		}
		select {
		case <-room:
		case <-s.ctx.Done():
			return false
		case <-p.Context().Done():
			p.Miss()
			s.drops(1)
			return true
		}
	}
	return false
}

// enqueue leaves v for the holder of the role. If there is one, but no room,
// it returns a channel that is closed when there may be.
func (s *serial[T]) enqueue(v T) (room <-chan struct{}, queued bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !s.leaveBacklog():
		return nil, false
	case s.values < maxWaiting:
		s.queue = append(s.queue, operation[T]{value: v})
		s.values++
		return nil, true
	}
	if s.room == nil {
		s.room = make(chan struct{})
	}
	return s.room, false
}

// do calls f, or has the holder of the role call it: serially with values and
// after those that wait. It never waits, so few may be brought.
func (s *serial[T]) do(f func()) { s.doWithin(nil, f) }

// doWithin is do with the patience of who brings f.
func (s *serial[T]) doWithin(p *stream.Patience, f func()) {
	op := operation[T]{do: f}
	for !s.role.CompareAndSwap(free, held) {
		s.mu.Lock()
		queued := s.leaveBacklog()
		if queued {
			s.queue = append(s.queue, op)
		}
		s.mu.Unlock()
		if queued {
			return
		}
	}
	s.holdWithin(p, op)
}

// leaveBacklog makes the holder of the role look at the queue before it
// leaves; false means that nobody holds it. It is called with s.mu held.
func (s *serial[T]) leaveBacklog() bool {
	return s.role.CompareAndSwap(held, backlog) || s.role.Load() == backlog
}

// hold performs op as the holder of the role, and gives the role back.
func (s *serial[T]) hold(op operation[T]) (more bool) {
	s.perform(op)
	if !s.role.CompareAndSwap(held, free) {
		s.drain()
	}
	return !s.closed.Load()
}

// holdWithin is hold with the patience of who brings op. What others have
// brought was accepted, so it is delivered with all patience: who must not wait
// that long leaves it to a goroutine, which is a part while it runs.
func (s *serial[T]) holdWithin(p *stream.Patience, op operation[T]) (more bool) {
	if !p.Ends() || s.down == nil {
		return s.hold(op)
	}
	s.down.Lend(p, func() { s.perform(op) })
	if !s.role.CompareAndSwap(held, free) {
		s.enter()
		go func() { // ends when the queue is empty
			defer s.leave()
			s.drain()
		}()
	}
	return !s.closed.Load()
}

// drain performs what waits, and gives the role back.
func (s *serial[T]) drain() {
	for {
		for s.at < len(s.batch) {
			op := s.batch[s.at]
			s.at++
			if op.do == nil && s.outer.Err() != nil {
				continue
			}
			s.perform(op)
		}
		clear(s.batch)
		s.mu.Lock()
		if len(s.queue) == 0 {
			s.role.Store(free)
			s.mu.Unlock()
			return
		}
		s.batch, s.queue = s.queue, s.batch[:0]
		s.at, s.values = 0, 0
		if s.room != nil {
			close(s.room)
			s.room = nil
		}
		s.mu.Unlock()
	}
}

func (s *serial[T]) perform(op operation[T]) {
	stream.Protect(s.caught, func() {
		switch {
		case op.do != nil:
			op.do()
		case !s.dead && !s.deliver(op.value):
			s.stop()
		}
	})
}

// stop ends the subscription because the subscriber wants no more. It is
// called by the holder of the role.
func (s *serial[T]) stop() {
	s.dead = true
	s.fail(stream.ErrStopped)
}

// threw ends the subscription because a callback did not return.
func (s *serial[T]) threw(err error) {
	s.dead, s.fallen = true, err
	s.fail(err)
	if p := (*stream.PanicError)(nil); errors.As(err, &p) && p.Goexit {
		s.drain() // on a goroutine that ends meanwhile
	}
}

// fail ends the subscription with err: the parts have to leave, and what they
// brought before is still delivered. The first call counts, but if the
// subscriber's context has ended that is the reason.
func (s *serial[T]) fail(err error) {
	if s.outer.Err() != nil {
		err = context.Cause(s.outer)
	}
	s.mu.Lock()
	first := !s.closed.Load()
	if first {
		s.err = err
		s.closed.Store(true)
	}
	s.mu.Unlock()
	if first {
		s.cancel(err)
	}
}

// enter adds a part. It is called by one that has not left.
func (s *serial[T]) enter() {
	s.mu.Lock()
	s.parts++
	s.mu.Unlock()
}

// leave removes a part.
func (s *serial[T]) leave() {
	s.mu.Lock()
	s.parts--
	last := s.parts == 0
	s.mu.Unlock()
	if last {
		s.do(s.end)
	}
}

// end is what happens when no part is left.
func (s *serial[T]) end() {
	s.do(s.finish) // waits, since the role is held; so it comes even if flush does not return
	if s.flush != nil && !s.dead && s.outer.Err() == nil && !s.flush() {
		s.stop()
	}
}

func (s *serial[T]) finish() {
	s.dead = true
	s.fail(nil)
	err := s.err
	if s.fallen != nil {
		err = s.fallen
	}
	s.done(err)
}
