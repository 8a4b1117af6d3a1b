package peer

import (
	"context"
	"errors"
	"net"
	"net/netip"

	"github.com/rxpeer/rxpeer/transport"
)

var errNoPort = errors.New("no port in the address")

// Connect offers a connection to the peer that listens at address, "ip:port"
// or "host:port", and waits until it is accepted: Options.Timeout, or until
// ctx ends. nil options mean a strict JSON connection.
//
// A present connection to that peer with the same options is returned instead,
// whoever dialled it; one with others that this side dialled is replaced.
// Concurrent calls for one address become one.
//
// Errors are an *[Error] with a *[transport.DeniedError], [ErrSelf],
// [ErrFull], [ErrClosed], a timeout that matches [context.DeadlineExceeded], a
// *[transport.AddrError], or that of the network. A data type that this peer does
// not know is a *[codec.DataTypeError]; one that the other side does not know, or
// that the wire between the two cannot carry, is a *[transport.CodecError].
func (p *Peer) Connect(ctx context.Context, address string, opts *ConnectOptions) (*Connection, error) {
	c, err := p.connect(ctx, address, opts)
	if err != nil {
		return nil, &Error{Op: "connect", Peer: address, Err: err}
	}
	return c, nil
}

// ConnectAddr is [Peer.Connect] for an address in the form that discovery
// gives.
func (p *Peer) ConnectAddr(ctx context.Context, address netip.AddrPort, opts *ConnectOptions) (*Connection, error) {
	return p.Connect(ctx, address.String(), opts)
}

func (p *Peer) connect(ctx context.Context, address string, opts *ConnectOptions) (*Connection, error) {
	var o ConnectOptions
	if opts != nil {
		o = *opts
	}
	if o.DataType == "" {
		o.DataType = DefaultDataType
	}
	if _, err := p.codec(o.DataType); err != nil {
		return nil, err
	}
	addr, err := transport.ParseAddr(address)
	switch {
	case err != nil:
		return nil, err
	case addr.Port() == 0:
		return nil, errNoPort
	case p.isSelf(addr):
		return nil, ErrSelf
	}
	for !p.closing.Load() {
		same, others := p.registry.reuse(addr, o)
		if same != nil {
			return same, nil
		}
		done, busy := p.registry.dial(addr)
		if busy == nil {
			defer done()
			for _, c := range others {
				_ = c.Close()
			}
			return p.dial(ctx, addr, o)
		}
		select {
		case <-busy:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	return nil, ErrClosed
}

func (p *Peer) dial(ctx context.Context, addr transport.Addr, o ConnectOptions) (*Connection, error) {
	if err := p.registry.reserve(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(p.life, func() { cancel(ErrClosed) })()
	linkOpts := p.linkOptions()
	linkOpts.Timeout = p.Timeout()
	link, err := transport.Dial(ctx, p.opts.Network, addr.String(), transport.Hello{
		PeerName: p.bound.String(), DataType: o.DataType,
		Lenient: o.Lenient, Stream: o.Stream, DataSize: o.DataSize,
	}, linkOpts)
	if err != nil {
		p.registry.giveBack()
		return nil, err
	}
	remote := remoteOf(link.Hello(), link.Remote(), link.RemoteAddr(), true)
	if socket, err := transport.AddrOf(link.RemoteAddr()); err == nil {
		remote.Addr, remote.Verified = socket, true
	}
	c, tell, err := p.establish(link, remote, addr)
	if err != nil {
		return nil, err
	}
	p.callbacks.run(tell)
	return c, nil
}

// isSelf reports whether addr is where this peer listens.
func (p *Peer) isSelf(addr transport.Addr) bool {
	if addr == p.addr || addr == p.bound {
		return true
	}
	if addr.Port() != p.bound.Port() || !p.bound.IsUnspecified() {
		return false
	}
	return addr.IsUnspecified() || addr.IsLoopback() || isLocal(addr.Host())
}

// isLocal reports whether host is an IP address of this machine.
func isLocal(host string) bool {
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	addrs, _ := net.InterfaceAddrs() // none: not local
	for _, a := range addrs {
		if prefix, err := netip.ParsePrefix(a.String()); err == nil && prefix.Addr().WithZone("") == ip.WithZone("") {
			return true
		}
	}
	return false
}
