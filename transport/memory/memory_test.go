package memory_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"go.uber.org/goleak"

	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/memory"
	"github.com/rxpeer/rxpeer/transport/transporttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	_ transport.Network = (*memory.Network)(nil)
	_ transport.Network = (*memory.Host)(nil)
)

func TestMemoryKeepsTheRulesOfNetworks(t *testing.T) {
	for name, opts := range map[string]*memory.Options{
		"plain":       nil,
		"late":        {Path: memory.Path{Delay: time.Millisecond, Jitter: time.Millisecond}},
		"torn":        {Path: memory.Path{RandomRead: true}, Seed: 7},
		"small reads": {Path: memory.Path{MaxRead: 100}, Buffer: 1000},
	} {
		t.Run(name, func(t *testing.T) {
			transporttest.TestNetwork(t, func(t *testing.T) (transport.Network, string) {
				n := memory.New(opts)
				t.Cleanup(func() {
					listeners, conns := n.Open()
					assert.Zero(t, listeners)
					assert.Zero(t, conns)
				})
				return n, "127.0.0.1:0"
			})
		})
	}
}
