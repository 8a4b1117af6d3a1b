package memory

import (
	"net"
	"time"
)

// deadline is a moment after which operations fail. The pair's mutex guards
// it.
type deadline struct {
	passed bool
	timer  *time.Timer
	set    uint // counts, so that a timer knows whether it is still meant
}

func (d *deadline) stop() {
	d.set++
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
}

func (c *conn) setDeadlines(t time.Time, which ...*deadline) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return c.fail("set", net.ErrClosed)
	}
	for _, d := range which {
		c.setDeadline(d, t)
	}
	return nil
}

func (c *conn) setDeadline(d *deadline, t time.Time) {
	d.stop()
	d.passed = false
	if t.IsZero() {
		return
	}
	if wait := time.Until(t); wait > 0 {
		set := d.set
		d.timer = time.AfterFunc(wait, func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			if d.set == set {
				c.expire(d)
			}
		})
		return
	}
	c.expire(d)
}

// expire wakes whoever the deadline was set for.
func (c *conn) expire(d *deadline) {
	d.passed = true
	c.readable.Broadcast()
	c.writable.Broadcast()
}
