package transport

import (
	"net"
	"sync/atomic"
	"syscall"
	"time"
)

// core is what the links of both wires have in common: a connection, somebody
// who reads from it, a clock, and an end.
type core struct {
	wire    wire
	conn    net.Conn
	raw     syscall.RawConn // nil when conn must be used through its methods
	hello   Hello
	opts    *Options // shared, never written to
	dialed  bool
	since   time.Time    // the link's own zero of time
	timeout atomic.Int64 // a time.Duration

	intake intake
	post   int // of the sentry, which guards it
	mon    monitor
	end    ending
}

// wire is what a link's protocol adds to its core.
type wire interface {
	// readOn reads and delivers for as long as the role of reader is the
	// caller's.
	readOn()
	// detach leaves what has been read to those who deliver it. The intake's
	// mutex is held.
	detach()
	// fills reports whether s is what the reader goes on filling. The intake's
	// mutex is held.
	fills(s *slab) bool
	// silence looks after a remote of which nothing was heard for a while, and
	// returns when it wants to look again; 0 when the link has ended.
	silence(d time.Duration) (next time.Duration)
	// drain accepts nothing more for sending, and sees to it that the link ends
	// when all that was accepted is out.
	drain()
	// abandon gives up what waits to be sent, because the connection is closed.
	// It reports whether nobody is writing; otherwise that one calls finish.
	abandon() (idle bool)
	// waitIdle waits until nobody writes.
	waitIdle()
	// inboundOver ends what comes in after the connection was closed, unless
	// somebody reads who will notice. It returns the inboxes whose subscribers
	// the caller must tell.
	inboundOver(err error) []*inbox
	// lost counts the messages that were accepted and are not known to have
	// left, or to have arrived where that can be known.
	lost() int
}

// init makes a core of a connection that has shaken hands.
func (l *core) init(w wire, conn net.Conn, hello Hello, dialed bool, opts *Options) {
	l.wire, l.conn, l.hello, l.opts, l.dialed = w, conn, hello, opts, dialed
	l.since = time.Now()
	l.timeout.Store(int64(opts.Timeout))
	l.raw = rawOf(conn)
	keepAlive(conn, opts.Timeout)
}

// start begins to read. The first look at a silent remote is after that time.
func (l *core) start(silence time.Duration) {
	l.mon.start(l, silence)
	go l.wire.readOn() // ends when the connection does, or when another goroutine has taken over
}

func (l *core) Hello() Hello           { return l.hello }
func (l *core) Dialed() bool           { return l.dialed }
func (l *core) LocalAddr() net.Addr    { return l.conn.LocalAddr() }
func (l *core) RemoteAddr() net.Addr   { return l.conn.RemoteAddr() }
func (l *core) Timeout() time.Duration { return time.Duration(l.timeout.Load()) }

func (l *core) SetTimeout(d time.Duration) {
	orElse(&d, DefaultTimeout)
	l.timeout.Store(int64(d))
	keepAlive(l.conn, d)
	l.mon.again(0) // it looks how long from now on
}

// strict reports whether messages of another type are a violation.
func (l *core) strict() bool { return !l.hello.Lenient }

// now returns the time since the link was made: one reading of the clock, in
// a form that fits an atomic.
func (l *core) now() int64 { return int64(time.Since(l.since)) }

func (l *core) opError(op string, err error) error {
	return &net.OpError{
		Op: op, Net: l.conn.RemoteAddr().Network(),
		Source: l.conn.LocalAddr(), Addr: l.conn.RemoteAddr(), Err: err,
	}
}
