// Package transporttest is the conformance suite for networks: what a
// transport.Network and its connections must do so that links can rely on
// them.
package transporttest

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/rxpeer/rxpeer/transport"
)

// patience bounds every wait, so that a broken network fails instead of
// hanging.
const patience = 20 * time.Second

// TestNetwork puts a network through the suite, one subtest a rule. open is
// called once by each of them; it returns the network and an address to listen
// at whose port is 0, and leaves cleaning up to t.Cleanup. It runs in real
// time, a second or two; networks of virtual time are as good as those of
// real time here, but a test inside testing/synctest cannot have subtests.
//
// The rules that concern a network's Unsent are skipped where it has no
// answer.
func TestNetwork(t *testing.T, open func(t *testing.T) (network transport.Network, listenAddress string)) {
	for _, group := range [][]rule{dialRules, byteRules, endRules, waitRules} {
		for _, r := range group {
			t.Run(r.name, func(t *testing.T) {
				n, address := open(t)
				r.test(t, fixture{network: n, address: address})
			})
		}
	}
	t.Run("no goroutine is left", func(t *testing.T) {
		before := goleak.IgnoreCurrent()
		n, address := open(t)
		f := fixture{network: n, address: address}
		l := f.listen(t)
		for range 8 {
			c, s := f.connect(t, l)
			f.exchange(t, c, s)
			assert.NoError(t, c.Close())
			assert.NoError(t, transport.Reset(s))
		}
		assert.NoError(t, l.Close())
		goleak.VerifyNone(t, before)
	})
}

// rule is one thing that networks must keep.
type rule struct {
	name string
	test func(t *testing.T, f fixture)
}

// fixture is the network under test.
type fixture struct {
	network transport.Network
	address string
}

// listen opens a listener that is closed at the end of the test.
func (f fixture) listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := f.network.Listen(t.Context(), f.address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// connect returns both ends of a connection to l, closed at the end of the
// test.
func (f fixture) connect(t *testing.T, l net.Listener) (dialled, accepted net.Conn) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	dialled, err := f.network.Dial(ctx, l.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = dialled.Close() })
	within(t, "Accept", func() { accepted, err = l.Accept() })
	require.NoError(t, err)
	t.Cleanup(func() { _ = accepted.Close() })
	return dialled, accepted
}

// pair is connect with a listener of its own.
func (f fixture) pair(t *testing.T) (dialled, accepted net.Conn) {
	t.Helper()
	return f.connect(t, f.listen(t))
}

// exchange sends a few bytes each way.
func (f fixture) exchange(t *testing.T, a, b net.Conn) {
	t.Helper()
	for range 2 {
		_, err := io.WriteString(a, "ping")
		require.NoError(t, err)
		assert.Equal(t, "ping", string(readN(t, b, 4)))
		a, b = b, a
	}
}

// readN reads exactly n bytes.
func readN(t *testing.T, c net.Conn, n int) []byte {
	t.Helper()
	b := make([]byte, n)
	var err error
	within(t, "Read", func() { _, err = io.ReadFull(c, b) })
	require.NoError(t, err)
	return b
}

// within fails the test when f takes too long.
func within(t *testing.T, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { // ends with f, at the latest when the test closes its connections
		defer close(done)
		f()
	}()
	wait(t, what, done)
}

func wait(t *testing.T, what string, done <-chan struct{}) {
	t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
		require.FailNow(t, what+" did not return")
	}
}

// settled waits until nothing is left in c's send queue, or skips the test.
func settled(t *testing.T, c net.Conn) {
	t.Helper()
	skipBlind(t, c)
	require.Eventually(t, func() bool {
		n, ok := transport.Unsent(c)
		return ok && n == 0
	}, patience, time.Millisecond, "bytes stay unsent")
}

// skipBlind skips the test where the network does not know Unsent.
func skipBlind(t *testing.T, c net.Conn) {
	t.Helper()
	if _, ok := transport.Unsent(c); !ok {
		t.Skip("this network does not tell what is unsent")
	}
}
