package operators

import "github.com/rxpeer/rxpeer/stream"

// Map returns f of each value.
//
//	o:      a---b---c---|
//	Map:    A---B---C---|
//
// It is fused: no goroutine, no buffer, the order is kept. A panic in f ends
// the subscription with a [*stream.PanicError].
//
// RxGo: Map. RxJS: map. samber/ro: Map.
func Map[T, U any](o stream.Observable[T], f func(v T) U) stream.Observable[U] {
	return stream.Lift(o, func(dst stream.Observer[U]) stream.Observer[T] {
		return &mapStage[T, U]{stream.Stage[U]{Dst: dst}, f}
	})
}

type mapStage[T, U any] struct {
	stream.Stage[U]
	f func(v T) U
}

func (s *mapStage[T, U]) Next(v T) bool { return s.Dst.Next(s.f(v)) }

// TryMap returns f of each value, up to the first error of f, which ends the
// stream; the source is detached then.
//
//	o:      a---b---c---|
//	TryMap: A---B---#
//
// It is fused, as [Map] is.
//
// RxGo: Map. RxJS: map. samber/ro: MapErr.
func TryMap[T, U any](o stream.Observable[T], f func(v T) (U, error)) stream.Observable[U] {
	return stream.Lift(o, func(dst stream.Observer[U]) stream.Observer[T] {
		return &tryMapStage[T, U]{Stage: stream.Stage[U]{Dst: dst}, f: f}
	})
}

type tryMapStage[T, U any] struct {
	stream.Stage[U]
	f   func(v T) (U, error)
	err error // of f
}

func (s *tryMapStage[T, U]) Next(v T) bool {
	u, err := s.f(v)
	if err != nil {
		s.err = err
		return false
	}
	return s.Dst.Next(u)
}

func (s *tryMapStage[T, U]) Done(err error) {
	if s.err != nil {
		err = s.err
	}
	s.Dst.Done(err)
}

// FilterMap returns f of each value for which f reports true, and leaves the
// others out: [Map] and [Filter] in one.
//
//	o:          a---b---c---|
//	FilterMap:  A-------C---|
//
// It is fused, as [Map] is.
//
// RxGo: -. RxJS: -. samber/ro: -.
func FilterMap[T, U any](o stream.Observable[T], f func(v T) (U, bool)) stream.Observable[U] {
	return stream.Lift(o, func(dst stream.Observer[U]) stream.Observer[T] {
		return &filterMapStage[T, U]{stream.Stage[U]{Dst: dst}, f}
	})
}

type filterMapStage[T, U any] struct {
	stream.Stage[U]
	f func(v T) (U, bool)
}

func (s *filterMapStage[T, U]) Next(v T) bool {
	u, ok := s.f(v)
	return !ok || s.Dst.Next(u)
}

// Scan returns a running result: after each value f of the previous result,
// which at first is seed, and the value.
//
//	o:            1---2---3---|
//	Scan(0, +):   1---3---6---|
//
// seed itself is not delivered. Each subscription starts from seed, which is
// not copied: let f return a new result when seed is a pointer, map or slice.
//
// It is fused, as [Map] is.
//
// RxGo: Scan. RxJS: scan. samber/ro: Scan.
func Scan[T, A any](o stream.Observable[T], seed A, f func(result A, v T) A) stream.Observable[A] {
	return stream.Lift(o, func(dst stream.Observer[A]) stream.Observer[T] {
		return &scanStage[T, A]{stream.Stage[A]{Dst: dst}, f, seed}
	})
}

type scanStage[T, A any] struct {
	stream.Stage[A]
	f      func(result A, v T) A
	result A
}

func (s *scanStage[T, A]) Next(v T) bool {
	s.result = s.f(s.result, v)
	return s.Dst.Next(s.result)
}
