package codec

import (
	"fmt"
	"iter"
	"strings"
)

// A Set is a Python set or frozenset: elements that are equal to no other, in the
// order in which they were added (Python has none). What is equal, and what can
// be an element, is said at [Dict].
//
// The zero Set is an empty set, not to be copied after its first use. Methods that
// read may be called by many
// goroutines at once, as long as none adds or removes.
type Set struct {
	elements Dict // with nil values
	frozen   bool
}

// NewSet returns a set of these elements. It panics as [Set.Add] does.
func NewSet(elements ...any) *Set {
	s := &Set{}
	for _, e := range elements {
		s.Add(e)
	}
	return s
}

// NewFrozenSet returns a frozenset of these elements: it may itself be an element
// or a key. It panics for an element that Python calls unhashable.
func NewFrozenSet(elements ...any) *Set {
	s := NewSet(elements...)
	s.frozen = true
	return s
}

// Add adds v if nothing equal to it is there. It panics for a v that Python calls
// unhashable, and on a frozen set.
func (s *Set) Add(v any) {
	if s.frozen {
		panic("codec: Add to a frozen set")
	}
	s.elements.Set(v, nil)
}

// Has reports whether an element is equal to v.
func (s *Set) Has(v any) bool {
	_, ok := s.elements.Get(v)
	return ok
}

// Remove removes the element that is equal to v and reports whether there was
// one. It panics on a frozen set.
func (s *Set) Remove(v any) bool {
	if s.frozen {
		panic("codec: Remove from a frozen set")
	}
	return s.elements.Delete(v)
}

// Len returns the number of elements.
func (s *Set) Len() int { return s.elements.Len() }

// Frozen reports whether this is a frozenset.
func (s *Set) Frozen() bool { return s.frozen }

// All yields the elements. The Set must not change meanwhile.
func (s *Set) All() iter.Seq[any] {
	return func(yield func(any) bool) {
		for _, p := range s.elements.pairs {
			if !yield(p.Key) {
				return
			}
		}
	}
}

// String writes the elements as {a, b, …}, for people to read.
func (s *Set) String() string {
	var b strings.Builder
	b.WriteByte('{')
	for i, p := range s.elements.pairs {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprint(&b, p.Key)
	}
	b.WriteByte('}')
	return b.String()
}
