package discovery

import (
	"bytes"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// at returns a place on the loopback interface, whatever the address.
func at(addr string, targets ...string) place {
	p := place{addr: netip.MustParseAddr(addr), iface: net.Interface{Name: "test0"}}
	for _, t := range targets {
		p.targets = append(p.targets, netip.MustParseAddr(t))
	}
	return p
}

func TestTroubleAtOnePlaceIsCountedAndReportedOnce(t *testing.T) {
	var log bytes.Buffer
	opts := onLoopback(t)
	opts.Logger = slog.New(slog.NewTextHandler(&log, nil))
	a := newAsker(opts.settled())
	defer a.close()

	// 192.0.2.0/24 is nobody's (RFC 5737): no socket can be bound to it, and
	// none that is bound to loopback can send there.
	a.settle([]place{at("192.0.2.1", "127.255.255.255"), at("127.0.0.1", "192.0.2.1"), at("127.0.0.2", "192.0.2.1", "127.0.0.1")})
	for round := range 3 {
		require.Error(t, a.askAt(t.Context(), a.voices[0]), "no socket")
		require.Error(t, a.askAt(t.Context(), a.voices[1]), "nobody asked")
		require.NoError(t, a.askAt(t.Context(), a.voices[2]), "somebody asked")
		assert.EqualValues(t, 3*(round+1), opts.Counters.Failed.Load())
	}
	assert.Equal(t, 3, strings.Count(log.String(), "cannot ask on an interface"))

	a.settle([]place{at("127.0.0.1", "127.0.0.1")})
	require.Len(t, a.voices, 1, "the others are gone")
	require.NoError(t, a.askAt(t.Context(), a.voices[0]))
	assert.Equal(t, 1, strings.Count(log.String(), "can ask on an interface again"))
}

func TestAPlaceKeepsItsSocketWhileItLasts(t *testing.T) {
	a := newAsker(onLoopback(t).settled())
	defer a.close()
	a.settle([]place{at("127.0.0.1", "127.0.0.1"), at("127.0.0.2", "127.0.0.1")})
	for _, v := range a.voices {
		require.NoError(t, a.askAt(t.Context(), v))
	}
	one, two := a.voices[0].socket, a.voices[1].socket
	a.settle([]place{at("127.0.0.2", "127.0.0.2"), at("127.0.0.3", "127.0.0.1")})
	assert.Same(t, two, a.voices[0].socket)
	assert.Equal(t, "127.0.0.2", a.voices[0].targets[0].String(), "whom to ask there may change")
	assert.Nil(t, a.voices[1].socket)
	require.ErrorIs(t, one.send(nil, two.addr()), net.ErrClosed)
	<-one.closed
}

func TestAnAskerClosesWhileItsReadersWaitToBeHeard(t *testing.T) {
	opts := onLoopback(t)
	for _, listen := range []string{"127.0.0.1:5000", "127.0.0.1:5001", "127.0.0.1:5002"} {
		announce(t, listen, opts)
	}
	a := newAsker(opts.settled())
	require.NoError(t, a.ask(t.Context()))
	<-a.answers() // and there are two more
	a.close()
	a.close()
}

func TestEventsDescribeThemselves(t *testing.T) {
	assert.Equal(t, "found 10.0.0.1:5 (broadcast)", found("10.0.0.1:5").String())
	assert.Equal(t, "lost 10.0.0.1:5 (broadcast)", lost("10.0.0.1:5").String())
	assert.Equal(t, "kind 7", Kind(7).String())
}
