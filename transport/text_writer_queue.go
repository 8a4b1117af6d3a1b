package transport

import (
	"context"
	"sync"

	"github.com/rxpeer/rxpeer/internal/peerpy"
	"github.com/rxpeer/rxpeer/transport/codec"
)

const (
	// largeBody is from where on a body is sent without being copied, if its
	// turn is now.
	largeBody = 32 << 10
	// sharedFrame is from where on a Frame is queued without being copied.
	sharedFrame = 4 << 10
	// mostEncoded limits the memory that a SendFunc begins with.
	mostEncoded = 4 << 20
	// writeSlab is how much small messages are gathered to.
	writeSlab = 64 << 10
	// writeBatch is how much is given to the system at once, about.
	writeBatch = 256 << 10
	// batchSegments limits the same in pieces.
	batchSegments = 16
	// quietTime is how long after a write a message is written by its sender
	// again, though nothing was received.
	quietTime = 100_000 // nanoseconds
)

// segment is a piece of the send queue. It ends where a message ends.
type segment struct {
	data   []byte
	slab   *slab // what data lies in, if that is to be given back
	frames int   // messages that end in it
	begun  bool  // its beginning was written: nothing may come before it
	headed bool  // it begins with a header
}

// outbox is the send queue of a link, and the token of who may write. The
// mutex is never held during a system call.
type outbox struct {
	link *textLink

	mu    sync.Mutex
	queue []segment
	bytes int  // in the queue, and being written
	limit int  // of bytes
	busy  bool // somebody has the token; the queue is empty when nobody has
	ping  bool // a PING is to be written at the next boundary
	pong  bool // and a PONG

	closed    bool  // nothing more is accepted
	abandoned bool  // the connection is closed
	failure   error // writing failed
	idle      signal
	quit      chan struct{} // closed with abandoned
	waiters   []*waiter     // first come, first served

	headSize int // what head says
	headType codec.Type
	head     []byte

	heard     int64 // monitor.heard at the last write
	lastWrite int64 // when that ended, in Link.now's time
	notBefore int64 // when the first message may go out, in the same

	accepted, written, refused       uint64
	droppedByClose, droppedByFailure uint64

	// What belongs to the holder of the token.
	batch   []segment
	ownHead [peerpy.HeaderSize]byte
	vector  [][]byte
	tryFill func(fd uintptr) bool // made once, for RawConn.Write
	tryBuf  [2][]byte
	tryN    int
	tryErr  error
}

// waiter is a Send that waits for room.
type waiter struct {
	need  int
	turn  chan struct{}
	again bool // it was woken, and found no room: its turn comes before everybody else's
}

func (o *outbox) init(l *textLink) {
	o.link = l
	o.limit = l.opts.SendBuffer
	o.quit = make(chan struct{})
	o.lastWrite = -quietTime
	if l.python() {
		o.notBefore = l.now() + int64(pythonPause)
	}
	o.tryFill = func(fd uintptr) bool {
		if l.python() && len(o.tryBuf[1]) == 0 {
			o.tryN, o.tryErr = tryRecord(fd, o.tryBuf[0])
			return true
		}
		o.tryN, o.tryErr = tryWrite(fd, o.tryBuf[0], o.tryBuf[1])
		return true
	}
}

// fits reports whether there is room. A message larger than the queue has room
// when nothing waits. mu is held.
func (o *outbox) fits(need int) bool { return o.bytes == 0 || o.bytes+need <= o.limit }

// header returns the DATA header of such a message; it is remembered, as
// messages are often of one size. mu is held.
func (o *outbox) header(t codec.Type, n int) []byte {
	if n != o.headSize || t != o.headType {
		o.head, _ = peerpy.AppendData(o.head[:0], int64(n), string(t)) // allowed has seen to it
		o.headSize, o.headType = n, t
	}
	return o.head
}

// tail returns the last segment if messages may be added to it. mu is held.
func (o *outbox) tail() *segment {
	if n := len(o.queue); n > 0 && o.queue[n-1].slab != nil && !o.queue[n-1].begun {
		return &o.queue[n-1]
	}
	return nil
}

// put copies a message to the end of the queue. mu is held.
func (o *outbox) put(t codec.Type, body []byte, headless bool) {
	need := len(body)
	if !headless {
		need += peerpy.HeaderSize
	}
	tail := o.tail()
	if tail == nil || len(tail.data)+need > cap(tail.data) || o.link.python() && len(tail.data)+need > pythonPacket {
		size := need
		switch {
		case o.link.python():
			size = max(need, pythonPacket)
		case o.busy:
			size = max(need, writeSlab)
		}
		s := newSlab(size)
		o.queue = append(o.queue, segment{data: s.buf[:0], slab: s, headed: !headless})
		tail = &o.queue[len(o.queue)-1]
	}
	if !headless {
		tail.data = append(tail.data, o.header(t, len(body))...)
	}
	tail.data = append(tail.data, body...)
	tail.frames++
	o.bytes += need
}

