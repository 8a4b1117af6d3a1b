package transport_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/transporttest"
)

func TestTCPKeepsTheRulesOfNetworks(t *testing.T) {
	for name, address := range map[string]string{"IPv4": "127.0.0.1:0", "IPv6": "[::1]:0", "name": "localhost:0"} {
		t.Run(name, func(t *testing.T) {
			l, err := transport.TCP{}.Listen(t.Context(), address)
			if err != nil {
				t.Skip(err) // a machine without IPv6
			}
			require.NoError(t, l.Close())
			transporttest.TestNetwork(t, func(*testing.T) (transport.Network, string) {
				return transport.TCP{}, address
			})
		})
	}
}
