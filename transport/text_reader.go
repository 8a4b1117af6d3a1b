package transport

import (
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/rxpeer/rxpeer/internal/peerpy"
)

// reader is the state of whoever holds the role of reader. It changes hands
// under the inbox's mutex.
type reader struct {
	filling

	big     *slab // the body that is too large for a slab, as it grows
	bigSize int   // how large it will be
	bigHave int
	bigType uint8
	largest int // the largest body that came whole: what the remote is trusted with

	last      [peerpy.HeaderSize]byte // the last good header
	lastFrame textFrame
	begun     bool // a message has arrived; only streams ask
	doubt     bool // what was read is data if nothing follows soon
	sure      bool // nothing followed: it is
	unknown   atomic.Uint64
	pings     atomic.Uint64

	pingsBefore atomic.Uint64 // of those, before a stream had its size

	fill func(fd uintptr) bool // made once, for RawConn.Read
}

func (r *reader) init(l *textLink) {
	r.fill = func(fd uintptr) bool {
		var again bool
		r.n, again, r.err = tryRead(fd, r.space())
		if again {
			r.release()
		}
		return !again
	}
}

// doubtTime is how long the rest of a header may take that a short body could
// also be the beginning of.
const doubtTime = 50 * time.Millisecond

// readOn reads and delivers for as long as the role of reader is this
// goroutine's.
func (l *textLink) readOn() {
	for {
		err := l.read()
		for err == nil {
			var s *slab
			if s, err = l.parse(); s == nil {
				break
			}
			var reads bool
			if reads, err = l.hand(s); !reads {
				return
			}
		}
		if err != nil {
			l.readEnded(err)
			return
		}
	}
}

// read waits for bytes.
func (l *textLink) read() error {
	r := &l.r
	if r.doubt {
		_ = l.conn.SetReadDeadline(time.Now().Add(doubtTime))
		defer l.conn.SetReadDeadline(time.Time{})
	}
	err := l.readSome()
	if r.doubt && errors.Is(err, os.ErrDeadlineExceeded) {
		r.sure, err = true, nil
	}
	r.doubt = false
	if errors.Is(err, io.EOF) && !r.whole() {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// readSome reads what there is, and waits until there is something.
func (l *textLink) readSome() error {
	r := &l.r
	if l.raw != nil {
		if err := l.raw.Read(r.fill); err != nil {
			return err
		}
		if r.err != nil {
			if errors.Is(r.err, io.EOF) {
				return io.EOF
			}
			return l.opError("read", r.err)
		}
	} else {
		n, err := l.conn.Read(r.space())
		if n == 0 && err != nil {
			return err
		}
		r.n = n
	}
	if r.big != nil {
		r.bigHave += r.n
	} else {
		r.end += r.n
	}
	l.mon.heard.Store(l.now())
	return nil
}

// space returns where to read to.
func (r *reader) space() []byte {
	if r.big != nil {
		if have := r.bigHave; have == len(r.big.buf) && have < r.bigSize {
			r.growBig()
		}
		return r.big.buf[r.bigHave:min(r.bigSize, len(r.big.buf))]
	}
	return r.filling.space()
}

// mostTrusted limits what is allocated for a body before it arrives.
const mostTrusted = 4 << 20

// startBig begins a body that does not fit into a slab. Memory is taken as
// bytes arrive, unless the remote has sent so large a body before.
func (r *reader) startBig(size int, typ uint8) {
	r.big = newSlab(min(size, max(readSlab, r.largest)))
	r.bigSize, r.bigType = size, typ
	r.bigHave = copy(r.big.buf[:min(size, len(r.big.buf))], r.slab.buf[r.pos:r.end])
	r.pos += r.bigHave
	if r.pos == r.end && len(r.slab.spans) == 0 {
		r.pos, r.end = 0, 0
	}
}

// growBig doubles the memory of the body that is arriving, at least.
func (r *reader) growBig() {
	g := newSlab(min(r.bigSize, 2*len(r.big.buf)))
	copy(g.buf, r.big.buf)
	r.big.free()
	r.big = g
}

// finishBig returns the body that has arrived.
func (r *reader) finishBig() *slab {
	s := r.big
	r.big = nil
	r.largest = min(max(r.largest, r.bigSize), mostTrusted)
	s.add(0, r.bigSize, r.bigType)
	return s
}

// hand gives the messages of s to the subscriber, or to the inbox when
// somebody is delivering or nobody is subscribed. It reports whether the
// caller is still the reader.
func (l *textLink) hand(s *slab) (reads bool, err error) {
	in, r := &l.in, &l.r
	in.mu.Lock()
	in.received += uint64(len(s.spans))
	if in.sub != nil && !in.consumer {
		in.consumer = true
		return in.consume(s, l.lend(in)), nil
	}
	kept := !l.discards(s) && in.push(s)
	if s == r.slab {
		if kept {
			r.detach()
		} else {
			s.clear()
		}
	} else if !kept {
		s.free()
	}
	full := l.full()
	in.mu.Unlock()
	if full {
		return true, l.waitForRoom()
	}
	return true, nil
}

// readEnded ends the role of reader, and the link with it.
func (l *textLink) readEnded(err error) {
	in := &l.in
	var orderly bool
	switch {
	case errors.Is(err, net.ErrClosed):
		// By tearDown, which knows why.
	case errors.Is(err, io.EOF):
		orderly = true
		l.begin(ReasonRemote, nil)
	case errors.Is(err, io.ErrUnexpectedEOF):
		l.begin(ReasonRemote, err)
	case IsReset(err):
		if l.python() && l.r.whole() {
			l.begin(ReasonRemote, nil) // Python knows no other way to be told
		} else {
			l.begin(ReasonRemote, err)
		}
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, syscall.ETIMEDOUT):
		l.begin(ReasonTimeout, err)
	case err == ErrStalled:
		l.begin(ReasonOverrun, err)
	case isViolation(err):
		l.begin(ReasonViolation, err)
	default:
		l.begin(ReasonFailed, err)
	}
	in.mu.Lock()
	in.over()
	in.finish(l.inboundErr())
	if deliver := !in.consumer && in.sub != nil; deliver {
		in.consumer = true
		defer func() {
			in.mu.Lock()
			in.consume(nil, 0)
		}()
	}
	in.mu.Unlock()
	if !orderly {
		l.tearDown(true)
		return
	}
	l.end.mu.Lock()
	l.end.eof = true
	first, fin := l.end.linger == nil, l.end.fin
	l.end.mu.Unlock()
	switch {
	case fin:
		l.tearDown(false)
	case first:
		l.shut(max(l.opts.Linger, 0))
	}
}
