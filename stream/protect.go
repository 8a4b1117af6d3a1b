package stream

import (
	"context"
	"runtime/debug"
	"sync/atomic"
)

// Protect calls body, which delivers values to dst. If a callback panics in
// it, or ends its goroutine, Protect calls dst.Done with a [*PanicError];
// otherwise body has to end the subscription itself, or leave it alive. After
// a panic Protect returns; after [runtime.Goexit] the goroutine ends.
//
// Sources of your own deliver through it: one call may cover many values. Those
// that always do may say so, see [Protected].
func Protect[T any](dst Observer[T], body func()) {
	protect(body, func(err *PanicError) { dst.Done(Caught(dst, err)) })
}

// Protected tells the subscription that dst leads to, through stages without a
// goroutine between, that its source makes every call of Next inside [Protect],
// or catches by itself what that throws and ends dst with what [Caught] makes of
// it. The subscription does not catch it once more then, for every value: that
// costs as much as some stages do. Sources call it when they attach dst, before
// the first Next; where dst does not lead to a subscription it does nothing.
func Protected[T any](dst Observer[T]) {
	if p, ok := dst.(interface{ protected() }); ok {
		p.protected()
	}
}

// Caught returns what a source that has caught err, which a Next of dst threw,
// ends dst with: err, or [ErrStopped] if it was the subscriber itself that
// threw it. That one's Done has been called with err then, and to the stages
// between it is one that wanted no more. [Protect] does this by itself.
func Caught[T any](dst Observer[T], err *PanicError) error {
	if c, ok := dst.(interface{ caught(err *PanicError) error }); ok {
		return c.caught(err)
	}
	return err
}

// protect calls body and, when that does not return normally, failed; the
// latter inside the deferred call, since a Goexit cannot be stopped.
func protect(body func(), failed func(*PanicError)) {
	normal := false
	defer func() {
		if !normal {
			failed(newPanicError(recover()))
		}
	}()
	body()
	normal = true
}

// newPanicError describes what recover returned: nil means Goexit, since
// panic(nil) has a value of its own.
func newPanicError(v any) *PanicError {
	return &PanicError{Value: v, Goexit: v == nil, Stack: debug.Stack()}
}

// stopFlag is a context's end as a flag: reading it costs a plain load, so a
// loop can look at it before every value.
type stopFlag struct {
	atomic.Bool
	release func() bool
}

// watch returns a flag that is set when ctx ends. The caller calls release.
func watch(ctx context.Context) *stopFlag {
	f := &stopFlag{release: func() bool { return true }}
	if ctx.Done() == nil {
		return f
	}
	if ctx.Err() != nil {
		f.Store(true)
		return f
	}
	f.release = context.AfterFunc(ctx, func() { f.Store(true) })
	return f
}
