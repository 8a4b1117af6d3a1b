package operators

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// paced is a subscription to an operator that holds each value until its time
// has come: the observer of its source. When it holds as many as it may, the
// source waits.
//
// It is a part of its serial by itself, since it goes on when the source has
// ended, until what it holds is delivered or the subscription is over.
type paced[T any] struct {
	stream.Patience // of the source
	dst             stream.Observer[T]
	calls           *clocked[T]
	slots           chan struct{} // has an element for each value that is held; nil: any number may be
	dropped         func(n uint64)
	ended           atomic.Bool // Done was called

	// Owned by the holder of the role.
	due     func(now time.Duration) time.Duration // when a value is delivered that comes now
	end     func(now time.Duration) time.Duration // when the end is passed on that comes now
	values  fifo[dueValue[T]]
	last    time.Duration // when the end is passed on, if final
	final   bool          // the source has ended
	err     error         // with that
	left    bool          // it is no part any more
	release func() bool   // of what wakes it when the subscription is over
}

type dueValue[T any] struct {
	value T
	due   time.Duration
}

// attachPaced attaches o to dst through a paced that holds so many values;
// less than 1 means any number. due must not go back.
func attachPaced[T any](ctx context.Context, o stream.Observable[T], dst stream.Observer[T], limit int, due, end func(now time.Duration) time.Duration) (run func()) {
	s := &paced[T]{dst: dst, due: due, end: end}
	if limit > 0 {
		s.slots = make(chan struct{}, limit)
	}
	s.calls = newClocked(ctx, dst, s.add, s.deliver, nil)
	s.dropped = s.calls.drops
	s.calls.drops = func(n uint64) { // in the queue of the serial, so that it will not be held
		s.dropped(n)
		s.free()
	}
	s.calls.enter()
	s.calls.do(func() {
		s.release = context.AfterFunc(s.calls.ctx, func() { s.calls.do(s.leave) })
	})
	return attachPart(s.calls.ctx, o, s, s.calls.leave)
}

func (s *paced[T]) Next(v T) bool {
	if s.slots != nil {
		select {
		case s.slots <- struct{}{}:
		case <-s.calls.ctx.Done():
			return false
		case <-s.Context().Done():
			return s.tryNext(v)
		}
	}
	return s.calls.nextWithin(&s.Patience, v)
}

// tryNext is Next when there is no time left to wait.
func (s *paced[T]) tryNext(v T) bool {
	select {
	case s.slots <- struct{}{}:
		return s.calls.nextWithin(&s.Patience, v)
	default:
		s.Miss()
		s.dropped(1)
		return true
	}
}

func (s *paced[T]) add(v T) (more bool) {
	now := s.calls.now()
	due := s.due(now)
	if due <= now && s.values.len() == 0 {
		s.free()
		return s.dst.Next(v)
	}
	s.values.push(dueValue[T]{v, due})
	s.calls.wakeBy(s.values.at(0).due)
	return true
}

// free gives back the slot of a value.
func (s *paced[T]) free() {
	if s.slots != nil {
		<-s.slots
	}
}

// Done is idempotent, as that of a port.
func (s *paced[T]) Done(err error) {
	if s.ended.Swap(true) {
		return
	}
	s.calls.do(func() {
		s.final, s.err = true, err
		s.last = s.end(s.calls.now())
		s.deliver()
		s.calls.leave()
	})
}

// deliver delivers what is due.
func (s *paced[T]) deliver() {
	for s.values.len() > 0 && !s.calls.over() {
		if due := s.values.at(0).due; due > s.calls.now() {
			s.calls.wakeBy(due)
			return
		}
		s.free()
		if !s.dst.Next(s.values.pop().value) {
			s.calls.stop()
		}
	}
	switch {
	case s.calls.over():
		s.leave()
	case s.final && s.calls.now() < s.last:
		s.calls.wakeBy(s.last)
	case s.final:
		s.leave()
	}
}

// leave ends its being a part.
func (s *paced[T]) leave() {
	if s.left {
		return
	}
	s.left = true
	s.release()
	if s.final && s.err != nil {
		s.calls.fail(s.err)
	}
	s.calls.leave()
}
