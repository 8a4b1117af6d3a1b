package operators

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// relay is a subscription to several sources, one after the other: the next
// one is attached when the one before has called Done and its run has
// returned. What a subscriber, or the end of its context, has ended is not
// followed by anything.
//
// The sources run on the goroutine of the subscription as long as each begins
// without a pause; after a pause they run on that of its timer. A cold source
// that follows a hot one gets a goroutine of its own, which ends with it.
type relay[T any] struct {
	ctx context.Context
	dst stream.Observer[T]

	// after returns what follows l, whose source has ended with err: the next
	// source, after a pause, or the end. It may call functions of the user.
	after func(err error, l *leg[T]) (what following[T])
}

// following is what follows a source.
type following[T any] struct {
	source *stream.Observable[T] // nil: nothing, it ends with err
	pause  time.Duration         // before source
	err    error
}

// then returns that source follows.
func then[T any](source stream.Observable[T]) following[T] { return following[T]{source: &source} }

// leg is the observer of one of the sources.
type leg[T any] struct {
	tail[T]
	relay *relay[T]
	begun time.Time
	some  bool         // it has delivered a value
	parts atomic.Int32 // Done and run: how many of them have not returned
	ended atomic.Bool  // Done was called
	err   error        // with that
}

// step is a part of what a goroutine has to do for a relay, and returns the
// next one, so that the sources of a long relay do not pile up on the stack.
type step func() step

func perform(s step) {
	for s != nil {
		s = s()
	}
}

// newRelay is the attachment of an operator: first is its first source, and
// after as in relay. When first ends at once the next one is attached at once
// too, so that nothing is missed if it is hot.
func newRelay[T any](ctx context.Context, dst stream.Observer[T], first stream.Observable[T], after func(err error, l *leg[T]) following[T]) (run func()) {
	r := &relay[T]{ctx: ctx, dst: dst, after: after}
	l, source := r.open(first)
	rest := l.run(source)
	if source == nil && rest != nil {
		rest = rest()
	}
	if rest == nil {
		return nil
	}
	return func() { perform(rest) }
}

// attach attaches the next source. It returns what is left to do that may take
// its time, nil if the source goes on by itself.
func (r *relay[T]) attach(source stream.Observable[T]) step {
	l, run := r.open(source)
	return l.run(run)
}

func (r *relay[T]) open(source stream.Observable[T]) (l *leg[T], run func()) {
	l = &leg[T]{tail: newTail(r.ctx, r.dst), relay: r, begun: time.Now()}
	l.parts.Store(2)
	stream.Protect(l, func() { run = source.Attach(r.ctx, l) })
	return l, run
}

// run returns the step that calls run; if it is nil, that after it.
func (l *leg[T]) run(run func()) step {
	if run == nil {
		return l.leave()
	}
	return func() step {
		stream.Protect(l, run)
		return l.leave()
	}
}

// leave notes that Done or the run is over. The last of them goes on.
func (l *leg[T]) leave() step {
	if l.parts.Add(-1) > 0 {
		return nil
	}
	return func() step { return l.relay.follow(l) }
}

func (l *leg[T]) Next(v T) bool {
	l.some = true
	return l.tail.Next(v)
}

func (l *leg[T]) Done(err error) {
	if l.ended.Swap(true) {
		return
	}
	l.err = err
	if l.final() {
		l.Dst.Done(err)
		return
	}
	if s := l.leave(); s != nil { // a hot source, on its goroutine
		if s = s(); s != nil {
			go perform(s) // ends when a source goes on by itself, or with the relay
		}
	}
}

// final reports whether nothing can follow: the subscriber has stopped or
// panicked, or the goroutine is about to end.
func (l *leg[T]) final() bool {
	return l.calling || l.stopped || isGoexit(l.err)
}

// isGoexit reports whether err is the end of a goroutine.
func isGoexit(err error) bool {
	p := (*stream.PanicError)(nil)
	return errors.As(err, &p) && p.Goexit
}

// follow goes on after l.
func (r *relay[T]) follow(l *leg[T]) (next step) {
	if r.ctx.Err() != nil {
		r.end(context.Cause(r.ctx))
		return nil
	}
	what, decided := following[T]{}, false
	stream.Protect(ending[T](r.end), func() {
		what = r.after(l.err, l)
		decided = true
	})
	switch {
	case !decided:
		return nil
	case what.source == nil:
		r.end(what.err)
		return nil
	case what.pause > 0:
		r.wait(what.pause, *what.source)
		return nil
	}
	return r.attach(*what.source)
}

// end ends the subscription. There may be nobody above it to notice a panic.
func (r *relay[T]) end(err error) {
	stream.Protect(ending[T](func(error) {}), func() { r.dst.Done(err) })
}

// wait attaches source after a pause, unless the context ends before.
func (r *relay[T]) wait(pause time.Duration, source stream.Observable[T]) {
	var (
		mu      sync.Mutex // guards the assignment of the two
		timer   *time.Timer
		release func() bool
	)
	mu.Lock()
	defer mu.Unlock()
	release = context.AfterFunc(r.ctx, func() {
		mu.Lock()
		timer.Stop()
		mu.Unlock()
		r.end(context.Cause(r.ctx))
	})
	timer = time.AfterFunc(pause, func() {
		mu.Lock()
		first := release()
		mu.Unlock()
		if first {
			perform(r.attach(source)) // ends when a source goes on by itself, or with the relay
		}
	})
}
