package transport

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/rxpeer/rxpeer/transport/internal/frame"
)

// errBusy says that a message cannot be written from where it is any longer.
var errBusy = errors.New("somebody else is writing")

// sendLarge sends a message of several pieces from where it is, as long as
// nobody else is writing. mu is held, and released. When ctx ends before the
// first piece is out, nothing is sent; after that the rest is copied and
// follows.
func (o *sender) sendLarge(ctx context.Context, ln *lane, typ uint8, body []byte) error {
	out := &ln.st.out
	ln.busy = true
	o.open++
	out.accepted-- // not before it is on its way, or in the queue
	begun, token := false, false
	var err error
	for len(body) > 0 && err == nil {
		switch {
		case o.abandoned || o.failure != nil || out.stopped != nil:
			err = o.deadErr(out)
		case !token && o.busy, len(o.ready) > 0, !begun && out.inMessage():
			err = errBusy
		case !out.fitsPiece(len(body), begun):
			changed := out.changed.wait()
			if token {
				token = false
				o.passOn()
			} else {
				o.pushed()
			}
			o.link.startWaiting()
			select {
			case <-changed:
			case <-ctx.Done():
				err = context.Cause(ctx)
			}
			o.link.stopWaiting()
			o.mu.Lock()
		default:
			var n int
			n, token, err = o.writeDirect(ctx, out, typ, body, begun)
			body, begun = body[n:], begun || n > 0
			if err == nil && o.left() {
				err = errBusy // ctx has ended
			}
		}
	}
	ln.busy = false
	o.open--
	if begun {
		out.direct = false
	}
	alive := !o.abandoned && o.failure == nil && out.stopped == nil
	switch {
	case len(body) == 0: // writeDirect has counted it
		err = nil
	case alive && (begun || err == errBusy):
		s, rest := own(body)
		ln.addFront(s, rest, typ, begun)
		out.accepted++
		o.list(ln)
		err = nil
	}
	ln.pass(o.closed)
	ln.leave()
	out.short = false
	o.relist(out)
	if token {
		o.passOn()
	} else {
		o.pushed()
	}
	return err
}

// inMessage reports whether the pieces of a message are under way: others wait
// for its end. mu is held.
func (o *outlet) inMessage() bool {
	return o.direct || len(o.lanes) > 0 && o.lanes[0].front().begun
}

// deadErr is what a use of a stream that has ended returns. mu is held.
func (o *sender) deadErr(out *outlet) error {
	switch {
	case out.stopped != nil:
		return out.stopped
	case o.failure != nil:
		return &CloseError{Reason: ReasonFailed, Err: o.failure}
	}
	return o.link.closedErr()
}

// fitsPiece reports whether there is credit for a piece of a message of which n
// bytes are left.
func (o *outlet) fitsPiece(n int, begun bool) bool {
	if begun {
		return o.credit >= int64(min(leastPiece, n))
	}
	return o.credit >= nativeCharge+leastPiece && o.creditMessages > 0
}

// A large message is written in batches that take about a millisecond: each costs a
// system call or two, and others wait for its end.
const (
	leastBatch = 64 << 10
	mostBatch  = 1 << 20
	batchTime  = time.Millisecond
)

// paced makes these batches larger if a whole one of n bytes took little time, and
// smaller if it took much. The caller has the token.
func (o *sender) paced(n int, took time.Duration) {
	switch {
	case took > 4*batchTime:
		o.batch = max(o.batch/2, leastBatch)
	case took < batchTime && n+leastPiece > o.batch:
		o.batch = min(2*o.batch, mostBatch)
	}
}

// writeDirect writes pieces of body as far as the credit goes, a batch at most, and
// waits for that. mu is held, and held again; so is the token, unless it could not
// write.
func (o *sender) writeDirect(ctx context.Context, out *outlet, typ uint8, body []byte, begun bool) (n int, token bool, err error) {
	o.busy = true
	o.take(0) // what goes first
	for left := len(body); left > 0 && (n+leastPiece <= o.batch || left < leastPiece) && out.fitsPiece(left, begun || n > 0); left = len(body) - n {
		n += o.piece(out, typ, body[n:], begun || n > 0, o.batch-n)
		out.direct = true
	}
	if n == len(body) { // before the remote can have taken it
		out.accepted++
		out.sent++
	}
	begin := o.link.now()
	if err := o.writeOut(ctx); err != nil {
		o.mu.Lock()
		return n, false, &CloseError{Reason: ReasonFailed, Err: err}
	}
	o.paced(n, time.Duration(o.lastWrite-begin))
	if o.left() { // ctx has ended: what has begun must go out
		o.copyVector()
	}
	return n, true, nil
}

// cutLarge takes a piece of a large message. The result is how much of its body
// that is.
func (o *sender) cutLarge(out *outlet, ln *lane, c *chunk, room int) (size int) {
	body := c.buf[c.start:c.end]
	size = o.piece(out, c.typ, body, c.begun, room)
	c.start += size
	c.begun = true
	if c.start == c.end {
		ln.waiting--
		out.sent++
		if c.slab != nil {
			o.b.slabs = append(o.b.slabs, c.slab)
		}
		ln.shift(0)
	}
	return size
}

// piece takes as much of a message as fits a frame, the credit, and room, unless
// that is less than any frame may have. It returns how many bytes of the body that is.
func (o *sender) piece(out *outlet, typ uint8, body []byte, begun bool, room int) (n int) {
	at := len(o.b.scratch)
	kind, charge, messages := frame.Part, 0, 0
	if !begun {
		kind, charge, messages = frame.Head, nativeCharge, 1
	}
	o.b.scratch = append(o.b.scratch, make([]byte, frame.HeaderSize)...)
	if !begun {
		o.b.scratch = frame.AppendLength(o.b.scratch, len(body))
	}
	head, most := len(o.b.scratch)-at-frame.HeaderSize, frame.MaxPayload
	if len(o.ready) == 0 {
		most = max(most, min(o.alone, room))
	}
	n = int(min(int64(most-head), int64(len(body)), out.credit-int64(charge)))
	if !begun {
		n = min(n, len(body)-1) // a message that fits one frame is none of pieces
	}
	frame.PutHeader(o.b.scratch[at:], frame.Header{Kind: kind | frame.Kind(typ), Length: head + n, Stream: out.st.id})
	o.b.vector = append(o.b.vector, o.b.scratch[at:], body[:n])
	out.spend(n+charge, messages)
	return n
}

// tail returns what comes after the first n bytes of v.
func tail(v [][]byte, n int) (rest net.Buffers) {
	for _, p := range v {
		skip := min(n, len(p))
		n -= skip
		if skip < len(p) {
			rest = append(rest, p[skip:])
		}
	}
	return rest
}

// copyVector makes what is left of the vector the sender's own memory.
func (o *sender) copyVector() {
	n := 0
	for _, p := range o.b.vector {
		n += len(p)
	}
	s := newSlab(n)
	at := 0
	for _, p := range o.b.vector {
		at += copy(s.buf[at:], p)
	}
	o.release()
	o.b.vector = append(o.b.vector, s.buf[:n])
	o.b.slabs = append(o.b.slabs, s)
}
