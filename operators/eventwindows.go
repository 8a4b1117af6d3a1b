package operators

import (
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// eventWindows is a subscription to an EventWindows.
type eventWindows[T any] struct {
	stream.Patience // of the value under way
	EventOptions[T]
	panes[T]
	aside  aside[T]
	at     func(v T) time.Time
	dst    stream.Observer[Window[T]]
	down   *stream.Patience // of dst
	newest time.Time        // of all values
}

func (s *eventWindows[T]) add(v T) (more bool) {
	t := s.at(v).Round(0).UTC() // without what the monotonic clock has to say
	if !s.sensible(t) {
		s.aside.put(&s.Patience, v)
		return true
	}
	if s.newest.Before(t) {
		s.newest = t
		if !s.closeUntil(t.Add(-s.Lateness)) {
			return false
		}
	}
	begin := s.windowFrom(t)
	if begin.After(t) {
		return true // between two windows
	}
	end := begin.Add(s.size)
	for s.values == s.Limit && end.After(s.closed) {
		if !s.deliverNext() {
			return false
		}
	}
	if !end.After(s.closed) {
		s.aside.put(&s.Patience, v)
		return true
	}
	s.panes.add(v, t)
	return true
}

// tooFar is beyond every time that can be calculated with.
var tooFar = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)

// sensible reports whether t may be the time of a value.
func (s *eventWindows[T]) sensible(t time.Time) bool {
	switch {
	case !t.After(time.Time{}) || !t.Before(tooFar):
		return false
	case s.Ahead < 0:
		return true
	}
	return time.Until(t) <= s.Ahead
}

// closeUntil delivers the windows that end until mark.
func (s *eventWindows[T]) closeUntil(mark time.Time) (more bool) {
	for {
		end, ok := s.next()
		if !ok || end.After(mark) {
			break
		}
		if !s.deliver(end) {
			return false
		}
	}
	if s.closed.Before(mark) {
		s.closed = mark
	}
	return true
}

// deliverNext delivers the oldest window. There must be one.
func (s *eventWindows[T]) deliverNext() (more bool) {
	end, _ := s.next()
	return s.deliver(end)
}

// deliver delivers the window with the given end.
func (s *eventWindows[T]) deliver(end time.Time) (more bool) {
	w := s.take(end)
	if !s.Ends() {
		return s.dst.Next(w)
	}
	s.down.Lend(&s.Patience, func() { more = s.dst.Next(w) })
	return more
}

// deliverAll delivers all windows.
func (s *eventWindows[T]) deliverAll() (more bool) {
	for s.values > 0 {
		if s.aside.ctx.Err() != nil || !s.deliverNext() {
			return false
		}
	}
	return true
}

// eventStage is an EventWindows without a clock.
type eventStage[T any] struct {
	eventWindows[T]
	tail tail[Window[T]]
}

func (s *eventStage[T]) Next(v T) bool  { return s.add(v) }
func (s *eventStage[T]) Done(err error) { s.tail.end(err, func() { s.deliverAll() }) }

// timedEvents is an EventWindows that delivers when nothing comes.
type timedEvents[T any] struct {
	eventWindows[T]
	calls *clocked[T]
	due   time.Duration // when nothing has come for long enough
}

func (s *timedEvents[T]) add(v T) (more bool) {
	more = s.eventWindows.add(v)
	s.due = after(s.calls.now(), s.Idle)
	s.calls.wakeBy(s.due)
	return more
}

func (s *timedEvents[T]) ring() {
	switch {
	case s.values == 0:
	case s.calls.now() < s.due:
		s.calls.wakeBy(s.due)
	case !s.deliverAll():
		s.calls.stop()
	}
}
