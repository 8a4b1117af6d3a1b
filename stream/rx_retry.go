package stream

import (
	"errors"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/reactivex/rxgo/v2"
)

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
