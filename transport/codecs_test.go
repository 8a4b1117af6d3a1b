package transport

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/internal/frame"
)

// named is a codec of which links need the name alone.
type named struct {
	codec.Codec
	name codec.Type
}

func (n named) Type() codec.Type { return n.name }

func TestADiallerNamesItsTypeInTheSettings(t *testing.T) {
	opts := &Options{Codecs: []codec.Codec{named{name: "cbor"}}}
	heard := make(chan *frame.Settings, 1)
	address := answering(t, TCP{}, "127.0.0.1:0", func(c bare) {
		assert.Equal(t, string(padded("HELLO|peer_name=127.0.0.1:60663&data_type=bytes&strict=True&rx=2")), c.read(128))
		own := stranger()
		own.Codecs = append(own.Codecs, "cbor")
		setup, err := frame.AppendSetup([]byte(setupHeader), own)
		assert.NoError(t, err)
		c.write(string(setup))
		s, err := readSettings(c.Conn)
		assert.NoError(t, err)
		heard <- s
		c.write(string(frame.AppendEmpty(nil, frame.Accept, 0)))
		_, _ = c.rest()
	})
	link, err := Dial(t.Context(), TCP{}, address, complete(Hello{DataType: "cbor"}), opts)
	require.NoError(t, err)
	s := <-heard
	assert.Equal(t, "cbor", s.DataType)
	assert.Equal(t, []string{"json", "bytes", "raw", "cbor"}, s.Codecs)
	assert.Equal(t, codec.Type("cbor"), link.Hello().DataType)
	link.Abort()
}

func TestADiallerGivesUpBeforeItTellsOfItself(t *testing.T) {
	opts := &Options{Codecs: []codec.Codec{named{name: "cbor"}}}
	rest := make(chan string, 1)
	address := answering(t, TCP{}, "127.0.0.1:0", func(c bare) {
		c.read(128)
		setup, err := frame.AppendSetup([]byte(setupHeader), stranger()) // as one that knows no such field
		assert.NoError(t, err)
		c.write(string(setup))
		got, err := c.rest()
		assert.NoError(t, err, "a FIN, no reset")
		rest <- got
	})
	_, err := Dial(t.Context(), TCP{}, address, complete(Hello{DataType: "cbor"}), opts)
	var lacks *CodecError
	require.ErrorAs(t, err, &lacks)
	assert.Equal(t, &CodecError{Type: "cbor", Known: plainTypes}, lacks)
	assert.Empty(t, <-rest)
}

func TestAnAcceptorDeniesATypeThatItDidNotName(t *testing.T) {
	ln, err := Listen(t.Context(), TCP{}, "127.0.0.1:0", func(*Incoming) { t.Error("an offer") }, nil)
	require.NoError(t, err)
	conn, err := TCP{}.Dial(t.Context(), ln.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	c := bare{conn, t}
	c.say(pythonHello + "&rx=2")
	require.Equal(t, string(setupHeader), c.read(len(setupHeader)))
	_, err = readSettings(conn)
	require.NoError(t, err)
	own := stranger()
	own.DataType = "cbor"
	setup, err := frame.AppendSetup(nil, own)
	require.NoError(t, err)
	c.write(string(setup))
	h, payload, err := readFrame(conn)
	require.NoError(t, err)
	assert.Equal(t, frame.Deny, h.Kind)
	reason, err := frame.ParseReason(h.Kind, payload)
	require.NoError(t, err)
	assert.Contains(t, reason.Text, `"cbor"`)
	rest, err := c.rest()
	assert.NoError(t, err)
	assert.Empty(t, rest)
	require.NoError(t, ln.Close())
	assert.EqualValues(t, 1, ln.Stats().Malformed)
}

func TestCodecsWithoutGoodNamesAreErrorsOfDialAndListen(t *testing.T) {
	opts := &Options{Codecs: []codec.Codec{named{name: "json"}}}
	_, listening := Listen(t.Context(), TCP{}, "127.0.0.1:0", func(*Incoming) {}, opts)
	_, dialling := Dial(t.Context(), TCP{}, "127.0.0.1:1", complete(Hello{}), opts)
	for _, err := range []error{listening, dialling} {
		var name *codec.NameError
		assert.ErrorAs(t, err, &name)
	}
}
