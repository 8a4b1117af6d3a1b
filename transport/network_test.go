package transport_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/memory"
)

func ExampleNetwork() {
	var network transport.Network = transport.TCP{} // or memory.New(nil)
	ctx := context.Background()

	l, err := network.Listen(ctx, "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer l.Close()
	c, err := network.Dial(ctx, l.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Fprint(c, "21.5 °C")
	transport.CloseWrite(c)

	s, err := l.Accept()
	if err != nil {
		fmt.Println(err)
		return
	}
	b, err := io.ReadAll(s)
	fmt.Println(string(b), err)

	transport.Reset(s)
	_, err = c.Read(b)
	fmt.Println(transport.IsReset(err))
	c.Close()
	// Output:
	// 21.5 °C <nil>
	// true
}

func ExampleUnsent() {
	network := memory.New(nil)
	ctx := context.Background()
	l, _ := network.Listen(ctx, "kitchen:80")
	defer l.Close()
	c, _ := network.Dial(ctx, "kitchen:80")
	defer c.Close()

	network.Partition("kitchen", memory.Any)
	fmt.Fprint(c, "21.5 °C")
	fmt.Println(transport.Unsent(c))

	network.Heal("kitchen", memory.Any)
	fmt.Println(transport.Unsent(c))
	// Output:
	// 8 true
	// 0 true
}

// tcpPair returns both ends of a connection over loopback.
func tcpPair(t *testing.T) (dialled, accepted net.Conn) {
	t.Helper()
	l, err := transport.TCP{}.Listen(t.Context(), "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	dialled, err = transport.TCP{}.Dial(t.Context(), l.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = dialled.Close() })
	accepted, err = l.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { _ = accepted.Close() })
	return dialled, accepted
}

// bare is a connection that is nothing but a net.Conn.
type bare struct{ net.Conn }

// wrapped tells what it wraps, as a TLS connection does.
type wrapped struct{ net.Conn }

func (w wrapped) NetConn() net.Conn { return w.Conn }

func TestWrappedConnectionsAreSeenThrough(t *testing.T) {
	a, b := tcpPair(t)
	_, seen := transport.Unsent(a)
	w := wrapped{a}
	n, ok := transport.Unsent(w)
	assert.Equal(t, seen, ok)
	assert.Zero(t, n)
	n, ok = transport.Unsent(tls.Client(w, &tls.Config{}))
	assert.Equal(t, seen, ok)
	assert.Zero(t, n)
	_, seen = transport.Unanswered(a)
	d, ok := transport.Unanswered(w)
	assert.Equal(t, seen, ok)
	assert.Zero(t, d)

	require.NoError(t, transport.Reset(w))
	_, err := b.Read(make([]byte, 1))
	assert.True(t, transport.IsReset(err), "%v", err)
}

func TestConnectionsThatOfferNothingAreOnlyClosed(t *testing.T) {
	a, b := net.Pipe()
	_, ok := transport.Unsent(a)
	assert.False(t, ok)
	_, ok = transport.Unanswered(bare{a})
	assert.False(t, ok)
	err := transport.CloseWrite(a)
	assert.ErrorIs(t, err, errors.ErrUnsupported)
	go func() { _, _ = a.Write([]byte("x")) }()
	_, err = b.Read(make([]byte, 1))
	require.NoError(t, err, "CloseWrite has left it as it was")
	require.NoError(t, transport.Reset(bare{a}))
	_, err = b.Read(make([]byte, 1))
	assert.Equal(t, io.EOF, err)
	require.NoError(t, b.Close())
}

func TestIsResetTellsResetsFromOtherEnds(t *testing.T) {
	for err, want := range map[error]bool{
		syscall.ECONNRESET:   true,
		syscall.EPIPE:        true,
		syscall.ECONNABORTED: true,
		os.NewSyscallError("read", syscall.ECONNRESET):                           true,
		&net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.EPIPE)}: true,
		syscall.ETIMEDOUT:      false,
		syscall.ECONNREFUSED:   false,
		io.EOF:                 false,
		io.ErrUnexpectedEOF:    false,
		net.ErrClosed:          false,
		os.ErrDeadlineExceeded: false,
		context.Canceled:       false,
		nil:                    false,
	} {
		assert.Equal(t, want, transport.IsReset(err), "%v", err)
	}
}

func TestTCPSendsAtOnce(t *testing.T) {
	// Nagle's algorithm would hold each second byte back for the remote's
	// delayed acknowledgement, 40 ms on Linux.
	a, b := tcpPair(t)
	start := time.Now()
	one := make([]byte, 1)
	const rounds = 50
	for range rounds {
		for range 2 {
			_, err := a.Write(one)
			require.NoError(t, err)
		}
		_, err := io.ReadFull(b, make([]byte, 2))
		require.NoError(t, err)
		_, err = b.Write(one)
		require.NoError(t, err)
		_, err = io.ReadFull(a, one)
		require.NoError(t, err)
	}
	assert.Less(t, time.Since(start), rounds*20*time.Millisecond)
}
