package memory

import (
	"bytes"
	"slices"
	"syscall"
	"time"
)

// pipe is one direction of a connection. Its bytes stand in one row: those
// that have arrived and wait for a Read, those that have travelled but find
// the receive buffer full or the cable pulled, and those under way.
type pipe struct {
	row     bytes.Buffer
	arrived int      // bytes at the front
	waiting int      // bytes behind them
	parcels []parcel // the rest, in order
	timer   *time.Timer
	ended   ending // what has travelled behind the last byte
	sent    ending // the same, when it was sent
	eof     bool   // the FIN has arrived
}

// parcel is bytes under way, or what ends the direction.
type parcel struct {
	bytes int
	end   ending
	due   time.Time
}

// ending is how a direction ends.
type ending uint8

const (
	open ending = iota
	fin
	rst
)

// unsent is how many bytes have not arrived, a FIN being one.
func (p *pipe) unsent() int {
	n := p.row.Len() - p.arrived
	if p.sent == fin && !p.eof {
		n++
	}
	return n
}

// drop forgets everything that has not arrived.
func (p *pipe) drop() {
	p.row.Truncate(p.arrived)
	p.waiting, p.ended = 0, open
	p.stop()
}

// stop ends the timer and what it waits for.
func (p *pipe) stop() {
	p.parcels = nil
	if p.timer != nil {
		p.timer.Stop()
	}
}

// send puts as many bytes of b on their way as the send buffer has room for.
func (c *conn) send(b []byte) (n int) {
	n = min(len(b), c.net.opts.Buffer-(c.out.row.Len()-c.out.arrived))
	if n <= 0 {
		return 0
	}
	c.out.row.Write(b[:n])
	c.travel(n, open)
	return n
}

// sendEnd ends c's outgoing direction.
func (c *conn) sendEnd(e ending) {
	if c.out.sent >= e {
		return
	}
	c.out.sent = e
	if e == rst && (c.cut || len(c.out.parcels) == 0) {
		c.out.drop() // what has not left, or has left in vain
	}
	c.travel(0, e)
}

// travel puts bytes that stand at the end of the row, or the direction's end,
// on their way.
func (c *conn) travel(bytes int, e ending) {
	p := &c.out
	if c.cut && p.row.Len()-p.arrived == bytes {
		c.owedSince = time.Now()
	}
	delay := c.path.Delay
	if c.path.Jitter > 0 {
		delay += time.Duration(c.jitter.Uint64() % uint64(c.path.Jitter+1))
	}
	if delay <= 0 && len(p.parcels) == 0 {
		p.land(bytes, e)
		c.deliver()
		return
	}
	due := time.Now().Add(delay)
	if k := len(p.parcels); k > 0 {
		last := &p.parcels[k-1]
		if !due.After(last.due) {
			due = last.due
		}
		if due.Equal(last.due) && last.end == open {
			last.bytes, last.end = last.bytes+bytes, e
			return
		}
	}
	p.parcels = append(p.parcels, parcel{bytes, e, due})
	if len(p.parcels) > 1 {
		return
	}
	if p.timer == nil {
		p.timer = time.AfterFunc(delay, c.land)
	} else {
		p.timer.Reset(delay)
	}
}

// land moves what is due from under way to waiting. It is the timer's.
func (c *conn) land() {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, now, k := &c.out, time.Now(), 0
	for ; k < len(p.parcels) && !p.parcels[k].due.After(now); k++ {
		p.land(p.parcels[k].bytes, p.parcels[k].end)
	}
	p.parcels = slices.Delete(p.parcels, 0, k)
	if len(p.parcels) > 0 {
		p.timer.Reset(p.parcels[0].due.Sub(now))
	}
	c.deliver()
}

func (p *pipe) land(bytes int, e ending) {
	p.waiting += bytes
	p.ended = max(p.ended, e)
}

// deliver lets what has travelled from c arrive at its peer.
func (c *conn) deliver() {
	p, to := &c.out, c.peer
	switch {
	case c.cut:
		return
	case to.closed && p.waiting > 0: // nobody is there to read: the answer is a reset
		p.row.Next(p.waiting)
		p.waiting = 0
		c.writable.Broadcast()
		to.sendEnd(rst)
		return
	}
	if n := min(p.waiting, c.net.opts.Buffer-p.arrived); n > 0 {
		p.waiting -= n
		p.arrived += n
		to.readable.Broadcast()
		c.writable.Broadcast()
	}
	switch {
	case p.ended == rst:
		to.broken(syscall.ECONNRESET)
	case p.ended == fin && p.waiting == 0 && !p.eof:
		p.eof = true
		to.readable.Broadcast()
	}
}

// broken ends c from outside: a reset from its peer has arrived, or the cable
// is gone. What had arrived here can be read; nothing else arrives on either
// side.
func (c *conn) broken(err error) {
	if c.err != nil {
		return
	}
	c.err = err
	c.peer.out.drop()
	c.out.drop()
	c.readable.Broadcast()
	c.writable.Broadcast()
}

// take moves arrived bytes into b, as many as the path lets one Read have.
func (c *conn) take(b []byte) int {
	p := &c.peer.out
	n := min(len(b), p.arrived)
	if m := c.path.MaxRead; m > 0 {
		n = min(n, m)
	}
	if c.path.RandomRead {
		n = 1 + int(c.reads.Uint64()%uint64(n))
	}
	copy(b, p.row.Next(n))
	p.arrived -= n
	c.peer.deliver()
	return n
}
