package memory

import (
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// conn is one end of a connection.
type conn struct {
	*pair
	peer          *conn
	local, remote addr

	// Guarded by the pair's mutex.
	out                pipe      // what this end has written
	readable, writable sync.Cond // a Read, a Write may go on
	readEnd, writeEnd  deadline
	writing            bool      // one Write at a time
	closed             bool      // here
	err                error     // what broke it
	owedSince          time.Time // since when bytes have not arrived during a cut
	reads, jitter      rand.PCG
}

// Read returns what has arrived, at least one byte.
func (c *conn) Read(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		switch in := &c.peer.out; {
		case c.closed:
			return 0, c.fail("read", net.ErrClosed)
		case len(b) == 0:
			return 0, nil
		case c.readEnd.passed:
			return 0, c.fail("read", os.ErrDeadlineExceeded)
		case in.arrived > 0:
			return c.take(b), nil
		case in.eof: // a reset behind it changes nothing
			return 0, io.EOF
		case c.err != nil:
			return 0, c.fail("read", c.err)
		}
		c.readable.Wait()
	}
}

// Write puts all of b on its way, or as much as it could before the error.
func (c *conn) Write(b []byte) (n int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.writing && c.writeErr() == nil {
		c.writable.Wait()
	}
	if err := c.writeErr(); err != nil {
		return 0, c.fail("write", err)
	}
	c.writing = true
	for n < len(b) {
		if err = c.writeErr(); err != nil {
			err = c.fail("write", err)
			break
		}
		sent := c.send(b[n:])
		if n += sent; sent == 0 {
			c.writable.Wait()
		}
	}
	c.writing = false
	c.writable.Broadcast()
	return n, err
}

// writeErr is why nothing can be written.
func (c *conn) writeErr() error {
	switch {
	case c.closed:
		return net.ErrClosed
	case c.writeEnd.passed:
		return os.ErrDeadlineExceeded
	case c.err != nil:
		return c.err
	case c.out.sent != open:
		return syscall.EPIPE
	}
	return nil
}

// Close ends the connection in order: what was written arrives, then io.EOF. As
// with TCP, the peer gets a reset instead when bytes that have arrived here
// were not read, or when more arrive later.
func (c *conn) Close() error {
	c.mu.Lock()
	if c.peer.out.arrived > 0 {
		return c.close(rst)
	}
	return c.close(fin)
}

// Reset ends the connection with a reset: the peer reads what has arrived,
// then an error.
func (c *conn) Reset() error {
	c.mu.Lock()
	return c.close(rst)
}

// close is called with the mutex held, and releases it.
func (c *conn) close(e ending) error {
	defer c.release()
	if c.closed {
		return c.fail("close", net.ErrClosed)
	}
	c.closed = true
	c.readEnd.stop()
	c.writeEnd.stop()
	c.readable.Broadcast()
	c.writable.Broadcast()
	in := &c.peer.out
	in.row.Next(in.arrived)
	in.arrived = 0
	if c.err == nil {
		c.sendEnd(e)
		c.peer.deliver()
	}
	return nil
}

// CloseWrite ends the outgoing direction in order.
func (c *conn) CloseWrite() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return c.fail("close", net.ErrClosed)
	case c.err != nil:
		return c.fail("close", c.err)
	}
	c.sendEnd(fin)
	c.writable.Broadcast()
	return nil
}

// Unsent tells how many bytes have not arrived at the peer.
func (c *conn) Unsent() (n int, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.err != nil {
		return 0, !c.closed
	}
	return c.out.unsent(), true
}

// Unanswered tells for how long bytes have waited for the end of a partition.
func (c *conn) Unanswered() (d time.Duration, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return 0, false
	case !c.cut || c.err != nil || c.out.unsent() == 0:
		return 0, true
	case c.owedSince.After(c.cutAt):
		return time.Since(c.owedSince), true
	}
	return time.Since(c.cutAt), true
}

// LocalAddr returns the address of this end.
func (c *conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr returns the address of the other end.
func (c *conn) RemoteAddr() net.Addr { return c.remote }

// SetDeadline sets both deadlines.
func (c *conn) SetDeadline(t time.Time) error { return c.setDeadlines(t, &c.readEnd, &c.writeEnd) }

// SetReadDeadline ends Reads at t; the zero time never does.
func (c *conn) SetReadDeadline(t time.Time) error { return c.setDeadlines(t, &c.readEnd) }

// SetWriteDeadline ends Writes at t; the zero time never does.
func (c *conn) SetWriteDeadline(t time.Time) error { return c.setDeadlines(t, &c.writeEnd) }

// fail wraps err as package net does.
func (c *conn) fail(op string, err error) error {
	if errno := syscall.Errno(0); errors.As(err, &errno) {
		err = os.NewSyscallError(op, err)
	}
	return &net.OpError{Op: op, Net: c.local.Network(), Source: c.local, Addr: c.remote, Err: err}
}
