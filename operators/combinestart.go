package operators

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/rxpeer/rxpeer/stream"
)

// StartWith returns the given values, and then those of o.
//
//	o:                ----1---2---|
//	StartWith(x, y):  (xy)1---2---|
//
// o is attached at once, so that nothing of a hot one is missed. What it has
// before the given values have been delivered, on the goroutine of the
// subscription, waits in a queue, and when 256 values wait there o does. From
// then on it is fused: no goroutine, no queue. The order is kept; when o fails
// the given values come before that.
//
// RxGo: StartWith. RxJS: startWith. samber/ro: StartWith.
func StartWith[T any](o stream.Observable[T], values ...T) stream.Observable[T] {
	if len(values) == 0 {
		return o
	}
	values = slices.Clone(values)
	return stream.New(func(ctx context.Context, dst stream.Observer[T]) func() {
		calls := newSerial(ctx, 2, stream.NextOf(dst), dst.Done)
		calls.down = stream.PatienceOf(dst)
		calls.role.Store(held) // by what is returned here
		s := &startWith[T]{port: port[T]{calls: calls}, dst: dst}
		source := attachPart(calls.ctx, o, s, calls.leave)
		return func() {
			if source != nil {
				defer source() // even if a callback ends the goroutine
			}
			s.begin(values)
		}
	})
}

// startWith is a subscription to a StartWith: the observer of its source.
type startWith[T any] struct {
	port[T]
	dst  stream.Observer[T]
	open atomic.Bool // the source alone delivers from now on
}

// begin delivers the given values, as the holder of the role, and gives it back.
func (s *startWith[T]) begin(values []T) {
	for _, v := range values {
		if s.calls.dead || s.calls.outer.Err() != nil {
			break
		}
		s.calls.perform(operation[T]{value: v})
	}
	if !s.calls.role.CompareAndSwap(held, free) {
		s.calls.drain()
	}
	s.open.Store(!s.calls.closed.Load())
}

func (s *startWith[T]) Next(v T) bool {
	if !s.open.Load() {
		return s.port.Next(v)
	}
	if !s.Ends() {
		return s.dst.Next(v)
	}
	more := false
	s.calls.down.Lend(&s.Patience, func() { more = s.dst.Next(v) })
	return more
}

// DefaultIfEmpty returns the values of o or, if it completes without one, v.
//
//	o:                  --------|
//	DefaultIfEmpty(x):  --------(x|)
//
// It is fused: no goroutine, no buffer, the order is kept. A failure is passed
// on without v.
//
// RxGo: DefaultIfEmpty. RxJS: defaultIfEmpty. samber/ro: DefaultIfEmpty.
func DefaultIfEmpty[T any](o stream.Observable[T], v T) stream.Observable[T] {
	return stream.New(func(ctx context.Context, dst stream.Observer[T]) func() {
		return o.Attach(ctx, &defaultStage[T]{tail: newTail(ctx, dst), value: v})
	})
}

type defaultStage[T any] struct {
	tail[T]
	value T
	some  bool
}

func (s *defaultStage[T]) Next(v T) bool {
	s.some = true
	return s.Dst.Next(v)
}

func (s *defaultStage[T]) Done(err error) {
	if s.some || err != nil {
		s.Dst.Done(err)
		return
	}
	s.end(nil, func() { s.tail.Next(s.value) })
}
