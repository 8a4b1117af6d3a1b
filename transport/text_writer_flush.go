package transport

import (
	"net"
	"time"

	"github.com/rxpeer/rxpeer/internal/peerpy"
)

// The in-band PING asks for a sign of life. A peer of this module answers it
// with a PONG (docs/protocol.md, section 6); a Python peer does not.
var (
	pingBytes = peerpy.AppendPing(nil)
	pongBytes = append([]byte("PONG"), pingBytes[len("PONG"):]...)
)

// control sends a PING or a PONG before what is queued, as soon as no message
// is half written. due is the queue's mark for it. Its caller may be the
// reader, so it does not write by itself: a write may end the link, and that
// runs hooks which may wait for the reader.
func (l *textLink) control(due *bool) {
	o := &l.out
	o.mu.Lock()
	if o.closed {
		o.mu.Unlock()
		return
	}
	*due = true
	start := !o.busy
	o.busy = true
	o.mu.Unlock()
	if start {
		go l.flush() // ends when the queue is empty or the connection closed
	}
}

// pushed sees to it that what was put into the queue is written. The queue's
// mutex is held, and released.
//
// The caller writes it itself when the link was quiet, or when something was
// received since the last write: then nobody gains from gathering more. It
// does not wait for that. Everything else is written by a goroutine that lives
// as long as there is something to write.
func (l *textLink) pushed() {
	o := &l.out
	if len(o.waiters) > 0 {
		o.pass()
	}
	if o.busy {
		o.mu.Unlock()
		return
	}
	o.busy = true
	if !l.atOnce() {
		o.mu.Unlock()
		go l.flush() // ends when the queue is empty or the connection closed
		return
	}
	batch := o.take()
	o.mu.Unlock()
	n, err := l.tryBatch(batch)
	o.mu.Lock()
	o.wrote(batch, n, err)
	if err != nil {
		l.writeFailed(err)
		return
	}
	l.passOn()
}

// passOn lets a goroutine write what is left, or gives the token back. The
// queue's mutex is held, and released.
func (l *textLink) passOn() {
	o := &l.out
	if len(o.queue) > 0 || o.ping || o.pong {
		o.mu.Unlock()
		go l.flush() // ends when the queue is empty or the connection closed
		return
	}
	l.putDown()
}

// atOnce reports whether the sender writes by itself. The queue's mutex is
// held.
func (l *textLink) atOnce() bool {
	o := &l.out
	if l.raw == nil || len(o.queue) > 1 {
		return false
	}
	if l.python() && (o.notBefore != 0 || len(o.queue) == 1 && len(o.queue[0].data) > pythonPiece) {
		return false
	}
	if heard := l.mon.heard.Load(); heard != o.heard {
		o.heard = heard
		return true
	}
	return l.now()-o.lastWrite > quietTime
}

// tryBatch writes what can be written without waiting.
func (l *textLink) tryBatch(batch []segment) (n int, err error) {
	o := &l.out
	o.tryBuf = [2][]byte{batch[0].data}
	if len(batch) > 1 {
		o.tryBuf[1] = batch[1].data
	}
	o.tryN, o.tryErr = 0, nil
	err = l.raw.Write(o.tryFill)
	if err == nil && o.tryErr != nil {
		err = l.opError("write", o.tryErr)
	}
	o.tryBuf = [2][]byte{}
	return o.tryN, err
}

// flush writes until the queue is empty. The caller has the token.
func (l *textLink) flush() {
	o := &l.out
	l.pauseForPython()
	o.mu.Lock()
	for {
		batch := o.take()
		if len(batch) == 0 {
			l.putDown()
			return
		}
		o.heard = l.mon.heard.Load()
		o.mu.Unlock()
		n, err := l.writeBatch(batch)
		o.mu.Lock()
		o.wrote(batch, n, err)
		if err != nil {
			l.writeFailed(err)
			return
		}
	}
}

// writeBatch writes segments, and waits for it.
func (l *textLink) writeBatch(batch []segment) (int, error) {
	o := &l.out
	if l.python() {
		return l.writePaced(batch)
	}
	if len(batch) == 1 {
		return l.conn.Write(batch[0].data)
	}
	o.vector = o.vector[:0]
	for i := range batch {
		o.vector = append(o.vector, batch[i].data)
	}
	buffers := net.Buffers(o.vector)
	n, err := buffers.WriteTo(l.conn)
	clear(o.vector)
	return int(n), err
}

// putDown gives the token back; the queue is empty, or will never be written.
// The queue's mutex is held, and released.
func (l *textLink) putDown() {
	o := &l.out
	o.busy = false
	over, drained := o.abandoned, o.closed
	if over {
		o.drop(o.queue)
		o.queue = nil
	}
	o.idle.wake()
	o.mu.Unlock()
	switch {
	case over:
		l.finish()
	case drained:
		l.drained()
	}
}

// writeFailed ends writing. Why the connection broke is for the reader to
// find, behind what the remote has sent before: it gets Timeout for that. The
// queue's mutex is held, and released; the caller has the token.
func (l *textLink) writeFailed(err error) {
	o := &l.out
	over := o.abandoned
	if !over {
		o.failure, o.closed = err, true
	}
	o.drop(o.queue)
	o.queue = nil
	o.pass()
	o.busy = false
	o.idle.wake()
	o.mu.Unlock()
	if over {
		l.finish()
		return
	}
	l.end.mu.Lock()
	eof := l.end.eof
	l.end.mu.Unlock()
	if eof {
		l.tearDown(false)
		return
	}
	time.AfterFunc(l.Timeout(), func() { l.fail(ReasonFailed, err) })
}

// shut accepts nothing more. It reports whether nobody is writing.
func (o *outbox) shut() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.pass()
	return !o.busy
}

// abandon gives the queue up after the connection was closed. It reports
// whether nobody is writing; otherwise that one finishes the link.
func (o *outbox) abandon() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed, o.abandoned = true, true
	close(o.quit)
	o.drop(o.queue)
	o.queue = nil
	o.pass()
	return !o.busy
}

// waitIdle waits until nobody writes.
func (o *outbox) waitIdle() {
	o.mu.Lock()
	for o.busy {
		c := o.idle.wait()
		o.mu.Unlock()
		<-c
		o.mu.Lock()
	}
	o.mu.Unlock()
}

// lost counts what was accepted and not written.
func (o *outbox) lost() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return int(o.droppedByClose + o.droppedByFailure)
}
