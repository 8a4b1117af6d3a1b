package peer_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
)

func TestPeersSeeWhatOthersExpose(t *testing.T) {
	inLab(t, func(t *lab) {
		server, conn, _ := t.two(nil)
		var seen [][]string
		conn.Exposed().On(t.Context(), func(all []peer.Exposed) {
			var names []string
			for _, e := range all {
				names = append(names, e.String())
			}
			seen = append(seen, names)
		})
		synctest.Wait()
		e := expose(t, server, "b", stream.Of(1), nil)
		synctest.Wait()
		expose(t, server, "a", stream.Of([]roomReading{}), nil)
		synctest.Wait()
		e.Close()
		e.Close()
		synctest.Wait()
		assert.Equal(t, [][]string{
			nil, {"stream b of int"}, {"stream a of []roomReading", "stream b of int"}, {"stream a of []roomReading"},
		}, seen)
		_, err := peer.Expose(server, "a", stream.Of(1), nil)
		assert.ErrorIs(t, err, peer.ErrExposed)
		_, err = peer.Expose(server, "", stream.Of(1), nil)
		assert.Error(t, err)
		_, err = peer.Expose(server, "chan", stream.Of(make(chan int)), nil)
		assert.Error(t, err)
		require.NoError(t, server.Close())
		_, err = peer.Expose(server, "late", stream.Of(1), nil)
		assert.ErrorIs(t, err, peer.ErrClosed)
	})
}

func TestRemoteStreamsNeedTheNativeProtocol(t *testing.T) {
	inLab(t, func(t *lab) {
		_, conn, _ := t.two(&peer.Options{NoNative: true})
		_, err := peer.Remote[int](conn, "x").Await(t.Context())
		assert.ErrorIs(t, err, errors.ErrUnsupported)
		_, err = conn.Exposed().Await(t.Context())
		assert.ErrorIs(t, err, errors.ErrUnsupported)
	})
}

func TestStreamOffersAreDecided(t *testing.T) {
	inLab(t, func(t *lab) {
		server, conn, _ := t.two(&peer.Options{StreamOffers: peer.Ask})
		expose(t, server, "x", stream.Of(1), nil)
		_, err := peer.Remote[int](conn, "x").Await(t.Context())
		assert.ErrorIs(t, err, peer.ErrRefused, "nobody decides")
		asked := 0
		server.StreamOffers().On(t.Context(), func(o *peer.StreamOffer) {
			switch asked++; asked {
			case 1: // nobody decided it
				assert.ErrorIs(t, o.Accept(), peer.ErrDecided)
			case 2:
				assert.NoError(t, o.Accept())
				assert.ErrorIs(t, o.Deny("no"), peer.ErrDecided)
			default:
				assert.NoError(t, o.Deny("enough"))
			}
		})
		v, err := peer.Remote[int](conn, "x").Await(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 1, v)
		_, err = peer.Remote[int](conn, "x").Await(t.Context())
		assert.ErrorIs(t, err, peer.ErrRefused)
		assert.ErrorContains(t, err, "enough")
	})
}
