package interop

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/rxpeer/rxpeer/internal/netns"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/transport"
)

func TestMain(m *testing.M) {
	netns.Main(helpers)
	goleak.VerifyTestMain(m)
}

// openGo opens a peer on loopback that nobody finds. nil options mean every
// default.
func openGo(t testing.TB, opts *peer.Options) *peer.Peer {
	t.Helper()
	var o peer.Options
	if opts != nil {
		o = *opts
	}
	o.Address, o.NoDiscovery = "127.0.0.1", true
	p, err := peer.Open(t.Context(), &o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// pair is a connection seen from both of its ends.
type pair struct {
	t      testing.TB
	python *pythonConn
	*peer.Connection
}

// directions are who may dial.
var directions = []struct {
	name  string
	pairs func(t testing.TB, python *pythonPeer, rx *peer.Peer, opts peer.ConnectOptions) *pair
}{
	{"Go dials", goDials},
	{"Python dials", pythonDials},
}

// goDials connects the two.
func goDials(t testing.TB, python *pythonPeer, rx *peer.Peer, opts peer.ConnectOptions) *pair {
	t.Helper()
	python = python.on(t)
	conn, err := rx.Connect(bounded(t), python.address, &opts)
	require.NoError(t, err)
	return newPair(t, python.connection(), conn)
}

// pythonDials connects the two.
func pythonDials(t testing.TB, python *pythonPeer, rx *peer.Peer, opts peer.ConnectOptions) *pair {
	t.Helper()
	python = python.on(t)
	arguments := args{"data_type": opts.DataType.String(), "strict": !opts.Lenient}
	if opts.DataType == "" {
		delete(arguments, "data_type")
	}
	if opts.Stream {
		arguments["stream"] = true
	}
	if opts.DataSize > 0 {
		arguments["data_size"] = opts.DataSize
	}
	established := make(chan *peer.Connection, 64)
	sub := rx.Connections().On(t.Context(), func(c *peer.Connection) { established <- c })
	defer sub.Stop()
	c := python.connect(rx.Addr().String(), arguments)
	require.NotNil(t, c, "the offer of Python was not accepted")
	for {
		select {
		case conn := <-established:
			if conn.Remote().Addr.String() == python.address && conn.Err() == nil {
				return newPair(t, c, conn)
			}
		case <-bounded(t).Done():
			t.Fatal("the connection that Python dialled is not seen")
		}
	}
}

func newPair(t testing.TB, c *pythonConn, conn *peer.Connection) *pair {
	t.Helper()
	assert.True(t, conn.Remote().Python, "a peerpy peer is known as one")
	return &pair{t: t, python: c, Connection: conn}
}

// send sends a value from Go.
func (p *pair) send(v any) {
	p.t.Helper()
	require.NoError(p.t, peer.SinkOf[any](p.Connection).Emit(bounded(p.t), v))
}

// next returns the next value that arrives in Go.
func (p *pair) next() any {
	p.t.Helper()
	v, err := p.Data().Await(bounded(p.t))
	require.NoError(p.t, err)
	return v
}

// end waits for the end of the connection in Go and returns why.
func (p *pair) end() *transport.CloseError {
	p.t.Helper()
	why, err := p.Closed().Await(bounded(p.t))
	require.NoError(p.t, err)
	return why
}

// bounded returns a context that ends with the test, and after patience.
func bounded(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// pattern returns bytes that show a gap: the same as the function of that name
// in Python.
func pattern(seed, size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte((seed + i%251) % 251)
	}
	return b
}
