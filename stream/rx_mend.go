package stream

import (
	"reflect"

	"github.com/reactivex/rxgo/v2"
)

// This file holds the operators whose RxGo namesakes do not do what they say.
// Those that subscribe or emit again are in rx_retry.go, those with a clock in
// rx_time.go, those that emit Observables in rx_window.go.

// thrown returns an Rx that fails with err.
func thrown(err error) Rx { return Fail[any](err).Rx() }

// Take emits the first nth items and ends with the last of them.
func (rx Rx) Take(nth uint, opts ...rxgo.Option) rxgo.Observable {
	return rx.stage(opts, func(f *rxFlow) {
		for range nth {
			item, ok := f.next()
			if !ok || !f.emit(item) {
				return
			}
		}
	})
}

// TakeLast emits the last nth items, when the source completes.
func (rx Rx) TakeLast(nth uint, opts ...rxgo.Option) rxgo.Observable {
	return rx.stage(opts, func(f *rxFlow) {
		var last ring[rxgo.Item]
		for {
			item, ok := f.next()
			switch {
			case !ok:
				for last.n > 0 && f.emit(last.pop()) {
				}
				return
			case item.Error():
				if !f.emit(item) {
					return
				}
			case nth > 0:
				keepLast(&last, item, int(nth))
			}
		}
	})
}

// SkipLast emits all but the last nth items, each when the nth after it comes.
func (rx Rx) SkipLast(nth uint, opts ...rxgo.Option) rxgo.Observable {
	return rx.stage(opts, func(f *rxFlow) {
		var held ring[rxgo.Item]
		for {
			item, ok := f.next()
			if !ok {
				return
			}
			if !item.Error() {
				held.push(item)
				if held.n <= int(nth) {
					continue
				}
				item = held.pop()
			}
			if !f.emit(item) {
				return
			}
		}
	})
}

// Count emits the number of values when the source completes.
func (rx Rx) Count(opts ...rxgo.Option) rxgo.Single {
	return rxSingle{rx.stage(opts, func(f *rxFlow) {
		var n int64
		for {
			item, ok := f.next()
			switch {
			case !ok:
				f.emitValue(n)
				return
			case !item.Error():
				n++
			case !f.emit(item):
				return
			}
		}
	})}
}

// DefaultIfEmpty emits the items of the source, or defaultValue if it completes
// without one.
func (rx Rx) DefaultIfEmpty(defaultValue interface{}, opts ...rxgo.Option) rxgo.Observable {
	return rx.stage(opts, func(f *rxFlow) {
		empty := true
		for {
			item, ok := f.next()
			if !ok {
				break
			}
			empty = false
			if !f.emit(item) {
				return
			}
		}
		if empty {
			f.emitValue(defaultValue)
		}
	})
}

// FlatMap emits the items of the Observables that apply makes of the values,
// one Observable after the other.
func (rx Rx) FlatMap(apply rxgo.ItemToObservable, opts ...rxgo.Option) rxgo.Observable {
	return rx.stage(opts, func(f *rxFlow) {
		for {
			item, ok := f.next()
			switch {
			case !ok:
				return
			case item.Error():
				ok = f.emit(item)
			default:
				ok = f.concat(apply(item))
			}
			if !ok {
				return
			}
		}
	})
}

// concat emits all items of o. False means that the observation has ended.
func (f *rxFlow) concat(o rxgo.Observable) bool {
	inner := f.bind(o).Observe()
	for {
		item, ok := f.receive(inner)
		if !ok {
			return f.ctx.Err() == nil
		}
		if !f.emit(item) {
			return false
		}
	}
}

// SequenceEqual emits whether the source and iterable have the same items, in
// the same order, and the same end.
func (rx Rx) SequenceEqual(iterable rxgo.Iterable, opts ...rxgo.Option) rxgo.Single {
	return rxSingle{rx.prepared(opts, func(f *rxFlow) func() {
		other := f.bind(iterable).Observe()
		return func() {
			for {
				one, more := f.next()
				two, otherMore := f.receive(other)
				if !more || !otherMore || !reflect.DeepEqual(one, two) {
					f.emitValue(!more && !otherMore)
					return
				}
			}
		}
	})}
}
