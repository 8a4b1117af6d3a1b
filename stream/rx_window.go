package stream

import (
	"fmt"

	"github.com/reactivex/rxgo/v2"
)

// WindowWithCount emits an Observable for every count values, with those
// values; for all of them if count is 0.
func (rx Rx) WindowWithCount(count int, opts ...rxgo.Option) rxgo.Observable {
	if count < 0 {
		return thrown(rxgo.Empty().WindowWithCount(count).Error())
	}
	return rx.stage(opts, func(f *rxFlow) { f.windows(nil, count) })
}

// WindowWithTime emits an Observable for each timespan in which there are
// values, with those values.
func (rx Rx) WindowWithTime(timespan rxgo.Duration, opts ...rxgo.Option) rxgo.Observable {
	if timespan == nil {
		return thrown(rxgo.Empty().WindowWithTime(timespan).Error())
	}
	return rx.stage(opts, func(f *rxFlow) { f.windows(timespan, 0) })
}

// WindowWithTimeOrCount emits an Observable for each timespan in which there
// are values, and after count values another one; count 0 means any number.
func (rx Rx) WindowWithTimeOrCount(timespan rxgo.Duration, count int, opts ...rxgo.Option) rxgo.Observable {
	if timespan == nil || count < 0 {
		return thrown(rxgo.Empty().WindowWithTimeOrCount(timespan, count).Error())
	}
	return rx.stage(opts, func(f *rxFlow) { f.windows(timespan, count) })
}

// windows emits Observables of what comes in each timespan, unless that is
// nil, and of count values at most, unless that is 0. A failure goes into the
// window that is open, or into a new one.
func (f *rxFlow) windows(timespan rxgo.Duration, count int) {
	var w chan rxgo.Item // nil: none is open
	n := 0
	shut := func() bool {
		if w != nil {
			close(w)
			w, n = nil, 0
		}
		return true
	}
	defer shut()
	f.periodically(timespan, shut, func(item rxgo.Item) bool {
		if w == nil {
			w = f.channel()
			if !f.emitValue(rxgo.FromChannel(w)) {
				return false
			}
		}
		if !item.SendContext(f.ctx, w) || item.Error() && !f.settings.lenient {
			return false
		}
		if n++; n == count {
			shut()
		}
		return true
	})
}

// channel returns a channel for a window or a group.
func (f *rxFlow) channel() chan rxgo.Item { return make(chan rxgo.Item, f.settings.capacity) }

// GroupBy emits length Observables, and then each value into the one whose
// index distribution returns. An index that there is not ends all with an
// rxgo.IndexOutOfBoundError.
func (rx Rx) GroupBy(length int, distribution func(rxgo.Item) int, opts ...rxgo.Option) rxgo.Observable {
	return rx.stage(opts, func(f *rxFlow) {
		groups := make([]chan rxgo.Item, length)
		for i := range groups {
			groups[i] = f.channel()
			defer close(groups[i])
		}
		for _, group := range groups {
			if !f.emitValue(rxgo.FromChannel(group)) {
				return
			}
		}
		f.distribute(func() []chan rxgo.Item { return groups }, func(item rxgo.Item) (chan rxgo.Item, error) {
			i := distribution(item)
			if i < 0 || i >= length {
				return nil, fmt.Errorf("stream: group %d of %d: %w", i, length, rxgo.IndexOutOfBoundError{})
			}
			return groups[i], nil
		})
	})
}

// GroupByDynamic emits an rxgo.GroupedObservable for each key that
// distribution returns, with the values that it returns the key for.
func (rx Rx) GroupByDynamic(distribution func(rxgo.Item) string, opts ...rxgo.Option) rxgo.Observable {
	return rx.stage(opts, func(f *rxFlow) {
		byKey := map[string]chan rxgo.Item{}
		all := func() (groups []chan rxgo.Item) {
			for _, group := range byKey {
				groups = append(groups, group)
			}
			return groups
		}
		f.distribute(all, func(item rxgo.Item) (chan rxgo.Item, error) {
			key := distribution(item)
			group, ok := byKey[key]
			if !ok {
				group = f.channel()
				byKey[key] = group
				f.emitValue(rxgo.GroupedObservable{Observable: rxgo.FromChannel(group), Key: key})
			}
			return group, nil
		})
		for _, group := range byKey {
			close(group)
		}
	})
}

// distribute sends each value into the group that it is for, and a failure into
// all.
func (f *rxFlow) distribute(all func() []chan rxgo.Item, groupOf func(rxgo.Item) (chan rxgo.Item, error)) {
	for {
		item, ok := f.next()
		if !ok {
			return
		}
		if !item.Error() {
			group, err := groupOf(item)
			if err == nil {
				if !item.SendContext(f.ctx, group) {
					return
				}
				continue
			}
			item = rxgo.Error(err)
		}
		for _, group := range all() {
			if !item.SendContext(f.ctx, group) {
				return
			}
		}
		if !f.settings.lenient {
			return
		}
	}
}
