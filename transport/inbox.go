package transport

import (
	"sync"
	"sync/atomic"
)

// messageCharge is what a message counts for in the inbox besides its body.
const messageCharge = 128

// role says who reads from the connection.
type role uint8

const (
	// roleHeld: one goroutine reads, or parks because the inbox is full.
	roleHeld role = iota
	// roleLent: the goroutine that read is delivering; whoever wants may take
	// over.
	roleLent
	// roleOver: nobody reads any more.
	roleOver
)

// inbox holds what was read and not delivered, the subscriber, and the role
// of reader. At most one goroutine, the consumer, delivers at any time; while
// there is one, everybody else only adds to the queue. While nobody delivers
// and somebody is subscribed, the queue is empty.
type inbox struct {
	parked   atomic.Bool   // the reader waits for room
	progress atomic.Uint64 // grows while a parked reader looks at it
	senders  atomic.Int32  // Sends that wait for room: the limit is larger then

	mu         sync.Mutex
	changed    sync.Cond // role became over, or something for a waiting consumer
	role       role
	deliveries uint64 // counts lendings of the role
	closing    bool   // a Close is reading: the consumer stays until it is done

	sub      *subscription
	current  *subscription // the one whose callback is running
	consumer bool          // a goroutine delivers

	queue     []*slab
	size      int // the queue's charge, and that of what is being delivered from it
	limit     int
	room      chan struct{} // a token for the parked reader
	draining  bool          // the link is closing: read on, drop what finds no room
	flood     bool          // the remote has closed: take the rest, it is little
	discarded uint64        // messages that found no room while draining
	received  uint64
	taken     uint64 // messages delivered
	ended     bool
	err       error
}

func (in *inbox) init(limit int) {
	in.changed.L = &in.mu
	in.limit = limit
	in.room = make(chan struct{}, 1)
}

// delivery returns the number of the delivery that is under way with the role
// of reader lent.
func (in *inbox) delivery() (n uint64, running bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.deliveries, in.role == roleLent
}

// push queues the messages of s, and reports whether s is the inbox's now.
// mu is held.
func (in *inbox) push(s *slab) (kept bool) {
	if in.draining && !in.flood && in.size+s.charge > in.limit {
		in.discarded += uint64(s.left())
		return false
	}
	if in.closing {
		in.changed.Broadcast()
	}
	if bodies := s.bodies(); bodies < len(s.buf)/4 {
		in.pushSmall(s, bodies)
		return false
	}
	in.adopt(s)
	in.queue = append(in.queue, s)
	return true
}

// pushSmall copies the messages of s to the last slab of the queue, or to a
// new one that is the larger the more has piled up: a few small messages must
// not pin much memory, and neither must many. mu is held.
func (in *inbox) pushSmall(s *slab, bodies int) {
	var last *slab
	if n := len(in.queue); n > 0 {
		last = in.queue[n-1]
	}
	if last == nil || !last.gathers || len(last.buf)-last.used < bodies {
		last = newSlab(max(bodies, min(in.size/8, readSlab)))
		last.gathers, last.queued = true, true
		in.queue = append(in.queue, last)
	}
	before := last.charge
	last.gather(s)
	in.size += last.charge - before
}

// adopt counts the messages of s, which become part of the queue. mu is held.
func (in *inbox) adopt(s *slab) {
	s.queued = true
	in.size += s.charge
}

// pop takes the oldest slab from the queue; nil when that is empty. mu is
// held.
func (in *inbox) pop() *slab {
	if len(in.queue) == 0 {
		return nil
	}
	s := in.queue[0]
	in.queue[0] = nil
	if in.queue = in.queue[1:]; len(in.queue) == 0 {
		in.queue = nil
	}
	return s
}

// stretch is how many times as much the inbox holds while a Send on the link
// waits: two peers that answer each other's messages must not both be waiting
// to send with both inboxes full.
const stretch = 4

// full reports whether the reader must park. mu is held.
func (in *inbox) full() bool {
	limit := in.limit
	if in.senders.Load() > 0 {
		limit *= stretch
	}
	return in.size >= limit && !in.draining && !in.flood
}

// roomy reports whether a parked reader may go on. mu is held.
func (in *inbox) roomy() bool {
	return in.size <= in.limit/2 || in.senders.Load() > 0 && !in.full() || in.draining || in.flood
}

// wakeReader lets a parked reader look again.
func (in *inbox) wakeReader() {
	select {
	case in.room <- struct{}{}:
	default:
	}
}

// drain lets the reader read on whatever the state of the queue: the link is
// closing, and waits for the remote's end.
func (in *inbox) drain() {
	in.mu.Lock()
	in.draining = true
	in.mu.Unlock()
	in.wakeReader()
}

// abandon ends the inbox after its connection was closed, if nobody reads. A
// goroutine that reads will notice by itself.
func (in *inbox) abandon(err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.draining = true
	if in.role == roleLent {
		in.finish(err)
	}
	in.wakeReader()
}

// finish marks the end of what is received. mu is held. The consumer delivers
// it; if there is none the caller must become it.
func (in *inbox) finish(err error) {
	in.role = roleOver
	if !in.ended {
		in.ended, in.err = true, err
	}
	in.changed.Broadcast()
}

// takeOver lets another goroutine read on while a callback runs.
func (l *Link) takeOver() {
	in := &l.in
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.role == roleLent {
		in.role = roleHeld
		l.r.detach()
		go l.readOn() // ends when the connection does, or is taken over in turn
	}
}

// startWaiting is called by a sender before it waits: somebody must read on, or
// the remote may be waiting for the same.
func (l *Link) startWaiting() {
	l.in.senders.Add(1)
	if l.in.parked.Load() {
		l.in.wakeReader()
	}
	l.takeOver()
}

// stopWaiting is called after that.
func (l *Link) stopWaiting() { l.in.senders.Add(-1) }

// readToEnd returns when nobody reads from the connection any more. Where a
// callback keeps the reader from noticing the end, it reads itself; the
// callback's goroutine then stays to deliver what comes.
func (l *Link) readToEnd() {
	in := &l.in
	in.mu.Lock()
	for in.role == roleHeld {
		in.changed.Wait()
	}
	if in.role == roleOver {
		in.mu.Unlock()
		return
	}
	in.role, in.closing = roleHeld, true
	l.r.detach()
	in.mu.Unlock()
	l.readOn()
}
