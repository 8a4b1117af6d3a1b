package memory_test

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
				t.Cleanup(func() { assertEmpty(t, n) })
				return n, "127.0.0.1:0"
			})
		})
	}
}

// assertEmpty checks that everything was closed.
func assertEmpty(t *testing.T, n *memory.Network) {
	t.Helper()
	listeners, conns := n.Open()
	assert.Zero(t, listeners, "listeners")
	assert.Zero(t, conns, "connections")
}

// connect makes a connection from one host to another.
func connect(t *testing.T, n *memory.Network, from, to string) (dialled, accepted net.Conn) {
	t.Helper()
	l, err := n.Host(to).Listen(t.Context(), ":0")
	require.NoError(t, err)
	defer l.Close()
	dialled, err = n.Host(from).Dial(t.Context(), l.Addr().String())
	require.NoError(t, err)
	accepted, err = l.Accept()
	require.NoError(t, err)
	return dialled, accepted
}

// pair is connect between "a" and "b".
func pair(t *testing.T, opts *memory.Options) (n *memory.Network, a, b net.Conn) {
	t.Helper()
	n = memory.New(opts)
	a, b = connect(t, n, "a", "b")
	return n, a, b
}

func write(t *testing.T, c net.Conn, s string) {
	t.Helper()
	_, err := io.WriteString(c, s)
	require.NoError(t, err)
}

// assertReads checks that exactly want arrives next.
func assertReads(t *testing.T, c net.Conn, want string) {
	t.Helper()
	b := make([]byte, len(want))
	_, err := io.ReadFull(c, b)
	require.NoError(t, err)
	assert.Equal(t, want, string(b))
}

// assertSilent checks that nothing arrives for d of virtual time.
func assertSilent(t *testing.T, c net.Conn, d time.Duration) {
	t.Helper()
	start := time.Now()
	require.NoError(t, c.SetReadDeadline(start.Add(d)))
	n, err := c.Read(make([]byte, 1))
	assert.Zero(t, n)
	var ne net.Error
	if assert.ErrorAs(t, err, &ne) {
		assert.True(t, ne.Timeout())
	}
	assert.Equal(t, d, time.Since(start))
	require.NoError(t, c.SetReadDeadline(time.Time{}))
}

// readErr reads once and returns the error.
func readErr(c net.Conn) error {
	_, err := c.Read(make([]byte, 1))
	return err
}

func closeAll(t *testing.T, conns ...net.Conn) {
	t.Helper()
	for _, c := range conns {
		assert.NoError(t, c.Close())
	}
}
