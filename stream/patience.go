package stream

import "context"

// Patience tells an observer that may have to wait, such as the bounded queue
// at the end of a chain, how long the delivery under way may take, and is told
// there what did not get through. So a [Sink.TryEmit], or an Emit with a
// deadline, at the beginning of a chain waits nowhere in it for longer.
//
// Observers that are called by more than one source, or hand values over to
// other goroutines, embed one for each source. It belongs to the goroutine that
// calls Next, during the call. A nil *Patience is endless.
type Patience struct {
	limit  context.Context // nil: as long as the subscription lasts
	missed bool
}

// PatienceOf returns the Patience of the observer that dst leads to without a
// queue or a goroutine between, nil when that never waits.
func PatienceOf[T any](dst Observer[T]) *Patience {
	if b, ok := dst.(interface{ boundary() *Patience }); ok {
		return b.boundary()
	}
	return nil
}

func (p *Patience) boundary() *Patience { return p }

// Context returns a context that ends when the delivery may wait no longer.
// Whatever ends the subscription is not seen in it.
func (p *Patience) Context() context.Context {
	if p == nil || p.limit == nil {
		return context.Background()
	}
	return p.limit
}

// Ends reports whether Context can end.
func (p *Patience) Ends() bool { return p != nil && p.limit != nil }

// Miss tells the source that the value under way did not get through. Who calls
// it counts the value as dropped, see [Drops].
func (p *Patience) Miss() {
	if p != nil {
		p.missed = true
	}
}

// Lend calls deliver, in which values are delivered to the observer that p
// belongs to, with the patience that by has: what is missed there is missed by
// by.
func (p *Patience) Lend(by *Patience, deliver func()) {
	if p == nil || !by.Ends() {
		deliver()
		return
	}
	p.limit, p.missed = by.limit, false
	defer func() {
		p.limit = nil
		by.missed = by.missed || p.missed
	}()
	deliver()
}

// noPatience is the limit of deliveries that must not wait.
var noPatience = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// limitOf returns ctx as a limit for a Patience: nil when it cannot end.
func limitOf(ctx context.Context) context.Context {
	if ctx.Done() == nil {
		return nil
	}
	return ctx
}
