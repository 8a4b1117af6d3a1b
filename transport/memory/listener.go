package memory

import (
	"context"
	"net"
	"sync"
)

// listener holds connections until they are accepted. Its fields are guarded
// by the network's mutex.
type listener struct {
	net    *Network
	addr   addr
	ready  sync.Cond // something in queue, or closed
	queue  []*conn
	closed bool
}

// listen registers a listener at a; err is what was wrong with the address.
func (n *Network) listen(ctx context.Context, a addr, err error) (net.Listener, error) {
	if err == nil {
		err = ctx.Err()
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if err == nil && n.closed {
		err = net.ErrClosed
	}
	var port uint16
	if err == nil {
		port, err = n.ports(a.host).take(a.port)
	}
	if err != nil {
		return nil, &net.OpError{Op: "listen", Net: a.Network(), Addr: a, Err: err}
	}
	a.port = port
	l := &listener{net: n, addr: a}
	l.ready.L = &n.mu
	n.listeners[a] = l
	return l, nil
}

// Accept returns the next connection.
func (l *listener) Accept() (net.Conn, error) {
	l.net.mu.Lock()
	defer l.net.mu.Unlock()
	for len(l.queue) == 0 && !l.closed {
		l.ready.Wait()
	}
	if l.closed {
		return nil, l.fail("accept")
	}
	c := l.queue[0]
	l.queue[0] = nil
	l.queue = l.queue[1:]
	l.net.notify() // there is room for another
	return c, nil
}

// Close resets the connections that nobody has accepted.
func (l *listener) Close() error {
	l.net.mu.Lock()
	if l.closed {
		l.net.mu.Unlock()
		return l.fail("close")
	}
	l.closed = true
	left := l.queue
	l.queue = nil
	delete(l.net.listeners, l.addr)
	l.net.ports(l.addr.host).release(l.addr.port)
	l.ready.Broadcast()
	l.net.notify()
	l.net.mu.Unlock()
	for _, c := range left {
		_ = c.Reset()
	}
	return nil
}

// Addr returns the address with its port.
func (l *listener) Addr() net.Addr { return l.addr }

func (l *listener) fail(op string) error {
	return &net.OpError{Op: op, Net: l.addr.Network(), Addr: l.addr, Err: net.ErrClosed}
}
