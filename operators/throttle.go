package operators

import (
	"context"
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// Edge says which value of a time [Throttle] delivers.
type Edge uint8

const (
	// Leading is the first value, as soon as it comes.
	Leading Edge = iota + 1
	// Trailing is the newest value, when the time is over.
	Trailing
	// Both is the first value, and when the time is over the newest, if there
	// was another one.
	Both
)

// String returns the edge's name.
func (e Edge) String() string {
	switch e {
	case Leading:
		return "leading"
	case Trailing:
		return "trailing"
	case Both:
		return "both"
	}
	return "unknown edge"
}

// Throttle returns at most one value every d. A time of d begins with a value
// that comes when none runs, and with each delivery.
//
//	o:                      1-2-3-----4------------|
//	Throttle(5, Leading):   1---------4------------|
//	Throttle(5, Trailing):  -----3---------4-------|
//	Throttle(5, Both):      1----3----4------------|
//
// What is left out is left out on purpose, and does not count as dropped. A
// value that waits for the end of its time when o completes or fails is
// delivered before the end; when the subscription is stopped, or its context
// ends, it is forgotten. The order is kept.
//
// With Leading it is fused: no goroutine, no timer, and nothing is held. With
// the others it holds one value, and a timer delivers as well, on its own
// goroutine; values that come meanwhile wait in a queue, and when 256 wait
// there the source does.
//
// Throttle panics if d is not positive, or edge is none of the three.
//
// RxGo: -. RxJS: throttleTime, auditTime. samber/ro: ThrottleTime.
func Throttle[T any](o stream.Observable[T], d time.Duration, edge Edge) stream.Observable[T] {
	switch {
	case d <= 0:
		panic("operators: Throttle with a time that is not positive")
	case edge < Leading || edge > Both:
		panic("operators: Throttle with an unknown edge")
	case edge == Leading:
		return stream.Lift(o, func(dst stream.Observer[T]) stream.Observer[T] {
			return &leadingStage[T]{Stage: stream.Stage[T]{Dst: dst}, d: d, begun: time.Now()}
		})
	}
	return stream.New(func(ctx context.Context, dst stream.Observer[T]) func() {
		s := &throttle[T]{dst: dst, d: d, leading: edge == Both}
		s.calls = newClocked(ctx, dst, s.add, s.ring, func() bool { return s.deliver(dst) })
		return s.calls.attach(o)
	})
}

// leadingStage is a Throttle that delivers the first value of its times.
type leadingStage[T any] struct {
	stream.Stage[T]
	d     time.Duration
	begun time.Time
	until time.Duration // counted from begun
}

func (s *leadingStage[T]) Next(v T) bool {
	now := time.Since(s.begun)
	if now < s.until {
		return true
	}
	s.until = after(now, s.d)
	return s.Dst.Next(v)
}

// throttle is a Throttle that delivers the newest value of its times.
type throttle[T any] struct {
	pending[T]
	dst     stream.Observer[T]
	calls   *clocked[T]
	d       time.Duration
	until   time.Duration // the end of the time that runs, or ran
	leading bool          // it delivers the first one too
}

func (s *throttle[T]) add(v T) (more bool) {
	if now := s.calls.now(); !s.some && now >= s.until {
		s.until = after(now, s.d)
		if s.leading {
			return s.dst.Next(v)
		}
	}
	s.set(v)
	s.calls.wakeBy(s.until)
	return true
}

func (s *throttle[T]) ring() {
	now := s.calls.now()
	switch {
	case !s.some:
		return
	case now < s.until:
		s.calls.wakeBy(s.until)
		return
	}
	s.until = after(now, s.d)
	if !s.deliver(s.dst) {
		s.calls.stop()
	}
}

// pending holds the newest value.
type pending[T any] struct {
	value T
	some  bool // there is one
}

func (p *pending[T]) set(v T) { p.value, p.some = v, true }

// deliver delivers the value, if there is one, and forgets it.
func (p *pending[T]) deliver(dst stream.Observer[T]) (more bool) {
	if !p.some {
		return true
	}
	v := p.value
	*p = pending[T]{}
	return dst.Next(v)
}
