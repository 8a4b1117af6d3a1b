package transport

import (
	"encoding/binary"
	"sync/atomic"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/internal/frame"
)

// lane is a queue of encoded messages that wait to be sent on a stream, with a
// policy for when it is full. A stream has one for everybody, which waits, and
// further ones for sinks with policies of their own. The sender's mutex guards
// it.
type lane struct {
	st      *Stream
	policy  stream.Policy
	most    int // messages; 0: any number
	limit   int // bytes
	grown   int // of those, what the lane has of the sender's spare ones
	queue   []chunk
	tail    chunk // to which messages are added, behind the queue
	gate    bool  // a message must be looked at closely: something has ended
	size    int   // bytes in the queue
	waiting int   // messages in it
	busy    bool  // a large message is being sent from its owner's memory
	listed  bool
	closed  bool // nothing more is accepted
	waiters []*waiter

	follow atomic.Pointer[follower] // the lane's place in a log, nil: it follows none
	pinned int                      // bytes of the log's pieces that the queue keeps
	newest *logChunk                // the last of those

	data codec.Type // what was sent last, and is allowed
	typ  uint8      // the codec's number

	dropped         uint64 // by the policy
	lost, lostBytes uint64 // of those, behind everything that is on the lane
}

// chunk is a piece of a lane: messages of one codec as they stand in a Data
// frame, with room for the frame's header in front of them; or one large
// message.
type chunk struct {
	slab       *slab
	buf        []byte
	start, end int // what of buf waits
	limit      int // where of buf it must end
	messages   int
	bodies     int   // bytes of them
	typ        uint8 // of the codec
	large      bool
	begun      bool // of a large one a piece was sent
	shared     bool // buf belongs to a frame: it begins with a header, and nothing is written to it

	log *logChunk // to which buf belongs: there is no room for a header, and nothing is written to it

	lost, lostBytes uint64 // what was dropped in front of it
}

// maxPiece is what a message adds to its body in a Data frame, at most, and a
// header.
const maxPiece = frame.HeaderSize + binary.MaxVarintLen32

// put copies a message to the end of the lane.
func (ln *lane) put(typ uint8, body []byte, busy bool) {
	n := len(body)
	if c := &ln.tail; c.messages > 0 && (c.typ != typ || c.end+binary.MaxVarintLen32+n > c.limit || ln.lost > 0) {
		ln.seal()
	}
	if ln.tail.messages == 0 {
		size := maxPiece + n
		if (busy || len(ln.queue) > 0) && ln.lost == 0 { // behind a gap there is likely to be another one soon
			size = max(size, frame.HeaderSize+writeSlab)
		}
		s := newSlab(size)
		ln.tail = chunk{
			slab: s, buf: s.buf, start: frame.HeaderSize, end: frame.HeaderSize,
			limit: min(len(s.buf), frame.HeaderSize+frame.MaxPayload), typ: typ,
		}
		ln.tellLoss(&ln.tail)
	}
	c := &ln.tail
	before := c.end
	c.end += binary.PutUvarint(c.buf[c.end:], uint64(n))
	c.end += copy(c.buf[c.end:], body)
	c.messages++
	c.bodies += n
	ln.size += c.end - before
	ln.waiting++
}

// putRun copies messages that stand in a row.
func (ln *lane) putRun(typ uint8, run []byte) {
	for len(run) > 0 {
		var body []byte
		body, run, _ = frame.NextMessage(run) // they were written by a log
		ln.put(typ, body, true)
	}
}

// tellLoss lets what was dropped be told in front of c, which is the last.
func (ln *lane) tellLoss(c *chunk) {
	c.lost, c.lostBytes = ln.lost, ln.lostBytes
	ln.lost, ln.lostBytes = 0, 0
}

// lose notes that messages were dropped in front of the i-th chunk, of which the
// tail is the last, or behind all.
func (ln *lane) lose(i int, messages, bytes uint64) {
	lost, lostBytes := &ln.lost, &ln.lostBytes
	switch {
	case i < len(ln.queue):
		lost, lostBytes = &ln.queue[i].lost, &ln.queue[i].lostBytes
	case i == len(ln.queue) && ln.tail.messages > 0:
		lost, lostBytes = &ln.tail.lost, &ln.tail.lostBytes
	}
	*lost += messages
	*lostBytes += bytes
}

// seal lets nothing more be added to the last messages.
func (ln *lane) seal() {
	if ln.tail.messages > 0 {
		ln.queue = append(ln.queue, ln.tail)
		ln.tail = chunk{}
	}
}

// front returns what comes first; there is something.
func (ln *lane) front() *chunk {
	if len(ln.queue) > 0 {
		return &ln.queue[0]
	}
	return &ln.tail
}

// empty reports whether nothing is on the lane.
func (ln *lane) empty() bool { return len(ln.queue) == 0 && ln.tail.messages == 0 }

