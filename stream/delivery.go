package stream

import (
	"context"
	"sync/atomic"
)

// This file is about what the holder of a subject's role does: all functions
// but subscribe and catchUp belong to it.

// subscriber is one observer of a subject. Its plain fields belong to the
// holder of the subject's role.
type subscriber[T any] struct {
	dst      Observer[T]
	next     func(v T) bool // Next of where dst leads to, past what does nothing for a value
	stopped  *atomic.Bool   // no next may begin any more
	ctx      context.Context
	patience *Patience // of the queue behind dst, nil: none
	older    *older[T] // delivers for now what dst gets, nil: nothing does
	direct   bool      // there is neither
	gone     bool      // Done was called, or is about to be

	cancelled atomic.Bool   // ctx has ended
	release   func() bool   // lets go of ctx
	attached  chan struct{} // closed when the holder has attached it
}

// outcome is what became of one value.
type outcome uint8

const (
	delivered outcome = iota
	nobody            // there was no subscriber, and nothing keeps the value
	missed            // some subscriber missed it
	full              // it was not accepted, for there is no room to keep it
	ended             // nor will there be
)

// subscribe is the attachment of the subject's Observable.
func (s *Subject[T]) subscribe(ctx context.Context, dst Observer[T]) (run func()) {
	if ctx.Err() != nil {
		dst.Done(context.Cause(ctx))
		return nil
	}
	sub := &subscriber[T]{dst: dst, ctx: ctx, patience: PatienceOf(dst), attached: make(chan struct{})}
	sub.direct = sub.patience == nil
	inner := dst
	for end, ok := dst.(*atEnd[T]); ok; end, ok = inner.(*atEnd[T]) {
		inner = end.Dst
	}
	Protected(dst)
	sub.stopped = &sub.cancelled
	if g, ok := inner.(*guard[T]); ok {
		inner, sub.stopped = g.dst, &g.stopped
	}
	sub.next = NextOf(inner)
	sub.release = AfterFunc(ctx, func() {
		sub.cancelled.Store(true)
		s.do(operation[T]{what: detach, sub: sub})
	})
	s.do(operation[T]{what: attach, sub: sub})
	if s.memory == nil {
		return nil
	}
	return func() {
		<-sub.attached
		if sub.older != nil {
			s.catchUp(sub, sub.older)
		}
	}
}

// attach makes sub one of the subscribers.
func (s *Subject[T]) attach(sub *subscriber[T]) {
	defer close(sub.attached)
	switch {
	case sub.cancelled.Load():
		s.conclude(sub, context.Cause(sub.ctx))
		return
	case s.kind == unicast && len(s.subs) > 0:
		s.conclude(sub, ErrInUse)
		return
	}
	var first []T
	if s.memory != nil {
		first = s.memory.first(s.ended, s.err)
	}
	switch {
	case len(first) > 0:
		sub.older, sub.direct = newOlder(sub.ctx, first, s.limit), false
		if s.ended {
			sub.older.end(s.err)
		}
	case s.ended:
		s.conclude(sub, s.err)
		return
	}
	s.subs = append(s.subs, sub)
	s.findOnly()
	if s.kind == unicast {
		s.signalRoom()
	}
}

// detach lets go of sub, whose context has ended.
func (s *Subject[T]) detach(sub *subscriber[T]) {
	cause := context.Cause(sub.ctx)
	if sub.gone || !s.has(sub) || sub.older != nil && sub.older.abort(cause) {
		return // or not yet attached, or its run calls Done
	}
	sub.gone = true
	s.compact()
	s.conclude(sub, cause)
}

// remove forgets sub, whose run has called Done.
func (s *Subject[T]) remove(sub *subscriber[T]) {
	sub.gone = true
	s.compact()
	if s.kind == unicast {
		s.memory.(*inbox[T]).putBack(sub.older.rest())
	}
}

// finish ends the subject.
func (s *Subject[T]) finish(err error) {
	s.ended, s.err, s.only = true, err, nil
	s.signalRoom()
	if s.kind == silent {
		for _, v := range s.memory.first(true, err) {
			s.fanOut(context.Background(), v)
		}
	}
	s.concludeAll()
}

// concludeAll ends the subscribers of a subject that has ended, but for those
// whose run does it.
func (s *Subject[T]) concludeAll() {
	for len(s.subs) > 0 {
		sub := s.subs[0]
		s.subs[0] = nil
		s.subs = s.subs[1:]
		if sub.older == nil || !sub.older.end(s.err) {
			s.conclude(sub, s.err)
		}
	}
	s.subs = nil
}

// conclude calls sub's Done. One that was cancelled, and may have missed values
// since, is told that and nothing else.
func (s *Subject[T]) conclude(sub *subscriber[T], err error) {
	sub.gone = true
	sub.release()
	if sub.cancelled.Load() {
		err = context.Cause(sub.ctx)
	}
	protect(func() { sub.dst.Done(err) }, func(p *PanicError) {
		if p.Goexit {
			s.resume()
		}
	})
}

