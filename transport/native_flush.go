package transport

import (
	"context"
	"net"
	"runtime"
	"time"

	"github.com/rxpeer/rxpeer/transport/internal/frame"
)

// pushed sees to it that what is due is written. mu is held, and released.
//
// The caller writes it itself when the link was quiet, or when something was
// received since the last write: then nobody gains from gathering more. It
// does not wait for that. Everything else is written by a goroutine that lives
// as long as there is something to write.
func (o *sender) pushed() {
	if o.busy || o.started && !o.bulk {
		o.mu.Unlock() // and who writes, or is about to, goes on
		return
	}
	if o.abandoned || o.failure != nil || o.finSent || !o.due() {
		o.settleClose()
		return
	}
	if !o.atOnce() {
		o.startFlush()
		return
	}
	o.busy = true
	o.take(inlinePieces)
	if len(o.b.vector) == 0 {
		o.putDown()
		return
	}
	o.mu.Unlock()
	n, err := o.try()
	o.mu.Lock()
	o.wrote(n, err)
	if err != nil {
		o.failed(err)
		return
	}
	o.passOn()
}

// startFlush lets a goroutine write what is due. mu is held, and released.
func (o *sender) startFlush() {
	start := !o.started
	o.started = true
	o.mu.Unlock()
	if start {
		go o.flushSoon() // ends when nothing is due or the connection closed
	}
}

// pushedSoon is pushed for a caller that has many links to look after: it writes
// nothing itself. mu is held, and released.
func (o *sender) pushedSoon() {
	if o.busy || o.abandoned || o.failure != nil || o.finSent || !o.due() {
		o.pushed()
		return
	}
	o.startFlush()
}

// pushedBulk is pushed for a Send that may wait: when so much has piled up that
// gathering more is no use, it writes that itself. mu is held, and released.
func (o *sender) pushedBulk(ctx context.Context, wait bool, ln *lane) {
	if ln.size < bulk && o.started || o.busy || ln.st.out.short && len(o.ready) == 0 && !o.closed {
		o.mu.Unlock() // somebody writes it soon, or when there is credit
		return
	}
	if !wait || o.busy || ln.size < bulk || o.abandoned || o.failure != nil || o.link.raw == nil {
		o.pushed()
		return
	}
	o.busy, o.bulk = true, true
	o.take(batchSegments)
	if len(o.b.vector) == 0 {
		o.putDown()
		return
	}
	if err := o.writeOut(ctx); err == nil {
		o.passOn()
	}
}

// bulk is how many bytes of one lane pile up before their sender writes them.
const bulk = 48 << 10

// bulkPause is how long the goroutine that writes what is left looks on while
// others write in bulk.
const bulkPause = 50 * time.Microsecond

// flushSoon is flush for a caller that has no token: by the time that it runs,
// there may be nothing left to do.
func (o *sender) flushSoon() {
	runtime.Gosched() // those who are about to send something go first: it is one write for all
	o.mu.Lock()
	for o.bulk && !o.closed {
		o.bulk = false
		o.mu.Unlock()
		time.Sleep(bulkPause)
		o.mu.Lock()
	}
	o.started = false
	if !o.busy {
		o.look()
	}
	if o.busy || o.abandoned || o.failure != nil || o.finSent || !o.due() {
		o.idle.wake()
		o.settleClose()
		return
	}
	o.busy = true
	o.mu.Unlock()
	o.flush()
}

// writeOut writes the vector, and waits for that until ctx ends; what is left
// then is for others to write. The caller has the token, and loses it when there
// is an error. mu is held, and held again unless there is an error.
func (o *sender) writeOut(ctx context.Context) error {
	l, total := o.link, 0
	for _, p := range o.b.vector {
		total += len(p)
	}
	o.heard = l.mon.heard.Load()
	o.mu.Unlock()
	n, err := o.try()
	if err == nil && n < total {
		l.startWaiting()
		var more int
		more, err = l.writeBuffers(ctx, tail(o.b.vector, n))
		l.stopWaiting()
		n += more
	}
	o.mu.Lock()
	o.wrote(n, err)
	if err != nil {
		o.failed(err)
	}
	return err
}

// inlinePieces limits what a sender writes by itself.
const inlinePieces = 4

// kick writes what is due, such as what the reader has to say.
func (o *sender) kick() {
	o.mu.Lock()
	o.pushed()
}

// passOn lets a goroutine write what is left, or gives the token back. mu is
// held, and released.
func (o *sender) passOn() {
	if o.due() {
		o.mu.Unlock()
		go o.flush() // ends when nothing is due or the connection closed
		return
	}
	o.putDown()
}

// atOnce reports whether the caller writes by itself. mu is held.
func (o *sender) atOnce() bool {
	l := o.link
	if l.raw == nil {
		return false
	}
	if heard := l.mon.heard.Load(); heard != o.heard {
		o.heard = heard
		return true
	}
	return l.now()-o.lastWrite > quietTime
}

// try writes what can be written of the vector without waiting.
func (o *sender) try() (n int, err error) {
	b := o.b
	b.n, b.err = 0, nil
	err = o.link.raw.Write(b.try)
	if err == nil && b.err != nil {
		err = o.link.opError("write", b.err)
	}
	return b.n, err
}

