package transport

import (
	"encoding/binary"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/internal/frame"
)

// Log sends messages over many links at once. A message is kept once for all
// links that speak rxpeer/2: each of them has a place in the log, and writes on
// from there, many messages at a time. So one more link costs what it writes and
// little else.
//
// The log keeps what some link has not sent, and for each link no more than its
// [Options].SendBuffer; memory comes in pieces of up to 64 KiB. It is made for
// messages that go to the same links again and again, but they may change, and
// may be used otherwise meanwhile. A Log is safe for concurrent use, and needs no
// closing.
type Log struct {
	t       codec.Type
	sending sync.Mutex   // one message after the other, on all links
	links   []Link       // that the last one was for; guarded by sending
	entry   entry        // of the message that is being sent; guarded by sending
	end     atomic.Int64 // bytes that the log ever had

	// Up to all, a message needs nothing more than to be in the log, on any of the
	// links, see follower. Who makes that untrue counts it in withdrawn first.
	all       atomic.Int64
	withdrawn atomic.Uint64

	mu   sync.Mutex
	tail *logChunk
}

// logChunk is a piece of a log. Only its last one grows. What is before the
// oldest that a link needs is garbage.
type logChunk struct {
	buf []byte // messages as they stand in a Data frame

	// Guarded by the log's mutex.
	used, messages, bodies int
	next                   *logChunk
}

// entry is a message of a log.
type entry struct {
	log  *Log
	body []byte
	made *Frame // for links that do not follow the log

	chunk                *logChunk // nil: it is too large for the log
	at, messages, bodies int       // of the chunk, before it
	start, end           int64     // of the log
}

// Missed is a link that did not take a message.
type Missed struct {
	// Index is that of the link.
	Index int
	// Err says why; it is that of [Link].TrySend.
	Err error
}

const (
	firstLogChunk = 1 << 10
	mostLogChunk  = frame.MaxPayload // what one frame can carry
)

// fewLinks is to how many links Send writes by itself, if they are quiet. With
// more of them goroutines write while it goes on.
const fewLinks = 4

// NewLog returns a log of messages of a type.
func NewLog(t codec.Type) *Log { return &Log{t: t} }

// Send puts a message into the queues of links, without waiting. It returns
// those whose queue is full, and those that cannot carry it or have ended: they
// do not get it, and may get the next. On a link the messages of one goroutine
// keep their order, those that it sends otherwise included. Send does not keep
// body. It keeps links, which must not be changed any more: for others there is
// another slice.
func (g *Log) Send(body []byte, links []Link) (missed []Missed) {
	g.sending.Lock()
	defer g.sending.Unlock()
	if !g.sameAs(links) {
		g.change(links)
	}
	e := g.append(body)
	defer func() { *e = entry{} }()
	if e.chunk != nil && e.end <= g.all.Load() {
		return nil
	}
	pushed := (*sender).pushed
	if len(links) > fewLinks {
		pushed = (*sender).pushedSoon
	}
	withdrawn, all := g.withdrawn.Load(), int64(math.MaxInt64)
	for i, l := range links {
		until, err := e.sendOn(l, pushed)
		if all = min(all, until); err != nil {
			missed = append(missed, Missed{i, err})
		}
	}
	g.all.Store(all)
	if g.withdrawn.Load() != withdrawn {
		g.all.Store(0)
	}
	return missed
}

// sendOn sends e on a link. It returns up to where that link needs to be asked for
// no other message.
func (e *entry) sendOn(l Link, pushed func(*sender)) (until int64, err error) {
	n, native := l.(*nativeLink)
	if !native || e.chunk == nil {
		return 0, e.sendFrame(l)
	}
	follow := &n.data.out.main.follow
	if f := follow.Load(); f != nil && f.log == e.log {
		if until := f.until.Load(); e.end <= until {
			return until, nil
		}
	}
	if err := n.out.broadcast(e, pushed); err != nil {
		return 0, err
	}
	if f := follow.Load(); f != nil && f.log == e.log {
		return f.until.Load(), nil
	}
	return 0, nil
}

// sameAs reports whether these are the links that the last message was for.
func (g *Log) sameAs(links []Link) bool {
	if len(links) > 0 && len(links) == len(g.links) && &links[0] == &g.links[0] {
		return true
	}
	return slices.Equal(g.links, links)
}

// withdraw is called by a follower before what it has promised becomes untrue.
func (g *Log) withdraw() {
	g.withdrawn.Add(1)
	g.all.Store(0)
}

// Forget lets go of a link that has ended; otherwise the next Send to other links
// does. It waits for a Send that is under way.
func (g *Log) Forget(l Link) {
	g.sending.Lock()
	defer g.sending.Unlock()
	if n, native := l.(*nativeLink); native {
		n.out.unfollow(g)
	}
	g.links = slices.DeleteFunc(slices.Clone(g.links), func(other Link) bool { return other == l })
}

// change lets links follow that are not the same as before. Those that do not
// any longer must not find in the log what is not for them.
func (g *Log) change(links []Link) {
	g.all.Store(0)
	stay := make(map[Link]bool, len(links))
	for _, l := range links {
		stay[l] = true
	}
	for _, l := range g.links {
		if n, native := l.(*nativeLink); native && !stay[l] {
			n.out.unfollow(g)
		}
	}
	g.links = links
}

// append adds a message, unless it is so large that links send it in pieces. sending
// is held.
func (g *Log) append(body []byte) *entry {
	g.entry = entry{log: g, body: body}
	e := &g.entry
	if len(body) > maxWhole {
		return e
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	n := binary.MaxVarintLen32 + len(body)
	c := g.tail
	if c == nil || len(c.buf)-c.used < n {
		size := firstLogChunk
		if c != nil {
			size = min(2*len(c.buf), mostLogChunk)
		}
		next := &logChunk{buf: make([]byte, max(size, n))}
		if c != nil {
			c.next = next
		}
		g.tail, c = next, next
	}
	e.chunk, e.at, e.messages, e.bodies, e.start = c, c.used, c.messages, c.bodies, g.end.Load()
	c.used += binary.PutUvarint(c.buf[c.used:], uint64(len(body)))
	c.used += copy(c.buf[c.used:], body)
	c.messages++
	c.bodies += len(body)
	e.end = e.start + int64(c.used-e.at)
	g.end.Store(e.end)
	return e
}

// sendFrame sends e on a link that does not follow the log.
func (e *entry) sendFrame(l Link) error {
	if e.made == nil {
		var err error
		if e.made, err = NewFrame(e.log.t, e.body); err != nil {
			return err
		}
	}
	return l.TrySendFrame(e.made)
}
