package transport

import (
	"errors"
	"net"
	"sync/atomic"
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// textLink is a link that speaks peerpy's wire.
type textLink struct {
	core
	size    atomic.Int64  // of a stream's messages; 0 while unknown
	encoded atomic.Uint32 // how much memory the last SendFunc needed

	dropped atomic.Uint64 // by lanes

	in   inbox
	park parking
	out  outbox
	r    reader
}

// newTextLink makes a link of a connection that has shaken hands, and starts
// it.
func newTextLink(conn net.Conn, hello Hello, dialed bool, opts *Options) *textLink {
	l := new(textLink)
	l.core.init(l, conn, hello, dialed, opts)
	if hello.Stream {
		l.size.Store(int64(hello.DataSize))
	}
	l.in = inbox{intake: &l.intake, link: &l.core, owner: l, types: typeNames[:]}
	l.park.room = make(chan struct{}, 1)
	l.out.init(l)
	l.r.init(l)
	l.start(l.pingInterval())
	return l
}

func (l *textLink) DataSize() int { return int(l.size.Load()) }

func (l *textLink) Messages() stream.Observable[*Message] { return stream.New(l.in.attach) }

func (l *textLink) Open([]byte, *OpenOptions) (*Stream, error) { return nil, errors.ErrUnsupported }
func (l *textLink) Remote() Identity                           { return Identity{} }

// python reports whether the remote is to be treated as a Python peer.
func (l *textLink) python() bool { return l.hello.Rx == 0 }

// detach is part of the wire.
func (l *textLink) detach() { l.r.detach() }

// fills is part of the wire.
func (l *textLink) fills(s *slab) bool { return l.r.slab == s }

// waitIdle is part of the wire.
func (l *textLink) waitIdle() { l.out.waitIdle() }

// abandon is part of the wire.
func (l *textLink) abandon() (idle bool) { return l.out.abandon() }

// lost is part of the wire.
func (l *textLink) lost() int { return l.out.lost() }

// drain is part of the wire.
func (l *textLink) drain() {
	l.intake.mu.Lock()
	l.park.draining = true
	l.intake.mu.Unlock()
	l.wakeReader()
	if l.out.shut() {
		l.drained()
	}
}

// inboundOver is part of the wire.
func (l *textLink) inboundOver(err error) []*inbox {
	l.intake.mu.Lock()
	defer l.intake.mu.Unlock()
	l.park.draining = true
	if l.intake.role == roleLent {
		l.intake.over()
		l.in.finish(err)
	}
	l.wakeReader()
	return nil // somebody delivers
}

// drained goes on when everything accepted was written.
func (l *textLink) drained() {
	l.end.mu.Lock()
	local := l.end.cause.Reason == ReasonLocal
	eof := l.end.eof
	l.end.mu.Unlock()
	switch {
	case eof:
		l.tearDown(false)
	case l.python() && local:
		l.settle()
	case CloseWrite(l.conn) != nil:
		l.tearDown(false)
	default:
		l.end.mu.Lock()
		l.end.fin = true
		eof = l.end.eof
		l.end.mu.Unlock()
		if eof {
			l.tearDown(false)
		}
	}
}

// Waiting for a Python peer's kernel to have everything.
const (
	settleStep = time.Millisecond
	// settleBlind is how long it may need where the system does not tell.
	settleBlind = 200 * time.Millisecond
)

// settle resets the connection when nothing is left in the send queue: a
// reset drops what is in it, and a FIN before it would keep a Python peer from
// noticing the reset.
func (l *textLink) settle() {
	l.end.mu.Lock()
	over := l.end.over
	l.end.mu.Unlock()
	if over {
		return
	}
	switch n, ok := Unsent(l.conn); {
	case ok && n == 0:
		l.tearDown(true)
	case ok:
		time.AfterFunc(settleStep, l.settle)
	default:
		time.AfterFunc(settleBlind, func() { l.tearDown(true) })
	}
}
