package stream

import (
	"context"

	"github.com/reactivex/rxgo/v2"
)

// alarm returns a channel that closes when the time d has passed, and a
// function that forgets it. A Duration tells RxGo alone how long it is.
func (f *rxFlow) alarm(d rxgo.Duration) (ring <-chan rxgo.Item, forget context.CancelFunc) {
	ctx, cancel := context.WithCancel(f.ctx)
	return rxgo.Timer(d, rxgo.WithContext(ctx)).Observe(), cancel
}

// await lets the time d pass. False means that the observation has ended.
func (f *rxFlow) await(d rxgo.Duration) bool {
	ring, forget := f.alarm(d)
	defer forget()
	f.receive(ring)
	return f.ctx.Err() == nil
}

// Debounce emits a value when the time timespan has passed without another
// one, and the last value when the source ends.
func (rx Rx) Debounce(timespan rxgo.Duration, opts ...rxgo.Option) rxgo.Observable {
	return rx.stage(opts, func(f *rxFlow) {
		var latest rxgo.Item
		var quiet <-chan rxgo.Item // nil: there is no latest
		forget := func() {}
		defer func() { forget() }()
		for {
			select {
			case <-f.ctx.Done():
				return
			case <-quiet:
				quiet = nil
				if !f.emit(latest) {
					return
				}
			case item, ok := <-f.in:
				forget()
				if ok && !item.Error() {
					latest = item
					quiet, forget = f.alarm(timespan)
					continue
				}
				if quiet != nil && !f.emit(latest) || !ok || !f.emit(item) {
					return
				}
				quiet = nil
			}
		}
	})
}

// BufferWithCount emits slices of count values, and of what there is when the
// source ends.
func (rx Rx) BufferWithCount(count int, opts ...rxgo.Option) rxgo.Observable {
	if count <= 0 {
		return thrown(rxgo.Empty().BufferWithCount(count).Error())
	}
	return rx.stage(opts, func(f *rxFlow) { f.buffer(nil, count) })
}

// BufferWithTime emits slices of the values of each timespan in which there
// are some, and of what there is when the source ends.
func (rx Rx) BufferWithTime(timespan rxgo.Duration, opts ...rxgo.Option) rxgo.Observable {
	if timespan == nil {
		return thrown(rxgo.Empty().BufferWithTime(timespan).Error())
	}
	return rx.stage(opts, func(f *rxFlow) { f.buffer(timespan, 0) })
}

// BufferWithTimeOrCount emits slices of count values, of what there is after
// each timespan, and of what there is when the source ends.
func (rx Rx) BufferWithTimeOrCount(timespan rxgo.Duration, count int, opts ...rxgo.Option) rxgo.Observable {
	if timespan == nil || count <= 0 {
		return thrown(rxgo.Empty().BufferWithTimeOrCount(timespan, count).Error())
	}
	return rx.stage(opts, func(f *rxFlow) { f.buffer(timespan, count) })
}

// buffer emits slices of what comes in each timespan, unless that is nil, and
// of count values at most, unless that is 0.
func (f *rxFlow) buffer(timespan rxgo.Duration, count int) {
	var held []interface{}
	flush := func() bool {
		values := held
		held = nil
		return len(values) == 0 || f.emitValue(values)
	}
	f.periodically(timespan, flush, func(item rxgo.Item) bool {
		if item.Error() {
			return flush() && f.emit(item)
		}
		held = append(held, item.V)
		return len(held) != count || flush()
	})
	if f.ctx.Err() == nil {
		flush()
	}
}

// periodically calls each for every item and tick after every timespan, unless
// that is nil, until one of them returns false, the source ends or the
// observation does.
func (f *rxFlow) periodically(timespan rxgo.Duration, tick func() bool, each func(rxgo.Item) bool) {
	var over <-chan rxgo.Item
	forget := func() {}
	wind := func() {
		forget()
		if timespan != nil {
			over, forget = f.alarm(timespan)
		}
	}
	wind()
	defer func() { forget() }()
	for {
		select {
		case <-f.ctx.Done():
			return
		case <-over:
			wind()
			if !tick() {
				return
			}
		case item, ok := <-f.in:
			if !ok || !each(item) {
				return
			}
		}
	}
}
