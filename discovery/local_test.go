package discovery

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/internal/peerpy"
)

func TestEveryVisiblePeerOfOneMachineIsFound(t *testing.T) {
	opts := onLoopback(t)
	var want []netip.AddrPort
	for i := range 20 {
		want = append(want, netip.MustParseAddrPort(fmt.Sprintf("127.0.0.1:%d", 5000+i)))
		announce(t, want[i].String(), opts)
	}
	hidden := *opts
	hidden.Invisible = true
	assert.True(t, announce(t, "127.0.0.1:6000", &hidden).Invisible())
	got, err := LocalPeers(within(t), opts)
	require.NoError(t, err)
	assert.Equal(t, want, got)
	assert.Zero(t, opts.Counters.Malformed.Load())
	assert.Zero(t, opts.Counters.Failed.Load())
}

func TestSetInvisibleWorksWhileRunning(t *testing.T) {
	opts := onLoopback(t)
	a := announce(t, "127.0.0.1:5000", opts)
	for range 2 {
		got, err := LocalPeers(within(t), opts)
		require.NoError(t, err)
		assert.Equal(t, addrs("127.0.0.1:5000"), got)
		a.SetInvisible(true)
		got, err = LocalPeers(within(t), opts)
		require.NoError(t, err, "that nobody is there is no error")
		assert.Empty(t, got)
		a.SetInvisible(false)
	}
}

func TestExcludedAddressesAreNotReported(t *testing.T) {
	opts := onLoopback(t)
	announce(t, "127.0.0.1:5000", opts)
	announce(t, "0.0.0.0:5001", opts)
	announce(t, "0.0.0.0:5002", opts)
	opts.Exclude = addrs("127.0.0.1:5000", "[::]:5001")
	got, err := LocalPeers(within(t), opts)
	require.NoError(t, err)
	assert.Equal(t, addrs("127.0.0.1:5002"), got)
}

func TestNoInterfaceToAskOnIsAnError(t *testing.T) {
	none := &Options{Interfaces: func(net.Interface) bool { return false }}
	_, err := LocalPeers(within(t), none)
	require.ErrorIs(t, err, ErrNoInterface)
	assert.EqualError(t, err, "discovery: local peers: no interface to ask on")
	_, err = Browse(none).Await(within(t))
	require.ErrorIs(t, err, ErrNoInterface)
	assert.EqualError(t, err, "discovery: browse: no interface to ask on")
}

func TestAQuestionNamesTheSocketThatItComesFrom(t *testing.T) {
	opts := onLoopback(t)
	s, err := bind(t.Context(), netip.AddrPortFrom(netip.IPv4Unspecified(), opts.Port), share)
	require.NoError(t, err)
	defer s.close()
	questions := make(chan []netip.AddrPort, 100)
	s.read(func(b []byte, from netip.AddrPort) {
		if pinger, err := peerpy.ParseUDPPing(b); assert.NoError(t, err) {
			questions <- []netip.AddrPort{pinger, from}
		}
	})
	opts.Wait = time.Millisecond
	_, err = LocalPeers(within(t), opts)
	require.NoError(t, err)
	q := <-questions
	assert.Equal(t, q[0], q[1])
}

// fake is a prober without a network. Its tests run on virtual time.
type fake struct {
	heard  chan sighting
	asked  int
	err    atomic.Pointer[error]
	answer func(question int) []sighting // sent by a goroutine of each question
	closed chan struct{}
}

func newFake(answer func(int) []sighting) *fake {
	return &fake{heard: make(chan sighting), answer: answer, closed: make(chan struct{})}
}

func (f *fake) answers() <-chan sighting { return f.heard }
func (f *fake) close()                   { close(f.closed) }
func (f *fake) ask(context.Context) error {
	f.asked++
	if err := f.err.Load(); err != nil {
		return *err
	}
	if f.answer == nil {
		return nil
	}
	all := f.answer(f.asked)
	go func() {
		for _, s := range all {
			select {
			case f.heard <- s:
			case <-f.closed:
			}
		}
	}()
	return nil
}

func sightings(texts ...string) []sighting {
	var all []sighting
	for _, a := range addrs(texts...) {
		all = append(all, sighting{addr: a, peer: a})
	}
	return all
}

func TestLocalPeersAsksTwiceAndWaitsHalfASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(func(question int) []sighting {
			if question == 1 {
				return sightings("10.0.0.2:1")
			}
			return sightings("10.0.0.1:1", "10.0.0.2:1")
		})
		defer f.close()
		begin := time.Now()
		got, err := gather(t.Context(), f, (*Options)(nil).settled())
		require.NoError(t, err)
		assert.Equal(t, addrs("10.0.0.1:1", "10.0.0.2:1"), got, "sorted, each once")
		assert.Equal(t, 500*time.Millisecond, time.Since(begin))
		assert.Equal(t, 2, f.asked)
	})
}

func TestLocalPeersReturnsWhatItHasWhenItsContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(func(int) []sighting { return sightings("10.0.0.2:1") })
		defer f.close()
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Millisecond, errors.New("enough"))
		defer cancel()
		begin := time.Now()
		got, err := gather(ctx, f, (*Options)(nil).settled())
		assert.EqualError(t, err, "enough")
		assert.Equal(t, addrs("10.0.0.2:1"), got)
		assert.Equal(t, time.Millisecond, time.Since(begin))
		got, err = gather(ctx, f, (*Options)(nil).settled())
		assert.EqualError(t, err, "enough")
		assert.Empty(t, got)
		assert.Equal(t, 1, f.asked, "an ended context asks nobody")
	})
}

func TestLocalPeersRemembersNoMoreThanTheLimit(t *testing.T) {
	for limit, want := range map[int]int{2: 2, -1: 4, 0: 4} {
		synctest.Test(t, func(t *testing.T) {
			f := newFake(func(int) []sighting { return sightings("10.0.0.1:1", "10.0.0.2:1", "10.0.0.3:1", "10.0.0.4:1") })
			defer f.close()
			opts := (&Options{Limit: limit}).settled()
			got, err := gather(t.Context(), f, opts)
			require.NoError(t, err)
			assert.Len(t, got, want)
			assert.EqualValues(t, 2*(4-want), opts.Counters.Overflow.Load(), "at both questions")
		})
	}
}

func TestAPeerOfThisMachineIsListedOnceByTheAddressThatOthersUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		own := hostAddrs{netip.MustParseAddr("127.0.0.1"): {}, netip.MustParseAddr("10.0.0.1"): {}}
		var all []sighting
		for _, a := range addrs("127.0.0.1:1", "10.0.0.1:1", "127.0.0.1:1", "127.0.0.1:2", "127.0.0.9:1", "10.0.0.2:1") {
			all = append(all, sighting{addr: a, peer: identity(a, own)})
		}
		f := newFake(func(int) []sighting { return all })
		defer f.close()
		got, err := gather(t.Context(), f, (*Options)(nil).settled())
		require.NoError(t, err)
		assert.Equal(t, addrs("10.0.0.1:1", "10.0.0.2:1", "127.0.0.1:2", "127.0.0.9:1"), got)
	})
}
