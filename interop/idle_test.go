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

// A side that hears nothing for its timeout sends a PING, which the other side
// must take for what it is. Both sides get to be the less patient one.
func TestAnIdleConnectionIsKeptByPINGs(t *testing.T) {
	process := start(t, nil)
	for _, direction := range []string{"Go dials", "Python dials"} {
		t.Run(direction, func(t *testing.T) {
			t.Parallel()
			python := process.on(t).open(args{"timeout": .15})
			rx := openGo(t, &peer.Options{Timeout: time.Minute, Linger: patience})
			p, line := tapped(t, direction, python, rx)
			ofPython, ofGo := &line.toListener, &line.toDialer
			if p.Remote().Dialed {
				ofPython, ofGo = ofGo, ofPython
			}
			exchange(t, p, "at first")
			python.rest(1)
			assert.Greater(t, ofPython.Load(), int32(3), "PINGs of Python")
			assert.EqualValues(t, ofPython.Load(), p.Ledger().Pings)
			exchange(t, p, "after PINGs of Python")

			python.set(args{"timeout": 60})
			rx.SetTimeout(150 * time.Millisecond)
			python.rest(1)
			assert.Greater(t, ofGo.Load(), int32(3), "PINGs of Go")
			exchange(t, p, "after PINGs of Go")

			assert.NoError(t, p.Err())
			assert.Zero(t, p.Ledger().Unknown)
			require.NoError(t, p.Close())
			p.python.closed()
		})
	}
}

// tapped connects the two through a tap.
func tapped(t *testing.T, direction string, python *pythonPeer, rx *peer.Peer) (*pair, *line) {
	t.Helper()
	if direction == "Go dials" {
		line := tap(t, python.address)
		conn, err := rx.Connect(bounded(t), line.address, nil)
		require.NoError(t, err)
		return newPair(t, python.connection(), conn), line
	}
	line := tap(t, rx.Addr().String())
	c := python.connect(line.address, nil)
	require.NotNil(t, c)
	conn, err := rx.Connections().Await(bounded(t))
	require.NoError(t, err)
	return newPair(t, c, conn), line
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
