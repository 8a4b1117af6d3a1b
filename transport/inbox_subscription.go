package transport

import (
	"context"
	"sync/atomic"

	"github.com/rxpeer/rxpeer/stream"
)

// subscription is one subscriber of an inbox. What is not atomic is guarded by
// the intake's mutex.
type subscription struct {
	ctx     context.Context // bounds it; kept to see at once that it has ended
	dst     stream.Observer[*Message]
	next    func(m *Message) bool // of dst
	flags   atomic.Uint32
	over    bool  // it gets nothing more; err is for its Done
	err     error // why
	release func() bool
}

// Flags of a subscription: what a delivery must look at between two messages.
const (
	flagOver    = 1 << iota // it has ended
	flagReport              // somebody wants to see progress
	flagYielded             // the call of Next that is under way has yielded
	relief                  // the flags above this count those who took over
)

// attach is the inbox's [stream.Observable].
func (in *inbox) attach(ctx context.Context, dst stream.Observer[*Message]) (run func()) {
	if ctx.Err() != nil {
		dst.Done(context.Cause(ctx))
		return nil
	}
	next := stream.NextOf(dst) // it may be anybody's
	in.mu.Lock()
	if old := in.sub; old != nil && old.ctx.Err() != nil {
		// Its detach is on the way, but who comes after a cancel must not be
		// refused because of that.
		in.mu.Unlock()
		in.detach(old, context.Cause(old.ctx))
		in.mu.Lock()
	}
	if in.sub != nil {
		in.mu.Unlock()
		dst.Done(stream.ErrInUse)
		return nil
	}
	if in.ended && len(in.queue) == 0 && !in.consumer {
		err := in.err
		in.mu.Unlock()
		dst.Done(err)
		return nil
	}
	stream.Protected(dst) // see deliver
	sub := &subscription{ctx: ctx, dst: dst, next: next}
	in.sub = sub
	if len(in.queue) > 0 && !in.consumer {
		in.consumer = true // it is whoever calls run
		run = func() {
			in.mu.Lock()
			in.consume(nil, 0)
		}
	}
	in.owner.attached(sub)
	in.mu.Unlock()
	release := stream.AfterFunc(ctx, func() { in.detach(sub, context.Cause(ctx)) })
	in.mu.Lock()
	sub.release = release
	over := sub.over
	in.mu.Unlock()
	if over {
		release()
	}
	return run
}

// detach ends a subscription whose context has ended. A goroutine that is in
// its callback sees to the rest; otherwise it is done here.
func (in *inbox) detach(sub *subscription, cause error) {
	in.mu.Lock()
	if sub.over {
		in.mu.Unlock()
		return
	}
	in.end(sub, cause)
	running := in.current == sub
	in.mu.Unlock()
	if !running {
		in.finishSub(sub, nil)
	}
}

// end takes sub out of the inbox. Somebody must call finishSub after that. mu
// is held.
func (in *inbox) end(sub *subscription, err error) {
	if sub.over {
		return
	}
	sub.over, sub.err = true, err
	sub.flags.Or(flagOver)
	if in.sub == sub {
		in.sub = nil
	}
}

// finishSub calls Done. No mutex is held. gone runs if the callback ends its
// goroutine instead of returning.
func (in *inbox) finishSub(sub *subscription, gone func()) {
	in.mu.Lock()
	release := sub.release
	in.mu.Unlock()
	if release != nil {
		release()
	}
	normal := false
	defer func() {
		if !normal && recover() == nil && gone != nil {
			gone()
		}
	}()
	sub.dst.Done(sub.err)
	normal = true
}

// consume delivers s, if there is one, and then what is queued, until nothing
// is left. mu is held, and released. The caller is the consumer, and is it no
// longer when consume returns. It reports whether the caller is the reader
// again: it had lent the role, and nobody took it.
//
// When a callback ends its goroutine, another one takes its place in here.
func (in *inbox) consume(s *slab, lent loan) (reads bool) {
	for {
		if sub := in.current; sub != nil {
			in.current = nil
			if sub.over {
				in.mu.Unlock()
				in.finishSub(sub, func() { go in.resume(s, lent) })
				in.mu.Lock()
			}
		}
		if s != nil && s.left() == 0 {
			in.delivered(s, lent)
			s = nil
		}
		if s == nil {
			s = in.pop()
		}
		sub := in.sub
		switch {
		case s != nil && sub != nil:
			in.current, in.delivers = sub, s
			in.mu.Unlock()
			if in.deliver(sub, s, lent) {
				return false // another goroutine goes on
			}
			in.mu.Lock()
		case s != nil:
			settle := in.putBack(s, lent)
			reads = in.leave(lent)
			if settle {
				in.owner.settled()
			}
			return reads
		case in.ended && sub != nil:
			in.end(sub, in.err)
			in.current = sub
		case in.closing && !in.ended && !in.lent(lent):
			in.await()
		default:
			return in.leave(lent)
		}
	}
}

