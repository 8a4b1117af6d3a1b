package netns_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/rxpeer/rxpeer/internal/netns"
)

func TestMain(m *testing.M) {
	netns.Main(map[string]netns.Helper{"listen": listen, "dial": dial})
	goleak.VerifyTestMain(m)
}

func listen(ctx context.Context, args []string) error {
	l, err := net.Listen("tcp", args[0]+":0")
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { _ = l.Close() })
	fmt.Println(l.Addr())
	for {
		c, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		fmt.Println("from", c.RemoteAddr().(*net.TCPAddr).IP)
		_ = c.Close()
	}
}

func dial(_ context.Context, args []string) error {
	c, err := net.Dial("tcp", args[0])
	if err != nil {
		return err
	}
	return c.Close()
}

func TestHostsReachEachOther(t *testing.T) {
	hosts := netns.New(t, 3)
	server := hosts[2].Start(t, "listen", hosts[2].Addr.String())
	addr := server.Line(t)
	assert.True(t, strings.HasPrefix(addr, "10.77.0.3:"), addr)
	for _, h := range hosts {
		h.Start(t, "dial", addr).Stop(t)
		require.Equal(t, "from "+h.Addr.String(), server.Line(t))
	}
	server.Stop(t)
}

func TestTwoNetworksAreApart(t *testing.T) {
	one, two := netns.New(t, 1), netns.New(t, 1)
	assert.NotEqual(t, one[0].Namespace, two[0].Namespace)
	assert.Equal(t, one[0].Addr, two[0].Addr)
	out, err := one[0].Command(t.Context(), "ip", "-br", "-4", "addr").CombinedOutput()
	require.NoError(t, err)
	assert.Contains(t, string(out), "10.77.0.1/24")
	one[0].IP(t, "link", "set", "eth0", "down")
	two[0].Start(t, "listen", "127.0.0.1").Line(t)
}
