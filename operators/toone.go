package operators

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync/atomic"

	"github.com/rxpeer/rxpeer/stream"
)

// toOne is a fan whose values go to one branch each. Values come to the queues
// by the holder of the role of calls: from the source, and from branches that
// have failed.
type toOne[T any] struct {
	*fan[T]
	stream.Patience // of who brings the value
	calls           *serial[T]
	room            chan struct{} // to the holder: look again; has room for one
	wanted          atomic.Bool   // the holder waits for that

	// Owned by the holder of the role.
	choose func(v T) *Branch[T] // nil: there is none, or no time to wait for one
	open   []*Branch[T]         // that take values
	last   bool                 // the source has ended
	rest   []T                  // what branches that failed since have left
}

func fanToOne[T any](ctx context.Context, name string, o stream.Observable[T], branches []*Branch[T], choice func(f *toOne[T]) func(T) *Branch[T]) *stream.Subscription {
	return fanOut(ctx, name, branches, func(f *fan[T]) (run func()) {
		one := &toOne[T]{fan: f, room: make(chan struct{}, 1), open: slices.Clone(branches)}
		one.choose = choice(one)
		one.calls = newSerial(f.ctx, 2, one.route, one.done)
		one.calls.down = &one.Patience
		f.take, f.failed, f.settle = one.takeOne, one.handOver, one.settleRest
		f.parts.Done() // one.done is the other
		return one.calls.attach(o)
	})
}

// takeOne leaves the others in the queue, where they count against its size.
func (f *toOne[T]) takeOne(b *Branch[T], buf []T) ([]T, bool) {
	v, more := b.queue.Take()
	if !more {
		return buf, false
	}
	f.signalRoom()
	return append(buf, v), true
}

func (f *toOne[T]) signalRoom() {
	if f.wanted.Swap(false) {
		select {
		case f.room <- struct{}{}:
		default:
		}
	}
}

// route gives v to one of the branches. False means that no more are wanted.
func (f *toOne[T]) route(v T) (more bool) {
	for {
		b := f.choose(v)
		if b == nil {
			f.lose(1)
			f.Miss()
			return len(f.open) > 0
		}
		taken, lost := b.put(v, &f.Patience)
		switch {
		case taken:
			return true
		case lost:
			f.shut(b)
			return len(f.open) > 0
		case f.ctx.Err() != nil:
			return false
		}
		f.retire(b)
	}
}

// lose counts values that no branch is left for.
func (f *toOne[T]) lose(n int) {
	if f.outer.Err() == nil {
		f.calls.drops(uint64(n))
	}
}

// shut gives no more values to b.
func (f *toOne[T]) shut(b *Branch[T]) {
	f.open = slices.DeleteFunc(f.open, func(other *Branch[T]) bool { return other == b })
}

// retire hands over what b, which is over, has not delivered.
func (f *toOne[T]) retire(b *Branch[T]) {
	f.shut(b)
	left := f.leftBy(b)
	if f.last {
		f.rest = append(f.rest, left...)
		return
	}
	for _, v := range left {
		f.route(v)
	}
}

// leftBy removes what b has not delivered.
func (f *toOne[T]) leftBy(b *Branch[T]) (left []T) {
	if left, b.held = slices.Clone(b.held), nil; len(left) > 0 && !errors.Is(b.Err(), net.ErrClosed) {
		left = left[1:]
		f.lose(1)
	}
	for more := true; more; {
		left, more = b.queue.Batch(left) // does not wait, for it has ended
	}
	return left
}

// handOver is called by the goroutine of a branch that has failed.
func (f *toOne[T]) handOver(b *Branch[T]) {
	f.signalRoom()
	f.calls.do(func() {
		f.retire(b)
		f.leave(b)
	})
}

// done is called when the source has ended.
func (f *toOne[T]) done(err error) {
	f.last = true
	f.sourceEnded(err)
	f.parts.Done()
}

// settleRest delivers what branches have left that failed after the source had
// ended.
func (f *toOne[T]) settleRest() {
	settled := make(chan struct{})
	f.calls.do(func() { close(settled) }) // after what was brought before
	<-settled
	defer func() { f.lose(len(f.rest)) }() // even if a sink ends the goroutine
	for len(f.rest) > 0 && len(f.open) > 0 {
		b := f.choose(f.rest[0])
		stream.Protect(ending[T](b.fail), func() {
			if err := b.sink.Emit(f.ctx, f.rest[0]); err != nil && f.ctx.Err() == nil {
				b.fail(err)
			}
		})
		err := b.Err()
		switch {
		case f.ctx.Err() != nil:
			f.rest = nil
			return
		case err == nil:
			f.rest = f.rest[1:]
			continue
		case !errors.Is(err, net.ErrClosed):
			f.rest = f.rest[1:]
			f.lose(1)
		}
		f.shut(b)
		f.leave(b)
		stream.Protect(ending[T](b.fail), func() { b.close(err) })
	}
}
