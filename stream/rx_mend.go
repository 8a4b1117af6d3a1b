package stream

import (
	"errors"
	"reflect"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/reactivex/rxgo/v2"
)

// This file holds the operators whose RxGo namesakes do not do what they say.
// Those with a clock are in rx_time.go, those that emit Observables in
// rx_window.go and rx_group.go.

// thrown returns an Rx that fails with err.
func thrown(err error) Rx { return Fail[any](err).Rx }

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

// Retry attaches to the source again when it fails, up to count times, while
// shouldRetry agrees.
func (rx Rx) Retry(count int, shouldRetry func(error) bool, opts ...rxgo.Option) rxgo.Observable {
	return rx.stage(opts, func(f *rxFlow) {
		failures := 0
		err := f.retry(func(err error) bool {
			failures++
			return failures <= count && shouldRetry(err)
		})
		if err != nil {
			f.emit(rxgo.Error(err))
		}
	})
}

// retry emits the values of the source. When that fails it is attached to
// again, if again agrees; otherwise retry returns the failure.
func (f *rxFlow) retry(again func(err error) bool) error {
	for {
		item, ok := f.next()
		switch {
		case !ok:
			return nil
		case !item.Error():
			f.emit(item)
		case again(item.E):
			f.attach()
		case f.ctx.Err() == nil:
			return item.E
		}
	}
}

// BackOffRetry attaches to the source again when it fails, after the time that
// backOffCfg says, until that says Stop or the failure is a
// *backoff.PermanentError. All observations share backOffCfg, and each resets
// it when it begins.
func (rx Rx) BackOffRetry(backOffCfg backoff.BackOff, opts ...rxgo.Option) rxgo.Observable {
	var mu sync.Mutex // guards backOffCfg
	return rx.stage(opts, func(f *rxFlow) {
		mu.Lock()
		backOffCfg.Reset()
		mu.Unlock()
		var permanent *backoff.PermanentError
		err := f.retry(func(err error) bool {
			if errors.As(err, &permanent) {
				return false
			}
			mu.Lock()
			pause := backOffCfg.NextBackOff()
			mu.Unlock()
			return pause != backoff.Stop && f.sleep(pause)
		})
		if permanent != nil {
			err = permanent.Err
		}
		if err != nil {
			f.emit(rxgo.Error(err))
		}
	})
}

// sleep lets time pass. False means that the observation has ended.
func (f *rxFlow) sleep(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-f.ctx.Done():
		return false
	}
}

// Repeat emits what the source does, and when it completes all of that count
// more times, or for ever if count is rxgo.Infinite, after the time frequency
// each, if that is not nil. It keeps all values.
func (rx Rx) Repeat(count int64, frequency rxgo.Duration, opts ...rxgo.Option) rxgo.Observable {
	if count < 0 && count != rxgo.Infinite {
		return thrown(rxgo.Empty().Repeat(count, frequency).Error())
	}
	return rx.stage(opts, func(f *rxFlow) {
		var seq []rxgo.Item
		for {
			item, ok := f.next()
			if !ok {
				break
			}
			if !item.Error() {
				seq = append(seq, item)
			}
			if !f.emit(item) {
				return
			}
		}
		for n := int64(0); (n < count || count == rxgo.Infinite) && len(seq) > 0; n++ {
			if frequency != nil && !f.await(frequency) {
				return
			}
			for _, item := range seq {
				if !f.emit(item) {
					return
				}
			}
		}
	})
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
