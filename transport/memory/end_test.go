package memory_test

import (
	"io"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/memory"
)

func TestClosingWithUnreadBytesResetsTheRemote(t *testing.T) {
	n, a, b := pair(t, nil)
	write(t, a, "never read")
	write(t, b, "arrived before")
	closeAll(t, b)
	assertReads(t, a, "arrived before")
	assert.True(t, transport.IsReset(readErr(a)))
	closeAll(t, a)
	assertEmpty(t, n)
}

func TestBytesThatArriveAfterCloseResetTheRemote(t *testing.T) {
	n, a, b := pair(t, nil)
	write(t, b, "bye")
	closeAll(t, b)
	write(t, a, "too late") // goes out; the answer is the reset
	_, err := a.Write([]byte("again"))
	assert.ErrorIs(t, err, syscall.ECONNRESET)
	assertReads(t, a, "bye")
	assert.Equal(t, io.EOF, readErr(a), "the end had arrived before the reset")
	closeAll(t, a)
	assertEmpty(t, n)
}

func TestWhatArrivedBeforeAResetIsRead(t *testing.T) {
	_, a, b := pair(t, nil)
	write(t, a, "tail")
	require.NoError(t, transport.Reset(a))
	assertReads(t, b, "tail")
	err := readErr(b)
	assert.ErrorIs(t, err, syscall.ECONNRESET)
	var op *net.OpError
	require.ErrorAs(t, err, &op)
	assert.Equal(t, "read", op.Op)
	assert.Equal(t, b.LocalAddr(), op.Source)
	assert.Equal(t, b.RemoteAddr(), op.Addr)
	assert.Equal(t, "read memory b:10000->a:10000: read: connection reset by peer", err.Error())
	closeAll(t, b)
}

func TestAResetDropsWhatTheRemoteHadNoRoomFor(t *testing.T) {
	_, a, b := pair(t, &memory.Options{Buffer: 4})
	write(t, a, "gone")
	write(t, a, "lost")
	require.NoError(t, transport.Reset(a))
	got, err := io.ReadAll(b)
	assert.Equal(t, "gone", string(got))
	assert.ErrorIs(t, err, syscall.ECONNRESET)
	closeAll(t, b)
}

func TestEndsTravelLikeBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, a, b := pair(t, &memory.Options{Path: memory.Path{Delay: time.Second}})
		start := time.Now()
		write(t, a, "x")
		require.NoError(t, transport.CloseWrite(a))
		unsent, _ := transport.Unsent(a)
		assert.Equal(t, 2, unsent, "a byte and the FIN")
		assertReads(t, b, "x")
		assert.Equal(t, io.EOF, readErr(b))
		assert.Equal(t, time.Second, time.Since(start))
		unsent, _ = transport.Unsent(a)
		assert.Zero(t, unsent)

		write(t, b, "y")
		require.NoError(t, transport.Reset(b))
		assertReads(t, a, "y")
		assert.ErrorIs(t, readErr(a), syscall.ECONNRESET)
		assert.Equal(t, 2*time.Second, time.Since(start))
		closeAll(t, a)
	})
}

func TestTheResetForLateBytesTakesAWholeRoundTrip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, a, b := pair(t, &memory.Options{Path: memory.Path{Delay: time.Second}})
		closeAll(t, b)
		write(t, a, "too late")
		time.Sleep(1999 * time.Millisecond)
		write(t, a, "still")
		time.Sleep(time.Millisecond)
		synctest.Wait()
		_, err := a.Write([]byte("over"))
		assert.ErrorIs(t, err, syscall.ECONNRESET)
		closeAll(t, a)
		assertEmpty(t, n)
	})
}

func TestCloseWriteTwiceEndsOnce(t *testing.T) {
	_, a, b := pair(t, nil)
	require.NoError(t, transport.CloseWrite(a))
	require.NoError(t, transport.CloseWrite(a))
	_, err := a.Write([]byte("x"))
	assert.ErrorIs(t, err, syscall.EPIPE)
	assert.Equal(t, io.EOF, readErr(b))
	require.NoError(t, transport.Reset(b))
	assert.ErrorIs(t, transport.CloseWrite(a), syscall.ECONNRESET)
	closeAll(t, a)
}

func TestNetworkCloseLeavesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memory.New(&memory.Options{Timeout: time.Hour, Path: memory.Path{Delay: time.Second}})
		l, err := n.Listen(t.Context(), "b:80")
		require.NoError(t, err)
		a, b := connect(t, n, "a", "b")
		write(t, a, "under way")
		n.Partition("c", memory.Any)
		waiting := []func() error{
			func() error { return readErr(a) },
			func() error { return readErr(b) },
			func() error { _, err := a.Write(make([]byte, 1<<20)); return err },
			func() error { _, err := l.Accept(); return err },
			func() error { _, err := n.Host("c").Dial(t.Context(), "b:80"); return err },
		}
		ended := make(chan error, len(waiting))
		for _, f := range waiting {
			go func() { ended <- f() }()
		}
		synctest.Wait()
		start := time.Now()
		assert.NoError(t, n.Close())
		assert.NoError(t, n.Close())
		for range waiting {
			assert.Error(t, <-ended)
		}
		assert.Zero(t, time.Since(start))
		assertEmpty(t, n)

		_, err = n.Listen(t.Context(), "b:80")
		assert.ErrorIs(t, err, net.ErrClosed)
		_, err = n.Dial(t.Context(), "b:80")
		assert.ErrorIs(t, err, net.ErrClosed)
		closeAll(t, a, b)
	})
}

func TestClosedConnectionsAreForgotten(t *testing.T) {
	n := memory.New(nil)
	l, err := n.Listen(t.Context(), "b:80")
	require.NoError(t, err)
	for range 60_000 { // more than there are ports
		a, err := n.Host("a").Dial(t.Context(), "b:80")
		require.NoError(t, err)
		b, err := l.Accept()
		require.NoError(t, err)
		_, conns := n.Open()
		require.Equal(t, 1, conns)
		require.NoError(t, a.Close())
		require.NoError(t, b.Close())
	}
	require.NoError(t, l.Close())
	assertEmpty(t, n)
}
