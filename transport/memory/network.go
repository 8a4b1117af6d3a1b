package memory

import (
	"context"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// Options configures a [Network]. nil means every default.
type Options struct {
	// Host is the host that the Network itself dials from, and listens at
	// when an address names none. Empty means 127.0.0.1.
	Host string

	// Path is how bytes travel between two hosts for which [Network.SetPath]
	// said nothing. The zero Path is instant.
	Path Path

	// Buffer is the size in bytes of a connection's send buffer and of its
	// receive buffer, for each direction. Both are filled before a Write
	// blocks. Zero means 64 KiB. Memory is taken as bytes need it.
	Buffer int

	// Backlog is how many connections wait in a listener for Accept; more
	// wait in Dial. Zero means 128.
	Backlog int

	// Timeout is how long a partition may last before a connection that it
	// cuts, or a Dial that waits for it, ends with [syscall.ETIMEDOUT], as TCP's
	// keep-alive does. Zero means that they wait for ever.
	Timeout time.Duration

	// Seed is what random reads and jitter are drawn from. Each connection
	// draws by its own two addresses, so it sees the same whatever the others
	// do. Zero is a seed like every other.
	Seed uint64
}

// Network is a set of hosts, made by [New], that appear when they are named:
// "kitchen", "10.0.0.1". A Network also acts as one host that may listen at
// every address, which suffices where nothing happens between hosts; [Network.Host]
// gives the others. All methods may be called concurrently.
type Network struct {
	opts Options

	mu        sync.Mutex
	closed    bool
	listeners map[addr]*listener
	pairs     map[*pair]struct{}
	dialled   uint64 // connections made so far
	hosts     map[string]*ports
	paths     rules[Path]
	cuts      rules[bool]
	changed   chan struct{} // closed and replaced when a waiting Dial may go on; made by who waits
}

// New returns a network.
func New(opts *Options) *Network {
	n := &Network{
		listeners: map[addr]*listener{},
		pairs:     map[*pair]struct{}{},
		hosts:     map[string]*ports{},
	}
	if opts != nil {
		n.opts = *opts
	}
	if n.opts.Host == "" {
		n.opts.Host = "127.0.0.1"
	}
	n.opts.Host = canonical(n.opts.Host)
	if n.opts.Buffer <= 0 {
		n.opts.Buffer = 64 << 10
	}
	if n.opts.Backlog <= 0 {
		n.opts.Backlog = 128
	}
	n.paths.set(Any, Any, n.opts.Path)
	return n
}

// Listen listens at address, "host:port", of any host. Port 0 takes a free
// one. An empty host, 0.0.0.0 and :: are Options.Host. An address in use is
// [syscall.EADDRINUSE].
func (n *Network) Listen(ctx context.Context, address string) (net.Listener, error) {
	a, err := parseAddr(address)
	if err == nil && a.host == "" {
		a.host = n.opts.Host
	}
	return n.listen(ctx, a, err)
}

// Dial connects Options.Host to address, "host:port". Where nobody listens, or
// there is no such host, the error is [syscall.ECONNREFUSED]. It blocks for
// two delays of the path, while a partition lasts, and while the listener's
// backlog is full.
func (n *Network) Dial(ctx context.Context, address string) (net.Conn, error) {
	return n.dial(ctx, n.opts.Host, address)
}

// Open tells how many listeners and connections have not been closed; a
// connection counts until both its ends are.
func (n *Network) Open() (listeners, conns int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.listeners), len(n.pairs)
}

// Close closes every listener and breaks every connection as
// [Network.Break] does. Nothing of the network is left then: no timer, and no
// caller that waits. It is idempotent and always returns nil.
func (n *Network) Close() error {
	n.mu.Lock()
	if n.closed {
		n.mu.Unlock()
		return nil
	}
	n.closed = true
	var open []*listener
	for _, l := range n.listeners {
		open = append(open, l)
	}
	n.each(Any, Any, func(p *pair) { p.snap(syscall.ECONNRESET) })
	clear(n.pairs)
	n.notify()
	n.mu.Unlock()
	for _, l := range open {
		_ = l.Close()
	}
	return nil
}

// notify lets every waiting Dial look again. n.mu is held.
func (n *Network) notify() {
	if n.changed != nil {
		close(n.changed)
		n.changed = nil
	}
}

// wait returns a channel that closes at the next notify. n.mu is held. The
// channel is the waiter's own, so that it belongs to the waiter's bubble.
func (n *Network) wait() <-chan struct{} {
	if n.changed == nil {
		n.changed = make(chan struct{})
	}
	return n.changed
}

// forget removes a connection whose ends are closed.
func (n *Network) forget(p *pair) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.pairs, p)
	n.ports(p.ends[0].local.host).release(p.ends[0].local.port)
}

// Ports that are given away begin here.
const firstPort = 10000

// ports are the ports of one host that are in use.
type ports struct {
	next uint16
	used map[uint16]struct{}
}

// ports returns those of a host. n.mu is held.
func (n *Network) ports(host string) *ports {
	p := n.hosts[host]
	if p == nil {
		p = &ports{next: firstPort, used: map[uint16]struct{}{}}
		n.hosts[host] = p
	}
	return p
}

// take reserves port, or for 0 the next free one.
func (p *ports) take(port uint16) (uint16, error) {
	if port != 0 {
		if _, used := p.used[port]; used {
			return 0, os.NewSyscallError("bind", syscall.EADDRINUSE)
		}
		p.used[port] = struct{}{}
		return port, nil
	}
	for range 1<<16 - firstPort {
		port = p.next
		if p.next++; p.next == 0 {
			p.next = firstPort
		}
		if _, used := p.used[port]; !used {
			p.used[port] = struct{}{}
			return port, nil
		}
	}
	return 0, os.NewSyscallError("bind", syscall.EADDRNOTAVAIL)
}

func (p *ports) release(port uint16) { delete(p.used, port) }
