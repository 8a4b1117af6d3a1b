package discovery

import (
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/internal/peerpy"
)

func pong(t testing.TB, addr string) []byte {
	t.Helper()
	b, err := peerpy.AppendUDPPong(nil, netip.MustParseAddrPort(addr))
	require.NoError(t, err)
	return b
}

func TestAnAnswerIsPythonsPongFromTheDiscoveryPort(t *testing.T) {
	opts := onLoopback(t)
	announce(t, "127.0.0.1:5000", opts)
	asker := askByHand(t, "127.0.0.1", opts)
	asker.ping(t, asker.LocalAddr().String())
	b, from := asker.answer(t)
	assert.Equal(t, pong(t, "127.0.0.1:5000"), b)
	assert.Equal(t, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), opts.Port), from)
}

func TestAnAnswerGoesToTheSenderWhateverTheQuestionSays(t *testing.T) {
	opts := onLoopback(t)
	announce(t, "127.0.0.1:5000", opts)
	victim, asker := askByHand(t, "127.0.0.1", opts), askByHand(t, "127.0.0.1", opts)
	asker.ping(t, victim.LocalAddr().String())
	b, _ := asker.answer(t)
	assert.Equal(t, pong(t, "127.0.0.1:5000"), b)

	victim.ping(t, victim.LocalAddr().String())
	victim.answer(t)
	require.NoError(t, victim.SetReadDeadline(time.Now().Add(time.Millisecond)))
	_, _, err := victim.ReadFrom(make([]byte, 1))
	assert.ErrorContains(t, err, "timeout", "only its own question was answered")
}

func TestAListenerOnEveryAddressIsNeverAnnouncedAsSuch(t *testing.T) {
	for _, listen := range []string{"0.0.0.0:5000", "[::]:5000", "[::ffff:0.0.0.0]:5000"} {
		opts := onLoopback(t)
		announce(t, listen, opts)
		asker := askByHand(t, "127.0.0.1", opts)
		asker.ping(t, asker.LocalAddr().String())
		b, _ := asker.answer(t)
		assert.Equal(t, pong(t, "127.0.0.1:5000"), b, listen)
	}
}

func TestBadDatagramsAreCountedAndSurvived(t *testing.T) {
	opts := onLoopback(t)
	a := announce(t, "127.0.0.1:5000", opts)
	asker := askByHand(t, "127.0.0.1", opts)
	good, err := peerpy.AppendUDPPing(nil, netip.MustParseAddrPort(asker.LocalAddr().String()))
	require.NoError(t, err)
	bad := []string{
		"", "PING", "x", string(good[:127]), string(good) + "|", strings.Repeat("PING", 32), strings.Repeat("|", 128),
		strings.Repeat("\xff", 128), strings.Repeat("PING|pinger=1.1.1.1:1|", 400),
	}
	for _, fields := range []string{"pinger", "pinger=", "pinger=a:b", "pinger=1.1.1.1:1=", "pinger=1.1.1.1:1&x", "ponger=1.1.1.1:1",
		"pinger=1.1.1.1:1&pinger=1.1.1.1:1", "pinger=1.1.1.1:99999", "pinger=\xc3("} {
		bad = append(bad, ("PING|" + fields + strings.Repeat("|", 128))[:128])
	}
	for _, b := range bad {
		asker.send(t, []byte(b))
	}
	asker.send(t, pong(t, "127.0.0.1:6000")) // for somebody else; not bad
	asker.send(t, good)
	b, _ := asker.answer(t)
	assert.Equal(t, pong(t, "127.0.0.1:5000"), b)
	require.NoError(t, a.Close()) // what was sent is counted
	assert.EqualValues(t, len(bad), opts.Counters.Malformed.Load())
	assert.EqualValues(t, 1, opts.Counters.Answered.Load())
}

func TestAFloodIsAnsweredWithinTheRate(t *testing.T) {
	opts := onLoopback(t)
	opts.Rate = 40
	announce(t, "127.0.0.1:5000", opts)
	flooder, other := askByHand(t, "127.0.0.1", opts), askByHand(t, "127.0.0.2", opts)
	const flood = 500
	begin := time.Now()
	for range flood {
		flooder.ping(t, flooder.LocalAddr().String())
	}
	// The share of another host is untouched. Its question may find the
	// socket's buffer full, so it asks again.
	tries := 0
	for answered := false; !answered && tries < 1000; tries++ {
		other.ping(t, other.LocalAddr().String())
		require.NoError(t, other.SetReadDeadline(time.Now().Add(20*time.Millisecond)))
		_, _, err := other.ReadFrom(make([]byte, datagramSize))
		answered = err == nil
	}
	assert.Less(t, tries, 1000)
	seconds := time.Since(begin).Seconds()
	answered, limited := opts.Counters.Answered.Load(), opts.Counters.Limited.Load()
	assert.Positive(t, limited)
	assert.LessOrEqual(t, answered, uint64(tries)+uint64(10+10*math.Ceil(seconds)), "a quarter of the rate, and the other's")
	assert.LessOrEqual(t, answered+limited, uint64(flood+tries))
}

