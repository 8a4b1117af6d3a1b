package operators

import (
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// This file is about which groups of a GroupBy are live.

// find returns the live group with the key k, nil if there is none, and then
// the one that was removed to make room for it, if any.
func (s *groupBy[K, T]) find(k K) (found, evicted *group[K, T]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if found = s.groups[k]; found != nil {
		s.order.MoveToBack(found.place)
		if s.Idle > 0 {
			found.last = time.Now()
		}
		return found, nil
	}
	if s.order.Len() != s.Groups {
		return nil, nil
	}
	if s.FailWhenFull {
		s.full = true
		return nil, nil
	}
	return nil, s.remove(s.order.Front().Value.(*group[K, T]))
}

func (s *groupBy[K, T]) add(g *group[K, T]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g.place = s.order.PushBack(g)
	if g.key == g.key { // not a NaN, which would never be found again
		s.groups[g.key] = g
	}
	if s.Idle > 0 {
		g.last = time.Now()
		if s.timer == nil {
			s.timer = time.AfterFunc(s.Idle, s.expire)
		}
	}
}

// remove is called with s.mu held.
func (s *groupBy[K, T]) remove(g *group[K, T]) *group[K, T] {
	s.order.Remove(g.place)
	g.over = true
	delete(s.groups, g.key)
	return g
}

// removeAll removes all groups, for good.
func (s *groupBy[K, T]) removeAll() (groups []*group[K, T]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.order.Len() > 0 {
		groups = append(groups, s.remove(s.order.Front().Value.(*group[K, T])))
	}
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
	return groups
}

// expire completes the groups that are idle, on the timer's goroutine, and then
// the stream of groups if its end came meanwhile: that comes last.
func (s *groupBy[K, T]) expire() {
	defer s.idled() // also if a callback ends the goroutine
	for _, g := range s.removeIdle() {
		s.end(g, nil)
	}
}

// idled notes that expire is over.
func (s *groupBy[K, T]) idled() {
	s.mu.Lock()
	finish := s.finish
	s.idling, s.finish = false, nil
	s.mu.Unlock()
	if finish != nil {
		stream.Protect(ending[T](func(error) {}), finish) // nobody is above it
	}
}

// leaveEnd leaves the end to expire if that is under way.
func (s *groupBy[K, T]) leaveEnd(finish func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.idling {
		s.finish = finish
	}
	return s.idling
}

// removeIdle removes the groups that are idle, and sets the timer to when the
// next one may be.
func (s *groupBy[K, T]) removeIdle() (idle []*group[K, T]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idling = true
	now := time.Now()
	for s.order.Len() > 0 {
		g := s.order.Front().Value.(*group[K, T])
		left := s.Idle - now.Sub(g.last)
		if left > 0 {
			s.timer.Reset(left)
			return idle
		}
		idle = append(idle, s.remove(g))
	}
	s.timer = nil
	return idle
}

// enter notes that g has one more subscriber.
func (s *groupBy[K, T]) enter(g *group[K, T]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g.subscribers++
}

// leave notes that g has one less, and ends it if there is no other.
func (s *groupBy[K, T]) leave(g *group[K, T]) {
	s.mu.Lock()
	g.subscribers--
	ends := g.subscribers == 0 && !g.over
	if ends {
		s.remove(g)
	}
	s.mu.Unlock()
	if ends {
		s.end(g, nil)
	}
}
