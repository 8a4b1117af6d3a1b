package transport

import (
	"slices"
	"sync"
	"time"

	"github.com/rxpeer/rxpeer/transport/internal/frame"
)

// outlet is the sending direction of a stream. The sender's mutex guards it.
type outlet struct {
	st             *Stream
	credit         int64 // bytes that the remote can take
	creditMessages int64
	main           lane
	others         []*lane // of sinks with policies of their own
	lanes          []*lane // those with something to send, in turn
	listed         bool    // among the sender's ready
	short          bool    // what comes first waits for credit
	fast           bool    // which comes soon: the last was much, and quick
	granted        int64   // when that came, in core.now's time
	changed        signal  // of the credit, or of the end, for large messages
	direct         bool    // one is being sent from its owner's memory, and has begun

	granting    frame.Grant // what a CREDIT of this side is to say
	grantListed bool        // among the sender's grants

	stopped error         // why nothing more is sent
	hook    func(error)   // to be told of that; nil: nobody
	ending  *frame.Reason // to be sent when nothing waits
	ended   bool          // it was

	counts
}

// counts are the numbers of what was sent on a stream.
type counts struct {
	accepted, refused, sent, acked uint64
	dropped                        uint64 // by a policy
	droppedByStop                  uint64
	droppedByClose                 uint64
	droppedByFailure               uint64
}

// unknown counts what was accepted, not dropped by a policy or because the
// remote wanted no more, and is not known to have arrived.
func (c *counts) unknown() int {
	return int(c.accepted - c.acked - c.dropped - c.droppedByStop)
}

// add adds the numbers of a stream.
func (c *counts) add(other *counts) {
	c.accepted += other.accepted
	c.refused += other.refused
	c.sent += other.sent
	c.acked += other.acked
	c.dropped += other.dropped
	c.droppedByStop += other.droppedByStop
	c.droppedByClose += other.droppedByClose
	c.droppedByFailure += other.droppedByFailure
}

func (o *outlet) init(s *sender, st *Stream) {
	remote := st.link.remote
	o.st = st
	o.credit, o.creditMessages = int64(min(remote.Window, maxCredit)), int64(min(remote.Messages, maxCredit))
	o.main = lane{st: st, limit: st.sendBuffer()}
	s.outlets = append(s.outlets, st)
}

// maxCredit is more than anybody needs, and small enough to be added to.
const maxCredit = 1 << 62

// shut lets no message into the lanes without a close look, and wakes those who
// wait when there is no room any more for anybody.
func (o *outlet) shut(wake bool) {
	o.main.unfollow()
	o.main.gate = true
	o.main.pass(wake)
	for _, ln := range o.others {
		ln.gate = true
		ln.pass(wake)
	}
}

// pending reports whether something waits on any lane.
func (o *outlet) pending() bool { return len(o.lanes) > 0 || o.main.busy }

// sendable reports whether there is something to send now.
func (o *outlet) sendable() bool {
	switch {
	case o.direct:
		return false // nothing comes between the pieces of a message
	case len(o.lanes) == 0:
		return o.ending != nil && !o.ended && !o.main.busy
	}
	c := o.lanes[0].front()
	switch {
	case c.begun:
		return o.credit >= int64(min(leastPiece, c.end-c.start))
	case c.large:
		return o.credit >= nativeCharge+leastPiece && o.creditMessages > 0
	case o.creditMessages <= 0:
		return false
	case o.credit >= int64(c.bodies+nativeCharge*c.messages):
		return true
	}
	body, _, _ := frame.NextMessage(c.buf[c.start:c.end]) // it was written by put
	return o.credit >= int64(len(body)+nativeCharge)
}

// leastPiece is the least that is sent of a large message, unless it is the
// rest.
const leastPiece = 1 << 10

