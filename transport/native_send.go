package transport

import (
	"context"
	"slices"
	"time"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport/codec"
)

func (l *nativeLink) Send(ctx context.Context, t codec.Type, body []byte) error {
	return l.out.send(ctx, true, &l.data.out.main, t, body)
}

func (l *nativeLink) TrySend(t codec.Type, body []byte) error {
	return l.out.send(context.Background(), false, &l.data.out.main, t, body)
}

func (l *nativeLink) SendFunc(ctx context.Context, t codec.Type, appendBody func(dst []byte) ([]byte, error)) error {
	return l.out.sendFunc(ctx, true, &l.data.out.main, t, appendBody)
}

func (l *nativeLink) TrySendFunc(t codec.Type, appendBody func(dst []byte) ([]byte, error)) error {
	return l.out.sendFunc(context.Background(), false, &l.data.out.main, t, appendBody)
}

func (l *nativeLink) SendFrame(ctx context.Context, f *Frame) error {
	return l.out.sendFrame(ctx, true, &l.data.out.main, f)
}

func (l *nativeLink) TrySendFrame(f *Frame) error {
	return l.out.sendFrame(context.Background(), false, &l.data.out.main, f)
}

// send sends a message on a lane.
func (o *sender) send(ctx context.Context, wait bool, ln *lane, t codec.Type, body []byte) error {
	o.mu.Lock()
	typ, drop, err := o.enter(ctx, wait, ln, t, len(body))
	if err != nil || drop {
		return err
	}
	if len(body) <= o.whole {
		ln.put(typ, body, o.busy)
	} else if wait && ln.policy.Kind() == stream.KindBlock && ln.empty() && o.link.raw != nil {
		return o.sendLarge(ctx, ln, typ, body)
	} else {
		s, body := own(body)
		ln.add(s, body, typ, false)
	}
	o.list(ln)
	o.pushedBulk(ctx, wait, ln)
	return nil
}

// own returns a copy of body in a slab.
func own(body []byte) (s *slab, _ []byte) {
	s = newSlab(len(body))
	return s, s.buf[:copy(s.buf, body)]
}

// sendFunc sends a message that appendBody encodes.
func (o *sender) sendFunc(ctx context.Context, wait bool, ln *lane, t codec.Type, appendBody func(dst []byte) ([]byte, error)) error {
	s := newSlab(int(o.link.encoded.Load()))
	body, err := appendBody(s.buf[:0])
	if err != nil {
		s.free()
		return err
	}
	o.link.encoded.Store(uint32(min(len(body), mostEncoded)))
	own := len(body) > 0 && len(body) <= len(s.buf) && &body[0] == &s.buf[0]
	o.mu.Lock()
	typ, drop, err := o.enter(ctx, wait, ln, t, len(body))
	if err != nil || drop {
		s.free()
		return err
	}
	if len(body) > o.whole {
		if !own {
			s.free()
			s = &slab{buf: body, class: unpooled} // it was encoded elsewhere, and nobody has it
		}
		ln.add(s, body, typ, false)
	} else {
		ln.put(typ, body, o.busy)
		s.free()
	}
	o.list(ln)
	o.pushedBulk(ctx, wait, ln)
	return nil
}

func (o *sender) sendFrame(ctx context.Context, wait bool, ln *lane, f *Frame) error {
	o.mu.Lock()
	typ, drop, err := o.enter(ctx, wait, ln, f.t, f.Len())
	if err != nil || drop {
		return err
	}
	switch n := f.Len(); {
	case n > o.whole:
		ln.add(nil, f.body(), typ, false)
	case n < sharedFrame:
		ln.put(typ, f.body(), o.busy)
	default:
		ln.share(f, typ)
	}
	o.list(ln)
	o.pushed()
	return nil
}

// enter admits a message of n bytes to a lane, which it may wait for. mu is
// held, and held again unless there is an error or the message is dropped.
func (o *sender) enter(ctx context.Context, wait bool, ln *lane, t codec.Type, n int) (typ uint8, drop bool, err error) {
	out := &ln.st.out
	if ln.gate {
		ln.hold()
	}
	if typ = ln.typ; ln.gate || t != ln.data || t == "" || n > o.most {
		if typ, err = o.allowed(ln, t, n); err != nil {
			o.mu.Unlock()
			return 0, false, err
		}
	}
	if ln.lined() || !ln.fits(n) && !ln.grow(n) {
		switch kind := ln.policy.Kind(); {
		case kind == stream.KindBlock && !wait:
			out.refused++
			o.mu.Unlock()
			return 0, false, ErrFull
		case kind == stream.KindBlock:
			if err := o.waitRoom(ctx, ln, n); err != nil {
				return 0, false, err
			}
			if _, err := o.allowed(ln, t, n); err != nil {
				ln.pass(o.closed)
				o.mu.Unlock()
				return 0, false, err
			}
		case kind == stream.KindFailWhenFull:
			ln.closed, ln.gate = true, true
			out.refused++
			o.mu.Unlock()
			return 0, false, stream.ErrOverflow
		case kind == stream.KindDropNewest || !o.makeRoom(ln, n):
			ln.dropped++
			ln.seal()
			ln.lose(len(ln.queue), 1, uint64(n))
			out.accepted++
			out.dropped++
			o.mu.Unlock()
			return 0, true, nil
		}
	}
	out.accepted++
	return typ, false, nil
}

