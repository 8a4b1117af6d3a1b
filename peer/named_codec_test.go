package peer_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/codec/cbor"
)

func TestAStreamIsEncodedAsItsSubscriberCanDecodeIt(t *testing.T) {
	inLab(t, func(t *lab) {
		with := &peer.Options{Codecs: []codec.Codec{cbor.Codec}}
		server, knows, without := t.open("10.0.0.1", with), t.open("10.0.0.2", with), t.open("10.0.0.3", nil)
		expose(t, server, "rooms", stream.Of(roomReading{"hall", 20.5}), &peer.ExposeOptions{Codec: cbor.Type})
		dataType := func(p *peer.Peer, opts *peer.RemoteOptions) (codec.Type, error) {
			conn, err := p.Connect(t.Context(), server.Addr().String(), nil)
			require.NoError(t, err)
			var got codec.Type
			err = peer.RemoteWith[peer.View](conn, "rooms", opts).Each(t.Context(), func(v peer.View) error { got = v.Type(); return nil })
			v, failed := peer.RemoteWith[roomReading](conn, "rooms", opts).Await(t.Context())
			if err == nil {
				assert.NoError(t, failed)
				assert.Equal(t, roomReading{"hall", 20.5}, v)
			}
			return got, err
		}
		got, err := dataType(knows, nil)
		require.NoError(t, err)
		assert.Equal(t, cbor.Type, got)
		got, err = dataType(knows, &peer.RemoteOptions{Codec: codec.Raw})
		require.NoError(t, err)
		assert.Equal(t, codec.Raw, got)
		got, err = dataType(without, nil)
		require.NoError(t, err)
		assert.Equal(t, codec.JSON, got, "what everybody knows")
		_, err = dataType(without, &peer.RemoteOptions{Codec: cbor.Type})
		assert.ErrorAs(t, err, new(*codec.DataTypeError), "what it cannot decode itself")

		expose(t, without, "rooms", stream.Of(roomReading{}), nil)
		conn, err := knows.Connect(t.Context(), without.Addr().String(), nil)
		require.NoError(t, err)
		_, err = peer.RemoteWith[roomReading](conn, "rooms", &peer.RemoteOptions{Codec: cbor.Type}).Await(t.Context())
		assert.ErrorIs(t, err, peer.ErrType)
		assert.ErrorContains(t, err, "cbor")
	})
}
