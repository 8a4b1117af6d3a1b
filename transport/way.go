package transport

import (
	"context"
	"encoding/binary"
	"slices"

	"github.com/rxpeer/rxpeer/transport/codec"
)

// Way is a way into a link, or into a stream of it, for messages of one codec.
// [Link].Way and [Stream].Way return the one that Send goes, but a codec that is
// named once costs less than one that is named with every message.
//
// The methods are safe for concurrent use.
type Way interface {
	// Send is [Link].Send, or [Stream].Send, for the codec of the way.
	Send(ctx context.Context, body []byte) error

	// TrySend is Send without waiting: a full queue is [ErrFull].
	TrySend(body []byte) error
}

// nativeWay is a way into a lane.
type nativeWay struct {
	o   *sender
	ln  *lane
	t   codec.Type
	typ uint8 // its number, which no message has if the link has none for it
}

func (o *sender) way(ln *lane, t codec.Type) nativeWay {
	return nativeWay{o, ln, t, uint8(slices.Index(o.link.ours, t))}
}

func (l *nativeLink) Way(t codec.Type) Way { return l.data.Way(t) }

// Way returns the way of Send for messages of one codec.
func (st *Stream) Way(t codec.Type) Way {
	w := st.link.out.way(&st.out.main, t)
	return &w
}

func (w *nativeWay) Send(ctx context.Context, body []byte) error {
	if w.quickly(body) {
		return nil
	}
	return w.o.send(ctx, true, w.ln, w.t, body)
}

func (w *nativeWay) TrySend(body []byte) error {
	if w.quickly(body) {
		return nil
	}
	return w.o.send(context.Background(), false, w.ln, w.t, body)
}

// quickly puts a message behind others that wait, if that needs no second look, and
// nobody to see to it: who writes, or is about to, goes on, or who brings credit. It
// is the way that most short messages take, and does what put does.
func (w *nativeWay) quickly(body []byte) bool {
	o, ln, n := w.o, w.ln, len(body)
	if n > o.quick {
		return false
	}
	o.mu.Lock()
	c := &ln.tail
	at := c.end + 1
	if n >= 0x80 {
		at++
	}
	if at+n > c.limit || c.messages == 0 || c.typ != w.typ || ln.size+n >= ln.limit ||
		ln.gate || ln.busy || ln.most > 0 || ln.lined() || !o.attended(ln) {
		o.mu.Unlock()
		return false
	}
	if n < 0x80 {
		c.buf[at-1] = byte(n)
	} else {
		c.buf[at-2], c.buf[at-1] = byte(n)|0x80, byte(n>>7)
	}
	if to := c.buf[at : at+n]; n >= 8 && n <= 16 { // a copy costs more than these
		first, last := binary.NativeEndian.Uint64(body), binary.NativeEndian.Uint64(body[n-8:])
		binary.NativeEndian.PutUint64(to, first)
		binary.NativeEndian.PutUint64(to[n-8:], last)
	} else {
		copy(to, body)
	}
	size := at + n - c.end
	c.end += size
	c.messages++
	c.bodies += n
	ln.size += size
	ln.waiting++
	ln.st.out.accepted++
	o.mu.Unlock()
	return true
}

// maxQuick is the longest message whose length is a number of two bytes.
const maxQuick = 1<<14 - 1

// attended reports whether somebody writes soon what is put behind others on a lane.
// mu is held.
func (o *sender) attended(ln *lane) bool {
	return o.busy || o.started && ln.size < bulk || ln.listed && ln.st.out.short && len(o.ready) == 0 && !o.closed
}

// textWay is a way into a link that speaks peerpy's wire.
type textWay struct {
	link *textLink
	t    codec.Type
}

func (l *textLink) Way(t codec.Type) Way { return &textWay{l, t} }

func (w *textWay) Send(ctx context.Context, body []byte) error { return w.link.Send(ctx, w.t, body) }

func (w *textWay) TrySend(body []byte) error { return w.link.TrySend(w.t, body) }