// add puts a large message into the lane. Its memory is the slab's.
func (ln *lane) add(s *slab, body []byte, typ uint8, begun bool) {
	ln.seal()
	ln.queue = append(ln.queue, chunk{
		slab: s, buf: body, end: len(body), typ: typ, large: true, begun: begun,
		messages: 1, bodies: len(body),
	})
	ln.tellLoss(&ln.queue[len(ln.queue)-1])
	ln.size += len(body)
	ln.waiting++
}

// addFront is add for a message that comes first: of what waits nothing was
// before it.
func (ln *lane) addFront(s *slab, body []byte, typ uint8, begun bool) {
	ln.add(s, body, typ, begun)
	last := len(ln.queue) - 1
	c := ln.queue[last]
	copy(ln.queue[1:], ln.queue[:last])
	ln.queue[0] = c
}

// share puts a frame of one message into the lane that others have too.
func (ln *lane) share(f *Frame, typ uint8) {
	ln.seal()
	data := f.on(ln.st.id, typ)
	ln.queue = append(ln.queue, chunk{
		buf: data, start: frame.HeaderSize, end: len(data), typ: typ, shared: true,
		messages: 1, bodies: f.Len(),
	})
	ln.tellLoss(&ln.queue[len(ln.queue)-1])
	ln.size += len(data) - frame.HeaderSize
	ln.waiting++
}

// fits reports whether there is room for a message of n bytes. One that is
// larger than the lane has room when nothing waits.
func (ln *lane) fits(n int) bool {
	if ln.busy {
		return false
	}
	return ln.empty() || ln.size+n <= ln.limit && (ln.most == 0 || ln.waiting < ln.most)
}

// grow makes room for a message of n bytes out of what the link has to spare, if
// that helps: not when the remote's program is slow and the lane waits for it. It
// reports whether there is room now.
func (ln *lane) grow(n int) bool {
	o := &ln.st.link.out
	if ln.st.id == dataStream || ln.busy || ln.most > 0 && ln.waiting >= ln.most ||
		ln.st.out.short && !ln.st.out.fast && ln.policy.Kind() == stream.KindBlock {
		return false
	}
	most := o.link.opts.SendBuffer
	if ln.policy.Kind() == stream.KindBlock && !ln.st.out.fast {
		most = min(most, mostBuffer)
	}
	more := (ln.size + n - ln.limit + streamBuffer - 1) / streamBuffer * streamBuffer
	if more = min(more, most-ln.limit); more > o.spare || ln.size+n > ln.limit+more {
		return false
	}
	ln.grown += more
	ln.limit += more
	o.spare -= more
	return true
}

// shrink gives back what the lane has grown by.
func (ln *lane) shrink() {
	ln.st.link.out.spare += ln.grown
	ln.limit -= ln.grown
	ln.grown = 0
}

// dropOldest gives up the oldest message, unless it is on its way already.
func (ln *lane) dropOldest() bool {
	if i := len(ln.queue) - 1; i < 0 || ln.queue[i].begun {
		ln.seal() // otherwise it goes on growing, instead of a slab for each message
	}
	for i := range ln.queue {
		c := &ln.queue[i]
		if c.begun {
			continue
		}
		n := c.bodies
		if c.messages > 1 {
			var rest []byte
			var body []byte
			body, rest, _ = frame.NextMessage(c.buf[c.start:c.end]) // it was written by put
			n = len(body)
			ln.size -= c.end - len(rest) - c.start
			c.start = c.end - len(rest)
			c.messages--
			c.bodies -= n
			ln.lose(i, 1, uint64(n))
		} else {
			ln.size -= c.end - c.start
			lost, lostBytes := c.lost, c.lostBytes
			ln.remove(i)
			ln.lose(i, lost+1, lostBytes+uint64(n))
		}
		ln.waiting--
		ln.dropped++
		return true
	}
	return false
}

// remove takes a chunk out of the queue, and gives its memory back. A part of it
// may be being written: then that happens when it was.
func (ln *lane) remove(i int) {
	if s := ln.queue[i].slab; s != nil {
		if o := &ln.st.link.out; o.busy && o.b != nil {
			o.b.slabs = append(o.b.slabs, s)
		} else {
			s.free()
		}
	}
	ln.shift(i)
}

// shift takes a chunk out of the queue, or the tail if there is none.
func (ln *lane) shift(i int) {
	if len(ln.queue) == 0 {
		ln.tail = chunk{}
		return
	}
	log := ln.queue[i].log
	copy(ln.queue[i:], ln.queue[i+1:])
	last := len(ln.queue) - 1
	ln.queue[last] = chunk{}
	if ln.queue = ln.queue[:last]; last == 0 && cap(ln.queue) > 4 {
		ln.queue = nil
	}
	if log != nil {
		ln.unpin(log)
	}
}

// clear drops everything, and returns how many messages that were.
func (ln *lane) clear() (n int) {
	ln.seal()
	for len(ln.queue) > 0 {
		ln.remove(len(ln.queue) - 1)
	}
	n = ln.waiting
	ln.size, ln.waiting, ln.pinned, ln.newest = 0, 0, 0, nil
	ln.shrink()
	return n
}
