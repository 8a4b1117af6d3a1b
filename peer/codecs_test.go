package peer_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/codec/cbor"
	"github.com/rxpeer/rxpeer/transport/codec/msgpack"
	"github.com/rxpeer/rxpeer/transport/codec/protobuf"
)

// polyglot are the options of a peer that knows all codecs.
var polyglot = &peer.Options{Codecs: []codec.Codec{cbor.Codec, msgpack.Codec, protobuf.Codec}}

// sample is a value that all codecs of structs carry.
type sample struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
}

func TestAConnectionCarriesADataTypeThatBothPeersKnow(t *testing.T) {
	for _, dataType := range []codec.Type{cbor.Type, msgpack.Type} {
		t.Run(string(dataType), func(t *testing.T) {
			inLab(t, func(t *lab) {
				opts := *polyglot
				opts.Offers = peer.Ask
				a, b := t.open("10.0.0.1", polyglot), t.open("10.0.0.2", &opts)
				b.Offers().On(t.Context(), func(o *peer.Offer) {
					assert.Equal(t, dataType, o.Remote().DataType)
					assert.True(t, strings.HasPrefix(o.String(), string(dataType)))
					_, err := o.Accept()
					assert.NoError(t, err)
				})
				out, in := t.connect(a, b, &peer.ConnectOptions{DataType: dataType})
				assert.Equal(t, dataType, out.Remote().DataType)
				assert.Equal(t, dataType, in.Remote().DataType)
				assert.Equal(t, []codec.Type{codec.JSON, codec.Bytes, codec.Raw, cbor.Type, msgpack.Type, protobuf.Type}, out.Remote().Identity.Codecs)

				want := sample{"kitchen", 21.5}
				require.NoError(t, peer.SinkOf[sample](out).Emit(t.Context(), want))
				got, err := peer.Receive[sample](in).Await(t.Context())
				require.NoError(t, err)
				assert.Equal(t, want, got)

				require.NoError(t, a.Broadcast(t.Context(), want))
				untyped, err := in.Data().Await(t.Context())
				require.NoError(t, err)
				assert.Equal(t, map[string]any{"name": "kitchen", "value": 21.5}, untyped)

				large := strings.Repeat("x", 200_000) // in pieces
				require.NoError(t, a.Broadcast(t.Context(), large))
				m, err := in.Messages().Await(t.Context())
				require.NoError(t, err)
				assert.Equal(t, dataType, m.Type)
				v, err := m.Decode()
				require.NoError(t, err)
				assert.Equal(t, large, v)
				require.NoError(t, in.Send(t.Context(), m))
				back, err := peer.Receive[string](out).Await(t.Context())
				require.NoError(t, err)
				assert.Equal(t, large, back)
			})
		})
	}
}

func TestAConnectionOfProtobufCarriesMessagesAndNothingElse(t *testing.T) {
	inLab(t, func(t *lab) {
		a := t.open("10.0.0.1", polyglot)
		out, in := t.connect(a, t.open("10.0.0.2", polyglot), &peer.ConnectOptions{DataType: protobuf.Type})
		require.NoError(t, peer.SinkOf[*wrapperspb.StringValue](out).Emit(t.Context(), wrapperspb.String("kitchen")))
		got, err := peer.Receive[*wrapperspb.StringValue](in).Await(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "kitchen", got.GetValue())

		var te *codec.TypeError
		assert.ErrorAs(t, peer.SinkOf[sample](out).Emit(t.Context(), sample{}), &te)
		_, err = peer.Receive[sample](in).Await(t.Context())
		assert.ErrorAs(t, err, &te)
		_, err = in.Data().Await(t.Context())
		assert.ErrorAs(t, err, &te)
		assert.ErrorAs(t, a.Broadcast(t.Context(), 7), &te)
		require.NoError(t, a.Broadcast(t.Context(), wrapperspb.String("hall")))
		m, err := in.Messages().Await(t.Context())
		require.NoError(t, err)
		_, err = m.Decode()
		var fault *peer.Fault
		assert.ErrorAs(t, err, &fault)
	})
}

func TestALenientConnectionCarriesWhatBothPeersKnow(t *testing.T) {
	inLab(t, func(t *lab) {
		lenient := &peer.ConnectOptions{Lenient: true}
		out, in := t.connect(t.open("10.0.0.1", polyglot), t.open("10.0.0.2", polyglot), lenient)
		want := sample{"kitchen", 21.5}
		for _, dataType := range []codec.Type{codec.JSON, cbor.Type, msgpack.Type, codec.Raw} {
			require.NoError(t, peer.SinkAs[sample](out, dataType).Emit(t.Context(), want))
			got, err := peer.Receive[sample](in).Await(t.Context())
			require.NoError(t, err, dataType)
			assert.Equal(t, want, got, dataType)
		}
		require.NoError(t, out.Send(t.Context(), peer.Message{Type: cbor.Type, Body: []byte{0x9f}}))
		require.NoError(t, peer.SinkOf[int](out).Emit(t.Context(), 7))
		n, err := peer.Receive[int](in).Await(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 7, n)
		fault, err := in.Faults().Await(t.Context())
		require.NoError(t, err)
		assert.Equal(t, cbor.Type, fault.Type)

		var dte *codec.DataTypeError
		assert.ErrorAs(t, peer.SinkAs[int](out, "yaml").Emit(t.Context(), 1), &dte)
	})
}

