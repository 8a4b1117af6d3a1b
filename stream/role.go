package stream

import "context"

// This file is about who delivers. The role is taken by a compare-and-swap, so
// that an emit without competition costs two of them; whoever finds it taken
// leaves an operation in the queue, which the holder performs before it
// leaves. No lock is held while subscribers are called.

const (
	roleFree    int32 = iota
	roleHeld          // and the queue is empty
	roleBacklog       // held, and there may be something in the queue
)

// operation is something to do for the holder of the role.
type operation[T any] struct {
	what  task
	sub   *subscriber[T] // to attach or detach
	value T              // to deliver
	err   error          // to finish with
}

type task uint8

const (
	deliver task = iota
	attach
	detach // its context has ended
	remove // its run has called Done
	finish
)

// enqueue leaves v for the holder of the role. It is not ok when there is none
// any more.
func (s *Subject[T]) enqueue(v T) (o outcome, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.leaveBacklog() {
		return full, false
	}
	if s.size >= s.limit {
		return full, true
	}
	s.queue.push(operation[T]{value: v})
	s.size++
	return delivered, true
}

// do has op, which is no value, done: now or by the holder of the role. It
// never waits.
func (s *Subject[T]) do(op operation[T]) {
	for !s.role.CompareAndSwap(roleFree, roleHeld) {
		s.mu.Lock()
		queued := s.leaveBacklog()
		if queued {
			s.queue.push(op)
		}
		s.mu.Unlock()
		if queued {
			return
		}
	}
	s.perform(op)
	s.release(noPatience)
}

// leaveBacklog makes the holder of the role look at the queue before it
// leaves; false means that nobody holds it. It is called with s.mu held.
func (s *Subject[T]) leaveBacklog() bool {
	return s.role.CompareAndSwap(roleHeld, roleBacklog) || s.role.Load() == roleBacklog
}

// release gives the role back, after doing what has queued up. Values of
// others were accepted, so they are delivered with all patience; a caller who
// must not wait that long leaves them to a goroutine.
func (s *Subject[T]) release(ctx context.Context) {
	if s.role.CompareAndSwap(roleHeld, roleFree) {
		return
	}
	if ctx.Done() != nil && s.mayWait() {
		go s.drain() // ends when the queue is empty
		return
	}
	s.drain()
}

// drain does what has queued up and gives the role back.
func (s *Subject[T]) drain() {
	for {
		s.mu.Lock()
		if s.queue.n == 0 {
			s.role.Store(roleFree)
			s.mu.Unlock()
			return
		}
		op := s.queue.pop()
		if op.what == deliver {
			s.size--
			s.wake()
		}
		s.mu.Unlock()
		s.perform(op)
	}
}

func (s *Subject[T]) perform(op operation[T]) {
	switch op.what {
	case deliver:
		switch s.deliver(context.Background(), op.value) {
		case full: // of a unicast subject; it was accepted, so it is kept
			s.memory.(*inbox[T]).values.push(op.value)
		case ended:
			s.missed.Add(1)
		}
	case attach:
		s.attach(op.sub)
	case detach:
		s.detach(op.sub)
	case remove:
		s.remove(op.sub)
	case finish:
		s.finish(op.err)
	}
}

// roomSignal returns a channel that is closed when a value that found no room
// may find some.
func (s *Subject[T]) roomSignal() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.room == nil {
		s.room = make(chan struct{})
	}
	return s.room
}

// signalRoom is wake for those who do not hold s.mu.
func (s *Subject[T]) signalRoom() {
	s.mu.Lock()
	s.wake()
	s.mu.Unlock()
}

// wake lets those who wait for room look again. It is called with s.mu held.
func (s *Subject[T]) wake() {
	if s.room != nil {
		close(s.room)
		s.room = nil
	}
}
