package transport

import "sync/atomic"

// follower is a lane's place in a log. The sender's mutex guards it, but for what
// is atomic.
type follower struct {
	log                  *Log
	typ                  uint8     // the codec's number
	chunk                *logChunk // up to where of it the lane has the messages; nil: it follows no more
	at, messages, bodies int
	pos                  int64 // the same, in bytes of the log
	until                atomic.Int64
}

// The messages of the log come to the lane when somebody looks, as a rule who
// is about to write. Up to until a message needs nothing more than to be in the
// log: somebody will look, and there is room for it. Who makes that untrue sets
// until to 0, and the log's all, first and looks at the log after that; so what
// the log's Send saw as accepted is accepted, and nothing waits for somebody
// who sleeps.

// hold takes what was accepted so far into the lane, in front of what comes
// next, and lets nothing more in without a close look. The sender's mutex is
// held.
func (ln *lane) hold() {
	if f := ln.follow.Load(); f != nil {
		f.until.Store(0)
		f.log.withdraw()
		ln.catchUp(nil)
	}
}

// unfollow ends that for good. How far the lane came is remembered.
func (ln *lane) unfollow() {
	ln.hold()
	if f := ln.follow.Load(); f != nil {
		f.chunk = nil
	}
}

// unfollow ends that if the lane follows g.
func (o *sender) unfollow(g *Log) {
	o.mu.Lock()
	if ln := &o.link.data.out.main; ln.follow.Load() != nil && ln.follow.Load().log == g {
		ln.unfollow()
	}
	o.pushed()
}

// catchUp puts what is new in the log on the lane, but for one message, if any.
// Where others wait for room, or a large message is on its way, nothing that was
// accepted is new. The sender's mutex is held.
func (ln *lane) catchUp(but *entry) {
	f := ln.follow.Load()
	if f == nil || f.chunk == nil || f.log.end.Load() == f.pos || ln.busy || len(ln.waiters) > 0 {
		return
	}
	f.log.mu.Lock()
	for {
		c := f.chunk
		end, messages, bodies := c.used, c.messages, c.bodies
		if but != nil && c == but.chunk {
			end, messages, bodies = but.at, but.messages, but.bodies
		}
		if end > f.at {
			ln.addRun(f, end, messages-f.messages, bodies-f.bodies)
		}
		f.pos += int64(end - f.at)
		f.at, f.messages, f.bodies = end, messages, bodies
		if c.next == nil {
			break
		}
		f.chunk, f.at, f.messages, f.bodies = c.next, 0, 0, 0
	}
	f.log.mu.Unlock()
	if !ln.empty() {
		ln.st.link.out.list(ln)
	}
}

// addRun puts messages of the log on the lane, where they are. One that has missed
// many gets copies: it would keep much of the log for the sake of few of them.
func (ln *lane) addRun(f *follower, end, messages, bodies int) {
	c := f.chunk
	ln.st.out.accepted += uint64(messages)
	if !ln.pin(c) {
		ln.putRun(f.typ, c.buf[f.at:end])
		return
	}
	ln.seal()
	ln.size += end - f.at
	ln.waiting += messages
	if n := len(ln.queue); n > 0 {
		if last := &ln.queue[n-1]; last.log == c && last.end == f.at && last.typ == f.typ {
			last.end, last.messages, last.bodies = end, last.messages+messages, last.bodies+bodies
			return
		}
	}
	ln.queue = append(ln.queue, chunk{
		log: c, buf: c.buf, start: f.at, end: end, typ: f.typ, messages: messages, bodies: bodies,
	})
	ln.tellLoss(&ln.queue[len(ln.queue)-1])
}

// pin notes that the lane keeps a piece of the log, unless it keeps so much that
// it may keep no more.
func (ln *lane) pin(c *logChunk) bool {
	if ln.pinned > 0 && ln.newest == c {
		return true
	}
	if ln.pinned+len(c.buf) > ln.limit+2*mostLogChunk {
		return false
	}
	ln.newest = c
	ln.pinned += len(c.buf)
	return true
}

// unpin notes that the first chunk of the queue, which was in a piece of the log,
// is gone.
func (ln *lane) unpin(c *logChunk) {
	for i := range ln.queue {
		if log := ln.queue[i].log; log != nil {
			if log == c {
				return // there is more of it
			}
			break
		}
	}
	if ln.pinned -= len(c.buf); ln.pinned == 0 {
		ln.newest = nil
	}
}

// skip passes over a message that the lane does not get.
func (f *follower) skip(e *entry) {
	f.log.mu.Lock()
	defer f.log.mu.Unlock()
	c := e.chunk
	f.chunk, f.at, f.messages, f.bodies = c, c.used, c.messages, c.bodies
	f.pos = e.end
}

// broadcast accepts a message of a log, or not. pushed is the sender's.
func (o *sender) broadcast(e *entry, pushed func(*sender)) error {
	ln := &o.link.data.out.main
	o.mu.Lock()
	f := ln.follow.Load()
	if f == nil || f.log != e.log || f.chunk == nil && e.end > f.pos {
		if o.whole < maxWhole || o.most < maxWhole { // it may have to send them in pieces
			o.mu.Unlock()
			return e.sendFrame(o.link)
		}
		typ, err := o.allowed(ln, e.log.t, len(e.body))
		if err != nil {
			o.mu.Unlock()
			return err
		}
		ln.unfollow()
		f = &follower{log: e.log, typ: typ, chunk: e.chunk, at: e.at, messages: e.messages, bodies: e.bodies, pos: e.start}
		ln.follow.Store(f)
		ln.gate = true // who sends otherwise must hold
	}
	f.until.Store(0)
	if e.end > f.pos { // otherwise somebody has looked meanwhile
		before, n := e.start-f.pos, e.end-e.start
		if len(ln.waiters) > 0 || ln.busy || !(ln.empty() && before == 0) && int64(ln.size)+before+n > int64(ln.limit) {
			ln.catchUp(e)
			f.skip(e)
			ln.st.out.refused++
			pushed(o)
			return ErrFull
		}
		ln.catchUp(nil)
	}
	ln.promise()
	pushed(o)
	return nil
}

// promise lets messages be accepted that find room, if somebody will look: who
// writes, or who brings the credit for what is on the lane. The sender's mutex is
// held.
func (ln *lane) promise() {
	f := ln.follow.Load()
	if f == nil || f.chunk == nil || ln.busy || len(ln.waiters) > 0 {
		return
	}
	if o := &ln.st.link.out; o.busy || o.started || !ln.empty() {
		f.until.Store(f.pos + int64(ln.limit-ln.size))
	}
}

// look is for who is about to sleep: nobody writes any more, unless something
// has come. mu is held.
func (o *sender) look() {
	ln := &o.link.data.out.main
	ln.hold()
	if !ln.empty() {
		ln.promise()
	}
}
