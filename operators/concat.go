package operators

import (
	"context"
	"runtime/debug"
	"slices"
	"sync/atomic"

	"github.com/rxpeer/rxpeer/stream"
)

// Concat returns the values of the first source, when that has completed those
// of the second, and so on.
//
//	a:       1---2---|
//	b:       --x---y---z---|
//	Concat:  1---2-----z---|    b is hot: it is attached when a has completed
//
// It completes with the last source; the first failure ends it. A source is
// attached when its turn comes, at the moment when the one before has ended: a
// cold one begins then, and what a hot one had before is missed, unless it
// remembers it, as subjects of [stream.NewUnicast] and [stream.NewReplay] do.
//
// It is fused: no queue, the order is kept. Hot sources deliver on their own
// goroutines. A cold one runs on the goroutine of the subscription or, when it
// follows a hot one, on one that Concat owns and that ends with it.
//
// RxGo: Concat. RxJS: concat. samber/ro: Concat.
func Concat[T any](sources ...stream.Observable[T]) stream.Observable[T] {
	switch len(sources) {
	case 0:
		return stream.Empty[T]()
	case 1:
		return sources[0]
	}
	sources = slices.Clone(sources)
	return stream.New(func(ctx context.Context, dst stream.Observer[T]) func() {
		c := &concat[T]{ctx: ctx, dst: dst, left: sources}
		if p := c.advance(); p != nil {
			return func() { c.run(p) }
		}
		return nil
	})
}

// concat is a subscription to a Concat. It belongs to the source whose turn it
// is.
type concat[T any] struct {
	ctx  context.Context
	dst  stream.Observer[T]
	left []stream.Observable[T] // those whose turn has not come
	err  error                  // of the source that has failed
}

// advance gives the turn to the next source, and on when that ends at once. It
// returns where that delivers if it has to be run.
func (c *concat[T]) advance() *concatPort[T] {
	for c.err == nil && len(c.left) > 0 {
		o := c.left[0]
		c.left = c.left[1:]
		p := &concatPort[T]{Stage: stream.Stage[T]{Dst: c.dst}, all: c}
		over := c.attach(o, p)
		switch {
		case p.source != nil:
			return p
		case !over:
			return nil // its Done advances
		}
	}
	c.dst.Done(c.err)
	return nil
}

// attach attaches a source, and reports whether its turn is over already.
func (c *concat[T]) attach(o stream.Observable[T], p *concatPort[T]) (over bool) {
	p.parts.Store(2)
	returned := false
	defer func() {
		over = p.source == nil && p.leave()
		if over && !returned {
			c.endWithGoroutine()
		}
	}()
	stream.Protect(p, func() { p.source = o.Attach(c.ctx, p) })
	returned = true
	return over
}

// endWithGoroutine ends the subscription, since a source, be it after its own
// end, has ended the goroutine that ran it.
func (c *concat[T]) endWithGoroutine() {
	if c.err == nil {
		c.err = &stream.PanicError{Goexit: true, Stack: debug.Stack()}
	}
	c.dst.Done(c.err)
}

// run runs a cold source and those that follow it.
func (c *concat[T]) run(p *concatPort[T]) {
	for p != nil {
		p = c.runOne(p)
	}
}

// runOne runs a cold source and returns the next one.
func (c *concat[T]) runOne(p *concatPort[T]) (next *concatPort[T]) {
	returned := false
	defer func() {
		switch {
		case !p.leave(): // its Done advances
		case returned:
			next = c.advance()
		default:
			c.endWithGoroutine()
		}
	}()
	stream.Protect(p, p.source)
	returned = true
	return nil
}

// concatPort is where a source of a Concat delivers.
type concatPort[T any] struct {
	stream.Stage[T]
	all    *concat[T]
	source func()       // runs a cold source; nil: it is hot
	parts  atomic.Int32 // Done, and attach or run: how many have not returned
	ended  atomic.Bool

	refused bool // Next has returned false
}

// leave reports whether the turn of p is over.
func (p *concatPort[T]) leave() bool { return p.parts.Add(-1) == 0 }

func (p *concatPort[T]) Next(v T) bool {
	p.refused = !p.Dst.Next(v)
	return !p.refused
}

// Done is idempotent, as that of a port.
func (p *concatPort[T]) Done(err error) {
	if p.ended.Swap(true) {
		return
	}
	if err == nil && p.refused {
		err = stream.ErrStopped // whatever the source says: nothing may follow
	}
	p.all.err = err
	if p.leave() {
		if next := p.all.advance(); next != nil {
			go p.all.run(next) // ends with its source, or what follows that
		}
	}
}