func TestNobodyIsSentATypeThatItDoesNotKnow(t *testing.T) {
	inLab(t, func(t *lab) {
		lenient := &peer.ConnectOptions{Lenient: true}
		for i, opts := range []*peer.Options{nil, {NoNative: true}, {AsPython: true}} {
			a := t.open(fmt.Sprintf("10.0.%d.1", i), polyglot)
			out, in := t.connect(a, t.open(fmt.Sprintf("10.0.%d.2", i), opts), lenient)
			var refused *transport.DataTypeError
			assert.ErrorAs(t, peer.SinkAs[int](out, cbor.Type).Emit(t.Context(), 1), &refused)
			assert.Equal(t, stream.Invalid, peer.SinkAs[int](out, cbor.Type).TryEmit(1))
			assert.ErrorAs(t, out.Send(t.Context(), peer.Message{Type: cbor.Type, Body: []byte{1}}), &refused)
			require.NoError(t, peer.SinkOf[int](out).Emit(t.Context(), 7), "the connection lives on")
			n, err := peer.Receive[int](in).Await(t.Context())
			require.NoError(t, err)
			assert.Equal(t, 7, n)
		}
	})
}

func TestConnectFailsWhereOneSideCannotCarryTheType(t *testing.T) {
	other := &peer.Options{Codecs: []codec.Codec{msgpack.Codec}}
	for name, c := range map[string]struct {
		dials, accepts *peer.Options
		opts           peer.ConnectOptions
		want           transport.CodecError
	}{
		"no codec there":      {polyglot, nil, peer.ConnectOptions{}, transport.CodecError{Known: []codec.Type{codec.JSON, codec.Bytes, codec.Raw}}},
		"another codec there": {polyglot, other, peer.ConnectOptions{}, transport.CodecError{Known: []codec.Type{codec.JSON, codec.Bytes, codec.Raw, msgpack.Type}}},
		"peerpy's wire there": {polyglot, &peer.Options{NoNative: true, Codecs: polyglot.Codecs}, peer.ConnectOptions{}, transport.CodecError{Text: true}},
		"Python there":        {polyglot, &peer.Options{AsPython: true}, peer.ConnectOptions{}, transport.CodecError{Text: true}},
		"peerpy's wire here":  {&peer.Options{NoNative: true, Codecs: polyglot.Codecs}, polyglot, peer.ConnectOptions{}, transport.CodecError{Text: true, Local: true}},
		"as Python here":      {&peer.Options{AsPython: true, Codecs: polyglot.Codecs}, polyglot, peer.ConnectOptions{}, transport.CodecError{Text: true, Local: true}},
		"a fixed size":        {polyglot, polyglot, peer.ConnectOptions{Stream: true}, transport.CodecError{Text: true, Local: true}},
	} {
		t.Run(name, func(t *testing.T) {
			inLab(t, func(t *lab) {
				dials := *c.dials
				dials.MaxConnections = 1
				a, b := t.open("10.0.0.1", &dials), t.open("10.0.0.2", c.accepts)
				c.opts.DataType = cbor.Type
				for range 3 {
					_, err := a.Connect(t.Context(), b.Addr().String(), &c.opts)
					var lacks *transport.CodecError
					require.ErrorAs(t, err, &lacks)
					want := c.want
					want.Type = cbor.Type
					if want.Known == nil {
						want.Known = []codec.Type{codec.JSON, codec.Bytes, codec.Raw}
					}
					assert.Equal(t, &want, lacks)
					assert.Contains(t, err.Error(), `"cbor"`)
				}
				synctest.Wait()
				assert.NoError(t, b.Broadcast(t.Context(), []byte("nobody is there")))
				_, err := a.Connect(t.Context(), b.Addr().String(), nil)
				assert.NoError(t, err, "there is room")
			})
		})
	}
}

func TestATypeThatThisPeerDoesNotKnowIsAnErrorBeforeAnyoneIsDialled(t *testing.T) {
	inLab(t, func(t *lab) {
		a, b := t.open("10.0.0.1", nil), t.open("10.0.0.2", polyglot)
		present, _ := t.connect(a, b, nil)
		_, err := a.Connect(t.Context(), b.Addr().String(), &peer.ConnectOptions{DataType: cbor.Type})
		var dte *codec.DataTypeError
		require.ErrorAs(t, err, &dte)
		assert.Equal(t, "cbor", dte.Name)
		assert.NoError(t, present.Err(), "what is there stays")
	})
}

func TestAConnectionOfTheSameTypeIsShared(t *testing.T) {
	inLab(t, func(t *lab) {
		a, b := t.open("10.0.0.1", polyglot), t.open("10.0.0.2", polyglot)
		first, _ := t.connect(a, b, &peer.ConnectOptions{DataType: cbor.Type})
		again, err := a.Connect(t.Context(), b.Addr().String(), &peer.ConnectOptions{DataType: cbor.Type})
		require.NoError(t, err)
		assert.Same(t, first, again)
		other, err := a.Connect(t.Context(), b.Addr().String(), &peer.ConnectOptions{DataType: codec.Bytes})
		require.NoError(t, err)
		assert.NotSame(t, first, other, "its HELLO was the same")
		assert.Error(t, first.Err())
	})
}

func TestAPeerOpensWithGoodCodecsOnly(t *testing.T) {
	for _, codecs := range [][]codec.Codec{{cbor.Codec, cbor.Codec}, {nil}} {
		_, err := peer.Open(t.Context(), &peer.Options{Codecs: codecs, NoDiscovery: true, Address: "127.0.0.1"})
		var name *codec.NameError
		assert.ErrorAs(t, err, &name)
	}
}
