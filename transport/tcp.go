package transport

import (
	"context"
	"net"
	"time"
)

// TCP is the [Network] of real machines, over IPv4 and IPv6. The zero value
// is ready for use.
//
// Its connections are [*net.TCPConn]s that send at once (TCP_NODELAY) and
// probe a silent remote: an idle connection whose remote machine has vanished
// ends with a timeout after 20 s (probes after 5 s, each 5 s, three in vain).
// A link replaces these times by those of its own Timeout. Probes rest while
// written bytes wait for their acknowledgement; see [Unanswered].
type TCP struct{}

// aliveStep is the time before the first keep-alive probe and between two.
const aliveStep = 5 * time.Second

func keepAliveProbes() net.KeepAliveConfig {
	return net.KeepAliveConfig{Enable: true, Idle: aliveStep, Interval: aliveStep, Count: 3}
}

// Listen listens at address: "ip:port", "[ip6]:port", ":port" for every
// interface of both families, or "host:port" for one address of that name.
// Errors are those of package net.
func (TCP) Listen(ctx context.Context, address string) (net.Listener, error) {
	lc := net.ListenConfig{KeepAliveConfig: keepAliveProbes()}
	lc.SetMultipathTCP(false) // its sockets answer neither SIOCOUTQ nor TCP_INFO everywhere
	return lc.Listen(ctx, "tcp", address)
}

// Dial connects to address, "ip:port", "[ip6]:port" or "host:port". A name is
// looked up, and its addresses of both families are tried. It has no timeout
// but ctx. Errors are those of package net.
func (TCP) Dial(ctx context.Context, address string) (net.Conn, error) {
	d := net.Dialer{KeepAliveConfig: keepAliveProbes()}
	d.SetMultipathTCP(false)
	return d.DialContext(ctx, "tcp", address)
}