// add puts a message of its own memory at the end of the queue. mu is held.
func (o *outbox) add(s segment) {
	s.frames = 1
	o.queue = append(o.queue, s)
	o.bytes += len(s.data)
}

// unwrite puts back the rest of what was written in part. mu is held.
func (o *outbox) unwrite(rest []segment) {
	rest[0].begun = true
	o.queue = append(append(make([]segment, 0, len(rest)+len(o.queue)), rest...), o.queue...)
}

// take moves what one write may carry from the queue to the batch. mu is held,
// and the caller has the token.
func (o *outbox) take() []segment {
	o.batch = o.batch[:0]
	if len(o.queue) == 0 || !o.queue[0].begun {
		o.takeControl(&o.ping, pingBytes)
		o.takeControl(&o.pong, pongBytes)
	}
	n, size, limit := 0, 0, batchSegments
	if o.link.python() {
		limit = 1 // its pieces are paced
	}
	for ; n < len(o.queue) && n < limit && (n == 0 || size+len(o.queue[n].data) <= writeBatch); n++ {
		size += len(o.queue[n].data)
	}
	o.batch = append(o.batch, o.queue[:n]...)
	rest := copy(o.queue, o.queue[n:])
	clear(o.queue[rest:])
	o.queue = o.queue[:rest]
	return o.batch
}

// takeControl adds a header to the batch if it is due. mu is held.
func (o *outbox) takeControl(due *bool, header []byte) {
	if *due {
		*due = false
		o.bytes += len(header)
		o.batch = append(o.batch, segment{data: header})
	}
}

// wrote accounts for a batch of which n bytes were written. What was not
// written goes back to the front of the queue, unless err says that it never
// will be. mu is held.
func (o *outbox) wrote(batch []segment, n int, err error) {
	o.bytes -= n
	for i := range batch {
		s := &batch[i]
		if n < len(s.data) {
			s.data = s.data[n:]
			if n > 0 {
				s.begun = true
			}
			if err == nil {
				o.unwrite(batch[i:])
			} else {
				o.drop(batch[i:])
			}
			break
		}
		n -= len(s.data)
		o.written += uint64(s.frames)
		if s.slab != nil {
			s.slab.free()
		}
	}
	clear(batch)
	o.lastWrite = o.link.now()
	o.pass()
}

// drop gives segments up. mu is held.
func (o *outbox) drop(segments []segment) {
	lost := &o.droppedByClose
	if o.failure != nil {
		lost = &o.droppedByFailure
	}
	for i := range segments {
		s := &segments[i]
		*lost += uint64(s.frames)
		o.bytes -= len(s.data)
		if s.slab != nil {
			s.slab.free()
		}
	}
	clear(segments)
}

// waitRoom waits for the caller's turn and room for it. mu is held, and held
// again at return unless there is an error.
func (l *textLink) waitRoom(ctx context.Context, need int) error {
	o := &l.out
	w := &waiter{need: need, turn: make(chan struct{}, 1)}
	o.waiters = append(o.waiters, w)
	o.mu.Unlock()
	l.startWaiting()
	defer l.stopWaiting()
	for {
		var ended error
		select {
		case <-w.turn:
		case <-ctx.Done():
			ended = context.Cause(ctx)
		}
		o.mu.Lock()
		switch {
		case o.closed:
			o.quitWaiting(w)
			o.mu.Unlock()
			return l.closedErr()
		case o.waiters[0] == w && o.fits(need):
			o.quitWaiting(w)
			return nil
		case ended != nil:
			o.quitWaiting(w)
			o.pass()
			o.mu.Unlock()
			return ended
		}
		o.mu.Unlock()
	}
}

// quitWaiting takes w out of the line. mu is held.
func (o *outbox) quitWaiting(w *waiter) {
	for i, other := range o.waiters {
		if other == w {
			o.waiters = append(o.waiters[:i], o.waiters[i+1:]...)
			return
		}
	}
}

// pass lets the first in the line go on if there is room for it. mu is held.
func (o *outbox) pass() {
	if len(o.waiters) == 0 || !o.closed && !o.fits(o.waiters[0].need) {
		return
	}
	for _, w := range o.waiters {
		select {
		case w.turn <- struct{}{}:
		default:
		}
		if !o.closed {
			return
		}
	}
}
