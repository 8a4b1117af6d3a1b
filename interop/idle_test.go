package interop

import (
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/peer"
)

// A connection that is idle for several timeouts: each side sends PINGs in the
// meantime, and each must take those of the other for what they are.
func TestAnIdleConnectionIsKeptByBothSidesPings(t *testing.T) {
	python := openPython(t, args{"timeout": .2})
	rx := openGo(t, &peer.Options{Timeout: 250 * time.Millisecond})

	t.Run("Go dials", func(t *testing.T) {
		line := tap(t, python.address)
		conn, err := rx.Connect(bounded(t), line.address, nil)
		require.NoError(t, err)
		p := newPair(t, python.connection(), conn)
		idle(t, p)
		assert.Greater(t, line.toListener.Load(), int32(1), "PINGs of Go")
		assert.Greater(t, line.toDialer.Load(), int32(1), "PINGs of Python")
	})
	t.Run("Python dials", func(t *testing.T) {
		line := tap(t, rx.Addr().String())
		c := python.connect(line.address, nil)
		require.NotNil(t, c)
		conn, err := rx.Connections().Await(bounded(t))
		require.NoError(t, err)
		p := newPair(t, c, conn)
		idle(t, p)
		assert.Greater(t, line.toListener.Load(), int32(1), "PINGs of Python")
		assert.Greater(t, line.toDialer.Load(), int32(1), "PINGs of Go")
	})
	assert.Zero(t, python.count("data"))
}

// idle lets several timeouts pass between two exchanges, with whatever Python's
// timeout was before changed to a third while the connection is up.
func idle(t *testing.T, p *pair) {
	t.Helper()
	exchange(t, p, "before")
	p.python.rest(1)
	exchange(t, p, "between")
	p.python.set(args{"timeout": .1})
	p.python.rest(.5)
	exchange(t, p, "after")
	assert.NoError(t, p.Err())
	assert.Greater(t, p.Ledger().Pings, uint64(4))
	assert.Zero(t, p.Ledger().Unknown)
	p.python.set(args{"timeout": .2})
	require.NoError(t, p.Close())
	p.python.closed()
}

// exchange sends a string both ways.
func exchange(t *testing.T, p *pair, text string) {
	t.Helper()
	p.send(text)
	p.python.receives("'" + text + "'")
	p.python.send("'" + text + "'")
	assert.Equal(t, text, p.next())
}

// line is what stands between two peers and counts the PINGs on it.
type line struct {
	address              string // dialled instead of the listener's
	toListener, toDialer atomic.Int32

	mu   sync.Mutex
	ends []net.Conn
}

// tap listens for one connection and carries it on to address.
func tap(t *testing.T, address string) *line {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l := &line{address: ln.Addr().String()}
	var work sync.WaitGroup
	work.Go(func() { // ends when a connection does, or with the test
		near, err := ln.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", address)
		if err != nil {
			_ = near.Close()
			return
		}
		l.mu.Lock()
		l.ends = []net.Conn{near, far}
		l.mu.Unlock()
		var both sync.WaitGroup
		both.Go(func() { carry(far, near, &l.toListener) })
		both.Go(func() { carry(near, far, &l.toDialer) })
		both.Wait()
	})
	t.Cleanup(func() {
		_ = ln.Close()
		l.mu.Lock()
		for _, c := range l.ends {
			_ = c.Close()
		}
		l.mu.Unlock()
		work.Wait()
	})
	return l
}

// carry copies from one to the other, until one of them ends, and passes
// resets on. PINGs are written by themselves, and are counted.
func carry(to, from net.Conn, pings *atomic.Int32) {
	ping := padded("PING")
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		pings.Add(int32(strings.Count(string(buf[:n]), ping)))
		if _, werr := to.Write(buf[:n]); err == nil {
			err = werr
		}
		if err != nil {
			if c, ok := to.(*net.TCPConn); ok && err != io.EOF {
				_ = c.SetLinger(0)
			}
			_ = to.Close()
			_ = from.Close()
			return
		}
	}
}
