package transport

import (
	"net"
	"time"

	"github.com/rxpeer/rxpeer/internal/peerpy"
	"github.com/rxpeer/rxpeer/transport/internal/frame"
)

// Incoming is an offer that waits for [Incoming.Accept] or [Incoming.Deny];
// the first call decides. If none comes within Options.Decision it is denied.
type Incoming struct {
	// Hello is what the dialler offers. Whoever accepts may set DataSize
	// before, for a stream whose dialler has agreed on a size by other means:
	// a Python dialler never tells it.
	Hello Hello

	ln      *Listener
	conn    net.Conn
	remote  *frame.Settings // nil on peerpy's wire
	timer   *time.Timer
	decided bool // guarded by ln.mu
}

// offer makes in one of the undecided. mu is held.
func (ln *Listener) offer(in *Incoming) error {
	switch {
	case ln.closed:
		return ErrClosed
	case len(ln.undecided) >= ln.opts.Undecided:
		return ErrCrowded
	}
	ln.undecided[in] = struct{}{}
	in.timer = time.AfterFunc(ln.opts.Decision, func() {
		_ = in.deny("not decided in time", &TimeoutError{Waiting: "decision"})
	})
	return nil
}

// RemoteAddr returns the dialler's address, not the one that it listens on.
func (in *Incoming) RemoteAddr() net.Addr { return in.conn.RemoteAddr() }

// LocalAddr returns the address that was dialled.
func (in *Incoming) LocalAddr() net.Addr { return in.conn.LocalAddr() }

// Remote returns what the dialler tells of itself. It is zero on peerpy's wire.
func (in *Incoming) Remote() Identity {
	if in.remote == nil {
		return Identity{}
	}
	return identityOf(in.remote, typesOf(in.remote.Codecs, nil))
}

// decide takes in from the undecided. Only the first call does and returns
// true.
func (in *Incoming) decide(count func(*ListenerStats)) bool {
	in.ln.mu.Lock()
	defer in.ln.mu.Unlock()
	if in.decided {
		return false
	}
	in.decided = true
	in.timer.Stop()
	delete(in.ln.undecided, in)
	count(&in.ln.stats)
	return true
}

// Accept answers the dialler and returns the link, which the caller closes.
// After the offer was decided or has expired it returns [ErrClosed]. It does
// not wait for the dialler, who may have given up: then the link ends soon.
func (in *Incoming) Accept() (Link, error) {
	if !in.decide(func(*ListenerStats) {}) {
		return nil, ErrClosed
	}
	var answer []byte
	var err error
	if in.remote != nil {
		answer = frame.AppendEmpty(nil, frame.Accept, 0)
	} else {
		answer, err = peerpy.AppendAccept(nil, in.Hello.Rx)
	}
	if err == nil {
		_ = in.conn.SetDeadline(time.Now().Add(in.ln.opts.Handshake))
		_, err = in.conn.Write(answer)
	}
	in.ln.mu.Lock()
	if err == nil {
		in.ln.stats.Accepted++
	} else {
		in.ln.stats.Silent++
	}
	in.ln.mu.Unlock()
	if err != nil {
		hangUp(in.conn)
		return nil, timedOut(noAnswer(err), "connection")
	}
	_ = in.conn.SetDeadline(time.Time{})
	if in.remote != nil {
		return newNativeLink(in.conn, in.Hello, false, &in.ln.opts, in.remote), nil
	}
	return newTextLink(in.conn, in.Hello, false, &in.ln.opts), nil
}

// Deny refuses the offer. The reason, which may be empty, is told to peers of
// this module, as much of it as fits into a header. After the offer was
// decided or has expired it returns [ErrClosed].
func (in *Incoming) Deny(reason string) error {
	return in.deny(reason, &DeniedError{Reason: reason})
}

// deny refuses the offer because of err.
func (in *Incoming) deny(reason string, err error) error {
	if !in.decide(func(s *ListenerStats) {
		if _, asked := err.(*DeniedError); asked {
			s.Denied++
		} else {
			s.Expired++
		}
	}) {
		return ErrClosed
	}
	_ = in.conn.SetDeadline(time.Now().Add(in.ln.opts.Handshake))
	_, _ = in.conn.Write(in.denial(reason))
	hangUp(in.conn)
	in.ln.tell(Rejection{Remote: in.conn.RemoteAddr(), Err: err})
	return nil
}

// denial returns the DENY for this dialler.
func (in *Incoming) denial(reason string) []byte {
	switch {
	case in.remote != nil:
		return frame.AppendReason(nil, frame.Deny, 0, frame.Reason{Code: frame.Refused, Text: reason})
	case in.Hello.Rx == 0:
		return peerpy.AppendDeny(nil)
	}
	return appendDeny(nil, reason)
}
