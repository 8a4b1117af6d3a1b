package operators

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/rxpeer/rxpeer/stream"
)

// Branch is one destination of [Into], made by [To]. It serves one Into. Its
// methods but Closing are safe for concurrent use.
type Branch[T any] struct {
	sink    stream.Sink[T]
	policy  stream.Policy
	closing bool
	used    atomic.Bool
	queue   *stream.Queue[T] // written before Into returns

	mu  sync.Mutex
	err error
}

// To returns a branch that delivers into sink, behind a queue with the policy
// p. It leaves the sink open at the end.
func To[T any](sink stream.Sink[T], p stream.Policy) *Branch[T] {
	return &Branch[T]{sink: sink, policy: p}
}

// Closing makes the branch end its sink when the stream ends: with Complete at
// completion, and Abort with the reason otherwise. It returns the branch.
func (b *Branch[T]) Closing() *Branch[T] {
	b.closing = true
	return b
}

// Dropped returns how many values the branch's policy has dropped so far. Call
// it after [Into].
func (b *Branch[T]) Dropped() uint64 { return b.queue.Dropped() }

// Err returns the failure that ended the branch: the error of its sink, nil if
// there was none so far.
func (b *Branch[T]) Err() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// Into subscribes to o once and delivers its values into each branch's sink.
//
//	o:                  1---2---3---|
//	To(a, Block(9)):    1---2---3---
//	To(b, Latest()):    1-------3---      b was busy with 1
//
// Each branch has its own queue, goroutine, policy, drop counter and failure:
// a sink that refuses a value, because it has ended or cannot carry it, ends
// its branch and no other. A branch that blocks holds the others back; one
// that drops does not. When no branch is left o is stopped. Sinks are left open
// but for those of branches that are [Branch.Closing].
//
// ctx bounds the subscription. It ends, and Wait returns, when o has ended and
// all branches have delivered what they hold: with the failure of o, or else
// with those of the branches, joined, or else nil. Its Dropped is the sum over
// the branches. Into panics when a branch was used before.
func Into[T any](ctx context.Context, o stream.Observable[T], branches ...*Branch[T]) *stream.Subscription {
	for i, b := range branches {
		if b.used.Swap(true) {
			panic(fmt.Sprintf("operators: branch %d of Into was used before", i))
		}
	}
	fanned := stream.New(func(ctx context.Context, dst stream.Observer[T]) func() {
		f := &fan[T]{branches: branches, dst: dst}
		f.ctx, f.cancel = context.WithCancelCause(ctx)
		f.live.Store(int32(len(branches)))
		for _, b := range branches {
			b.queue = stream.NewQueue[T](f.ctx, b.policy)
		}
		if len(branches) == 0 {
			f.cancel(stream.ErrStopped)
		}
		f.parts.Add(2)
		f.source = attachPart(f.ctx, o, f, f.parts.Done)
		return f.run
	})
	return fanned.Subscribe(ctx, ending[T](func(error) {}))
}

// fan is a subscription of an Into: the observer of its source.
type fan[T any] struct {
	branches []*Branch[T]
	dst      stream.Observer[T] // gets only the end
	ctx      context.Context    // of the source and the queues
	cancel   context.CancelCauseFunc
	source   func()         // runs a cold source; nil: it is hot
	parts    sync.WaitGroup // Done and the run of the source
	live     atomic.Int32   // branches
	ended    atomic.Bool    // Done was called
	err      error          // with that
}

func (f *fan[T]) Next(v T) bool {
	for _, b := range f.branches {
		b.queue.Next(v)
	}
	return f.live.Load() > 0
}

func (f *fan[T]) Done(err error) {
	if f.ended.Swap(true) {
		return
	}
	f.err = err
	for _, b := range f.branches {
		b.queue.Done(err)
	}
	f.parts.Done()
}

func (f *fan[T]) run() {
	var branches sync.WaitGroup
	defer func() { // even if the source ends the goroutine
		f.parts.Wait()
		branches.Wait()
		f.cancel(stream.ErrStopped)
		f.dst.Done(f.outcome())
	}()
	for _, b := range f.branches {
		branches.Go(func() { f.serve(b) }) // ends with the queue or the branch
	}
	if f.source != nil {
		f.source()
	}
}

// serve delivers what b's queue gets until b ends.
func (f *fan[T]) serve(b *Branch[T]) {
	defer func() {
		if err := b.Err(); err != nil {
			b.queue.Done(err)
			if f.live.Add(-1) == 0 {
				f.cancel(stream.ErrStopped)
			}
		}
	}()
	stream.Protect(ending[T](b.fail), func() {
		err := b.deliver(f.ctx)
		switch {
		case !b.closing:
		case err == nil:
			b.sink.Complete()
		default:
			b.sink.Abort(err)
		}
	})
}

// deliver delivers until it returns why not any longer: nil at completion.
func (b *Branch[T]) deliver(ctx context.Context) error {
	var (
		zero  T
		batch []T
		more  bool
	)
	for {
		if batch, more = b.queue.Batch(batch[:0]); !more {
			return b.queue.Err()
		}
		for i, v := range batch {
			batch[i] = zero
			err := b.sink.Emit(ctx, v)
			switch {
			case ctx.Err() != nil:
				return context.Cause(ctx)
			case err != nil:
				b.fail(err)
				return err
			}
		}
	}
}

func (b *Branch[T]) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = err
}

// outcome returns what the subscription ends with.
func (f *fan[T]) outcome() error {
	if f.err != nil && f.live.Load() > 0 {
		return f.err
	}
	var failures []error
	for i, b := range f.branches {
		if err := b.Err(); err != nil {
			failures = append(failures, fmt.Errorf("operators: branch %d of Into: %w", i, err))
		}
	}
	return errors.Join(failures...)
}
