package transport

import (
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"

	"github.com/rxpeer/rxpeer/transport/internal/frame"
)

// nativeReader is the state of whoever holds the role of reader.
type nativeReader struct {
	filling
	of      *Stream // whose messages the slab has
	left    int     // bytes of a Data frame whose header was taken
	typ     uint8   // the codec of its messages
	part    *Stream // whose message has a piece that is coming
	need    int     // bytes of that piece to come
	skip    int     // bytes to come of a piece that nobody wants
	closed  bool    // the remote's CLOSE has come
	failed  error   // what is wrong behind the messages in the slab
	largest int     // the largest message that came whole: what the remote is trusted with
	nothing bool    // nothing was there to read, and nobody waited for it

	stirred atomic.Bool // more than signs of life have come since the monitor looked

	fill    func(fd uintptr) bool // made once, for RawConn.Read
	unknown atomic.Uint64         // frames that were skipped
	strays  atomic.Uint64         // messages of streams that had ended
	lost    atomic.Uint64         // messages that the remote dropped
	pings   atomic.Uint64
}

func (r *nativeReader) init(l *nativeLink) {
	r.overhead = nativeCharge
	r.stirred.Store(true)
	r.fill = func(fd uintptr) bool {
		var again bool
		into, then := r.spaces()
		r.n, again, r.err = tryReadTwo(fd, into, then)
		if again {
			r.release()
		}
		r.nothing = again && r.quiet()
		return !again || r.nothing
	}
}

// stir notes that the link is in use.
func (r *nativeReader) stir() {
	if !r.stirred.Load() {
		r.stirred.Store(true)
	}
}

// quiet reports whether the link need not wait with a goroutine of its own: for a
// while nothing has come but PING and PONG, and nothing is half read.
func (r *nativeReader) quiet() bool {
	return !r.stirred.Load() && r.slab == nil && r.part == nil && r.left == 0 && r.skip == 0
}

// spaces returns where to read to: the piece that is coming goes where its
// message is, what follows into the slab. A further piece of that message is
// likely then, so of it no more than its header is wanted there.
func (r *nativeReader) spaces() (into, then []byte) {
	if r.part == nil {
		return r.space(), nil
	}
	b := &r.part.body
	into = b.space(r.need)
	if len(into) < r.need {
		return into, nil
	}
	then = r.space()
	if b.total > b.have+r.need {
		then = then[:min(len(then), frame.HeaderSize)]
	}
	return into, then
}

// readOn is part of the wire.
func (l *nativeLink) readOn() {
	for {
		st, s, err := l.parse() // first: what was read before may be whole
		switch {
		case err != nil:
		case s == nil:
			if err = l.read(); err == nil && l.r.nothing {
				l.out.rest()
				if l.sleep() {
					return
				}
				l.r.stir() // and the next read waits
			}
		default:
			l.r.stir()
			var reads bool
			if reads, err = l.hand(st, s); !reads {
				return
			}
		}
		if err != nil {
			l.readEnded(err)
			return
		}
	}
}

// read reads what there is, and waits until there is something, unless the link is
// quiet: then r.nothing may be true.
func (l *nativeLink) read() error {
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
		into, _ := r.spaces()
		n, err := l.conn.Read(into)
		if n == 0 && err != nil {
			return err
		}
		r.n = n
	}
	n := r.n
	if r.nothing {
		return nil
	}
	if r.part != nil {
		m := min(n, r.need)
		r.part.body.have += m
		r.need -= m
		n -= m
	}
	r.end += n
	l.mon.heard.Store(l.now())
	return nil
}

// hand gives the messages of s to the subscriber, or to the inbox when
// somebody is delivering or nobody is subscribed. It reports whether the
// caller is still the reader.
func (l *nativeLink) hand(st *Stream, s *slab) (reads bool, err error) {
	in, r := &st.in, &l.r
	in.mu.Lock()
	if !s.charged {
		if err := st.window.spendAll(s); err != nil {
			if r.failed = err; s.count() == 0 {
				in.mu.Unlock()
				return true, err
			}
		}
	}
	if in.ended { // by Stop, or by an END that was not the last
		l.r.strays.Add(uint64(s.count()))
		settle := l.giveUp(st)
		if s == r.slab {
			s.clear()
		} else {
			s.free()
		}
		in.mu.Unlock()
		if settle {
			l.settle(st)
		}
		return true, nil
	}
	in.received += uint64(s.count())
	if in.sub != nil && !in.consumer {
		in.consumer = true
		return in.consume(s, l.lend(in)), nil
	}
	kept := in.push(s)
	if s == r.slab {
		if kept {
			r.detach()
		} else {
			s.clear()
		}
	} else if !kept {
		s.free()
	}
	granted := l.stretch(st) || l.stopUnread(st)
	in.mu.Unlock()
	if granted {
		l.out.kick()
	}
	return true, nil
}

// readEnded ends the role of reader, and the link with it.
func (l *nativeLink) readEnded(err error) {
	orderly := false
	switch {
	case errors.Is(err, net.ErrClosed):
		// By tearDown, which knows why.
	case errors.Is(err, io.EOF) && l.remoteClosed():
		orderly = true
	case errors.Is(err, io.EOF):
		l.begin(ReasonRemote, io.ErrUnexpectedEOF)
	case IsReset(err):
		l.begin(ReasonRemote, err)
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, syscall.ETIMEDOUT):
		l.begin(ReasonTimeout, err)
	case isViolation(err):
		l.begin(ReasonViolation, err)
		l.complain(err)
	default:
		l.begin(ReasonFailed, err)
	}
	if orderly {
		l.arrivedWhole()
	}
	l.intake.mu.Lock()
	l.intake.over()
	idle := l.finishAll(l.inboundErr())
	l.intake.mu.Unlock()
	l.tearDown(!orderly)
	tellEnds(idle)
}
