package peer_test

import (
	"context"
	"net"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/rxpeer/rxpeer/discovery"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/memory"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// lab is an in-memory network with peers on it, in virtual time.
type lab struct {
	*testing.T
	net *memory.Network
}

// inLab runs test in a bubble and closes everything after it.
func inLab(t *testing.T, test func(t *lab)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n := memory.New(nil)
		t.Cleanup(func() { _ = n.Close() })
		test(&lab{t, n})
	})
}

// open opens a peer at a host of its own.
func (l *lab) open(host string, opts *peer.Options) *peer.Peer {
	l.Helper()
	var o peer.Options
	if opts != nil {
		o = *opts
	}
	o.Address, o.Network = host, l.net.Host(host)
	p, err := peer.Open(l.Context(), &o)
	require.NoError(l, err)
	l.Cleanup(func() { _ = p.Close() })
	return p
}

// pair opens two peers and connects them; a dials.
func (l *lab) pair(opts *peer.ConnectOptions) (a, b *peer.Connection) {
	l.Helper()
	return l.connect(l.open("10.0.0.1", nil), l.open("10.0.0.2", nil), opts)
}

// connect connects two peers; a dials.
func (l *lab) connect(a, b *peer.Peer, opts *peer.ConnectOptions) (ca, cb *peer.Connection) {
	l.Helper()
	ca, err := a.Connect(l.Context(), b.Addr().String(), opts)
	require.NoError(l, err)
	cb, err = b.Connections().Await(l.Context())
	require.NoError(l, err)
	return ca, cb
}

// openTCP opens a peer on loopback that nobody finds.
func openTCP(t testing.TB, opts *peer.Options) *peer.Peer {
	t.Helper()
	var o peer.Options
	if opts != nil {
		o = *opts
	}
	o.Address = "127.0.0.1"
	o.NoDiscovery = o.Discovery == nil
	p, err := peer.Open(context.Background(), &o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// freeUDP returns discovery options for a port that nobody else uses.
func freeUDP(t testing.TB) *discovery.Options {
	t.Helper()
	c, err := net.ListenPacket("udp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer c.Close()
	addr, err := transport.AddrOf(c.LocalAddr())
	require.NoError(t, err)
	return &discovery.Options{Port: addr.Port(), Interfaces: discovery.Loopback}
}
