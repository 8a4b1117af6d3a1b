package memory

import (
	"context"
	"net"
	"os"
	"syscall"
	"time"
)

// dial connects host from to address.
func (n *Network) dial(ctx context.Context, from, address string) (net.Conn, error) {
	to, err := parseAddr(address)
	if err == nil && to.host == "" {
		to.host = from
	}
	if err == nil {
		err = ctx.Err()
	}
	var c *conn
	if err == nil {
		c, err = n.connect(ctx, from, to)
	}
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: to.Network(), Addr: to, Err: err}
	}
	return c, nil
}

// connect makes a connection as TCP's handshake does: one packet there, which
// puts it into the listener's queue, and one back.
func (n *Network) connect(ctx context.Context, from string, to addr) (*conn, error) {
	if err := n.pass(ctx, from, to.host); err != nil {
		return nil, err
	}
	c, err := n.enqueue(ctx, from, to)
	if back := n.pass(ctx, to.host, from); back != nil {
		if c != nil {
			_ = c.Reset()
		}
		return nil, back
	}
	return c, err
}

// enqueue gives a new connection to the listener when there is room in its
// queue, and returns the dialler's end.
func (n *Network) enqueue(ctx context.Context, from string, to addr) (*conn, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for {
		l := n.listeners[to]
		if l == nil {
			return nil, os.NewSyscallError("connect", syscall.ECONNREFUSED)
		}
		if len(l.queue) < n.opts.Backlog {
			port, err := n.ports(from).take(0)
			if err != nil {
				return nil, err
			}
			p := n.newPair(addr{from, port}, to)
			l.queue = append(l.queue, &p.ends[1])
			l.ready.Signal()
			return &p.ends[0], nil
		}
		changed := n.wait()
		n.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
		}
		n.mu.Lock()
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
}

// pass returns when one packet has gone from host a to host b: after the
// path's delay, and not during a partition.
func (n *Network) pass(ctx context.Context, a, b string) error {
	var gone, expired <-chan time.Time
	for first := true; ; first = false {
		n.mu.Lock()
		delay, closed := n.paths.of(a, b).Delay, n.closed
		through := gone == nil && !n.cuts.of(a, b) && !(first && delay > 0)
		if closed || through {
			n.mu.Unlock()
			if closed {
				return net.ErrClosed
			}
			return nil
		}
		changed := n.wait()
		n.mu.Unlock()
		switch {
		case first && delay > 0:
			t := time.NewTimer(delay)
			defer t.Stop()
			gone = t.C
		case gone == nil && expired == nil && n.opts.Timeout > 0:
			t := time.NewTimer(n.opts.Timeout)
			defer t.Stop()
			expired = t.C
		}
		select {
		case <-gone:
			gone = nil
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-expired:
			return os.NewSyscallError("connect", syscall.ETIMEDOUT)
		}
	}
}
