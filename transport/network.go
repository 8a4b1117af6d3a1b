package transport

import (
	"context"
	"errors"
	"net"
	"time"
)

// Network is what carries links: TCP, a test's memory, later TLS or Unix
// sockets. [TCP] is the real one; package transport/memory has one without
// sockets. Package transporttest holds the conformance suite that every
// Network must pass.
//
// Its listeners and connections keep the contracts of package net: every
// method may be called concurrently, a Close unblocks all others, deadlines
// end with [os.ErrDeadlineExceeded], use after Close with [net.ErrClosed], and
// bytes arrive in order, in pieces of any size. A reset by the remote is an
// error for which [IsReset] is true, never io.EOF.
//
// A connection should have four more methods, which the functions of their
// names look for and document: [Unsent], [Unanswered], [Reset], [CloseWrite].
//
//	Unsent() (n int, ok bool)
//	Unanswered() (d time.Duration, ok bool)
//	Reset() error
//	CloseWrite() error
//
// Connections of package net need no wrapper, and one that wraps another is
// seen through when it has a method NetConn() net.Conn, as a TLS connection
// has.
//
// A Network is safe for concurrent use.
type Network interface {
	// Listen starts to accept connections at address, "host:port"; port 0
	// takes a free one, which the listener's Addr tells. ctx bounds this call
	// only. The caller closes the listener; connections outlive it.
	Listen(ctx context.Context, address string) (net.Listener, error)

	// Dial connects to address, "host:port". It blocks until the connection
	// stands, is refused, or ctx ends; ctx bounds this call only. The caller
	// closes the connection.
	Dial(ctx context.Context, address string) (net.Conn, error)
}

// Unsent tells how many bytes written to c have not reached the remote
// machine: what the kernel's send queue holds, a closing FIN counted as one.
// Zero means that the remote's kernel has everything, not that its program
// has read it.
//
// The number comes from c's own method Unsent, else from the socket's send
// queue, which can be asked on Linux (SIOCOUTQ) and macOS (SO_NWRITE). ok is
// false where there is no number: on other systems, after Close, and for a
// connection that is not a socket. A caller then falls back to time: it waits
// as long as the bytes may reasonably need. The answer is a moment's; c may be
// in use by others.
func Unsent(c net.Conn) (n int, ok bool) {
	for ; c != nil; c = inner(c) {
		if u, is := c.(interface{ Unsent() (int, bool) }); is {
			return u.Unsent()
		}
		if n, ok := sendQueue(c); ok {
			return n, true
		}
	}
	return 0, false
}

// Unanswered tells for how long the remote machine has owed an answer: bytes,
// or a probe of its full receive buffer, were sent and sent again, and nothing
// came back. Zero means that nothing is owed; a remote whose program merely
// does not read stays at zero, because its kernel answers.
//
// This is how an unreachable remote is told from a slow one while bytes wait,
// when the kernel's keep-alive is silent and the kernel itself gives up only
// after a quarter of an hour (Linux). TCP_USER_TIMEOUT cannot: on Linux it
// ends a connection whose remote does not read, too. The answer lags by the
// kernel's second retransmission, some 0.6 s on a LAN. When the remote
// vanishes while its receive buffer is full, or while nothing was written, it
// lags by two probes (those of a full buffer double up to 2 minutes each), and
// the silence before the first counts too.
//
// The number comes from c's own method Unanswered() (time.Duration, bool), else
// from TCP_INFO on Linux. ok is false elsewhere: there an unreachable remote
// is noticed when the kernel gives up.
func Unanswered(c net.Conn) (d time.Duration, ok bool) {
	for ; c != nil; c = inner(c) {
		if u, is := c.(interface{ Unanswered() (time.Duration, bool) }); is {
			return u.Unanswered()
		}
		if d, ok := unanswered(c); ok {
			return d, true
		}
	}
	return 0, false
}

// Reset closes c at once and tells the remote with a reset instead of an
// orderly end: bytes that have not left are dropped, and the remote reads
// what it already has, then an error for which [IsReset] is true. Windows may
// drop what its program has not read, too.
//
// It calls c's own method Reset, else SetLinger(0) and Close. A connection
// that knows neither is closed. Like Close it unblocks everyone; after a Close
// it returns an error that matches [net.ErrClosed].
func Reset(c net.Conn) error {
	for w := c; w != nil; w = inner(w) {
		if r, is := w.(interface{ Reset() error }); is {
			return r.Reset()
		}
		if l, is := w.(interface{ SetLinger(sec int) error }); is {
			if err := l.SetLinger(0); err != nil {
				_ = w.Close()
				return err
			}
			return w.Close()
		}
	}
	return c.Close()
}

// CloseWrite ends c's outgoing direction: the remote reads what was written,
// then io.EOF; reading from c goes on. It does not wait for the remote.
//
// It calls c's own method CloseWrite, which the connections of package net
// and crypto/tls have. Without one the error is [errors.ErrUnsupported], and c
// is left as it was.
func CloseWrite(c net.Conn) error {
	if w, is := c.(interface{ CloseWrite() error }); is {
		return w.CloseWrite()
	}
	return &net.OpError{
		Op: "close", Net: c.LocalAddr().Network(), Source: c.LocalAddr(), Addr: c.RemoteAddr(),
		Err: errors.ErrUnsupported,
	}
}

// IsReset reports whether err says that the remote, or the system on its
// behalf, broke the connection off: a reset, or a write to a connection that
// was reset before. An orderly end (io.EOF), a timeout and the use of a
// connection closed here are none.
func IsReset(err error) bool {
	for _, errno := range resetErrnos {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}

// inner returns the connection that c wraps, or nil.
func inner(c net.Conn) net.Conn {
	if w, is := c.(interface{ NetConn() net.Conn }); is {
		return w.NetConn()
	}
	return nil
}
