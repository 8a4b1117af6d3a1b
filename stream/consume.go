package stream

import (
	"context"
	"errors"
	"iter"
)

// Each calls f for every value and waits for the end. A cold source runs on
// the caller's goroutine; a hot one calls f on the goroutine that emits.
//
// It returns nil at completion, the first error of f, which stops the stream,
// the cause of ctx when that ended, and otherwise the stream's failure.
func (o Observable[T]) Each(ctx context.Context, f func(v T) error) error {
	e := &each[T]{f: f}
	s, run := o.start(ctx, e)
	if run != nil {
		run()
	}
	<-s.ended() // bounded by ctx, through the source
	if e.err != nil {
		return e.err
	}
	return s.err
}

type each[T any] struct {
	f   func(v T) error
	err error
}

func (e *each[T]) Next(v T) bool {
	err := e.f(v)
	if err == nil {
		return true
	}
	e.err = err
	return false
}

// NextFunc is for [NextOf]. It is not inlined, as the compiler inlines nothing into
// the functions of what it has inlined.
//
//go:noinline
func (e *each[T]) NextFunc() func(v T) bool {
	return func(v T) bool { return e.Next(v) }
}

func (e *each[T]) Done(error) {}

// errFirst stops the stream of an Await that has its value.
var errFirst = errors.New("stream: first value")

// Await waits for the first value and stops. It returns [ErrEmpty] when the
// stream completes without one, the cause of ctx when that ended first, and
// otherwise the stream's failure.
func (o Observable[T]) Await(ctx context.Context) (first T, err error) {
	err = o.Each(ctx, func(v T) error {
		first = v
		return errFirst
	})
	switch err {
	case errFirst:
		return first, nil
	case nil:
		return first, ErrEmpty
	}
	return first, err
}

// Values returns the stream as a sequence to range over: the body of the loop
// runs on the caller's goroutine, and p says what happens to values that come
// faster. Leaving the loop stops the stream.
//
// A failure, and the cause of ctx, come as the last pair, with a zero value.
// Each range over the sequence is a subscription of its own.
func (o Observable[T]) Values(ctx context.Context, p Policy) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		ctx, cancel := context.WithCancelCause(ctx)
		q := NewQueue[T](ctx, p)
		s := o.Subscribe(ctx, q)
		defer func() {
			cancel(ErrStopped)
			<-s.ended()
		}()
		var batch []T
		for {
			var ok bool
			if batch, ok = q.Batch(batch[:0]); !ok {
				if err := q.Err(); err != nil {
					yield(zero, err)
				}
				return
			}
			for i, v := range batch {
				batch[i] = zero
				if !yield(v, nil) {
					return
				}
			}
		}
	}
}

// Chan returns the stream as a channel, whose capacity is the policy's, and a
// function that says why it was closed. The channel closes at the end; err
// waits for that and returns nil at completion. To stop early, cancel ctx.
//
// With Unbounded the channel has no capacity and a goroutine feeds it until
// the end.
func (o Observable[T]) Chan(ctx context.Context, p Policy) (values <-chan T, err func() error) {
	if p.kind == KindUnbounded {
		return o.pump(ctx, p)
	}
	return o.direct(ctx, p)
}
