package operators

import (
	"context"
	"time"

	xrate "golang.org/x/time/rate"

	"github.com/rxpeer/rxpeer/stream"
)

// RateLimit delivers no more than n values per time, but for up to burst of
// them at once after a time in which fewer came: a token bucket that holds
// burst tokens, is full at first, and gets n of them per time.
//
//	o:                   123456-----------78|
//	RateLimit(1, 4, 2):  12--3---4---5---6---7---(8|)
//
// Nothing is lost: values that come too early wait, up to 256, and then the
// source does. The end, be it a completion or a failure, comes after them. When
// the subscription is stopped, or its context ends, they are forgotten at once.
// The order is kept. Each subscription has a bucket of its own.
//
// A value for which there is a token is delivered by the source, the others by
// a timer on its own goroutine. RateLimit panics if n or burst is less than 1,
// or per is not positive.
//
// RxGo: -. RxJS: -. samber/ro: -.
func RateLimit[T any](o stream.Observable[T], n int, per time.Duration, burst int) stream.Observable[T] {
	if n < 1 || burst < 1 || per <= 0 {
		panic("operators: RateLimit with a number less than 1, or a time that is not positive")
	}
	limit := xrate.Limit(float64(n) / per.Seconds())
	return stream.New(func(ctx context.Context, dst stream.Observer[T]) func() {
		bucket, begun := xrate.NewLimiter(limit, burst), time.Now()
		return attachPaced(ctx, o, dst, maxWaiting,
			func(now time.Duration) time.Duration {
				at := begun.Add(now)
				return now + bucket.ReserveN(at, 1).DelayFrom(at)
			},
			func(now time.Duration) time.Duration { return now },
		)
	})
}