// resume is consume, and what comes after it, on a goroutine of its own.
func (in *inbox) resume(s *slab, lent loan) {
	in.mu.Lock()
	if in.consume(s, lent) {
		in.link.wire.readOn()
	}
}

// leave ends the consumer. mu is held, and released.
func (in *inbox) leave(lent loan) (reads bool) {
	in.consumer = false
	if in.lent(lent) {
		in.role = roleHeld
		reads = true
	}
	in.mu.Unlock()
	return reads
}

// deliver gives the messages of s to sub until one of them ends. A message
// counts as taken when Next was called with it. If it is relieved another goroutine
// has taken the caller's place, and nothing is the caller's any more.
func (in *inbox) deliver(sub *subscription, s *slab, lent loan) (relieved bool) {
	normal := false
	calm := sub.flags.Load() &^ (relief - 1)
	defer func() {
		if normal {
			in.message = Message{}
		} else if !relieved {
			relieved = in.thrown(sub, calm, recover(), s, lent)
		}
	}()
	next, spans, buf := sub.next, s.spans, s.buf
	m, typ := &in.message, uint8(gapType)
	for i := s.next; ; i++ {
		if f := sub.flags.Load(); f != calm {
			if relieved = in.relieved(sub, calm); relieved {
				return true
			}
			in.progress.Add(1)
			if f&flagOver != 0 {
				break
			}
		}
		if i >= len(spans) {
			break
		}
		s.next = i + 1
		sp := &spans[i]
		if sp.typ == gapType {
			in.lost += sp.gap()
			continue
		}
		m.Body = buf[sp.off : sp.off+sp.n : sp.off+sp.n]
		if sp.typ != typ {
			typ, m.Type = sp.typ, in.types[sp.typ]
		}
		m.Lost = 0
		if in.lost > 0 {
			m.Lost, in.lost = in.lost, 0
		}
		more := next(m)
		if poisons || !more {
			if relieved = in.relieved(sub, calm); relieved {
				return true
			}
			poison(buf[sp.off : sp.off+sp.n])
		}
		if !more {
			in.stopSub(sub, stream.ErrStopped)
			break
		}
	}
	normal = true
	return false
}

// stopSub ends a subscription from inside its delivery.
func (in *inbox) stopSub(sub *subscription, err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.end(sub, err)
}

// delivered counts s as taken and gives its memory back. mu is held, and held
// again.
func (in *inbox) delivered(s *slab, lent loan) {
	in.taken += uint64(s.count())
	if s.queued {
		in.size -= s.charge
	}
	settle := in.owner.delivered(s, s.count(), s.charge)
	if in.reading(s, lent) {
		s.clear()
	} else {
		s.free()
	}
	if settle {
		in.mu.Unlock()
		in.owner.settled()
		in.mu.Lock()
	}
}

// putBack queues what was not delivered of s, in front of everything. mu is
// held. If settle is true the owner must be told without it.
func (in *inbox) putBack(s *slab, lent loan) (settle bool) {
	before := s.charge
	n := s.trim()
	in.taken += uint64(n)
	if n > 0 {
		settle = in.owner.delivered(s, n, before-s.charge)
	}
	if s.queued {
		in.size -= before - s.charge
	} else {
		own := in.reading(s, lent)
		if bodies := s.bodies(); bodies < len(s.buf)/4 && !s.paid {
			small := newSlab(bodies)
			small.overhead = s.overhead
			small.gather(s)
			if own {
				s.clear()
			} else {
				s.free()
			}
			s = small
		} else if own {
			in.link.wire.detach()
		}
		in.adopt(s)
	}
	in.queue = append([]*slab{s}, in.queue...)
	return settle
}

// reading reports whether s is the slab that the reader goes on filling: it
// is, when the one who delivers it has lent the role of reader and nobody took
// it. mu is held.
func (in *inbox) reading(s *slab, lent loan) bool {
	return in.lent(lent) && in.link.wire.fills(s)
}

// tellEnds delivers the ends of inboxes. No mutex is held.
func tellEnds(idle []*inbox) {
	for _, in := range idle {
		in.mu.Lock()
		in.consume(nil, 0)
	}
}
