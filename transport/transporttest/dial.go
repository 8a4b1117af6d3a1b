package transporttest

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/transport"
)

// dialRules are about listening and dialling.
var dialRules = []rule{
	{"addresses name both ends", addressesNameBothEnds},
	{"an address is taken once", addressIsTakenOnce},
	{"dial is refused where nobody listens", dialIsRefused},
	{"dial ends with its context", dialEndsWithContext},
	{"dial reports a malformed address", dialReportsMalformedAddress},
	{"closing a listener unblocks Accept", listenerCloseUnblocksAccept},
	{"connections outlive their listener", connsOutliveListener},
	{"many connections are independent", manyConnections},
}

func addressesNameBothEnds(t *testing.T, f fixture) {
	l := f.listen(t)
	at, err := transport.AddrOf(l.Addr())
	require.NoError(t, err)
	assert.NotZero(t, at.Port())
	c, s := f.connect(t, l)
	assert.Equal(t, c.RemoteAddr().String(), s.LocalAddr().String())
	assert.Equal(t, s.RemoteAddr().String(), c.LocalAddr().String())
	assert.Equal(t, l.Addr().String(), c.RemoteAddr().String())
	assert.NotEqual(t, c.LocalAddr().String(), c.RemoteAddr().String())
	assert.Equal(t, l.Addr().Network(), c.LocalAddr().Network())
	_, err = transport.AddrOf(c.LocalAddr())
	assert.NoError(t, err)
}

func addressIsTakenOnce(t *testing.T, f fixture) {
	l := f.listen(t)
	_, err := f.network.Listen(t.Context(), l.Addr().String())
	require.Error(t, err)
	require.NoError(t, l.Close())
	again, err := f.network.Listen(t.Context(), l.Addr().String())
	require.NoError(t, err)
	assert.Equal(t, l.Addr().String(), again.Addr().String())
	assert.NoError(t, again.Close())
}

func dialIsRefused(t *testing.T, f fixture) {
	l := f.listen(t)
	require.NoError(t, l.Close())
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	_, err := f.network.Dial(ctx, l.Addr().String())
	require.Error(t, err)
	assert.NoError(t, ctx.Err(), "refused at once, not after a timeout")
	var op *net.OpError
	require.ErrorAs(t, err, &op)
	assert.Equal(t, "dial", op.Op)
	assert.False(t, op.Timeout())
}

func dialEndsWithContext(t *testing.T, f fixture) {
	l := f.listen(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := f.network.Dial(ctx, l.Addr().String())
	require.ErrorIs(t, err, context.Canceled)

	ctx, cancel = context.WithDeadline(t.Context(), time.Unix(1, 0))
	defer cancel()
	_, err = f.network.Dial(ctx, l.Addr().String())
	require.Error(t, err)
	var op net.Error
	require.ErrorAs(t, err, &op)
	assert.True(t, op.Timeout())
}

func dialReportsMalformedAddress(t *testing.T, f fixture) {
	for _, address := range []string{"", "no port", "a:b:c", "127.0.0.1:-1", "127.0.0.1:65536"} {
		_, err := f.network.Dial(t.Context(), address)
		assert.Error(t, err, address)
		_, err = f.network.Listen(t.Context(), address)
		if address != "" { // every interface to package net
			assert.Error(t, err, address)
		}
	}
}

func listenerCloseUnblocksAccept(t *testing.T, f fixture) {
	l := f.listen(t)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			_, err := l.Accept()
			assert.ErrorIs(t, err, net.ErrClosed)
		})
	}
	assert.NoError(t, l.Close())
	within(t, "Accept", wg.Wait)
	_, err := l.Accept()
	assert.ErrorIs(t, err, net.ErrClosed)
	assert.ErrorIs(t, l.Close(), net.ErrClosed)
}

func connsOutliveListener(t *testing.T, f fixture) {
	l := f.listen(t)
	c, s := f.connect(t, l)
	require.NoError(t, l.Close())
	f.exchange(t, c, s)
}

func manyConnections(t *testing.T, f fixture) {
	const conns = 50
	l := f.listen(t)
	var wg sync.WaitGroup
	wg.Go(func() { // an echo for each, until conns were served
		for range conns {
			s, err := l.Accept()
			if !assert.NoError(t, err) {
				return
			}
			wg.Go(func() {
				defer s.Close()
				echo(t, s)
			})
		}
	})
	for i := range conns {
		wg.Go(func() {
			c, err := f.network.Dial(t.Context(), l.Addr().String())
			if !assert.NoError(t, err) {
				return
			}
			defer c.Close()
			checkEcho(t, c, byte(i))
		})
	}
	within(t, "the echo", wg.Wait)
}
