package operators

import (
	"context"
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// DefaultDelay is how many values a [Delay] holds at most when nobody chose.
const DefaultDelay = 1 << 16

// DelayOptions bound the memory of [Delay]. nil means every default.
type DelayOptions struct {
	// Limit is how many values may be held. 0 means DefaultDelay, negative any
	// number.
	Limit int
}

// Delay returns the same stream, d later.
//
//	o:         1-2---3---|
//	Delay(4):  ----1-2---3---|
//
// The end is delayed as much, be it a completion or a failure, so that nothing
// overtakes anything; in RxJS a failure does. When the subscription is stopped,
// or its context ends, what is held is forgotten at once. The order is kept.
//
// It holds up to opts.Limit values; when more come the source waits, so that
// nothing is lost. A timer delivers, on its own goroutine. Delay panics if d is
// not positive.
//
// RxGo: -. RxJS: delay. samber/ro: Delay.
func Delay[T any](o stream.Observable[T], d time.Duration, opts *DelayOptions) stream.Observable[T] {
	if d <= 0 {
		panic("operators: Delay with a time that is not positive")
	}
	var limits DelayOptions
	if opts != nil {
		limits = *opts
	}
	if limits.Limit == 0 {
		limits.Limit = DefaultDelay
	}
	later := func(now time.Duration) time.Duration { return after(now, d) }
	return stream.New(func(ctx context.Context, dst stream.Observer[T]) func() {
		return attachPaced(ctx, o, dst, limits.Limit, later, later)
	})
}
