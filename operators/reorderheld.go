package operators

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// reorder is a subscription to a Reorder.
type reorder[T any] struct {
	ReorderOptions
	ctx     context.Context
	seq     func(v T) uint64
	dst     stream.Observer[T]
	dropped func(n uint64)
	now     func() time.Duration // nil: without a clock
	awaited uint64               // the number of the next value
	begun   bool                 // it is known

	held  []earlyValue[T] // in order, none is the awaited one
	first int             // those before have left

	anew []earlyValue[T] // late, but perhaps the first of a source that counts anew
}

// earlyValue is a value that waits for others.
type earlyValue[T any] struct {
	value  T
	number uint64
	since  time.Duration // with a clock
}

func (r *reorder[T]) add(v T) (more bool) {
	number := r.seq(v)
	if !r.begun {
		r.awaited, r.begun = number, true
	}
	ahead := int64(number - r.awaited)
	if ahead < 0 {
		return r.addLate(v, number)
	}
	r.forgetLate()
	switch {
	case ahead == 0:
		r.awaited++
		return r.dst.Next(v) && r.deliverUntil(r.first)
	case !r.insert(v, number, ahead):
		r.dropped(1)
		return true
	case len(r.held)-r.first-1 == r.Limit:
		return r.deliverUntil(r.first + 1)
	}
	return true
}

// addLate drops v, or holds it until it is known whether the source counts
// anew.
func (r *reorder[T]) addLate(v T, number uint64) (more bool) {
	if n := len(r.anew); n > 0 && number != r.anew[n-1].number+1 {
		r.forgetLate()
	}
	if r.Resync < 0 {
		r.dropped(1)
		return true
	}
	r.anew = append(r.anew, earlyValue[T]{value: v, number: number})
	if len(r.anew) < r.Resync {
		return true
	}
	if !r.deliverUntil(len(r.held)) {
		return false
	}
	r.held, r.first, r.anew = r.anew, 0, nil
	r.awaited = r.held[0].number
	return r.deliverUntil(0)
}

// forgetLate drops the late values that are held.
func (r *reorder[T]) forgetLate() {
	if len(r.anew) > 0 {
		r.dropped(uint64(len(r.anew)))
		clear(r.anew)
		r.anew = r.anew[:0]
	}
}

// insert holds v. False means that it is held already.
func (r *reorder[T]) insert(v T, number uint64, ahead int64) bool {
	i, found := slices.BinarySearchFunc(r.held[r.first:], ahead, func(e earlyValue[T], ahead int64) int {
		return cmp.Compare(int64(e.number-r.awaited), ahead)
	})
	if found {
		return false
	}
	e := earlyValue[T]{value: v, number: number}
	if r.now != nil {
		e.since = r.now()
	}
	r.held = slices.Insert(r.held, r.first+i, e)
	return true
}

// deliverUntil delivers those of held before the end-th, giving up those that
// are missing between, and those that follow without a gap.
func (r *reorder[T]) deliverUntil(end int) (more bool) {
	for r.first < len(r.held) && (r.first < end || r.held[r.first].number == r.awaited) {
		if r.ctx.Err() != nil {
			return true // the source brings the end
		}
		e := r.held[r.first]
		r.held[r.first] = earlyValue[T]{}
		r.first++
		r.awaited = e.number + 1
		if !r.dst.Next(e.value) {
			return false
		}
	}
	if r.first > len(r.held)/2 {
		n := copy(r.held, r.held[r.first:])
		clear(r.held[n:])
		r.held, r.first = r.held[:n], 0
	}
	return true
}

func (r *reorder[T]) flush() (more bool) {
	r.forgetLate()
	return r.deliverUntil(len(r.held))
}

// reorderStage is a Reorder without a clock.
type reorderStage[T any] struct {
	tail[T]
	reorder[T]
}

func (s *reorderStage[T]) Next(v T) bool  { return s.add(v) }
func (s *reorderStage[T]) Done(err error) { s.end(err, func() { s.flush() }) }

// timedReorder is a Reorder that gives up in time.
type timedReorder[T any] struct {
	reorder[T]
	calls *clocked[T]
}

func (s *timedReorder[T]) add(v T) (more bool) {
	more = s.reorder.add(v)
	if s.first < len(s.held) && !s.calls.awake {
		s.wake()
	}
	return more
}

// ring gives up what has been waited for long enough.
func (s *timedReorder[T]) ring() {
	due, end := s.calls.now()-s.Wait, s.first
	for i, e := range s.held[s.first:] {
		if e.since <= due {
			end = s.first + i + 1
		}
	}
	switch {
	case !s.deliverUntil(end):
		s.calls.stop()
	case s.first < len(s.held):
		s.wake()
	}
}

// wake sets the timer to when the first of held has waited for long enough.
func (s *timedReorder[T]) wake() {
	first := s.held[s.first].since
	for _, e := range s.held[s.first:] {
		first = min(first, e.since)
	}
	s.calls.wakeBy(after(first, s.Wait))
}