// sender is the sending side of a link, and the token of who may write. mu is
// never held during a system call.
type sender struct {
	link  *nativeLink
	whole int // bytes of a message that is sent in one frame, at most
	quick int // of one that a way sends quickly
	most  int // bytes of any message
	alone int // of a piece while no other stream has anything to send

	mu         sync.Mutex
	busy       bool      // somebody has the token
	started    bool      // flushSoon is on its way
	bulk       bool      // a Send has written by itself since flushSoon looked
	ready      []*outlet // with something to send, in turn
	control    []byte    // frames that go first
	grants     []*Stream // that have something to grant
	ping       bool      // a PING is due
	pong       bool      // and the answer to one
	pongToken  uint64
	closed     bool        // nothing more is accepted
	closeSent  bool        // CLOSE is on its way, or out
	closeGot   bool        // the remote's came
	closeClean bool        // and was no complaint
	failing    *time.Timer // ends the link after a failure
	finSent    bool        // our end of the connection is out
	abandoned  bool        // the connection is closed
	failure    error       // writing failed
	over       *CloseError // the link has ended
	idle       signal
	spare      int // bytes that queues of opened streams may grow by
	open       int // large messages that are sent from their owner's memory
	outlets    []*Stream
	gone       *counts   // of streams that have ended; nil: none
	doubt      []*Stream // one direction of which has ended

	heard     int64 // monitor.heard at the last write
	lastWrite int64 // when that ended, in core.now's time

	// What belongs to the holder of the token.
	b     *batch // nil while nothing is written
	batch int    // bytes of a large message that are written at once, see paced
}

func (o *sender) init(l *nativeLink) {
	o.link = l
	o.lastWrite = -quietTime
	o.spare = l.opts.SendBuffer
	// A message in one frame must fit the window of a stream that has just
	// begun when a quarter of that is not granted.
	o.whole = int(min(maxWhole, max(l.remote.Window, leastWindow)/4))
	o.most = int(min(uint64(l.opts.MaxMessage), l.remote.MaxMessage))
	o.alone = int(min(frame.MaxPiece, l.remote.MaxFragment))
	o.quick = min(o.whole, o.most, maxQuick)
	o.batch = writeBatch
}

// list puts a lane that has something to send, and its stream, among those that
// are served. mu is held.
func (o *sender) list(ln *lane) {
	out := &ln.st.out
	if !ln.listed {
		ln.listed = true
		out.short = false
		if ln.front().begun { // what has begun goes on before anything else
			out.lanes = slices.Insert(out.lanes, 0, ln)
		} else {
			out.lanes = append(out.lanes, ln)
		}
	}
	if !out.listed {
		o.relist(out)
	}
}

// relist puts a stream among those that are ready, if it is. mu is held.
func (o *sender) relist(out *outlet) {
	if out.listed || out.short {
		return
	}
	if out.sendable() {
		out.listed = true
		o.ready = append(o.ready, out)
	} else {
		out.short = len(out.lanes) > 0
	}
}

// due reports whether there is anything to write. mu is held.
func (o *sender) due() bool {
	return o.left() || len(o.ready) > 0 || len(o.control) > 0 || len(o.grants) > 0 || o.ping || o.pong
}

// take gathers what one write may carry: control frames first, then a piece of
// each stream in turn. mu is held, and the caller has the token.
func (o *sender) take(pieces int) {
	o.begin()
	o.b.scratch = o.b.scratch[:0]
	o.takeControl()
	main := &o.link.data.out.main
	main.catchUp(nil)
	size := 0
	for len(o.ready) > 0 && len(o.b.vector)+2 <= pieces && size < writeBatch && cap(o.b.scratch)-len(o.b.scratch) >= scratchLeft {
		out := o.ready[0]
		copy(o.ready, o.ready[1:])
		o.ready = o.ready[:len(o.ready)-1]
		out.listed = false
		if out.sendable() { // it may have been stopped meanwhile
			room := writeBatch - size
			if pieces <= inlinePieces {
				room = 0 // whoever writes that has other things to do
			}
			size += o.cut(out, room)
			o.relist(out)
		}
	}
	if len(o.ready) == 0 && cap(o.ready) > 16 {
		o.ready = nil
	}
	main.promise()
}

// rest lets go of what only a link in use needs.
func (o *sender) rest() {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := &o.link.data.out
	if len(out.main.queue) == 0 {
		out.main.queue = nil
	}
	if len(out.lanes) == 0 {
		out.lanes = nil
	}
	if len(o.ready) == 0 {
		o.ready = nil
	}
	if len(o.grants) == 0 {
		o.grants = nil
	}
}

