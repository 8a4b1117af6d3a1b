package operators

import "github.com/rxpeer/rxpeer/stream"

// Partition divides the values of o into those for which pred reports true and
// the others.
//
//	o:    1---2---3---4---|
//	yes:  ----2-------4---|    even
//	no:   1-------3-------|
//
// Both share one subscription to o, which begins when each has a subscriber;
// pred is called once for each value. A panic in pred ends both. All else is as
// for [Broadcast]: one that leaves does not hold up the other.
//
// RxGo: -. RxJS: partition. samber/ro: -.
func Partition[T any](o stream.Observable[T], pred func(v T) bool) (yes, no stream.Observable[T]) {
	type judged struct {
		value T
		yes   bool
	}
	both := Broadcast(Map(o, func(v T) judged { return judged{v, pred(v)} }), 2)
	those := func(o stream.Observable[judged], yes bool) stream.Observable[T] {
		return FilterMap(o, func(j judged) (T, bool) { return j.value, j.yes == yes })
	}
	return those(both[0], true), those(both[1], false)
}