// makeRoom drops the oldest messages for a new one. mu is held.
func (o *sender) makeRoom(ln *lane, n int) bool {
	for !ln.fits(n) {
		if !ln.dropOldest() {
			return false
		}
		ln.st.out.dropped++
	}
	return true
}

// allowed reports whether a lane may carry such a message at all. mu is held.
func (o *sender) allowed(ln *lane, t codec.Type, n int) (typ uint8, err error) {
	l := o.link
	switch {
	case ln.st.out.stopped != nil:
		return 0, ln.st.out.stopped
	case o.closed && o.failure != nil:
		return 0, &CloseError{Reason: ReasonFailed, Err: o.failure}
	case o.closed:
		return 0, l.closedErr()
	case ln.closed || ln.st.out.ending != nil:
		return 0, ErrClosed
	case ln.st.id == dataStream && t != l.hello.DataType && l.strict(), !t.Valid() && !slices.Contains(l.types, t):
		return 0, &DataTypeError{Type: t, Want: l.hello.DataType}
	case n > o.most:
		return 0, &LimitError{Size: int64(n), Limit: int64(o.most)}
	}
	for i, name := range l.ours {
		if name == t {
			ln.data, ln.typ = t, uint8(i)
			return uint8(i), nil
		}
	}
	return 0, &DataTypeError{Type: t, Want: l.hello.DataType}
}

// maxWhole keeps larger messages from being moved around in the receiver's
// memory before they are complete.
const maxWhole = 32 << 10

// longWait is how long a send waits for a lane to become half empty. What limits it
// then is the remote's program, which may itself wait for that one message.
const longWait = 2 * time.Millisecond

// waitRoom waits for the caller's turn and room for it. mu is held, and held
// again at return unless there is an error.
func (o *sender) waitRoom(ctx context.Context, ln *lane, need int) error {
	l := o.link
	w := &waiter{need: need, turn: make(chan struct{}, 1)}
	ln.waiters = append(ln.waiters, w)
	o.mu.Unlock()
	l.startWaiting()
	defer l.stopWaiting()
	long := time.NewTimer(longWait)
	defer long.Stop()
	for {
		var ended error
		late := false
		select {
		case <-w.turn:
		case <-long.C:
			late = true
		case <-ctx.Done():
			ended = context.Cause(ctx)
		}
		o.mu.Lock()
		switch {
		case o.closed || ln.closed || ln.st.out.stopped != nil:
			ln.quit(w)
			_, err := o.allowed(ln, l.hello.DataType, 0)
			o.mu.Unlock()
			return err
		case ln.waiters[0] == w && ln.fits(need):
			ln.quit(w)
			if ln.reserved() || len(ln.waiters) > 0 && !ln.crowded() {
				ln.waiters[0].wake() // there may be room for it, too
			}
			return nil
		case ended != nil:
			ln.quit(w)
			ln.pass(false)
			o.mu.Unlock()
			return ended
		}
		w.again = w.again || late || ln.waiters[0] == w
		o.mu.Unlock()
	}
}

// quit takes w out of the line.
func (ln *lane) quit(w *waiter) {
	for i, other := range ln.waiters {
		if other == w {
			ln.waiters = append(ln.waiters[:i], ln.waiters[i+1:]...)
			return
		}
	}
}

// lined reports whether newcomers must wait behind those who do: they need not while
// a quarter is free, which is plenty for all who wait, unless one of these has found
// no room before.
func (ln *lane) lined() bool { return ln.reserved() || len(ln.waiters) > 0 && ln.crowded() }

// crowded reports whether less than a quarter is free.
func (ln *lane) crowded() bool {
	return ln.size > ln.limit/4*3 || ln.most > 0 && ln.waiting > ln.most*3/4
}

// reserved reports whether what room there is belongs to the first in the line,
// who has found none before.
func (ln *lane) reserved() bool { return len(ln.waiters) > 0 && ln.waiters[0].again }

// pass lets the first in the line go on, who wakes the next, when the lane is half
// empty: in a lane that is kept full, each write would make room for one message
// alone. One that has found no room before, or waits for long, goes on as soon as
// there is some. When nothing more is accepted everybody goes on.
func (ln *lane) pass(closed bool) {
	switch {
	case len(ln.waiters) == 0:
	case closed:
		for _, w := range ln.waiters {
			w.wake()
		}
	case ln.reserved() && ln.fits(ln.waiters[0].need),
		!ln.reserved() && !ln.busy && ln.size <= ln.limit/2 && (ln.most == 0 || ln.waiting <= ln.most/2):
		ln.waiters[0].wake()
	}
}

// wake lets a waiter look again.
func (w *waiter) wake() {
	select {
	case w.turn <- struct{}{}:
	default:
	}
}
