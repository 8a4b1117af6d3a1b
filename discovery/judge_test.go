package discovery

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/internal/peerpy"
)

var ownAddrs = hostAddrs{
	netip.MustParseAddr("127.0.0.1"): {}, netip.MustParseAddr("10.0.0.1"): {}, netip.MustParseAddr("192.168.7.1"): {},
}

func header(text string) []byte {
	return []byte((text + strings.Repeat("|", peerpy.HeaderSize))[:peerpy.HeaderSize])
}

func TestAnAnswerCountsAsFarAsItsSenderCanSpeakForIt(t *testing.T) {
	for _, c := range []struct{ named, sender, want string }{
		{"10.0.0.9:5", "10.0.0.9", "10.0.0.9:5"},
		{"10.0.0.9:5", "10.0.0.8", ""},
		{"0.0.0.0:5", "10.0.0.8", "10.0.0.8:5"},
		{"[::]:5", "10.0.0.8", "10.0.0.8:5"},
		{"[::ffff:10.0.0.9]:5", "10.0.0.9", "10.0.0.9:5"},
		{"127.0.0.1:5", "10.0.0.8", ""},
		{"127.0.0.1:5", "127.0.0.1", "127.0.0.1:5"},
		{"127.0.0.1:5", "10.0.0.1", "127.0.0.1:5"},
		{"127.0.0.9:5", "192.168.7.1", "127.0.0.9:5"},
		{"192.168.7.1:5", "10.0.0.1", "192.168.7.1:5"},
		{"192.168.7.1:5", "127.0.0.1", "192.168.7.1:5"},
		{"192.168.7.2:5", "127.0.0.1", ""},
		{"192.168.7.1:5", "10.0.0.8", ""},
		{"0.0.0.0:5", "127.0.0.1", "127.0.0.1:5"},
		{"255.255.255.255:5", "255.255.255.255", ""},
		{"224.0.0.1:5", "224.0.0.1", ""},
		{"[fe80::1]:5", "10.0.0.9", ""},
		{"[::1]:5", "10.0.0.9", ""},
	} {
		got, err := judge(header("PONG|ponger="+c.named), netip.AddrPortFrom(netip.MustParseAddr(c.sender), 1024), ownAddrs)
		if c.want == "" {
			assert.ErrorIs(t, err, errUntrusted, "%+v", c)
			continue
		}
		require.NoError(t, err, "%+v", c)
		assert.Equal(t, c.want, got.String(), "%+v", c)
	}
}

func TestOnlyPongsAreAnswers(t *testing.T) {
	from := netip.MustParseAddrPort("10.0.0.9:1024")
	for _, b := range [][]byte{nil, []byte("PONG"), header("PING|pinger=10.0.0.9:5"), header("PONG|ponger=10.0.0.9"),
		header("PONG|ponger=10.0.0.9:0"), header("PONG"), append(header("PONG|ponger=10.0.0.9:5"), '|')} {
		_, err := judge(b, from, ownAddrs)
		require.Error(t, err, "%q", b)
		assert.NotErrorIs(t, err, errUntrusted)
	}
}

func TestBadAnswersAreCountedAndSurvived(t *testing.T) {
	opts := onLoopback(t)
	s := bindShared(t, opts)
	s.read(func(_ []byte, from netip.AddrPort) {
		for _, b := range [][]byte{[]byte("x"), header("PONG|ponger"), header("PONG|ponger=192.0.2.9:5"), header("PONG|ponger=0.0.0.0:5000")} {
			assert.NoError(t, s.send(b, from))
		}
	})
	next, stop := watch(t, Browse(opts))
	assert.Equal(t, found("127.0.0.1:5000"), next())
	stop()
	assert.Positive(t, opts.Counters.Untrusted.Load())
	assert.GreaterOrEqual(t, opts.Counters.Malformed.Load(), 2*opts.Counters.Untrusted.Load())
}

func bindShared(t testing.TB, opts *Options) *socket {
	t.Helper()
	s, err := bind(t.Context(), netip.AddrPortFrom(netip.IPv4Unspecified(), opts.Port), share)
	require.NoError(t, err)
	t.Cleanup(func() { s.close() })
	return s
}

// Whatever arrives, what is made of it is an address that can be dialled and
// that the sender can speak for; and telling it is heard as the same.
func FuzzAnswer(f *testing.F) {
	for _, b := range [][]byte{header("PONG|ponger=10.0.0.9:5"), header("PONG|ponger=0.0.0.0:5"), header("PONG|ponger=127.0.0.1:5"),
		header("PONG|ponger=[::ffff:10.0.0.9]:5"), header("PING|pinger=10.0.0.9:5"), []byte("PONG"), nil} {
		f.Add(b, uint32(0x0a000009))
		f.Add(b, uint32(0x7f000001))
	}
	f.Fuzz(func(t *testing.T, b []byte, sender uint32) {
		ip := netip.AddrFrom4([4]byte{byte(sender >> 24), byte(sender >> 16), byte(sender >> 8), byte(sender)})
		if !ip.IsGlobalUnicast() && !ip.IsLoopback() {
			return // no system delivers such a datagram
		}
		from := netip.AddrPortFrom(ip, 1024)
		addr, err := judge(b, from, ownAddrs)
		if err != nil {
			assert.Equal(t, netip.AddrPort{}, addr)
			return
		}
		require.True(t, addr.IsValid())
		require.NotZero(t, addr.Port())
		require.False(t, addr.Addr().IsUnspecified() || addr.Addr().IsMulticast())
		require.True(t, addr.Addr() == ip || ownAddrs.has(addr.Addr()) && ownAddrs.has(ip))
		pong, err := peerpy.AppendUDPPong(nil, addr)
		require.NoError(t, err)
		again, err := judge(pong, from, ownAddrs)
		require.NoError(t, err)
		require.Equal(t, addr, again)
	})
}

// Whatever arrives, an announcement counts it as one thing or leaves it alone,
// and lives on.
func FuzzQuestion(f *testing.F) {
	for _, b := range [][]byte{header("PING|pinger=10.0.0.9:5"), header("PING|pinger"), header("PONG|ponger=10.0.0.9:5"), []byte("PING"), nil} {
		f.Add(b)
	}
	opts := onLoopback(f)
	opts.Rate = -1
	a := &Announcement{listen: addrs("127.0.0.1:5000")[0], opts: opts.settled(), limiter: newLimiter(-1), socket: bindShared(f, opts)}
	sink := bindShared(f, onLoopback(f))
	to := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), sink.addr().Port())
	c := opts.Counters
	f.Fuzz(func(t *testing.T, b []byte) {
		answered, malformed := c.Answered.Load(), c.Malformed.Load()
		a.answer(b, to)
		_, err := peerpy.ParseUDPPing(b)
		switch {
		case err == nil:
			answered++
		case peerpy.KindOf(b) != peerpy.KindPong:
			malformed++
		}
		assert.Equal(t, answered, c.Answered.Load())
		assert.Equal(t, malformed, c.Malformed.Load())
	})
}
