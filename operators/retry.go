package operators

import (
	"context"
	"math"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/rxpeer/rxpeer/stream"
)

// RetryOptions say when [Retry] gives up, and how long it waits. nil means
// every default.
type RetryOptions struct {
	// Attempts is how many attempts in a row may fail: the failure of the last
	// of them ends the stream. 0 means any number, as does a negative one.
	Attempts int

	// MinDelay and MaxDelay bound the time before the next attempt: random
	// between 0 and a limit that starts at MinDelay and doubles with each
	// failure in a row, up to MaxDelay (full jitter). 0 means 200 ms and 30 s.
	// A negative MinDelay means no wait, a negative MaxDelay no limit: the row
	// then never ends.
	MinDelay, MaxDelay time.Duration

	// Retryable reports whether there may be another attempt after err.
	// Otherwise err ends the stream. nil means that there may always be one.
	Retryable func(err error) bool

	// OnRetry is called before each wait: so many attempts in a row have
	// failed, the last one with err.
	OnRetry func(err error, failures int, wait time.Duration)
}

// Retry subscribes to o again when it has failed, after a wait.
//
//	o:      1--2--#
//	o:                   1--2--3--|
//	Retry:  1--2---------1--2--3--|
//
// A cold o begins anew, so that its first values come again; of a hot one the
// values that come during the wait are missed.
//
// An attempt that delivered a value and lived for longer than MaxDelay ends
// the row of failures before it: counting, and the waits, start from the
// beginning. One that lived for a shorter time does not, so that a source
// which accepts every attempt and soon ends it is not pestered.
//
// A panic in o is a failure too, but [runtime.Goexit] there ends the stream.
// What the subscriber has ended is not tried again, and a wait ends with the
// context. A function of opts that panics ends the stream with a
// [*stream.PanicError].
//
// It holds nothing back, the order is kept, and while it waits there is a timer
// and no goroutine. A cold o runs on the goroutine of the subscription at
// first, and after a wait on one that Retry owns, which ends with the attempt.
//
// RxGo: Retry, BackOffRetry. RxJS: retry. samber/ro: Retry, RetryWithConfig.
func Retry[T any](o stream.Observable[T], opts *RetryOptions) stream.Observable[T] {
	var options RetryOptions
	if opts != nil {
		options = *opts
	}
	switch {
	case options.MaxDelay == 0:
		options.MaxDelay = 30 * time.Second
	case options.MaxDelay < 0:
		options.MaxDelay = math.MaxInt64
	}
	if options.MinDelay == 0 {
		options.MinDelay = 200 * time.Millisecond
	}
	options.MinDelay = min(options.MinDelay, options.MaxDelay)
	return stream.New(func(ctx context.Context, dst stream.Observer[T]) func() {
		r := &retry[T]{RetryOptions: options, source: o}
		return newRelay(ctx, dst, o, r.after)
	})
}

// retry is a subscription to a Retry.
type retry[T any] struct {
	RetryOptions
	source   stream.Observable[T]
	failures int // in a row
	delay    *backoff.ExponentialBackOff
}

func (r *retry[T]) after(err error, l *leg[T]) following[T] {
	if l.some && time.Since(l.begun) > r.MaxDelay {
		r.failures = 0
	}
	r.failures++
	if err == nil || r.failures == r.Attempts || r.Retryable != nil && !r.Retryable(err) {
		return following[T]{err: err}
	}
	next := then(r.source)
	next.pause = r.pause()
	if r.OnRetry != nil {
		r.OnRetry(err, r.failures, next.pause)
	}
	return next
}

// pause returns how long to wait now.
func (r *retry[T]) pause() time.Duration {
	if r.MinDelay < 0 {
		return 0
	}
	if r.failures == 1 {
		// The library spreads its interval by a factor of 0 to 2.
		r.delay = backoff.NewExponentialBackOff()
		r.delay.InitialInterval, r.delay.MaxInterval = r.MinDelay/2, r.MaxDelay/2
		r.delay.Multiplier, r.delay.RandomizationFactor = 2, 1
	}
	return r.delay.NextBackOff()
}
