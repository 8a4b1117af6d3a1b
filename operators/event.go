package operators

import (
	"context"
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// DefaultAhead is how far ahead of this machine's clock the time of a value of
// [EventWindows] may be when nobody chose.
const DefaultAhead = time.Hour

// EventOptions are the options of [EventWindows]. nil means every default.
type EventOptions[T any] struct {
	// Step is the time between the beginnings of two windows. 0 means their
	// size: each value is in one. A window that never moves on is no window, so
	// a negative one panics.
	Step time.Duration

	// Lateness is how much older than the newest value one may be that comes
	// after it. 0 means that they come in order, as does a negative one.
	Lateness time.Duration

	// Late gets the values that are in no window, because it had been delivered
	// before or because they have no sensible time. It is waited for as
	// [stream.Sink.Emit] does, for as long as the source may wait, and left
	// open. What it does not take counts in [stream.Subscription.Dropped]; nil
	// takes none.
	Late stream.Sink[T]

	// Idle is how much time passes on this machine, after a value, until all
	// windows are delivered though no newer one has come. 0 means any, as does
	// a negative one.
	Idle time.Duration

	// Ahead is how far ahead of this machine's clock the time of a value may
	// be. One that is further is dealt with as a late one, since it would end
	// all windows before their time. 0 means DefaultAhead, negative any time
	// up to the year 9999.
	Ahead time.Duration

	// Limit is how many values may be held. When there would be more, the
	// oldest windows are delivered before their time. 0 means DefaultWindow,
	// negative any number.
	Limit int
}

// Window is the values of a time.
type Window[T any] struct {
	// Begin is the first instant of the window, and End the first one after
	// it, both in UTC.
	Begin, End time.Time

	// Values are those of the window, of which there is one at least, the
	// oldest first; those of the same instant in the order in which they came.
	// The slice belongs to the subscriber.
	Values []T
}

// EventWindows collects the values by their own time, at, and not by when they
// come: in windows of the given size, one every step.
//
//	o:                  1--2--4--3--------11-5------15-|       these are their times
//	EventWindows(10):   ----------------------------A--(B|)    A = [1 2 3 4 5], B = [11 15]
//
// (With a Lateness of 5.) The watermark is the newest time so far less
// Lateness: a window is delivered as soon as the watermark has reached its end,
// since what is older is not expected any more. A value is late when one of its
// windows has been delivered; it is then in none of them, but goes to Late. So
// each value is in all its windows, which are Size/Step where Step divides
// Size, or it is late, or, with a step longer than size, it is between two
// windows and left out.
//
// Windows begin at multiples of step since the zero time, as
// [time.Time.Truncate] counts: those of an hour on the hour, in UTC. They come
// in the order of their ends, and those without values do not come. When o
// completes or fails, what is held is delivered before the end; when the
// subscription is stopped, or its context ends, it is forgotten.
//
// A value whose time is zero has none, and is late. Of sources that are merged
// the one whose clock is ahead makes others late: correct it, see [ShiftTime],
// or allow for it with Lateness.
//
// It holds each value once, also if it is in many windows, and up to opts.Limit
// of them. Without Idle it is fused: no goroutine. With Idle a timer delivers
// as well, on its own goroutine; values that come meanwhile wait in a queue, and
// when 256 wait there the source does. Calls of at are serial. EventWindows
// panics if size is not positive, or Step is negative.
//
// RxGo: -. RxJS: -. samber/ro: -.
func EventWindows[T any](o stream.Observable[T], at func(v T) time.Time, size time.Duration, opts *EventOptions[T]) stream.Observable[Window[T]] {
	var options EventOptions[T]
	if opts != nil {
		options = *opts
	}
	switch {
	case size <= 0:
		panic("operators: EventWindows with a size that is not positive")
	case options.Step < 0:
		panic("operators: EventWindows with a negative step")
	}
	options.Lateness = max(options.Lateness, 0)
	if options.Step == 0 {
		options.Step = size
	}
	if options.Ahead == 0 {
		options.Ahead = DefaultAhead
	}
	if options.Limit == 0 {
		options.Limit = DefaultWindow
	}
	return stream.New(func(ctx context.Context, dst stream.Observer[Window[T]]) func() {
		w := eventWindows[T]{
			EventOptions: options, at: at, dst: dst, down: stream.PatienceOf(dst),
			aside: aside[T]{ctx: ctx, sink: options.Late, dropped: stream.Drops(ctx)},
			panes: panes[T]{size: size, step: options.Step, grain: divisor(size, options.Step)},
		}
		if options.Idle <= 0 {
			s := &eventStage[T]{eventWindows: w, tail: newTail(ctx, dst)}
			s.dst = &s.tail
			return o.Attach(ctx, s)
		}
		s := &timedEvents[T]{eventWindows: w}
		s.calls = newClocked(ctx, dst, s.add, s.ring, s.deliverAll)
		s.calls.down = &s.Patience
		return s.calls.attach(o)
	})
}

// divisor returns the greatest common divisor.
func divisor(a, b time.Duration) time.Duration {
	for b > 0 {
		a, b = b, a%b
	}
	return a
}
