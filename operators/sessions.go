package operators

import (
	"container/list"
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// sessions is a subscription to a Sessions. Times are counted from its begin.
type sessions[K comparable, T any] struct {
	SessionOptions
	key   func(v T) K
	gap   time.Duration
	dst   stream.Observer[Session[K, T]]
	calls *clocked[T]
	live  map[K]*session[K, T]
	idle  list.List // of *session[K, T], the one with the newest value last
	age   list.List // the same if there is a Max, the one that began last last
}

// session is one that goes on.
type session[K comparable, T any] struct {
	Session[K, T]
	begin, end time.Duration
	idle, age  *list.Element // its places in the lists
}

func (s *sessions[K, T]) add(v T) (more bool) {
	key, now := s.key(v), time.Now()
	at := now.Sub(s.calls.begun)
	if !s.expire(at) {
		return false
	}
	live := s.live[key]
	if live == nil {
		if s.idle.Len() == s.Keys && !s.close(s.idle.Front().Value.(*session[K, T])) {
			return false
		}
		live = s.open(key)
		live.Begin, live.begin = now, at
	}
	live.End, live.end = now, at
	live.Values = append(live.Values, v)
	if len(live.Values) == s.Limit {
		return s.close(live)
	}
	s.idle.MoveToBack(live.idle)
	_, due := s.soonest()
	s.calls.wakeBy(due)
	return true
}

func (s *sessions[K, T]) open(key K) *session[K, T] {
	live := &session[K, T]{Session: Session[K, T]{Key: key}}
	live.idle = s.idle.PushBack(live)
	if s.Max > 0 {
		live.age = s.age.PushBack(live)
	}
	if key == key { // not a NaN, which would never be found again
		s.live[key] = live
	}
	return live
}

// close delivers a session that is over.
func (s *sessions[K, T]) close(live *session[K, T]) (more bool) {
	delete(s.live, live.Key)
	s.idle.Remove(live.idle)
	if s.Max > 0 {
		s.age.Remove(live.age)
	}
	return s.dst.Next(live.Session)
}

// soonest returns the session that ends before the others if no value comes,
// and when it does; nil if none goes on.
func (s *sessions[K, T]) soonest() (live *session[K, T], due time.Duration) {
	if s.idle.Len() == 0 {
		return nil, 0
	}
	live = s.idle.Front().Value.(*session[K, T])
	due = after(live.end, s.gap)
	if s.Max <= 0 {
		return live, due
	}
	oldest := s.age.Front().Value.(*session[K, T])
	if limit := after(oldest.begin, s.Max); limit < due {
		return oldest, limit
	}
	return live, due
}

// expire delivers the sessions whose time is over.
func (s *sessions[K, T]) expire(now time.Duration) (more bool) {
	for !s.calls.over() {
		live, due := s.soonest()
		if live == nil || now < due {
			break
		}
		if !s.close(live) {
			return false
		}
	}
	return true
}

func (s *sessions[K, T]) ring() {
	if !s.expire(s.calls.now()) {
		s.calls.stop()
		return
	}
	if live, due := s.soonest(); live != nil {
		s.calls.wakeBy(due)
	}
}

// flush delivers the sessions that go on.
func (s *sessions[K, T]) flush() (more bool) {
	for !s.calls.over() {
		live, _ := s.soonest()
		if live == nil {
			return true
		}
		if !s.close(live) {
			return false
		}
	}
	return true
}
