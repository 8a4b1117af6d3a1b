package operators

import (
	"context"

	"github.com/rxpeer/rxpeer/stream"
)

// tail is the part that stages which hold values back have in common: as
// [stream.Stage], but what is held can be delivered before the end.
type tail[T any] struct {
	stream.Stage[T]
	next    func(v T) bool // of Dst
	ctx     context.Context
	calling bool // Next was called, and has not returned
	stopped bool // Next has returned false
}

func newTail[T any](ctx context.Context, dst stream.Observer[T]) tail[T] {
	return tail[T]{Stage: stream.Stage[T]{Dst: dst}, next: stream.NextOf(dst), ctx: ctx}
}

func (t *tail[T]) Next(v T) bool {
	t.calling = true
	more := t.next(v)
	t.calling, t.stopped = false, !more
	return more
}

// end passes err on, after calling flush, which delivers what is held, if the
// subscriber is still there to get it.
func (t *tail[T]) end(err error, flush func()) {
	switch {
	case t.calling || t.stopped:
	case t.ctx.Err() != nil:
		err = context.Cause(t.ctx) // also if it has completed: something may be held
	default:
		flushed := false
		stream.Protect(t.Dst, func() {
			flush()
			flushed = true
		})
		switch {
		case !flushed:
			return
		case t.stopped && err == nil:
			err = stream.ErrStopped // there may have been more
		case t.ctx.Err() != nil:
			err = context.Cause(t.ctx)
		}
	}
	t.Dst.Done(err)
}
