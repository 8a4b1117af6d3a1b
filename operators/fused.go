package operators

import "github.com/rxpeer/rxpeer/stream"

// filter is the observer of a Filter. The stage that follows may take it in: one
// function that looks at a value and works on it costs a call less than two do.
type filter[T any] struct {
	stream.Stage[T]
	next func(v T) bool
}

func newFilter[T any](dst stream.Observer[T], keep func(v T) bool) *filter[T] {
	if d, ok := dst.(interface {
		nextIf(keep func(v T) bool) func(v T) bool
	}); ok {
		return &filter[T]{stream.Stage[T]{Dst: dst}, d.nextIf(keep)}
	}
	next := stream.NextOf(dst)
	return &filter[T]{stream.Stage[T]{Dst: dst}, func(v T) bool { return !keep(v) || next(v) }}
}

func (s *filter[T]) Next(v T) bool            { return s.next(v) }
func (s *filter[T]) NextFunc() func(v T) bool { return s.next }

// mapping is the observer of a Map.
type mapping[T, U any] struct {
	stream.Stage[U]
	f    func(v T) U
	next func(v U) bool // of Dst
}

func (s *mapping[T, U]) Next(v T) bool { return s.next(s.f(v)) }

func (s *mapping[T, U]) NextFunc() func(v T) bool {
	f, next := s.f, s.next
	return func(v T) bool { return next(f(v)) }
}

// nextIf is Next for the values for which keep returns true.
func (s *mapping[T, U]) nextIf(keep func(v T) bool) func(v T) bool {
	f, next := s.f, s.next
	return func(v T) bool { return !keep(v) || next(f(v)) }
}
