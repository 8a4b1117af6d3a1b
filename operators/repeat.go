package operators

import (
	"context"

	"github.com/rxpeer/rxpeer/stream"
)

// Repeat returns the values of o n times, subscribing to it again when it has
// completed; n less than 0 means for ever.
//
//	o:          1---2---|
//	Repeat(2):  1---2---1---2---|
//
// With n = 0 it completes without a value, and o is never attached. A failure
// of o ends it; put a [Retry] into it where the source shall not. A source that
// completes at once is subscribed to again at once, without a rest, for as long
// as the context lasts.
//
// It holds nothing back and the order is kept. A cold o runs on the goroutine of
// the subscription. One that is hot at first and cold later, as a
// [stream.Defer] may be, then runs on a goroutine that Repeat owns, which ends
// with it. RxGo counts the times after the first.
//
// RxGo: Repeat. RxJS: repeat. samber/ro: RepeatWith.
func Repeat[T any](o stream.Observable[T], n int) stream.Observable[T] {
	if n == 0 {
		return stream.Empty[T]()
	}
	return stream.New(func(ctx context.Context, dst stream.Observer[T]) func() {
		times := 1
		return newRelay(ctx, dst, o, func(err error, _ *leg[T]) following[T] {
			if err != nil || times == n {
				return following[T]{err: err}
			}
			times = max(times, times+1) // for ever is longer than an int lasts
			return then(o)
		})
	})
}
