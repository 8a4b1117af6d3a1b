package stream

import (
	"context"

	"github.com/reactivex/rxgo/v2"
)

// This file is about the methods that observe at once.

// consume attaches, and gives every item to f until that returns false, on a
// goroutine of its own. At the end it calls last, and closes the channel.
func (rx Rx) consume(s rxSettings, f func(rxgo.Item) bool, last func()) rxgo.Disposed {
	ctx, cancel := context.WithCancel(s.ctx)
	s.ctx = ctx
	items := rx.observe(s)
	over := make(chan struct{})
	go func() { // ends with the source, or with the context
		defer close(over)
		defer cancel()
		defer last()
		for {
			select {
			case item, ok := <-items:
				if !ok || !f(item) {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return over
}

func nothing() {}

// ForEach attaches, and calls nextFunc for each value, errFunc for each
// failure, and completedFunc at the end, also after a failure and when the
// context has ended. The channel it returns closes then.
func (rx Rx) ForEach(nextFunc rxgo.NextFunc, errFunc rxgo.ErrFunc, completedFunc rxgo.CompletedFunc, opts ...rxgo.Option) rxgo.Disposed {
	return rx.consume(settingsOf(opts), func(item rxgo.Item) bool {
		if item.Error() {
			errFunc(item.E)
		} else {
			nextFunc(item.V)
		}
		return true
	}, completedFunc)
}

// DoOnNext attaches, and calls nextFunc for each value. The channel it returns
// closes at the end.
func (rx Rx) DoOnNext(nextFunc rxgo.NextFunc, opts ...rxgo.Option) rxgo.Disposed {
	return rx.consume(settingsOf(opts), func(item rxgo.Item) bool {
		if item.Error() {
			return false
		}
		nextFunc(item.V)
		return true
	}, nothing)
}

// DoOnError attaches, and calls errFunc if there is a failure. The channel it
// returns closes at the end.
func (rx Rx) DoOnError(errFunc rxgo.ErrFunc, opts ...rxgo.Option) rxgo.Disposed {
	return rx.consume(settingsOf(opts), func(item rxgo.Item) bool {
		if !item.Error() {
			return true
		}
		errFunc(item.E)
		return false
	}, nothing)
}

// DoOnCompleted attaches, and calls completedFunc at the end, whatever ends
// it. The channel it returns closes then.
func (rx Rx) DoOnCompleted(completedFunc rxgo.CompletedFunc, opts ...rxgo.Option) rxgo.Disposed {
	return rx.consume(settingsOf(opts), func(item rxgo.Item) bool { return !item.Error() }, completedFunc)
}

// Run attaches, and receives all items. The channel it returns closes at the
// end.
func (rx Rx) Run(opts ...rxgo.Option) rxgo.Disposed {
	return rx.consume(settingsOf(opts), func(rxgo.Item) bool { return true }, nothing)
}

// Send attaches, and sends each item to output, a failure last. It does not
// block. At the end it closes output.
func (rx Rx) Send(output chan<- rxgo.Item, opts ...rxgo.Option) {
	s := settingsOf(opts)
	rx.consume(s, func(item rxgo.Item) bool {
		return item.SendContext(s.ctx, output) && !item.Error()
	}, func() { close(output) })
}

// Error waits for the end and returns the first failure, nil at completion. It
// returns the context's error when that ends first.
func (rx Rx) Error(opts ...rxgo.Option) error {
	_, err := rx.ToSlice(0, opts...)
	return err
}

// Errors waits for the end and returns all failures. It returns the context's
// error alone when that ends first.
func (rx Rx) Errors(opts ...rxgo.Option) []error {
	s := settingsOf(opts)
	errs := []error{}
	<-rx.consume(s, func(item rxgo.Item) bool {
		if item.Error() {
			errs = append(errs, item.E)
		}
		return true
	}, nothing)
	if err := s.ctx.Err(); err != nil {
		return []error{err}
	}
	return errs
}

// ToSlice waits for the end and returns all values, and the failure, if there
// is one. It returns the context's error when that ends first.
func (rx Rx) ToSlice(initialCapacity int, opts ...rxgo.Option) ([]interface{}, error) {
	s := settingsOf(opts)
	values := make([]interface{}, 0, initialCapacity)
	var err error
	<-rx.consume(s, func(item rxgo.Item) bool {
		if item.Error() {
			err = item.E
			return s.lenient
		}
		values = append(values, item.V)
		return true
	}, nothing)
	if err == nil {
		err = s.ctx.Err()
	}
	return values, err
}