// takeControl puts everything that is not a message in front.
func (o *sender) takeControl() {
	b := o.control
	o.control = nil
	if o.ping {
		o.ping = false
		b = frame.AppendPing(b, frame.Ping, uint64(o.link.now()))
	}
	if o.pong {
		o.pong = false
		b = frame.AppendPing(b, frame.Pong, o.pongToken)
	}
	for _, st := range o.grants {
		b = frame.AppendCredit(b, st.id, st.out.granting)
		st.out.granting, st.out.grantListed = frame.Grant{}, false
	}
	o.grants = o.grants[:0]
	if len(b) > 0 {
		o.b.vector = append(o.b.vector, b)
	}
}

// cut takes the next piece of a stream, of up to room bytes if it is more than any
// frame may have. It returns how many bytes that is.
func (o *sender) cut(out *outlet, room int) (size int) {
	if len(out.lanes) == 0 {
		out.ended = true
		at := len(o.b.scratch)
		o.b.scratch = frame.AppendReason(o.b.scratch, frame.End, out.st.id, *out.ending)
		o.b.vector = append(o.b.vector, o.b.scratch[at:])
		o.doubt = append(o.doubt, out.st)
		return len(o.b.scratch) - at
	}
	ln := out.lanes[0]
	c := ln.front()
	if c.lost > 0 {
		at := len(o.b.scratch)
		o.b.scratch = frame.AppendGap(o.b.scratch, out.st.id, frame.Loss{Messages: c.lost, Bytes: c.lostBytes})
		o.b.vector = append(o.b.vector, o.b.scratch[at:])
		c.lost, c.lostBytes = 0, 0
	}
	if c.large {
		size = o.cutLarge(out, ln, c, room)
	} else {
		size = o.cutMessages(out, ln, c)
	}
	ln.size -= size
	out.lanes = append(out.lanes[:0], out.lanes[1:]...)
	if !ln.empty() {
		if ln.front().begun { // nothing comes between the pieces of a message
			out.lanes = append([]*lane{ln}, out.lanes...)
		} else {
			out.lanes = append(out.lanes, ln)
		}
	} else {
		ln.listed = false
		ln.shrink()
		ln.leave()
	}
	ln.pass(o.closed)
	return size
}

// cutMessages takes as many messages of a chunk as there is credit for. The
// result is the payload's size.
func (o *sender) cutMessages(out *outlet, ln *lane, c *chunk) (size int) {
	at, n, bodies := c.start, c.messages, c.bodies
	end := c.end
	if out.credit < int64(bodies+nativeCharge*n) || out.creditMessages < int64(n) {
		end, n, bodies = at, 0, 0
		credit, most := out.credit, out.creditMessages
		for int64(n) < most {
			body, rest, _ := frame.NextMessage(c.buf[end:c.end]) // it was written by put
			if credit -= int64(len(body) + nativeCharge); credit < 0 {
				break
			}
			n++
			bodies += len(body)
			end = c.end - len(rest)
		}
	}
	header := frame.Header{Kind: frame.Data | frame.Kind(c.typ), Length: end - at, Stream: out.st.id}
	if c.log != nil {
		from := len(o.b.scratch)
		o.b.scratch = frame.AppendHeader(o.b.scratch, header)
		o.b.vector = append(o.b.vector, o.b.scratch[from:], c.buf[at:end])
	} else {
		if !c.shared {
			// What stands there, if anything, was written before.
			frame.PutHeader(c.buf[at-frame.HeaderSize:at], header)
		}
		o.b.vector = append(o.b.vector, c.buf[at-frame.HeaderSize:end])
	}
	out.spend(bodies+nativeCharge*n, n)
	out.sent += uint64(n)
	ln.waiting -= n
	if end == c.end {
		if c.slab != nil {
			o.b.slabs = append(o.b.slabs, c.slab)
		}
		ln.shift(0)
	} else {
		c.start, c.messages, c.bodies = end, c.messages-n, c.bodies-bodies
	}
	return end - at
}

// spend counts what is sent.
func (o *outlet) spend(bytes, messages int) {
	o.credit -= int64(bytes)
	o.creditMessages -= int64(messages)
}