// resume does the rest of what the holder of the role has to do, on a
// goroutine that ends meanwhile, because a callback called runtime.Goexit.
func (s *Subject[T]) resume() {
	s.compact()
	if s.ended {
		s.concludeAll()
	}
	s.drain()
}

// deliver gives v to all subscribers.
func (s *Subject[T]) deliver(ctx context.Context, v T) outcome {
	if s.ended {
		return ended
	}
	kept := ignored
	if s.memory != nil {
		if kept = s.memory.keep(v, len(s.subs) > 0); kept == displaced {
			s.missed.Add(1)
		}
	}
	switch {
	case kept == refused:
		return full
	case s.kind == silent:
		return delivered
	case len(s.subs) > 0:
		return s.fanOut(ctx, v)
	case kept == ignored:
		return nobody
	}
	return delivered
}

func (s *Subject[T]) fanOut(ctx context.Context, v T) outcome {
	o := delivered
	for i := 0; i < len(s.subs); {
		var lost bool
		if i, lost = s.fanOutFrom(ctx, i, v); lost {
			o = missed
		}
	}
	if s.gaps {
		s.compact()
	}
	return o
}

// fanOutFrom gives v to the subscribers from the i-th on and returns the index
// of the next: there is one if a callback panicked.
func (s *Subject[T]) fanOutFrom(ctx context.Context, i int, v T) (next int, lost bool) {
	normal := false
	defer func() {
		if !normal {
			next = i + 1
			s.threw(ctx, i, v, newPanicError(recover()))
		}
	}()
	for ; i < len(s.subs); i++ {
		sub := s.subs[i]
		switch {
		case sub.cancelled.Load() || !sub.direct:
			lost = !s.offer(ctx, sub, v) || lost
		case sub.stopped.Load() || !sub.next(v):
			s.stop(sub)
		}
	}
	normal = true
	return i, lost
}

// threw deals with a callback of the i-th subscriber that did not return.
func (s *Subject[T]) threw(ctx context.Context, i int, v T, err *PanicError) {
	if sub := s.subs[i]; !sub.gone {
		sub.gone, s.gaps = true, true
		sub.release()
		protect(func() { sub.dst.Done(Caught(sub.dst, err)) }, func(*PanicError) {})
	}
	if err.Goexit {
		for i++; i < len(s.subs); {
			i, _ = s.fanOutFrom(ctx, i, v)
		}
		s.resume()
	}
}

// offer gives v to a subscriber that needs more care than a call. False means
// that it missed v.
func (s *Subject[T]) offer(ctx context.Context, sub *subscriber[T], v T) bool {
	if sub.older != nil {
		switch sub.older.push(v, limitOf(ctx)) {
		case accepted:
			return true
		case timedOut:
			return false
		case over:
			return s.keepFor(sub, v)
		}
		sub.older, sub.direct = nil, sub.patience == nil
	}
	if sub.cancelled.Load() {
		return s.keepFor(sub, v)
	}
	if sub.patience == nil {
		if !sub.dst.Next(v) {
			s.stop(sub)
		}
		return true
	}
	sub.patience.limit, sub.patience.missed = limitOf(ctx), false
	more := sub.dst.Next(v)
	sub.patience.limit = nil
	if !more {
		s.stop(sub)
	}
	return !sub.patience.missed
}

// keepFor keeps a value that sub does not get any more for the next
// subscriber of a unicast subject. Of others sub has just taken leave.
func (s *Subject[T]) keepFor(sub *subscriber[T], v T) bool {
	switch {
	case s.kind != unicast:
	case sub.older != nil:
		sub.older.keep(v)
	default:
		s.memory.(*inbox[T]).values.push(v)
	}
	return true
}

// stop ends a subscriber that wants no more.
func (s *Subject[T]) stop(sub *subscriber[T]) {
	sub.gone, s.gaps = true, true
	sub.release()
	sub.dst.Done(ErrStopped)
}

// compact forgets the subscribers that are gone.
func (s *Subject[T]) compact() {
	s.gaps = false
	kept := s.subs[:0]
	for _, sub := range s.subs {
		if !sub.gone {
			kept = append(kept, sub)
		}
	}
	clear(s.subs[len(kept):])
	s.subs = kept
	s.findOnly()
}

func (s *Subject[T]) has(sub *subscriber[T]) bool {
	for _, other := range s.subs {
		if other == sub {
			return true
		}
	}
	return false
}

// mayWait reports whether a delivery may have to wait for a queue.
func (s *Subject[T]) mayWait() bool {
	for _, sub := range s.subs {
		if !sub.direct {
			return true
		}
	}
	return false
}
