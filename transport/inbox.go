package transport

import (
	"sync/atomic"

	"github.com/rxpeer/rxpeer/transport/codec"
)

// inboxOwner is who reads for an inbox: the link, or a stream of it.
type inboxOwner interface {
	// attached is called when there is a new subscriber. The intake's mutex is
	// held.
	attached(sub *subscription)
	// delivered is called when n messages of s were taken, which count for
	// charge. The mutex is held. If settle is true, settled is called without it,
	// soon.
	delivered(s *slab, n, charge int) (settle bool)
	settled()
}

// inbox holds what was read and not delivered, and the subscriber. At most one
// goroutine, the consumer, delivers at any time; while there is one, everybody
// else only adds to the queue. While nobody delivers and somebody is
// subscribed, the queue is empty.
type inbox struct {
	*intake
	link  *core
	owner inboxOwner
	types []codec.Type // by the number that a span has for them

	sub      *subscription
	current  *subscription // the one whose callback is running
	delivers *slab         // whose messages it gets
	consumer bool          // a goroutine delivers

	queue    []*slab
	size     int // the queue's charge, and that of what is being delivered from it
	received uint64
	taken    uint64        // messages delivered
	lost     uint64        // that the remote dropped since the message before; the consumer's
	message  Message       // that is being delivered; the consumer's
	progress atomic.Uint64 // grows while somebody wants to see it
	ended    bool
	err      error
}

// messageCharge is what a message counts for in an inbox besides its body.
const messageCharge = 128

// push queues the messages of s, and reports whether s is the inbox's now.
// mu is held.
func (in *inbox) push(s *slab) (kept bool) {
	if in.closing {
		in.changed.wake()
	}
	if bodies := s.bodies(); bodies < len(s.buf)/4 && !s.paid {
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
		last.gathers, last.queued, last.overhead = true, true, s.overhead
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

// finish marks the end of what is received. mu is held. The consumer delivers
// it; if there is none the caller must become it.
func (in *inbox) finish(err error) {
	if !in.ended {
		in.ended, in.err = true, err
	}
	in.changed.wake()
}
