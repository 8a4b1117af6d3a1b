package interop

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pythonPeer is a peerpy Peer.
type pythonPeer struct {
	*driver
	number  int
	address string // where it listens
}

// open opens a Peer that listens. arguments are those of peerpy's Peer, and
// accept and echo.
func (d *driver) open(arguments args) *pythonPeer {
	d.t.Helper()
	var answer struct {
		Peer    int
		Address string
	}
	d.do("open", arguments, &answer)
	p := &pythonPeer{d, answer.Peer, answer.Address}
	d.await("listen", func(e event) bool { return e.Event == "listen" && e.Peer == p.number })
	return p
}

// openPython opens a Peer in a process of its own.
func openPython(t testing.TB, arguments args) *pythonPeer {
	t.Helper()
	return start(t, nil).open(arguments)
}

// on returns the same for another test.
func (p *pythonPeer) on(t testing.TB) *pythonPeer {
	return &pythonPeer{p.driver.on(t), p.number, p.address}
}

// connect dials, and is nil when the offer was denied.
func (p *pythonPeer) connect(address string, arguments args) *pythonConn {
	p.t.Helper()
	fields := args{"peer": p.number, "address": address}
	for name, value := range arguments {
		fields[name] = value
	}
	var answer struct{ Conn int }
	p.do("connect", fields, &answer)
	if answer.Conn == 0 {
		return nil
	}
	return p.connection()
}

// connection returns the next connection that peerpy tells of, whoever dialled.
func (p *pythonPeer) connection() *pythonConn {
	p.t.Helper()
	e := p.await("connection", func(e event) bool { return e.Event == "connection" && e.Peer == p.number })
	return &pythonConn{p, e.Conn, e}
}

// set changes attributes of the Peer: timeout, invisible, accept, echo.
func (p *pythonPeer) set(attributes args) {
	p.t.Helper()
	fields := args{"peer": p.number}
	for name, value := range attributes {
		fields[name] = value
	}
	p.do("set", fields, nil)
}

// stop stops the Peer, and returns when its threads have ended.
func (p *pythonPeer) stop() {
	p.t.Helper()
	p.do("stop", args{"peer": p.number}, nil)
}

// localPeers asks who is around.
func (p *pythonPeer) localPeers() []string {
	p.t.Helper()
	var answer struct{ Names []string }
	p.do("local_peers", args{"peer": p.number}, &answer)
	return answer.Names
}

// pythonConn is a peerpy Connection.
type pythonConn struct {
	*pythonPeer
	conn int
	told event // when it was established
}

// send sends the value of a Python expression.
func (c *pythonConn) send(expression string) {
	c.t.Helper()
	c.sendAs(expression, "")
}

// sendAs is send with a data type that may not be the connection's.
func (c *pythonConn) sendAs(expression, dataType string) {
	c.t.Helper()
	var answer struct{ Sent bool }
	c.do("send", args{"conn": c.conn, "expression": expression, "data_type": dataType}, &answer)
	require.True(c.t, answer.Sent, "peerpy did not send %.40s", expression)
}

// sendMany sends bytes of these sizes: pattern(0, size), pattern(1, size), …
func (c *pythonConn) sendMany(sizes []int) {
	c.t.Helper()
	c.beginMany(sizes)()
}

// beginMany is the beginning of sendMany. The function that it returns waits
// for the end.
func (c *pythonConn) beginMany(sizes []int) (wait func()) {
	c.t.Helper()
	var answer struct{ Sent int }
	done := c.begin("send_many", args{"conn": c.conn, "sizes": sizes}, &answer)
	return func() {
		c.t.Helper()
		require.Empty(c.t, done(), "peerpy did not send all")
		require.Equal(c.t, len(sizes), answer.Sent, "peerpy did not send all")
	}
}

// data returns the next value's event.
func (c *pythonConn) data() event {
	c.t.Helper()
	return c.await(fmt.Sprintf("data on connection %d", c.conn), func(e event) bool {
		return e.Event == "data" && e.Conn == c.conn
	})
}

// receives takes the next value and holds it against the value of a Python
// expression, in Python.
func (c *pythonConn) receives(expression string) {
	c.t.Helper()
	var answer struct {
		Equal     bool
		Got, Want string
	}
	c.do("check", args{"conn": c.conn, "index": c.data().Index, "expression": expression}, &answer)
	assert.True(c.t, answer.Equal, "Python received %s instead of %s", answer.Got, answer.Want)
}

// close closes the connection as peerpy does, which takes up to its timeout.
func (c *pythonConn) close() {
	c.t.Helper()
	c.do("close", args{"conn": c.conn}, nil)
}

// closed waits for the close event.
func (c *pythonConn) closed() {
	c.t.Helper()
	c.await(fmt.Sprintf("close of connection %d", c.conn), func(e event) bool {
		return e.Event == "close" && e.Conn == c.conn
	})
}

// received returns the events of all data that came before the end, and waits
// for that: for the close, or for a fault of peerpy's that ended its thread.
func (c *pythonConn) received() []event {
	c.t.Helper()
	c.await(fmt.Sprintf("end of connection %d", c.conn), func(e event) bool {
		return e.Event == "close" && e.Conn == c.conn || e.Event == "thread_ended"
	})
	return c.arrived()
}

// arrived returns the events of all data up to now.
func (c *pythonConn) arrived() (all []event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.events = slices.DeleteFunc(c.events, func(e event) bool {
		mine := e.Event == "data" && e.Conn == c.conn
		if mine {
			all = append(all, e)
		}
		return mine
	})
	return all
}

// is reports whether the data is pattern(seed, size).
func (e event) is(seed, size int) bool {
	sum := sha256.Sum256(pattern(seed, size))
	return e.Size == size && e.SHA256 == hex.EncodeToString(sum[:])
}

// rest lets real time pass.
func (d *driver) rest(seconds float64) {
	d.t.Helper()
	d.do("rest", args{"seconds": seconds}, nil)
}
