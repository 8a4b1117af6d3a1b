package transport

import (
	"context"
	"net"

	"github.com/rxpeer/rxpeer/internal/peerpy"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// direct takes the token for a sender that writes a large body by itself, if
// nobody has it. The queue's mutex is held.
func (o *outbox) direct() bool {
	if o.busy || o.link.raw == nil || o.link.python() {
		return false
	}
	o.busy = true
	return true
}

// sendLarge writes a large body from where it is. The queue's mutex is held,
// and released; the caller has the token. When ctx ends while it waits, the
// rest is copied and follows: a message that has begun is sent.
func (l *textLink) sendLarge(ctx context.Context, t codec.Type, body []byte, headless bool) error {
	o := &l.out
	o.batch = o.batch[:0]
	if !headless {
		head := append(o.ownHead[:0], o.header(t, len(body))...)
		o.batch = append(o.batch, segment{data: head})
	}
	o.batch = append(o.batch, segment{data: body, frames: 1})
	batch, total := o.batch, len(body)
	if !headless {
		total += peerpy.HeaderSize
	}
	o.bytes += total
	o.heard = l.mon.heard.Load()
	o.mu.Unlock()

	n, err := l.tryBatch(batch)
	if err == nil && n < total {
		l.startWaiting()
		var m int
		m, err = l.writeOut(ctx, batch, n)
		n += m
		l.stopWaiting()
	}
	o.mu.Lock()
	if err != nil {
		o.accepted--
		batch[len(batch)-1].frames = 0
		o.wrote(batch, n, err)
		l.writeFailed(err)
		return &CloseError{Reason: ReasonFailed, Err: err}
	}
	if n < total {
		batch = append(batch[:0], ownRest(batch, total-n))
		o.bytes -= n
		n = 0
	}
	o.wrote(batch, n, nil)
	l.passOn()
	return nil
}

// writeOut writes a batch of which n bytes are written, and waits for that
// until ctx ends.
func (l *textLink) writeOut(ctx context.Context, batch []segment, n int) (int, error) {
	var rest net.Buffers
	for i := range batch {
		skip := min(n, len(batch[i].data))
		n -= skip
		if data := batch[i].data[skip:]; len(data) > 0 {
			rest = append(rest, data)
		}
	}
	return l.writeBuffers(ctx, rest)
}

// ownRest copies the last n bytes of a batch that holds one message.
func ownRest(batch []segment, n int) segment {
	s := newSlab(n)
	at := n
	for i := len(batch) - 1; i >= 0 && at > 0; i-- {
		data := batch[i].data
		data = data[max(0, len(data)-at):]
		at -= copy(s.buf[at-len(data):], data)
	}
	return segment{data: s.buf[:n], slab: s, frames: 1, begun: true}
}
