package interop

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
)

func TestPythonDeniesAnOfferOfGo(t *testing.T) {
	python, rx := openPython(t, args{"accept": false}), openGo(t, nil)
	_, err := rx.Connect(bounded(t), python.address, &peer.ConnectOptions{DataType: codec.Raw, Lenient: true})
	var denied *transport.DeniedError
	require.ErrorAs(t, err, &denied)
	assert.Empty(t, denied.Reason)
	offer := python.await("the offer", func(e event) bool { return e.Event == "offer" })
	assert.Equal(t, rx.Addr().String(), offer.Remote)
	assert.Equal(t, "raw", offer.DataType)
	assert.False(t, offer.Strict)
	assert.False(t, offer.Accept)

	python.set(args{"accept": true})
	goDials(t, python, rx, peer.ConnectOptions{})
}

func TestGoDeniesAnOfferOfPython(t *testing.T) {
	python := openPython(t, nil)
	for _, decider := range []peer.Decider{peer.DenyAll, peer.Ask} {
		rx := openGo(t, &peer.Options{Offers: decider})
		assert.Nil(t, python.connect(rx.Addr().String(), nil))
		offer, err := rx.Offers().Await(bounded(t))
		require.NoError(t, err)
		assert.Equal(t, python.address, offer.Remote().Addr.String())
		assert.True(t, offer.Remote().Python)
	}
	assert.Zero(t, python.count("connection"))
}

func TestASubscriberDecidesOffersOfPython(t *testing.T) {
	python, rx := openPython(t, nil), openGo(t, &peer.Options{Offers: peer.Ask})
	sub := rx.Offers().On(t.Context(), func(o *peer.Offer) {
		if o.Remote().DataType == codec.Bytes {
			assert.NoError(t, o.Deny("no bytes"))
			return
		}
		_, err := o.Accept()
		assert.NoError(t, err)
	})
	defer sub.Stop()
	assert.Nil(t, python.connect(rx.Addr().String(), args{"data_type": "bytes"}))
	assert.NotNil(t, python.connect(rx.Addr().String(), args{"data_type": "json"}))
}

func TestAPresentConnectionIsUsedAgainByEitherSide(t *testing.T) {
	python := openPython(t, nil)
	t.Run("Go dialled", func(t *testing.T) {
		rx := openGo(t, nil)
		p := goDials(t, python, rx, peer.ConnectOptions{})
		var answer struct{ Conn int }
		p.python.do("connect", args{"peer": python.number, "address": rx.Addr().String()}, &answer)
		assert.Equal(t, p.python.conn, answer.Conn)
	})
	t.Run("Python dialled", func(t *testing.T) {
		rx := openGo(t, nil)
		p := pythonDials(t, python, rx, peer.ConnectOptions{})
		again, err := rx.Connect(bounded(t), python.address, nil)
		require.NoError(t, err)
		assert.Same(t, p.Connection, again)
	})
}

func TestAnotherDataTypeReplacesTheConnection(t *testing.T) {
	python, rx := openPython(t, args{"timeout": .3}), openGo(t, nil)
	first := goDials(t, python, rx, peer.ConnectOptions{})
	second := goDials(t, python, rx, peer.ConnectOptions{DataType: codec.Bytes})
	first.python.closed()
	second.send([]byte("new"))
	second.python.receives("b'new'")
}

func TestEveryConnectionGetsABroadcast(t *testing.T) {
	process := start(t, nil)
	t.Run("of Go", func(t *testing.T) {
		rx := openGo(t, nil)
		var pairs []*pair
		for range 3 {
			pairs = append(pairs, goDials(t, process.on(t).open(nil), rx, peer.ConnectOptions{}))
		}
		require.NoError(t, rx.Broadcast(bounded(t), []any{"all", int64(3)}))
		for _, p := range pairs {
			p.python.receives("['all', 3]")
		}
	})
	t.Run("of Python", func(t *testing.T) {
		python := process.on(t).open(nil)
		var pairs []*pair
		for range 3 {
			pairs = append(pairs, pythonDials(t, python, openGo(t, nil), peer.ConnectOptions{}))
		}
		python.do("broadcast", args{"peer": python.number, "expression": "{'all': 3}"}, nil)
		for _, p := range pairs {
			assert.Equal(t, map[string]any{"all": int64(3)}, p.next())
		}
	})
}
