package transport

import (
	"net"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// Message is one message as it came over a link.
type Message struct {
	// Type is the body's data type.
	Type codec.Type
	// Body is borrowed: it is valid until Next returns.
	Body []byte
}

// Link is one established connection that speaks peerpy's wire
// (docs/protocol.md). [Dial] and [Incoming.Accept] make them.
//
// Inbound messages come out of [Link.Messages], outbound ones go in through
// [Link.Send] and its kin. Every method is safe for concurrent use and may be
// called from inside a subscriber, Send and Close too.
//
// An idle link owns one goroutine, which waits for the socket and holds no
// buffer. The goroutine that read delivers what it read; when a subscriber
// takes long, or sends on the same link and has to wait, a second one goes on
// reading, so that a blocked subscriber never keeps a link from noticing its
// end. Writing takes a goroutine only while something waits to be written.
// All of them end before Close returns, except one that is inside a
// subscriber's callback.
type Link struct {
	conn    net.Conn
	raw     syscall.RawConn // nil when conn must be used through its methods
	hello   Hello
	opts    Options
	dialed  bool
	since   time.Time     // the link's own zero of time
	timeout atomic.Int64  // a time.Duration
	size    atomic.Int64  // of a stream's messages; 0 while unknown
	encoded atomic.Uint32 // how much memory the last SendFunc needed

	in  inbox
	out outbox
	r   reader
	mon monitor

	end  ending
	done chan struct{} // closed when the link has ended
}

// newLink makes a link of a connection that has shaken hands, and starts it.
func newLink(conn net.Conn, hello Hello, dialed bool, opts Options) *Link {
	l := &Link{
		conn: conn, hello: hello, opts: opts, dialed: dialed,
		since: time.Now(), done: make(chan struct{}),
	}
	l.timeout.Store(int64(opts.Timeout))
	if hello.Stream {
		l.size.Store(int64(hello.DataSize))
	}
	l.raw = rawOf(conn)
	keepAlive(conn, opts.Timeout)
	l.in.init(opts.Inbox)
	l.out.init(l)
	l.r.init(l)
	l.mon.start(l)
	go l.readOn() // ends when the connection does, or when another goroutine has taken over
	return l
}

// Hello returns what both ends agreed on. Its Rx is 0 when the remote is a
// Python peer, or is treated as one.
func (l *Link) Hello() Hello { return l.hello }

// Dialed reports whether this side dialled.
func (l *Link) Dialed() bool { return l.dialed }

// LocalAddr returns this end's address.
func (l *Link) LocalAddr() net.Addr { return l.conn.LocalAddr() }

// RemoteAddr returns the other end's address: of the connection, not of the
// remote's listener.
func (l *Link) RemoteAddr() net.Addr { return l.conn.RemoteAddr() }

// DataSize returns the size of a stream's messages in bytes, 0 as long as the
// first message did not set it, and on links that are no streams.
func (l *Link) DataSize() int { return int(l.size.Load()) }

// Timeout returns the time that [Options.Timeout] describes.
func (l *Link) Timeout() time.Duration { return time.Duration(l.timeout.Load()) }

// SetTimeout changes it. Zero or less means the default.
func (l *Link) SetTimeout(d time.Duration) {
	orElse(&d, DefaultTimeout)
	l.timeout.Store(int64(d))
	keepAlive(l.conn, d)
	l.mon.again(0) // it looks how long from now on
}

// Messages returns what the remote sends. The link keeps one inbox, so it has
// one subscriber at a time: a second live one ends with [stream.ErrInUse].
//
// Before the first subscription, and between two, messages wait in the inbox,
// and when it is full the remote is slowed down for as long as it takes.
// Under a subscriber an inbox that stays full, with nothing taken from it for
// Timeout, ends the link with [ReasonOverrun].
//
// Messages are delivered on the goroutine that read them. The inbox outlives
// the link: who subscribes after the end gets what is left. Then Done is
// called with nil when the close was orderly, by either side, and with a
// [*CloseError] otherwise: a broken connection, a violation, an overrun, a
// timeout, an abort. A panic in a subscriber ends its subscription alone.
//
// The messages that a subscriber did not take when it ended wait for the next
// one. That next one gets its first message when the last Next of its
// predecessor has returned.
func (l *Link) Messages() stream.Observable[Message] {
	return stream.New(l.attach)
}

// strict reports whether messages of another type are a violation.
func (l *Link) strict() bool { return !l.hello.Lenient }

// python reports whether the remote is to be treated as a Python peer.
func (l *Link) python() bool { return l.hello.Rx == 0 }

// now returns the time since the link was made: one reading of the clock, in
// a form that fits an atomic.
func (l *Link) now() int64 { return int64(time.Since(l.since)) }

// signal is a channel that is closed to wake everybody who waits, and made
// anew when the next one comes to wait. The mutex of its owner guards it.
type signal struct{ c chan struct{} }

// wait returns the channel to wait on, after the mutex is released.
func (s *signal) wait() <-chan struct{} {
	if s.c == nil {
		s.c = make(chan struct{})
	}
	return s.c
}

// wake wakes everybody who waits now.
func (s *signal) wake() {
	if s.c != nil {
		close(s.c)
		s.c = nil
	}
}
