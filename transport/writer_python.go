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
	// blindPiece is how long a piece may need to arrive where the system does
	// not tell what is left of it: everywhere but on Linux and macOS.
	blindPiece = 10 * time.Millisecond
)

// pauseForPython waits until the first message may go out.
func (l *Link) pauseForPython() {
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
func (l *Link) rest(d time.Duration) bool {
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
func (l *Link) writePaced(batch []segment) (n int, err error) {
	for i := range batch {
		data, piece := batch[i].data, pythonRead
		if batch[i].headed {
			piece = pythonPiece
		}
		for {
			m, err := l.conn.Write(data[:min(piece, len(data))])
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
func (l *Link) arrived() bool {
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
