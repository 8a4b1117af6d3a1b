package memory_test

import (
	"context"
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

func TestHostsDialFromAndListenAtTheirOwnName(t *testing.T) {
	n := memory.New(nil)
	kitchen := n.Host("Kitchen")
	assert.Equal(t, "kitchen", kitchen.Name())
	for _, address := range []string{":80", "0.0.0.0:81", "[::]:82", "KITCHEN:83"} {
		l, err := kitchen.Listen(t.Context(), address)
		require.NoError(t, err, address)
		at, err := transport.AddrOf(l.Addr())
		require.NoError(t, err)
		assert.Equal(t, "kitchen", at.Host())
		c, err := n.Host("10.0.0.7").Dial(t.Context(), l.Addr().String())
		require.NoError(t, err)
		from, err := transport.AddrOf(c.LocalAddr())
		require.NoError(t, err)
		assert.Equal(t, "10.0.0.7", from.Host())
		assert.GreaterOrEqual(t, from.Port(), uint16(10000))
		require.NoError(t, l.Close())
		closeAll(t, c)
	}
	for _, address := range []string{"garden:80", "127.0.0.1:80"} {
		_, err := kitchen.Listen(t.Context(), address)
		assert.ErrorIs(t, err, syscall.EADDRNOTAVAIL)
	}
	assert.Equal(t, "127.0.0.1", n.Host("").Name())
	assert.Equal(t, "10.0.0.1", memory.New(&memory.Options{Host: "::ffff:10.0.0.1"}).Host("::").Name())
	assert.Panics(t, func() { n.Host(memory.Any) })
	assertEmpty(t, n)
}

func TestTheNetworkIsAHostThatListensEverywhere(t *testing.T) {
	n := memory.New(nil)
	for _, address := range []string{":80", "garden:80", "[2001:DB8::1]:80", "localhost:80"} {
		l, err := n.Listen(t.Context(), address)
		require.NoError(t, err)
		defer l.Close()
		c, err := n.Dial(t.Context(), address)
		require.NoError(t, err)
		defer c.Close()
		from, err := transport.AddrOf(c.LocalAddr())
		require.NoError(t, err)
		assert.Equal(t, "127.0.0.1", from.Host())
	}
}

func TestAddressesAreTakenAndRefused(t *testing.T) {
	n := memory.New(nil)
	l, err := n.Listen(t.Context(), "a:80")
	require.NoError(t, err)
	_, err = n.Listen(t.Context(), "A:80")
	assert.ErrorIs(t, err, syscall.EADDRINUSE)
	assert.Equal(t, "listen memory a:80: bind: address already in use", err.Error())
	_, err = n.Dial(t.Context(), "b:80")
	assert.ErrorIs(t, err, syscall.ECONNREFUSED)
	assert.Equal(t, "dial memory b:80: connect: connection refused", err.Error())
	for _, address := range []string{"*:80", "a", "a:b", "a:70000"} {
		_, err = n.Dial(t.Context(), address)
		assert.ErrorAs(t, err, new(*net.AddrError), address)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = n.Listen(ctx, "b:80")
	assert.ErrorIs(t, err, context.Canceled)
	require.NoError(t, l.Close())
	assertEmpty(t, n)
}

func TestARefusalTakesARoundTrip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memory.New(&memory.Options{Path: memory.Path{Delay: time.Second}})
		start := time.Now()
		_, err := n.Dial(t.Context(), "b:80")
		assert.ErrorIs(t, err, syscall.ECONNREFUSED)
		assert.Equal(t, 2*time.Second, time.Since(start))
	})
}

func TestDialWaitsForRoomInTheBacklog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memory.New(&memory.Options{Backlog: 2})
		l, err := n.Listen(t.Context(), "b:80")
		require.NoError(t, err)
		var queued []net.Conn
		for range 2 {
			c, err := n.Dial(t.Context(), "b:80")
			require.NoError(t, err)
			queued = append(queued, c)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = n.Dial(ctx, "b:80")
		require.ErrorIs(t, err, context.DeadlineExceeded)

		dialled := make(chan error, 2)
		for range 2 {
			go func() {
				c, err := n.Dial(t.Context(), "b:80")
				if err == nil {
					defer c.Close()
				}
				dialled <- err
			}()
		}
		synctest.Wait()
		c, err := l.Accept()
		require.NoError(t, err)
		assert.NoError(t, <-dialled)
		require.NoError(t, l.Close())
		assert.ErrorIs(t, <-dialled, syscall.ECONNREFUSED)
		assert.True(t, transport.IsReset(readErr(queued[1])), "nobody has accepted it")
		synctest.Wait()
		closeAll(t, c, queued[0], queued[1])
		assertEmpty(t, n)
	})
}

func TestADialGivenUpIsResetForTheListener(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memory.New(&memory.Options{Path: memory.Path{Delay: time.Second}})
		l, err := n.Listen(t.Context(), "b:80")
		require.NoError(t, err)
		for _, after := range []time.Duration{500 * time.Millisecond, 1500 * time.Millisecond} {
			ctx, cancel := context.WithTimeout(t.Context(), after)
			start := time.Now()
			_, err = n.Dial(ctx, "b:80")
			require.ErrorIs(t, err, context.DeadlineExceeded)
			assert.Equal(t, after, time.Since(start))
			cancel()
		}
		c, err := l.Accept()
		require.NoError(t, err)
		assert.True(t, transport.IsReset(readErr(c)))
		closeAll(t, c)
		require.NoError(t, l.Close())
		assertEmpty(t, n)
	})
}

func TestPortsOfAHostRunOut(t *testing.T) {
	n := memory.New(&memory.Options{Backlog: 1 << 17})
	l, err := n.Listen(t.Context(), "b:80")
	require.NoError(t, err)
	var conns []net.Conn
	for {
		c, err := n.Dial(t.Context(), "b:80")
		if err != nil {
			assert.ErrorIs(t, err, syscall.EADDRNOTAVAIL)
			break
		}
		conns = append(conns, c)
	}
	assert.Len(t, conns, 1<<16-10000)
	require.NoError(t, conns[7].Close())
	require.NoError(t, l.Close()) // resets them all; ports come back when both ends are closed
	closeAll(t, conns[:7]...)
	closeAll(t, conns[8:]...)
	assertEmpty(t, n)
}
