package operators

import (
	"context"
	"sync/atomic"

	"github.com/rxpeer/rxpeer/stream"
)

// port is where one source of a serial delivers.
type port[T any] struct {
	stream.Patience // of the source

	calls *serial[T]
	ended atomic.Bool
}

func (p *port[T]) Next(v T) bool { return p.calls.nextWithin(&p.Patience, v) }

// Done is idempotent: a source that fails in the middle of its own Done is
// reported by its run as well.
func (p *port[T]) Done(err error) {
	if p.ended.Swap(true) {
		return
	}
	if err != nil {
		p.calls.fail(err)
	}
	p.calls.leave()
}

// emitWithin emits v with the patience p, and in ctx if that is endless. What a
// subscriber missed is missed by p.
func emitWithin[T any](p *stream.Patience, ctx context.Context, subject *stream.Subject[T], v T) error {
	if !p.Ends() {
		return subject.Emit(ctx, v)
	}
	ctx = p.Context()
	if ctx.Err() != nil { // it must not wait at all
		switch subject.TryEmit(v) {
		case stream.Overflow:
			p.Miss()
		case stream.Closed:
			return stream.ErrClosed
		}
		return nil
	}
	err := subject.Emit(ctx, v)
	if ctx.Err() != nil {
		p.Miss()
	}
	return err
}

// attach attaches o to a port of its own, for two parts of s that have entered
// before: until o has called Done, and until its run has returned.
func (s *serial[T]) attach(o stream.Observable[T]) (run func()) {
	return attachPart(s.ctx, o, &port[T]{calls: s}, s.leave)
}

// attachPart attaches o to p, which is prepared for a second Done, and calls
// leave when its run has returned, or now if there is none.
func attachPart[T any](ctx context.Context, o stream.Observable[T], p stream.Observer[T], leave func()) (run func()) {
	var source func()
	defer func() {
		if source == nil {
			leave()
		}
	}()
	stream.Protect(p, func() { source = o.Attach(ctx, p) })
	if source == nil {
		return nil
	}
	return func() {
		defer leave()
		stream.Protect(p, source)
	}
}
