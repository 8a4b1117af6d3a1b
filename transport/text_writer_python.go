package transport

import (
	"net"
	"time"
)

// Workarounds for what a Python peer does wrong when it reads
// (docs/protocol.md, section 4).
const (
	// pythonPause is how long it is given after the handshake before the
	// first message: it would lose one that comes while its handlers are not
	// set.
	pythonPause = 50 * time.Millisecond
	// pythonRead is how much of a body it reads at once.
	pythonRead = 8192
	// pythonPiece is such a piece after a header.
	pythonPiece = pythonRead + 128
	// pythonPacket is how much small messages are gathered to: what arrives in
	// one packet arrives whole. It is what an Ethernet of 1500 bytes carries.
	pythonPacket = 1448
	// blindPiece is how long a piece may need to arrive where the system does
	// not tell what is left of it: everywhere but on Linux and macOS.
	blindPiece = 10 * time.Millisecond
)

// pythonPing is how often a Python peer is sent a PING. One that hears nothing
// for its timeout, 2 s unless set, sends a PING itself, in the middle of a body
// if it is sending one.
const pythonPing = 500 * time.Millisecond

// keepsTalking reports whether the remote is sent PINGs whatever it says. On a
// stream there are none.
func (l *textLink) keepsTalking() bool { return l.python() && !l.hello.Stream }

// pingInterval returns how much time there is between PINGs.
func (l *textLink) pingInterval() time.Duration {
	if l.keepsTalking() {
		return min(l.Timeout(), pythonPing)
	}
	return l.Timeout()
}

// expectsHeader reports whether the remote takes a message of a stream that
// has its size for one with a header. A Python peer that sent the first message
// has been waiting for a header since before; it notices that there will be
// none with the next message, or when it next sends a PING. The queue's mutex
// is held.
func (l *textLink) expectsHeader() bool {
	return l.python() && l.hello.DataSize == 0 && l.out.accepted == 0 && l.r.pings.Load() == l.r.pingsBefore.Load()
}

// pauseForPython waits until the first message may go out.
func (l *textLink) pauseForPython() {
	o := &l.out
	o.mu.Lock()
	wait := time.Duration(o.notBefore - l.now())
	o.notBefore = 0
	o.mu.Unlock()
	if wait > 0 {
		l.rest(wait)
	}
}

// rest waits for d, or until the link is torn down, and reports whether it
// was the former.
func (l *textLink) rest(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-l.out.quit:
		return false
	}
}

// writePaced writes to a Python peer. A body that it reads in several pieces
// goes out in just those, each when its kernel has the one before: it takes
// whatever is there for the whole piece.
func (l *textLink) writePaced(batch []segment) (n int, err error) {
	for i := range batch {
		data, piece := batch[i].data, pythonRead
		if batch[i].headed {
			piece = pythonPiece
		}
		for {
			m, err := l.writeRecord(data[:min(piece, len(data))])
			n += m
			if data = data[m:]; err != nil || len(data) == 0 {
				if err != nil {
					return n, err
				}
				break
			}
			if !l.arrived() {
				return n, net.ErrClosed
			}
			piece = pythonRead
		}
	}
	return n, nil
}

// arrived waits until the remote's kernel has everything that was written. It
// is false when the link was torn down before.
func (l *textLink) arrived() bool {
	step := 20 * time.Microsecond
	for {
		left, ok := Unsent(l.conn)
		switch {
		case ok && left == 0:
			return true
		case !ok:
			return l.rest(blindPiece)
		case !l.rest(step):
			return false
		}
		step = min(2*step, time.Millisecond)
	}
}

// writeRecord writes p in packets of its own, where the system can, and waits
// for that.
func (l *textLink) writeRecord(p []byte) (n int, err error) {
	if l.raw == nil {
		return l.conn.Write(p)
	}
	var failure error
	err = l.raw.Write(func(fd uintptr) bool {
		m := 0
		m, failure = tryRecord(fd, p[n:])
		n += m
		return failure != nil || n == len(p)
	})
	if err == nil && failure != nil {
		err = l.opError("write", failure)
	}
	return n, err
}
