package operators

import (
	"context"
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// ShiftTime corrects the times of values by the newest offset: it returns shift
// of each value of o and what offset had last, such as how far the clock of a
// remote peer is behind this one.
//
//	o:          a---b---c---|       with the times 1, 2 and 3
//	offset:     --5-------9---|
//	ShiftTime:  A---B---C---|       with the times 1, 7 and 8
//
// Before the first offset it is 0, so that no value waits for it. Put it on each
// source before they are merged, and [EventWindows] has one clock to go by.
//
// It ends with o. When offset completes its last value stays; when it fails the
// whole does, since times that are silently wrong are worse than none: give it
// a [Catch] to go on. Values that came before a failure are delivered before it.
// Calls of shift are serial, the order is kept. Where and how sources run, and
// that they wait while 256 values do, is as for [Merge].
//
// RxGo: -. RxJS: -. samber/ro: -.
func ShiftTime[T any](o stream.Observable[T], offset stream.Observable[time.Duration], shift func(v T, by time.Duration) T) stream.Observable[T] {
	return stream.New(func(ctx context.Context, dst stream.Observer[T]) func() {
		var by time.Duration
		s := newSerial(ctx, 4, func(v either[T, time.Duration]) bool {
			if v.second {
				by = v.b
				return true
			}
			return dst.Next(shift(v.a, by))
		}, dst.Done)
		s.down = stream.PatienceOf(dst)
		offsets := attachSide(s, offset, second[T, time.Duration], nil)
		own := attachSide(s, o, first[T, time.Duration], func(bool) { s.fail(nil) })
		return together(present(offsets, own))
	})
}
