package discovery

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/internal/netns"
)

// Processes on hosts of their own: each Ethernet segment and each loopback
// interface belongs to the test, so the port is the real one.

// announceHelper announces the listeners given until it is told to end.
func announceHelper(ctx context.Context, args []string) error {
	for _, listen := range args {
		a, err := Announce(ctx, netip.MustParseAddrPort(listen), nil)
		if err != nil {
			return err
		}
		defer func() { _ = a.Close() }()
	}
	fmt.Println("ready")
	<-ctx.Done()
	return nil
}

// browseHelper prints every event.
func browseHelper(ctx context.Context, _ []string) error {
	s := Browse(&Options{Interval: 50 * time.Millisecond}).On(ctx, func(e Event) { fmt.Println(e) })
	<-ctx.Done()
	if err := s.Wait(context.Background()); err != ctx.Err() {
		return err
	}
	return nil
}

// lines returns the next lines of a helper in order.
func lines(t *testing.T, p *netns.Process, n int) []string {
	t.Helper()
	var all []string
	for range n {
		all = append(all, p.Line(t))
	}
	slices.Sort(all)
	return all
}

func start(t *testing.T, h *netns.Host, listen ...string) *netns.Process {
	t.Helper()
	p := h.Start(t, "announce", listen...)
	require.Equal(t, "ready", p.Line(t))
	return p
}

func TestHostsFindEachOtherBothWays(t *testing.T) {
	hosts := netns.New(t, 2)
	start(t, hosts[0], "10.77.0.1:5000", "127.0.0.1:5001")
	there := start(t, hosts[1], "0.0.0.0:5002", "[::]:5003", "10.77.0.2:5004")

	onFirst, onSecond := hosts[0].Start(t, "browse"), hosts[1].Start(t, "browse")
	assert.Equal(t, []string{
		"found 10.77.0.1:5000 (broadcast)", "found 10.77.0.2:5002 (broadcast)", "found 10.77.0.2:5003 (broadcast)",
		"found 10.77.0.2:5004 (broadcast)", "found 127.0.0.1:5001 (broadcast)",
	}, lines(t, onFirst, 5), "listeners on every address are named by the one of the interface")
	got := lines(t, onSecond, 4)
	assert.Contains(t, got, "found 10.77.0.1:5000 (broadcast)")
	assert.Contains(t, got, "found 10.77.0.2:5004 (broadcast)")
	assert.NotContains(t, got, "found 127.0.0.1:5001 (broadcast)", "of no use there")

	there.Stop(t)
	assert.Equal(t, []string{
		"lost 10.77.0.2:5002 (broadcast)", "lost 10.77.0.2:5003 (broadcast)", "lost 10.77.0.2:5004 (broadcast)",
	}, lines(t, onFirst, 3))
	onFirst.Stop(t)
	onSecond.Stop(t)
}

func TestInterfacesMayComeAndGo(t *testing.T) {
	hosts := netns.New(t, 2)
	start(t, hosts[1], "0.0.0.0:5000", "10.78.0.2:5001")
	browser := hosts[0].Start(t, "browse")
	assert.Equal(t, "found 10.77.0.2:5000 (broadcast)", browser.Line(t))

	// A second cable. The listener on every address is reached by it as well.
	hosts[0].IP(t, "link", "add", "eth1", "type", "veth", "peer", "name", "eth1", "netns", hosts[1].Namespace)
	for i, h := range hosts {
		h.IP(t, "addr", "add", fmt.Sprintf("10.78.0.%d/24", i+1), "dev", "eth1")
		h.IP(t, "link", "set", "eth1", "up")
	}
	assert.Equal(t, []string{"found 10.78.0.2:5000 (broadcast)", "found 10.78.0.2:5001 (broadcast)"}, lines(t, browser, 2))

	hosts[0].IP(t, "link", "set", "eth0", "down")
	assert.Equal(t, "lost 10.77.0.2:5000 (broadcast)", browser.Line(t))
	hosts[0].IP(t, "link", "set", "eth0", "up")
	assert.Equal(t, "found 10.77.0.2:5000 (broadcast)", browser.Line(t))
	hosts[1].IP(t, "link", "del", "eth1")
	assert.Equal(t, []string{"lost 10.78.0.2:5000 (broadcast)", "lost 10.78.0.2:5001 (broadcast)"}, lines(t, browser, 2))
	browser.Stop(t)
}

func TestHostsWithoutADefaultRouteFindEachOther(t *testing.T) {
	hosts := netns.New(t, 2)
	for _, h := range hosts {
		h.IP(t, "route", "del", "default")
	}
	start(t, hosts[1], "0.0.0.0:5000")
	browser := hosts[0].Start(t, "browse")
	assert.Equal(t, "found 10.77.0.2:5000 (broadcast)", browser.Line(t))
	browser.Stop(t)
}
