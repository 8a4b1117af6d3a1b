package peer_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/transport/codec"
)

func TestMessagesArriveAndLeaveAsTheyAreOnTheWire(t *testing.T) {
	inLab(t, func(t *lab) {
		a, b := t.pair(&peer.ConnectOptions{Lenient: true})
		body := []byte(`{ "data":  1.50 }`) // not as this module writes it
		for _, m := range []peer.Message{{Type: codec.JSON, Body: body}, {Type: codec.Bytes, Body: []byte("x")}, {Type: codec.JSON, Body: []byte("no json")}} {
			require.NoError(t, a.Send(t.Context(), m))
		}
		body[0] = '!'
		require.NoError(t, a.Close())
		var got []peer.Message
		require.NoError(t, b.Messages().Each(t.Context(), func(m peer.Message) error {
			got = append(got, m)
			return nil
		}))
		require.Len(t, got, 3)
		assert.Equal(t, `{ "data":  1.50 }`, string(got[0].Body))
		v, err := got[0].Decode()
		require.NoError(t, err)
		assert.Equal(t, 1.5, v)
		assert.Equal(t, peer.Message{Type: codec.Bytes, Body: []byte("x")}, got[1])
		_, err = got[2].Decode()
		var fault *peer.Fault
		require.ErrorAs(t, err, &fault)
		assert.Equal(t, len("no json"), fault.Size)
		assert.Zero(t, b.FaultCount())
		assert.ErrorIs(t, a.Send(t.Context(), got[1]), peer.ErrClosed)
	})
}

func TestAMessageOfATypeThatIsNoneIsAFault(t *testing.T) {
	_, err := peer.Message{Type: "yaml"}.Decode()
	var fault *peer.Fault
	assert.ErrorAs(t, err, &fault)
}
