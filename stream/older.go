package stream

import (
	"context"
	"sync"
)

// older holds what a subscriber gets before the values that are emitted from
// now on, and the latter too until its run has caught up. The holder of the
// subject's role pushes, the subscriber's run takes.
type older[T any] struct {
	ctx  context.Context
	room chan struct{} // to the holder: look again; has room for one

	mu       sync.Mutex
	values   []T
	limit    int
	wantRoom bool
	sealed   bool // the run has caught up: nothing is held any more
	ended    bool // Done is due, after the values
	aborted  bool // or instead of them
	err      error
}

// pushed is what became of a value.
type pushed uint8

const (
	accepted pushed = iota
	timedOut        // it would have had to wait too long
	caughtUp        // it has to be delivered directly
	over            // the subscriber has ended
)

func newOlder[T any](ctx context.Context, first []T, limit int) *older[T] {
	return &older[T]{ctx: ctx, values: first, limit: len(first) + limit, room: make(chan struct{}, 1)}
}

// push adds v, waiting for room until limit ends; a nil limit never does.
func (o *older[T]) push(v T, limit context.Context) pushed {
	var patience <-chan struct{}
	if limit != nil {
		patience = limit.Done()
	}
	for {
		o.mu.Lock()
		switch {
		case o.sealed:
			o.mu.Unlock()
			return caughtUp
		case o.ended:
			o.mu.Unlock()
			return over
		case len(o.values) < o.limit:
			o.values = append(o.values, v)
			o.mu.Unlock()
			return accepted
		}
		o.wantRoom = true
		o.mu.Unlock()
		select {
		case <-o.room:
		case <-o.ctx.Done():
			return over
		case <-patience:
			return timedOut
		}
	}
}

// take returns what to deliver next. When there is nothing, it is not ok: then
// Done is due if o has ended, and otherwise the subscriber has caught up.
func (o *older[T]) take() (values []T, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.aborted {
		return nil, false
	}
	if len(o.values) == 0 {
		o.sealed = !o.ended
		return nil, false
	}
	values, o.values = o.values, nil
	if o.wantRoom {
		o.wantRoom = false
		signal(o.room)
	}
	return values, true
}

// end makes Done(err) due after the values. False means that the subscriber
// has caught up, so that Done is not for its run to call.
func (o *older[T]) end(err error) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.ended && !o.sealed {
		o.ended, o.err = true, err
	}
	return !o.sealed
}

// abort makes Done(err) due at once. False is as for end.
func (o *older[T]) abort(err error) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.aborted && !o.sealed {
		o.ended, o.aborted, o.err = true, true, err
		signal(o.room)
	}
	return !o.sealed
}

// due reports whether Done is due, and what it gets.
func (o *older[T]) due() (due bool, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.ended, o.err
}

// keep adds a value that will not be delivered.
func (o *older[T]) keep(v T) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.values = append(o.values, v)
}

// leave ends o for its run, which has not delivered batch.
func (o *older[T]) leave(batch []T) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ended = true
	o.values = append(batch, o.values...)
	signal(o.room)
}

// rest returns what was not delivered.
func (o *older[T]) rest() []T {
	o.mu.Lock()
	defer o.mu.Unlock()
	rest := o.values
	o.values = nil
	return rest
}

// catchUp delivers older values, and those that come meanwhile, on the
// goroutine that runs sub's subscription. It returns when sub lives from the
// subject's own deliveries, or has ended.
func (s *Subject[T]) catchUp(sub *subscriber[T], o *older[T]) {
	var batch []T // not yet delivered
	leave := func(err error) {
		o.leave(batch)
		sub.release()
		defer s.do(operation[T]{what: remove, sub: sub}) // also if Done ends the goroutine
		protect(func() {
			if p, threw := err.(*PanicError); threw {
				err = Caught(sub.dst, p)
			}
			sub.dst.Done(err)
		}, func(*PanicError) {})
	}
	protect(func() {
		for {
			var ok bool
			if batch, ok = o.take(); !ok {
				break
			}
			for len(batch) > 0 {
				if sub.cancelled.Load() {
					leave(context.Cause(sub.ctx))
					return
				}
				v := batch[0]
				batch = batch[1:]
				if !sub.dst.Next(v) {
					leave(ErrStopped)
					return
				}
			}
		}
		if due, err := o.due(); due {
			leave(err)
		}
	}, func(err *PanicError) { leave(err) })
}
