package peer_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/discovery"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport/codec"
)

func TestKeepDialsAgainUntilItsSubscriberLeaves(t *testing.T) {
	inLab(t, func(t *lab) {
		hub := t.open("10.0.0.1", nil)
		far := t.open("10.0.0.2", &peer.Options{})
		var conns []*peer.Connection
		var failures atomic.Int32
		sub := peer.KeepWith(hub, peer.Static(far.Addr().String()), &peer.KeepOptions{
			MaxDelay: time.Second,
			Failed:   func(string, error) { failures.Add(1) },
		}).On(t.Context(), func(c *peer.Connection) { conns = append(conns, c) })
		synctest.Wait()
		require.Len(t, conns, 1)

		addr := far.Addr()
		require.NoError(t, far.Close())
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Len(t, conns, 1)
		tries := failures.Load()
		assert.Greater(t, tries, int32(60), "full jitter: half of a second on average")
		assert.Less(t, tries, int32(400))

		back, err := peer.Open(t.Context(), &peer.Options{Address: addr.String(), Network: t.net.Host("10.0.0.2")})
		require.NoError(t, err)
		defer back.Close()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		require.Len(t, conns, 2)

		sub.Stop()
		assert.ErrorIs(t, sub.Wait(t.Context()), stream.ErrStopped)
		assert.NoError(t, conns[1].Err(), "the connection stays")
		require.NoError(t, conns[1].Close())
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Len(t, conns, 2)
	})
}

func TestKeepEndsWithItsContextAndCompletesWithThePeer(t *testing.T) {
	inLab(t, func(t *lab) {
		hub := t.open("10.0.0.1", nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		err := peer.Keep(hub, peer.Static("10.0.0.9:1")).Each(ctx, func(*peer.Connection) error { return nil })
		assert.ErrorIs(t, err, context.DeadlineExceeded)

		time.AfterFunc(time.Hour, func() { _ = hub.Close() })
		err = peer.Keep(hub, peer.Static("10.0.0.9:1")).Each(t.Context(), func(*peer.Connection) error { return nil })
		assert.NoError(t, err)
	})
}

func TestKeepStaysAliveWhenASubscriberPanics(t *testing.T) {
	inLab(t, func(t *lab) {
		hub, far := t.open("10.0.0.1", nil), t.open("10.0.0.2", nil)
		sub := peer.Keep(hub, peer.Static(far.Addr().String())).On(t.Context(), func(*peer.Connection) { panic("boom") })
		var p *stream.PanicError
		assert.ErrorAs(t, sub.Wait(t.Context()), &p)
	})
}

func TestPeersFindEachOtherAndKeepConnections(t *testing.T) {
	around := freeUDP(t)
	around.Interval, around.Misses = 50*time.Millisecond, 3
	hub := openTCP(t, &peer.Options{Discovery: around})
	far := openTCP(t, &peer.Options{Discovery: around})
	hidden := openTCP(t, &peer.Options{Discovery: around, Invisible: true})
	assert.True(t, hidden.Invisible())
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()

	found, err := hub.LocalPeers(ctx)
	require.NoError(t, err)
	require.Len(t, found, 1)
	assert.Equal(t, far.Addr().String(), found[0].String())

	conns, errs := peer.Keep(hub, peer.Everyone()).Chan(ctx, stream.Block(8))
	first := <-conns
	assert.Equal(t, far.Addr(), first.Remote().Addr)
	hidden.SetInvisible(false)
	second := <-conns
	assert.Equal(t, hidden.Addr(), second.Remote().Addr)

	lost := hub.Neighbors()
	events, _ := lost.Chan(ctx, stream.Block(8))
	for range 2 {
		assert.Equal(t, discovery.Found, (<-events).Kind)
	}
	require.NoError(t, far.Close())
	for e := range events {
		if e.Kind == discovery.Lost {
			assert.Equal(t, far.Addr().String(), e.Addr.String())
			break
		}
	}
	cancel()
	assert.ErrorIs(t, errs(), context.Canceled)
	for range events {
	}
}

func TestASlowSubscriberSlowsItsSenderAndDelaysNobodyElse(t *testing.T) {
	inLab(t, func(t *lab) {
		hub := t.open("10.0.0.1", nil)
		slow, fast := t.open("10.0.0.2", nil), t.open("10.0.0.3", nil)
		bytes := &peer.ConnectOptions{DataType: codec.Bytes}
		toSlow, atSlow := t.connect(hub, slow, bytes)
		toFast, atFast := t.connect(hub, fast, bytes)
		atSlow.Data().On(t.Context(), func(any) { time.Sleep(100 * time.Millisecond) })
		n := 0
		atFast.Data().On(t.Context(), func(any) { n++ })
		full := 0
		slowSink, fastSink := peer.SinkOf[[]byte](toSlow), peer.SinkOf[[]byte](toFast)
		for range 300 {
			if slowSink.TryEmit(make([]byte, 20_000)) == stream.Overflow {
				full++
			}
			require.NoError(t, fastSink.Emit(t.Context(), make([]byte, 20_000)))
		}
		time.Sleep(time.Second)
		synctest.Wait()
		assert.Equal(t, 300, n)
		assert.Positive(t, full)
		assert.NoError(t, toSlow.Err(), "slow, not stalled")
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.EqualValues(t, 300-full, atSlow.Ledger().Taken)
	})
}
