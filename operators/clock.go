package operators

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// clock ends a context with ErrTimeout when too much time passes between two
// values. A value costs it two atomic writes: the timer is left to run, and
// looks when it runs out how much time is left since the last value.
type clock struct {
	timeout time.Duration
	begun   time.Time
	last    atomic.Int64 // when the last value was dealt with, counted from begun; paused: one is being
	cancel  context.CancelCauseFunc

	mu    sync.Mutex
	timer *time.Timer // nil: stopped
}

const paused = -1

// newClock returns a clock that runs, and the context that it ends.
func newClock(ctx context.Context, timeout time.Duration) (*clock, context.Context) {
	c := &clock{timeout: timeout, begun: time.Now()}
	ctx, c.cancel = context.WithCancelCause(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timer = time.AfterFunc(timeout, c.look)
	return c, ctx
}

func (c *clock) pause()  { c.last.Store(paused) }
func (c *clock) resume() { c.last.Store(int64(time.Since(c.begun))) }

// look ends the context if it is time to.
func (c *clock) look() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timer == nil {
		return
	}
	left := c.timeout
	if last := c.last.Load(); last != paused {
		left -= time.Since(c.begun) - time.Duration(last)
	}
	if left <= 0 {
		c.cancel(ErrTimeout) // runs nobody's code
		return
	}
	c.timer.Reset(left)
}

// stop stops the clock and releases its context.
func (c *clock) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timer != nil { // not stopped before
		c.timer.Stop()
		c.timer = nil
	}
	c.cancel(nil)
}