func TestLimiterSharesTheRateFairly(t *testing.T) {
	now := time.Now()
	count := func(l *limiter, questions int, sender string) (allowed int) {
		for range questions {
			if l.allow(now, netip.MustParseAddr(sender)) {
				allowed++
			}
		}
		return allowed
	}
	l := newLimiter(100)
	assert.Equal(t, 25, count(l, 1000, "10.0.0.1"), "one host gets a quarter")
	total := 25
	for i := range 200 {
		total += count(l, 10, netip.AddrFrom4([4]byte{10, 0, 1, byte(i)}).String())
	}
	assert.Equal(t, 100, total, "all together get the rate, inventing addresses does not help")
	now = now.Add(100 * time.Millisecond)
	assert.Equal(t, 2, count(l, 1000, "10.0.0.1"), "which fills up with time")
	now = now.Add(time.Hour)
	assert.Equal(t, 25, count(l, 1000, "10.0.0.1"), "but not beyond a second's worth")
	assert.Equal(t, 1, count(newLimiter(1), 10, "10.0.0.1"))
	assert.Equal(t, 1000, count(newLimiter(-1), 1000, "10.0.0.1"))
}

func TestOnlyThoseWhoCanReachTheListenerAreAnswered(t *testing.T) {
	opts := onLoopback(t)
	opts.Interfaces = nil
	a := announce(t, "127.0.0.1:5000", opts)
	stranger := netip.MustParseAddrPort("192.0.2.77:9")
	if _, err := sourceTo(stranger); err != nil {
		t.Skip("this machine has no route to others")
	}
	_, ok := a.name(stranger)
	assert.False(t, ok, "a loopback listener is no use to another host")

	everywhere := announce(t, "0.0.0.0:5001", opts)
	name, ok := everywhere.name(stranger)
	require.True(t, ok)
	assert.False(t, name.Addr().IsLoopback())
	assert.False(t, name.Addr().IsUnspecified())
	name, ok = a.name(netip.AddrPortFrom(name.Addr(), 9))
	assert.True(t, ok, "another process of this machine can reach it")
	assert.Equal(t, "127.0.0.1:5000", name.String())

	opts.Interfaces = Loopback
	local := announce(t, "0.0.0.0:5002", opts)
	_, ok = local.name(stranger)
	assert.False(t, ok, "not answering on that interface")
}

func TestListenersThatTheProtocolCannotNameAreRefused(t *testing.T) {
	for _, listen := range []string{"[::1]:5000", "[fe80::1%eth0]:5000", "127.0.0.1:0", "0.0.0.0:0"} {
		_, err := Announce(t.Context(), netip.MustParseAddrPort(listen), onLoopback(t))
		assert.ErrorIs(t, err, ErrAddress, listen)
		assert.ErrorContains(t, err, "discovery: announce "+listen)
	}
	_, err := Announce(t.Context(), netip.AddrPort{}, nil)
	assert.ErrorIs(t, err, ErrAddress)
}

func TestAPortThatSomebodyKeepsForHimselfIsAnError(t *testing.T) {
	opts := onLoopback(t)
	keeper, err := bind(t.Context(), netip.AddrPortFrom(netip.IPv4Unspecified(), opts.Port), func(uintptr) error { return nil })
	require.NoError(t, err)
	defer keeper.close()
	_, err = Announce(t.Context(), addrs("127.0.0.1:5000")[0], opts)
	assert.ErrorContains(t, err, "discovery: announce 127.0.0.1:5000")
}

func TestCloseIsIdempotentAndFreesThePort(t *testing.T) {
	opts := onLoopback(t)
	for range 100 {
		a := announce(t, "127.0.0.1:5000", opts)
		require.NoError(t, a.Close())
		require.NoError(t, a.Close())
	}
	only, err := bind(t.Context(), netip.AddrPortFrom(netip.IPv4Unspecified(), opts.Port), func(uintptr) error { return nil })
	require.NoError(t, err)
	only.close()
	only.close()
}

func TestTheCallersOptionsAreCopied(t *testing.T) {
	opts := &Options{Exclude: addrs("1.1.1.1:1")}
	s := opts.settled()
	opts.Exclude[0] = addrs("2.2.2.2:2")[0]
	assert.Equal(t, addrs("1.1.1.1:1"), s.Exclude)
	assert.Zero(t, opts.Port, "and not written to")
	assert.Nil(t, opts.Counters)
	assert.EqualValues(t, 1024, s.Port)
}
