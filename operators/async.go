package operators

import (
	"context"
	"errors"
	"sync"

	"github.com/rxpeer/rxpeer/stream"
)

// Buffer puts an asynchronous boundary into the stream: the source leaves its
// values in a queue and goes on, and another goroutine delivers them from
// there. p is the size of the queue and what happens when it is full.
//
//	o:                  abcd|
//	Buffer(Block(9)):   a--b--c--d--|    to a slow subscriber, for which o does not wait
//
// The order is kept. What waits when o completes or fails is still delivered,
// before the end; what waits when the subscription is stopped, or its context
// ends, is forgotten. What the policy drops counts in
// [stream.Subscription.Dropped].
//
// The goroutine of the subscription delivers. A cold source runs on one that
// Buffer owns, which has ended when Done is called.
//
// RxGo: -. RxJS: -. samber/ro: ObserveOn.
func Buffer[T any](o stream.Observable[T], p stream.Policy) stream.Observable[T] {
	return stream.New(func(ctx context.Context, dst stream.Observer[T]) func() {
		b := &buffer[T]{dst: dst}
		b.ctx, b.cancel = context.WithCancelCause(ctx)
		b.in = &intake[T]{Queue: stream.NewQueue[T](b.ctx, p), detached: make(chan struct{})}
		stream.Protected(dst)
		b.unwatch = watchQueue(ctx, b.in.Queue)
		b.source = o.Attach(b.ctx, b.in)
		return b.run
	})
}

// buffer is a subscription to a Buffer.
type buffer[T any] struct {
	dst    stream.Observer[T]
	ctx    context.Context // of the source
	cancel context.CancelCauseFunc
	in     *intake[T]
	source func() // runs a cold source; nil: it is hot
	runs   sync.WaitGroup

	unwatch func() // lets go of a Meter
}

func (b *buffer[T]) run() {
	if b.source != nil {
		b.runs.Go(func() { stream.Protect(b.in, b.source) }) // ends with b.ctx, end waits for it
	}
	var err error
	returned := false
	stream.Protect(ending[T](b.fail), func() {
		err = b.deliver()
		returned = true
	})
	if returned {
		b.end(err)
	}
}

// deliver delivers until there is a reason not to.
func (b *buffer[T]) deliver() error {
	var (
		zero  T
		batch []T
		more  bool
	)
	next := stream.NextOf(b.dst)
	for {
		if batch, more = b.in.Batch(batch[:0]); !more {
			return b.in.Err()
		}
		for i, v := range batch {
			if b.ctx.Err() != nil {
				return context.Cause(b.ctx)
			}
			batch[i] = zero
			if !next(v) {
				return stream.ErrStopped
			}
		}
	}
}

// fail ends the subscription with what deliver threw.
func (b *buffer[T]) fail(err error) {
	var thrown *stream.PanicError
	if errors.As(err, &thrown) {
		err = stream.Caught(b.dst, thrown)
	}
	b.end(err)
}

// end detaches the source before it passes the end on.
func (b *buffer[T]) end(err error) {
	b.cancel(stream.ErrStopped)
	<-b.in.detached
	b.runs.Wait()
	b.unwatch()
	b.dst.Done(err)
}

// intake is a queue that tells when the source has let go of it.
type intake[T any] struct {
	*stream.Queue[T]
	once     sync.Once
	detached chan struct{}
}

func (i *intake[T]) Done(err error) {
	i.Queue.Done(err)
	i.once.Do(func() { close(i.detached) })
}

// ending is an observer that cares for the end only.
type ending[T any] func(err error)

func (ending[T]) Next(T) bool      { return false }
func (e ending[T]) Done(err error) { e(err) }
