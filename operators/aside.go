package operators

import (
	"context"

	"github.com/rxpeer/rxpeer/stream"
)

// aside puts values of a subscription, in ctx, into a sink beside it.
type aside[T any] struct {
	ctx     context.Context
	sink    stream.Sink[T] // nil: they are dropped
	dropped func(n uint64)
}

// put waits for the sink as long as p allows. What that does not take counts as
// dropped, and as missed if there is a sink that could have.
func (a *aside[T]) put(p *stream.Patience, v T) {
	if a.sink == nil {
		a.dropped(1)
		return
	}
	if a.emit(p, v) || a.ctx.Err() != nil {
		return
	}
	a.dropped(1)
	p.Miss()
}

// emit reports whether the sink has taken v.
func (a *aside[T]) emit(p *stream.Patience, v T) bool {
	ctx := a.ctx
	if p.Ends() {
		if p.Context().Err() != nil { // it must not wait at all
			r := a.sink.TryEmit(v)
			return r == stream.OK || r == stream.NoSubscribers
		}
		limited, cancel := context.WithCancel(p.Context())
		defer cancel()
		defer context.AfterFunc(a.ctx, cancel)()
		ctx = limited
	}
	return a.sink.Emit(ctx, v) == nil
}
