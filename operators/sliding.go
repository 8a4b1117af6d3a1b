package operators

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// DefaultWindow is how many values windows hold at most when nobody chose.
const DefaultWindow = 1 << 16

// WindowOptions bound the memory of windows by time. nil means every default.
type WindowOptions struct {
	// Limit is how many values may be held: those of a window and of the step
	// after it. 0 means DefaultWindow, negative any number.
	Limit int

	// Evict says what happens when a value comes and Limit are held already:
	// when set, the oldest leaves its windows early, and counts in
	// [stream.Subscription.Dropped]; otherwise the stream ends with
	// [stream.ErrOverflow], as errors.Is tells.
	Evict bool
}

// Sliding returns, every step, the values of the time window before it.
//
//	o:              1---2-----3-----------------|
//	Sliding(8, 4):  ----A---B---C---D---E-------|    A = [1], B = [1 2], C = [2 3], D = [3], E = []
//
// Steps are counted from the subscription on; a value that comes at a step
// belongs to what follows. Each slice belongs to the subscriber. A window that
// has run empty is delivered once, so that a reader sees that the source fell
// silent; then nothing comes, and no timer runs, until there is a value again.
// When o completes or fails, values that were in no window yet come in a last
// one before the end.
//
// A timer delivers, on its own goroutine. Values that come meanwhile wait in a
// queue, and when 256 wait there the source does; their time is when they leave
// it. A subscriber that is busy for longer than a step misses windows, but no
// values unless the step is the longer one: with a step longer than window the
// values between are in none. opts bound the values that are held.
//
// Sliding panics if window or step is not positive.
//
// RxGo: -. RxJS: bufferTime. samber/ro: -.
func Sliding[T any](o stream.Observable[T], window, step time.Duration, opts *WindowOptions) stream.Observable[[]T] {
	if window <= 0 || step <= 0 {
		panic("operators: Sliding with a window or step that is not positive")
	}
	var limits WindowOptions
	if opts != nil {
		limits = *opts
	}
	if limits.Limit == 0 {
		limits.Limit = DefaultWindow
	}
	return stream.New(func(ctx context.Context, dst stream.Observer[[]T]) func() {
		s := &sliding[T]{
			WindowOptions: limits, dst: dst, dropped: stream.Drops(ctx),
			window: window, step: step,
		}
		s.calls = newClocked(ctx, dst, s.add, s.tick, s.last)
		return s.calls.attach(o)
	})
}

// sliding is a subscription to a Sliding. Times are counted from its begin.
type sliding[T any] struct {
	WindowOptions
	dst          stream.Observer[[]T]
	dropped      func(n uint64)
	calls        *clocked[T]
	window, step time.Duration

	values []T
	times  []time.Duration // when each of values came
	first  int             // those before have left
	told   int             // those before were in a window, or have left
	some   bool            // the last window was not empty
}

func (s *sliding[T]) add(v T) (more bool) {
	now := s.calls.now()
	if len(s.values)-s.first == s.Limit {
		if !s.Evict {
			s.calls.fail(overflow(fmt.Sprintf("operators: more than the %d values that a Sliding may hold", s.Limit)))
			return true
		}
		s.leave(s.first + 1)
		s.dropped(1)
	}
	s.values, s.times = append(s.values, v), append(s.times, now)
	s.calls.wakeBy(now - now%s.step + s.step)
	return true
}

// tick delivers the window of the last step.
func (s *sliding[T]) tick() {
	now := s.calls.now()
	at := now - now%s.step
	s.leave(s.from(at))
	end := s.since(at)
	if len(s.values) > s.first {
		s.calls.wakeBy(at + s.step)
	}
	if s.some || end > s.first {
		s.deliver(end)
	}
}

// deliver delivers the values up to end as a window.
func (s *sliding[T]) deliver(end int) {
	s.told = max(s.told, end)
	s.some = end > s.first
	if !s.dst.Next(append([]T{}, s.values[s.first:end]...)) {
		s.calls.stop()
	}
}

// last delivers a window before the end, if there are values that were in none.
func (s *sliding[T]) last() (more bool) {
	if s.told >= len(s.values) {
		return true
	}
	s.leave(s.from(s.calls.now()))
	if s.first < len(s.values) {
		s.deliver(len(s.values)) // stops by itself
	}
	return true
}

// from returns the index of the first value of the window that ends at t. There
// may be older ones that were in none, when the subscriber was busy.
func (s *sliding[T]) from(t time.Duration) int {
	switch {
	case s.step < s.window:
		return min(s.since(t-s.window), s.told)
	case s.step == s.window: // and windows do not overlap
		return s.told
	}
	return s.since(t - s.window)
}

// since returns the index of the first value that came at t or later.
func (s *sliding[T]) since(t time.Duration) int {
	i, _ := slices.BinarySearch(s.times[s.first:], t)
	return s.first + i
}

// leave forgets the values before the i-th.
func (s *sliding[T]) leave(i int) {
	clear(s.values[s.first:i])
	s.first, s.told = i, max(s.told, i)
	if s.first <= len(s.values)/2 {
		return
	}
	n := copy(s.values, s.values[s.first:])
	clear(s.values[n:])
	copy(s.times, s.times[s.first:])
	s.values, s.times = s.values[:n], s.times[:n]
	s.told -= s.first
	s.first = 0
}
