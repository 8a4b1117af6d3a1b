package operators

import "github.com/rxpeer/rxpeer/stream"

// Take returns the first n values and completes.
//
//	o:        a---b---c---d---|
//	Take(2):  a---(b|)
//
// The source is detached as soon as the n-th value is delivered; it need not
// have another one. With n less than 1 the source is never attached and the
// stream completes at once.
//
// It is fused: no goroutine, no buffer, the order is kept.
//
// RxGo: Take. RxJS: take. samber/ro: Take.
func Take[T any](o stream.Observable[T], n int) stream.Observable[T] {
	if n < 1 {
		return stream.Empty[T]()
	}
	return stream.FuseEnd(o, func(next func(v T) bool) (func(v T) bool, func(err error) error) {
		left, complete := n, false
		step := func(v T) bool {
			if left < 1 {
				return false // of a source that does not listen
			}
			left--
			if !next(v) {
				return false
			}
			complete = left == 0
			return !complete
		}
		return step, unless(&complete)
	})
}

// unless returns what a stage ends with: nil if it has completed by itself.
func unless(complete *bool) func(err error) error {
	return func(err error) error {
		if *complete {
			return nil
		}
		return err
	}
}

// TakeWhile returns the values up to the first for which keep reports false,
// and completes with that, which is not delivered.
//
//	o:          1---2---3---1---|
//	TakeWhile:  1---2---|           less than 3
//
// The source is detached then. It is fused: no goroutine, no buffer, the order
// is kept. A panic in keep ends the subscription with a [*stream.PanicError].
//
// RxGo: TakeWhile. RxJS: takeWhile. samber/ro: TakeWhile.
func TakeWhile[T any](o stream.Observable[T], keep func(v T) bool) stream.Observable[T] {
	return stream.FuseEnd(o, func(next func(v T) bool) (func(v T) bool, func(err error) error) {
		complete := false
		step := func(v T) bool {
			complete = complete || !keep(v) // for good, if the source does not listen
			return !complete && next(v)
		}
		return step, unless(&complete)
	})
}
