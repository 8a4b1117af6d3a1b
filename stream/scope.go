package stream

import (
	"context"
	"sync"
)

// scope is the context of a subscription: it ends with the subscription, or with
// the context that bounds it, and counts what is dropped.
//
// A program may have very many subscriptions that stand idle, so a scope makes
// nothing before somebody asks for it: neither a channel nor, for one function to
// be called at its end, what [context.AfterFunc] needs.
type scope struct {
	context.Context
	cancel context.CancelCauseFunc
	alone  bool // nothing but end ends it
	drops  dropCounter

	mu   sync.Mutex
	last *lastCall // nil: none
}

// lastCall is a function that is called at the end of a scope.
type lastCall struct {
	of *scope
	f  func()
}

func (c *scope) begin(ctx context.Context) {
	c.alone = ctx.Done() == nil
	c.Context, c.cancel = context.WithCancelCause(ctx)
}

func (c *scope) end(cause error) {
	c.cancel(cause)
	c.mu.Lock()
	last := c.last
	c.last = nil
	c.mu.Unlock()
	if last != nil {
		go last.f() // ends with it
	}
}

// Value is part of [context.Context].
func (c *scope) Value(key any) any {
	if key == (dropCounterKey{}) {
		return &c.drops
	}
	return c.Context.Value(key)
}

// AfterFunc is [context.AfterFunc], made for sources that get the context of a
// subscription: as a rule it takes much less memory then. f is called on a
// goroutine of its own after ctx has ended, unless stop is called before; stop
// reports whether f will not be called.
func AfterFunc(ctx context.Context, f func()) (stop func() bool) {
	if c, is := ctx.(*scope); is && c.alone {
		if stop = c.afterEnd(f); stop != nil {
			return stop
		}
	} else if ctx.Done() == nil {
		return func() bool { return true }
	}
	return context.AfterFunc(ctx, f)
}

// afterEnd is AfterFunc while the scope lives and has no such function; otherwise
// it returns nil.
func (c *scope) afterEnd(f func()) (stop func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last != nil || c.Err() != nil {
		return nil
	}
	c.last = &lastCall{c, f}
	return c.last.stop
}

func (l *lastCall) stop() bool {
	l.of.mu.Lock()
	defer l.of.mu.Unlock()
	if l.of.last != l {
		return false
	}
	l.of.last = nil
	return true
}
