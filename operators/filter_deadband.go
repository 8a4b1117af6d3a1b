package operators

import (
	"math"

	"github.com/rxpeer/rxpeer/stream"
)

// Deadband returns the values that have moved: whose f differs by more than
// delta from that of the last one delivered. The first is always delivered.
//
//	o:            20.0--20.4--20.6--20.4--19.9---|
//	Deadband(.5): 20.0--------20.6--------19.9---|
//
// Compared with the last value delivered, not the last one that came, a slow
// drift shows in time. Whether f is a number counts as well: a NaN is delivered
// after a number, such as when a sensor breaks, and a number after a NaN, but
// not a NaN after another. Infinities of one sign do not differ, of all others
// they differ by more than any delta but an infinite one, with which only NaNs
// and numbers differ.
//
// It is fused: no goroutine, no buffer, the order is kept. A panic in f ends
// the subscription with a [*stream.PanicError]. Deadband panics if delta is
// negative or NaN.
//
// RxGo: -. RxJS: -. samber/ro: -.
func Deadband[T any](o stream.Observable[T], f func(v T) float64, delta float64) stream.Observable[T] {
	if delta < 0 || math.IsNaN(delta) {
		panic("operators: Deadband with a delta that is negative or NaN")
	}
	return stream.Fuse(o, func(next func(v T) bool) func(v T) bool {
		var last float64 // that was delivered
		some := false    // there is a last one
		return func(v T) bool {
			x := f(v)
			if some && !moved(last, x, delta) {
				return true
			}
			last, some = x, true
			return next(v)
		}
	})
}

func moved(from, to, delta float64) bool {
	return math.Abs(to-from) > delta || math.IsNaN(to) != math.IsNaN(from)
}