// flush writes until nothing is due. The caller has the token.
func (o *sender) flush() {
	l := o.link
	o.mu.Lock()
	for first := true; ; first = false {
		if !first && !o.left() {
			o.mu.Unlock()
			runtime.Gosched() // as in flushSoon
			o.mu.Lock()
		}
		if !o.left() {
			o.take(batchSegments)
		}
		if len(o.b.vector) == 0 {
			o.putDown()
			return
		}
		o.heard = l.mon.heard.Load()
		o.mu.Unlock()
		var n int
		var err error
		if len(o.b.vector) == 1 {
			n, err = l.conn.Write(o.b.vector[0])
		} else {
			var m int64
			o.b.writing = append(o.b.writing[:0], o.b.vector...)
			buffers := net.Buffers(o.b.writing)
			m, err = buffers.WriteTo(l.conn)
			n = int(m)
		}
		o.mu.Lock()
		o.wrote(n, err)
		if err != nil {
			o.failed(err)
			return
		}
	}
}

// wrote accounts for n bytes of the vector that were written. mu is held.
func (o *sender) wrote(n int, err error) {
	i := 0
	for i < len(o.b.vector) && n >= len(o.b.vector[i]) {
		n -= len(o.b.vector[i])
		i++
	}
	if i < len(o.b.vector) && err == nil {
		o.b.vector[i] = o.b.vector[i][n:]
		rest := copy(o.b.vector, o.b.vector[i:])
		clear(o.b.vector[rest:])
		o.b.vector = o.b.vector[:rest]
	} else {
		o.release()
	}
	o.lastWrite = o.link.now()
}

// putDown gives the token back: nothing is due, or nothing will be written any
// more. mu is held, and released.
func (o *sender) putDown() {
	o.busy = false
	if o.look(); len(o.ready) > 0 && !o.abandoned { // from a log
		o.busy = true
		o.mu.Unlock()
		go o.flush() // ends when nothing is due or the connection closed
		return
	}
	over := o.abandoned
	o.forget()
	o.idle.wake()
	if over {
		o.mu.Unlock()
		o.link.finish()
		return
	}
	doubt := len(o.doubt) > 0
	o.settleClose()
	if doubt {
		o.link.retire()
	}
}

// failed ends writing. Why the connection broke is for the reader to find,
// behind what the remote has sent before: it gets Timeout for that. mu is held,
// and released; the caller has the token.
func (o *sender) failed(err error) {
	l := o.link
	over := o.abandoned
	if !over {
		o.failure, o.closed = err, true
	}
	o.drop()
	o.forget()
	o.busy = false
	o.idle.wake()
	if !over {
		o.failing = time.AfterFunc(l.Timeout(), func() { l.fail(ReasonFailed, err) })
	}
	o.mu.Unlock()
	if over {
		l.finish()
	}
}

// empty reports whether everything that was accepted has been taken for
// writing. mu is held.
func (o *sender) empty() bool {
	if o.open > 0 || o.left() {
		return false
	}
	for _, st := range o.outlets {
		if st.out.pending() {
			return false
		}
	}
	return true
}

// drop gives up everything that waits, and wakes everybody. mu is held.
func (o *sender) drop() {
	for _, st := range o.outlets {
		out := &st.out
		out.main.unfollow() // what was accepted is lost too
		lost := &out.droppedByClose
		if o.failure != nil {
			lost = &out.droppedByFailure
		}
		for _, ln := range out.lanes {
			*lost += uint64(ln.clear())
			ln.listed = false
		}
		out.lanes, out.listed = nil, false
		out.changed.wake()
		out.shut(true)
	}
	o.ready, o.control, o.grants = nil, nil, nil
}

// abandon is part of the wire.
func (l *nativeLink) abandon() (idle bool) {
	o := &l.out
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed, o.abandoned = true, true
	if o.failing != nil {
		o.failing.Stop()
	}
	o.drop()
	if !o.busy {
		o.forget()
	}
	return !o.busy
}

// waitIdle is part of the wire.
func (l *nativeLink) waitIdle() {
	o := &l.out
	o.mu.Lock()
	for o.busy || o.started {
		c := o.idle.wait()
		o.mu.Unlock()
		<-c
		o.mu.Lock()
	}
	o.mu.Unlock()
}

// lost is part of the wire.
func (l *nativeLink) lost() int {
	o := &l.out
	o.mu.Lock()
	defer o.mu.Unlock()
	n := 0
	if o.gone != nil {
		n = o.gone.unknown()
	}
	for _, st := range o.outlets {
		n += st.out.unknown()
	}
	return n
}

// grant remembers what a CREDIT is to say. Somebody calls kick after that.
func (o *sender) grant(st *Stream, g frame.Grant) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.abandoned || o.finSent {
		return
	}
	out := &st.out
	out.granting.Bytes += g.Bytes
	out.granting.Messages += g.Messages
	out.granting.Taken += g.Taken
	if !out.grantListed {
		out.grantListed = true
		o.grants = append(o.grants, st)
	}
}
