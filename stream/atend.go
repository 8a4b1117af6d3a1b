package stream

// AtEnd returns an observer that hands values on to dst as they are, and calls
// end, which has to call dst.Done, with the reason when the subscription ends.
// Subjects deliver past it, so that it costs a value nothing.
func AtEnd[T any](dst Observer[T], end func(err error)) Observer[T] {
	return &atEnd[T]{Stage[T]{dst}, end}
}

type atEnd[T any] struct {
	Stage[T]
	end func(err error)
}

func (s *atEnd[T]) Next(v T) bool  { return s.Dst.Next(v) }
func (s *atEnd[T]) Done(err error) { s.end(err) }

// NextFunc is for [NextOf].
func (s *atEnd[T]) NextFunc() func(v T) bool { return NextOf(s.Dst) }
