package transport

import (
	"context"
	"net"
)

// TCP is the [Network] of real machines, over IPv4 and IPv6. The zero value
// is ready for use.
type TCP struct{}

// Listen listens at address, "host:port".
func (TCP) Listen(ctx context.Context, address string) (net.Listener, error) {
	var lc net.ListenConfig
	return lc.Listen(ctx, "tcp", address)
}

// Dial connects to address, "ip:port" or "host:port".
func (TCP) Dial(ctx context.Context, address string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "tcp", address)
}
