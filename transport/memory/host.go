package memory

import (
	"context"
	"net"
	"os"
	"syscall"
)

// Host is one machine of a [Network]: it dials from its own name and listens
// there only. Hosts of one name are the same host.
type Host struct {
	net  *Network
	name string
}

// Host returns the host of that name or IP address; it need not be made
// before. An unspecified name ("", 0.0.0.0, ::) is Options.Host. [Any] is no
// host and panics.
func (n *Network) Host(name string) *Host {
	if name == Any {
		panic("memory: Any is no host")
	}
	return &Host{net: n, name: n.host(name)}
}

// Name returns the host's name.
func (h *Host) Name() string { return h.name }

// Listen is [Network.Listen] at this host. An empty host, 0.0.0.0 and :: in
// address are this host; another one is [syscall.EADDRNOTAVAIL].
func (h *Host) Listen(ctx context.Context, address string) (net.Listener, error) {
	a, err := parseAddr(address)
	switch {
	case err != nil:
	case a.host == "":
		a.host = h.name
	case a.host != h.name:
		err = os.NewSyscallError("bind", syscall.EADDRNOTAVAIL)
	}
	return h.net.listen(ctx, a, err)
}

// Dial is [Network.Dial] from this host.
func (h *Host) Dial(ctx context.Context, address string) (net.Conn, error) {
	return h.net.dial(ctx, h.name, address)
}
