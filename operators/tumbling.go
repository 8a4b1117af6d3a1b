package operators

import (
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// Tumbling returns, every d, the values since the time before: [Sliding] with
// a step as long as its window.
//
//	o:            1---2-----3---------------|
//	Tumbling(8):  --------A-------B-------C-|    A = [1 2], B = [3], C = []
//
// Each value is in exactly one window. Times are counted from the subscription
// on, and not from the first value of a window as [Batch] does. When o has
// fallen silent one empty window comes, then nothing until there is a value
// again. See Sliding for the timer, for what happens when the subscriber is
// busy or o ends, and for opts. Tumbling panics if d is not positive.
//
// RxGo: BufferWithTime. RxJS: bufferTime. samber/ro: BufferWithTime.
func Tumbling[T any](o stream.Observable[T], d time.Duration, opts *WindowOptions) stream.Observable[[]T] {
	if d <= 0 {
		panic("operators: Tumbling with a time that is not positive")
	}
	return Sliding(o, d, d, opts)
}

// TumblingCount returns the values in slices of n: [SlidingCount] with a step
// of n.
//
//	o:                 1-2-3-4-5-|
//	TumblingCount(2):  --A---B---(C|)    A = [1 2], B = [3 4], C = [5]
//
// When o completes or fails, the rest comes in a last, shorter one before the
// end. It panics if n is less than 1.
//
// It is fused: no goroutine. It holds up to n values; the order is kept.
//
// RxGo: BufferWithCount. RxJS: bufferCount. samber/ro: BufferWithCount.
func TumblingCount[T any](o stream.Observable[T], n int) stream.Observable[[]T] {
	if n < 1 {
		panic("operators: TumblingCount with a number less than 1")
	}
	return SlidingCount(o, n, n)
}
