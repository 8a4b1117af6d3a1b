package peer

import (
	"context"
	"sync"
)

// callContext is the context of a call: that of all calls of its stream, and ends
// besides with its caller. Most functions never look at it, so what a context of its
// own takes is made when one does.
type callContext struct {
	context.Context

	mu     sync.Mutex
	own    context.Context // nil: nobody has looked
	cancel context.CancelFunc
	over   bool
}

// made returns the context of its own.
func (c *callContext) made() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.own == nil {
		c.own, c.cancel = context.WithCancel(c.Context)
		if c.over {
			c.cancel()
		}
	}
	return c.own
}

// Done is part of [context.Context].
func (c *callContext) Done() <-chan struct{} { return c.made().Done() }

// Err is part of [context.Context].
func (c *callContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.own != nil:
		return c.own.Err()
	case c.over:
		return context.Canceled
	}
	return c.Context.Err()
}

// Value is part of [context.Context]. Contexts that are made of this one find the
// one of its own here, and need no goroutine to follow it.
func (c *callContext) Value(key any) any {
	c.mu.Lock()
	own := c.own
	c.mu.Unlock()
	if own != nil {
		return own.Value(key)
	}
	return c.Context.Value(key)
}

// end ends it.
func (c *callContext) end() {
	c.mu.Lock()
	c.over = true
	cancel := c.cancel
	c.mu.Unlock()
	if cancel != nil {
		cancel()
	}
}
