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
// Sources of your own deliver through it: one call may cover many values.
func Protect[T any](dst Observer[T], body func()) {
	protect(body, func(err *PanicError) { dst.Done(err) })
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
