package operators

import (
	"iter"
	"time"
)

// joinSide is what a [Join] holds of one source, in the order in which it came.
// The values with one key are a chain through it.
type joinSide[K comparable, V any] struct {
	values fifo[joined[K, V]]
	gone   uint64 // how many values have left: the number of the oldest
	chains map[K]chain
	most   int // how many chains there were at most
}

// joined is a value that is held.
type joined[K comparable, V any] struct {
	key   K
	value V
	at    time.Duration // when it came
	next  uint64        // the number of the next one with the key, 0: there is none
}

// chain has the numbers of the first and the last value with one key.
type chain struct{ first, last uint64 }

func (s *joinSide[K, V]) len() int { return s.values.len() }

// number returns the value with that number.
func (s *joinSide[K, V]) number(n uint64) *joined[K, V] { return s.values.at(int(n - s.gone)) }

// with returns the values with a key. They must not change meanwhile.
func (s *joinSide[K, V]) with(key K) iter.Seq[V] {
	return func(yield func(V) bool) {
		c, ok := s.chains[key]
		for n := c.first; ok; {
			v := s.number(n)
			if !yield(v.value) {
				return
			}
			n, ok = v.next, v.next > 0
		}
	}
}

// hold adds a value, unless no other key can be equal to its.
func (s *joinSide[K, V]) hold(key K, v V, at time.Duration) {
	if key != key {
		return
	}
	if s.chains == nil {
		s.chains = map[K]chain{}
	}
	n := s.gone + uint64(s.len())
	s.values.push(joined[K, V]{key: key, value: v, at: at})
	c, ok := s.chains[key]
	if ok {
		s.number(c.last).next = n
	} else {
		c.first = n
	}
	c.last = n
	s.chains[key] = c
	s.most = max(s.most, len(s.chains))
}

// forget removes the oldest value, which is the first of its chain.
func (s *joinSide[K, V]) forget() {
	v := s.values.pop()
	s.gone++
	if v.next == 0 {
		delete(s.chains, v.key)
	} else {
		s.chains[v.key] = chain{v.next, s.chains[v.key].last}
	}
	if s.len() == 0 && s.most > 64 { // a map does not shrink by itself
		s.chains, s.most = nil, 0
	}
}

// expire removes the values that came before from.
func (s *joinSide[K, V]) expire(from time.Duration) {
	for s.len() > 0 && s.values.at(0).at < from {
		s.forget()
	}
}
