package operators

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/rxpeer/rxpeer/stream"
)

// fan is a subscription of an Into, a RoundRobin or a ByKey: its branches, and
// what serves them. How values come to the queues of the branches is theirs.
type fan[T any] struct {
	name     string // of the operator
	branches []*Branch[T]
	dst      stream.Observer[T] // gets only the end
	outer    context.Context
	ctx      context.Context // of the source and the queues
	cancel   context.CancelCauseFunc
	parts    sync.WaitGroup // the end and the run of the source
	live     atomic.Int32   // branches
	ended    atomic.Bool    // the source has
	err      error          // with that

	// take returns values to deliver, appended to buf; false: there are no more.
	take func(b *Branch[T], buf []T) ([]T, bool)
	// failed is told, by the branch's goroutine, that a branch has; it calls leave.
	failed func(b *Branch[T])
	// settle is called when all branches have ended; nil: there is nothing to
	// do, and branches need not wait with closing their sinks.
	settle func()
}

// fanOut subscribes a fan to the source that attach attaches.
func fanOut[T any](ctx context.Context, name string, branches []*Branch[T], attach func(f *fan[T]) (run func())) *stream.Subscription {
	for i, b := range branches {
		if b.used.Swap(true) {
			panic(fmt.Sprintf("operators: branch %d of %s was used before", i, name))
		}
	}
	fanned := stream.New(func(ctx context.Context, dst stream.Observer[T]) func() {
		f := &fan[T]{name: name, branches: branches, dst: dst, outer: ctx}
		f.ctx, f.cancel = context.WithCancelCause(ctx)
		f.take, f.failed = takeBatch[T], f.leave
		f.live.Store(int32(len(branches)))
		for _, b := range branches {
			b.queue = stream.NewQueue[T](f.ctx, b.policy)
		}
		if len(branches) == 0 {
			f.cancel(stream.ErrStopped)
		}
		f.parts.Add(2)
		source := attach(f)
		return func() { f.run(source) }
	})
	return fanned.Subscribe(ctx, ending[T](func(error) {}))
}

func takeBatch[T any](b *Branch[T], buf []T) ([]T, bool) { return b.queue.Batch(buf) }

// sourceEnded lets the branches deliver what they hold, and end.
func (f *fan[T]) sourceEnded(err error) {
	f.err = err
	for _, b := range f.branches {
		b.queue.Done(err)
	}
}

// run serves the branches, and runs the source unless that is hot.
func (f *fan[T]) run(source func()) {
	var branches sync.WaitGroup
	defer func() { // even if the source ends the goroutine
		f.parts.Wait()
		branches.Wait()
		if f.settle != nil {
			branches.Go(f.settleAndClose) // ends when it has
			branches.Wait()
		}
		f.cancel(stream.ErrStopped)
		f.dst.Done(f.outcome())
	}()
	for _, b := range f.branches {
		branches.Go(func() { f.serve(b) }) // ends with the queue or the branch
	}
	if source != nil {
		source()
	}
}

// serve delivers what b's queue gets until b ends.
func (f *fan[T]) serve(b *Branch[T]) {
	defer func() {
		if err := b.Err(); err != nil {
			b.over.Store(true)
			b.queue.Done(err)
			f.failed(b)
		}
	}()
	stream.Protect(ending[T](b.fail), func() {
		if err := b.deliver(f.ctx, f.take); err != nil || f.settle == nil {
			b.close(err)
		}
	})
}

// leave notes that a branch has failed. The last stops the source.
func (f *fan[T]) leave(*Branch[T]) {
	if f.live.Add(-1) == 0 {
		f.cancel(stream.ErrStopped)
	}
}

// settleAndClose calls settle, and closes the sinks of the branches that have
// come to the completion of the source.
func (f *fan[T]) settleAndClose() {
	defer func() { // even if settle ends the goroutine
		for _, b := range f.branches {
			if f.err == nil && b.Err() == nil {
				stream.Protect(ending[T](b.fail), func() { b.close(context.Cause(f.ctx)) })
			}
		}
	}()
	f.settle()
}

// outcome returns what the subscription ends with.
func (f *fan[T]) outcome() error {
	if f.err != nil && f.live.Load() > 0 {
		return f.err
	}
	var failures []error
	for i, b := range f.branches {
		if err := b.Err(); err != nil {
			failures = append(failures, fmt.Errorf("operators: branch %d of %s: %w", i, f.name, err))
		}
	}
	return errors.Join(failures...)
}
