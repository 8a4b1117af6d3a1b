package discovery

import (
	"net"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEveryNetworkIsAskedByItsBroadcastAddresses(t *testing.T) {
	for prefix, want := range map[string][]string{
		"10.77.0.1/24":     {"255.255.255.255", "10.77.0.255"},
		"10.77.0.1/8":      {"255.255.255.255", "10.255.255.255"},
		"192.168.1.130/25": {"255.255.255.255", "192.168.1.255"},
		"10.0.0.1/30":      {"255.255.255.255", "10.0.0.3"},
		"10.0.0.1/31":      {"255.255.255.255"},
		"10.0.0.1/32":      {"255.255.255.255"},
		"10.0.0.1/0":       {"255.255.255.255"},
		"127.0.0.1/8":      {"127.255.255.255"},
	} {
		p := netip.MustParsePrefix(prefix)
		if askLoopbackItself && p.Addr().IsLoopback() {
			want = append([]string{p.Addr().String()}, want...)
		}
		var got []string
		for _, a := range targets(p) {
			got = append(got, a.String())
		}
		assert.Equal(t, want, got, prefix)
	}
}

func TestLoopbackIsAPlaceToAskAndTheLast(t *testing.T) {
	places, own, err := survey(nil)
	require.NoError(t, err)
	require.NotEmpty(t, places)
	last := places[len(places)-1]
	assert.True(t, last.addr.IsLoopback())
	assert.True(t, Loopback(last.iface))
	assert.True(t, own.carries(last.addr))
	for _, p := range places {
		assert.True(t, own.has(p.addr))
		assert.NotEmpty(t, p.targets)
	}
	places, all, err := survey(func(net.Interface) bool { return false })
	require.NoError(t, err)
	assert.Empty(t, places)
	assert.Equal(t, own, all, "own addresses are own, wanted or not")
}

func TestWhatIsDownOrBetweenTwoPointsIsNotAsked(t *testing.T) {
	for flags, want := range map[net.Flags]bool{
		net.FlagUp | net.FlagBroadcast:    true,
		net.FlagUp | net.FlagLoopback:     true,
		net.FlagUp | net.FlagPointToPoint: false,
		net.FlagBroadcast:                 false,
		net.FlagLoopback:                  false,
	} {
		assert.Equal(t, want, asks(net.Interface{Flags: flags}), "%v", flags)
	}
}
