package stream

import (
	"context"
	"fmt"
	"time"

	"github.com/reactivex/rxgo/v2"
)

// FromRx returns the values of an RxGo Observable, which is observed anew for
// each subscription, before Attach returns. A value that is not a T ends the
// stream with a [*TypeError], and an Item with an error ends it with that
// error. The end of a subscription cancels the context that o is observed
// with; operators of RxGo's that send without looking at it are received from
// for a moment longer.
//
// FromRx of what [Observable.Rx] returns, for the same T, is that Observable.
func FromRx[T any](o rxgo.Observable) Observable[T] {
	if rx, ok := o.(Rx); ok {
		if rx.source == nil {
			return Observable[T]{}
		}
		if a, ok := rx.source.(attachment[T]); ok {
			return Observable[T]{attach: a}
		}
	}
	return New(func(ctx context.Context, dst Observer[T]) func() {
		observed, cancel := context.WithCancel(ctx)
		items := o.Observe(rxgo.WithContext(observed))
		return func() {
			defer grace(items)
			defer cancel()
			var err error
			returned := false
			Protect(dst, func() {
				err = deliverItems(ctx, dst, items)
				returned = true
			})
			if returned {
				cancel()
				dst.Done(err)
			}
		}
	})
}

// deliverItems gives dst the values of items and returns why it ends.
func deliverItems[T any](ctx context.Context, dst Observer[T], items <-chan rxgo.Item) error {
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case item, ok := <-items:
			switch {
			case ctx.Err() != nil:
				return context.Cause(ctx)
			case !ok:
				return nil
			case item.Error():
				return item.E
			}
			v, ok := item.V.(T)
			if !ok && (item.V != nil || !nilable[T]()) {
				return &TypeError{Want: typeName[T](), Got: fmt.Sprintf("%T", item.V)}
			}
			if !dst.Next(v) {
				return ErrStopped
			}
		}
	}
}

// nilable reports whether a nil value can be a T, which is then an interface.
func nilable[T any]() bool {
	var zero T
	return any(zero) == nil
}

// typeName returns the name of T, as fmt's %T writes it.
func typeName[T any]() string { return fmt.Sprintf("%T", (*T)(nil))[1:] }

// patienceWithRxGo is how long operators of RxGo's that have been cancelled
// are received from after the last item. Some never close their channel.
const patienceWithRxGo = 10 * time.Millisecond

// grace receives what is still sent into items, until that closes or nothing
// has come for a while.
func grace(items <-chan rxgo.Item) {
	timer := time.NewTimer(patienceWithRxGo)
	defer timer.Stop()
	for {
		select {
		case _, ok := <-items:
			if !ok {
				return
			}
			timer.Reset(patienceWithRxGo)
		case <-timer.C:
			return
		}
	}
}
