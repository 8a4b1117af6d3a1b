package operators

import (
	"context"
	"math"
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// clocked is a serial with one timer, which is made when it is first needed.
// It belongs to the holder of the role.
type clocked[T any] struct {
	*serial[T]
	ring  func() // is called when the timer has run out, unless all is over
	begun time.Time
	timer *time.Timer
	awake bool          // it runs
	alarm time.Duration // until then
}

// newClocked returns the meeting place of one source, for [serial.attach], and
// a timer. add is called with each value, ring as [clocked.wakeBy] says, and
// flush, which may be nil, before dst's Done.
func newClocked[T, U any](ctx context.Context, dst stream.Observer[U], add func(v T) bool, ring func(), flush func() bool) *clocked[T] {
	c := &clocked[T]{ring: ring, begun: time.Now()}
	c.serial = newSerial(ctx, 2, add, func(err error) {
		if c.timer != nil {
			c.timer.Stop()
		}
		dst.Done(err)
	})
	c.down = stream.PatienceOf(dst)
	c.flush = flush
	return c
}

// after returns the time d after t: the end of all time if that is later.
func after(t, d time.Duration) time.Duration {
	if d > math.MaxInt64-t {
		return math.MaxInt64
	}
	return t + d
}

// now returns the time since the begin of the subscription.
func (c *clocked[T]) now() time.Duration { return time.Since(c.begun) }

// wakeBy has ring called at t, counted as now, or earlier: a timer that runs
// already is not set to a later time, since that costs more than a look. So
// ring looks whether it is time, and calls wakeBy again.
func (c *clocked[T]) wakeBy(t time.Duration) {
	if c.awake && c.alarm <= t {
		return
	}
	c.awake, c.alarm = true, t
	d := t - c.now()
	if c.timer == nil {
		wake := c.wake
		c.timer = time.AfterFunc(d, func() { c.do(wake) })
		return
	}
	c.timer.Reset(d)
}

func (c *clocked[T]) wake() {
	c.awake = false
	if !c.over() {
		c.ring()
	}
}

// over reports whether nothing is to be delivered any more, though the end may
// be still to come.
func (c *clocked[T]) over() bool { return c.dead || c.outer.Err() != nil }
