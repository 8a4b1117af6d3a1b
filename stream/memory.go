package stream

import "time"

// memory is what a kind of subject keeps for subscribers that come later. It
// belongs to the holder of the subject's role.
type memory[T any] interface {
	// keep is told each value before it is delivered, and whether anybody is
	// there to get it.
	keep(v T, live bool) kept
	// first returns what a new subscriber gets before anything else, in a slice
	// that is its own.
	first(ended bool, err error) []T
}

// kept is what a memory did with a value.
type kept uint8

const (
	ignored   kept = iota
	stored         // it will be delivered to a later subscriber
	displaced      // the same, and an older one will not be
	refused        // there is no room, and nothing may be lost
)

// warmUp keeps values until the first subscriber comes.
type warmUp[T any] struct {
	limit  int
	values ring[T]
	over   bool
}

func (m *warmUp[T]) keep(v T, _ bool) kept {
	if m.over {
		return ignored
	}
	return keepLast(&m.values, v, m.limit)
}

func (m *warmUp[T]) first(bool, error) []T {
	m.over = true
	return m.values.appendTo(nil)
}

// current keeps the newest value.
type current[T any] struct{ value T }

func (m *current[T]) keep(v T, _ bool) kept {
	m.value = v
	return stored
}

func (m *current[T]) first(ended bool, _ error) []T {
	if ended {
		return nil
	}
	return []T{m.value}
}

// replay keeps the newest values.
type replay[T any] struct {
	limit  int
	age    time.Duration
	values ring[timed[T]]
}

type timed[T any] struct {
	value T
	at    time.Time
}

func (m *replay[T]) keep(v T, _ bool) kept {
	t := timed[T]{value: v}
	if m.age > 0 {
		t.at = time.Now()
		m.forget(t.at)
	}
	keepLast(&m.values, t, m.limit)
	return stored
}

// forget drops what is too old.
func (m *replay[T]) forget(now time.Time) {
	for m.values.n > 0 && now.Sub(m.values.at(0).at) > m.age {
		m.values.pop()
	}
}

func (m *replay[T]) first(bool, error) []T {
	if m.age > 0 {
		m.forget(time.Now())
	}
	values := make([]T, m.values.n)
	for i := range values {
		values[i] = m.values.at(i).value
	}
	return values
}

// final keeps the last value, for the end.
type final[T any] struct {
	value T
	some  bool
}

func (m *final[T]) keep(v T, _ bool) kept {
	m.value, m.some = v, true
	return stored
}

func (m *final[T]) first(ended bool, err error) []T {
	if !ended || err != nil || !m.some {
		return nil
	}
	return []T{m.value}
}

// inbox keeps values while nobody is there, and loses none.
type inbox[T any] struct {
	limit  int
	values ring[T]
}

func (m *inbox[T]) keep(v T, live bool) kept {
	switch {
	case live:
		return ignored
	case m.values.n >= m.limit:
		return refused
	}
	m.values.push(v)
	return stored
}

func (m *inbox[T]) first(bool, error) []T { return m.values.appendTo(nil) }

// putBack keeps values that are older than those it has.
func (m *inbox[T]) putBack(older []T) {
	for _, v := range m.values.appendTo(older) {
		m.values.push(v)
	}
}

// keepLast adds v to the last values in r, of which there are at most limit.
func keepLast[T any](r *ring[T], v T, limit int) kept {
	k := stored
	if r.n >= limit {
		r.pop()
		k = displaced
	}
	r.push(v)
	return k
}
