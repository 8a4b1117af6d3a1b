package operators

import (
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// Timed is a value and when it came.
type Timed[T any] struct {
	Value T
	Time  time.Time
}

// Timestamp returns each value with the time at which it came.
//
//	o:          a---b---c---|
//	Timestamp:  A---B---C---|    A = {a 0ms}, B = {b 4ms}, C = {c 8ms}
//
// Times have Go's monotonic clock reading, so that the difference of two is
// right even if the clock is set meanwhile. It is fused, as [Map] is.
//
// RxGo: Timestamp. RxJS: timestamp. samber/ro: Timestamp.
func Timestamp[T any](o stream.Observable[T]) stream.Observable[Timed[T]] {
	return Map(o, func(v T) Timed[T] { return Timed[T]{v, time.Now()} })
}

// Elapsed is a value and the time since the one before, or since the
// subscription if it is the first.
type Elapsed[T any] struct {
	Value T
	Since time.Duration
}

// TimeInterval returns each value with the time since the one before it; the
// first one with the time since the subscription.
//
//	o:             -a----b--c---|
//	TimeInterval:  -A----B--C---|    A = {a 1ms}, B = {b 5ms}, C = {c 3ms}
//
// The time that the subscriber takes counts. It is fused, as [Map] is. What Rx
// calls interval is [stream.Tick].
//
// RxGo: TimeInterval. RxJS: timeInterval. samber/ro: TimeInterval.
func TimeInterval[T any](o stream.Observable[T]) stream.Observable[Elapsed[T]] {
	return stream.Fuse(o, func(next func(v Elapsed[T]) bool) func(v T) bool {
		begun, last := time.Now(), time.Duration(0)
		return func(v T) bool {
			now := time.Since(begun)
			since := now - last
			last = now
			return next(Elapsed[T]{v, since})
		}
	})
}
