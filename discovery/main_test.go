package discovery

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/rxpeer/rxpeer/internal/netns"
	"github.com/rxpeer/rxpeer/internal/peerpy"
)

func TestMain(m *testing.M) {
	netns.Main(map[string]netns.Helper{"announce": announceHelper, "browse": browseHelper})
	goleak.VerifyTestMain(m)
}

// onLoopback returns options for peers that meet on a port of their own.
func onLoopback(t testing.TB) *Options {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	return &Options{
		Port:       uint16(conn.LocalAddr().(*net.UDPAddr).Port),
		Interfaces: Loopback,
		Wait:       300 * time.Millisecond,
		Interval:   20 * time.Millisecond,
		Counters:   new(Counters),
		Logger:     slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

// within returns a context for what should not take long.
func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func announce(t testing.TB, listen string, opts *Options) *Announcement {
	t.Helper()
	a, err := Announce(within(t), netip.MustParseAddrPort(listen), opts)
	require.NoError(t, err)
	t.Cleanup(func() { _ = a.Close() })
	return a
}

// asking is a socket that a test asks from by hand.
type asking struct {
	*net.UDPConn
	to *net.UDPAddr
}

func askByHand(t testing.TB, from string, opts *Options) asking {
	t.Helper()
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.MustParseAddrPort(from+":0")))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return asking{conn, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: int(opts.Port)}}
}

func (a asking) send(t testing.TB, b []byte) {
	t.Helper()
	_, err := a.WriteTo(b, a.to)
	require.NoError(t, err)
}

func (a asking) ping(t testing.TB, pinger string) {
	t.Helper()
	b, err := peerpy.AppendUDPPing(nil, netip.MustParseAddrPort(pinger))
	require.NoError(t, err)
	a.send(t, b)
}

// answer returns the next datagram and where it came from.
func (a asking) answer(t testing.TB) (b []byte, from netip.AddrPort) {
	t.Helper()
	require.NoError(t, a.SetReadDeadline(time.Now().Add(20*time.Second)))
	b = make([]byte, datagramSize)
	n, from, err := a.ReadFromUDPAddrPort(b)
	require.NoError(t, err)
	return b[:n], from
}

func addrs(texts ...string) []netip.AddrPort {
	var all []netip.AddrPort
	for _, s := range texts {
		all = append(all, netip.MustParseAddrPort(s))
	}
	return all
}
