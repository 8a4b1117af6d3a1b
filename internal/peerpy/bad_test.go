package peerpy_test

import (
	"math"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/internal/peerpy"
)

// parsers has one function for each header that has fields.
var parsers = map[peerpy.Kind]func([]byte) error{
	peerpy.KindHello:  func(b []byte) error { _, err := peerpy.ParseHello(b); return err },
	peerpy.KindAccept: func(b []byte) error { _, err := peerpy.ParseAccept(b); return err },
	peerpy.KindData:   func(b []byte) error { _, err := peerpy.ParseData(b); return err },
	peerpy.KindPing:   func(b []byte) error { _, err := peerpy.ParseUDPPing(b); return err },
	peerpy.KindPong:   func(b []byte) error { _, err := peerpy.ParseUDPPong(b); return err },
}

func TestEachKindOfBadHeaderHasItsError(t *testing.T) {
	manyFields := "HELLO|a=&b=&c=&d=&e=&f=&g=&h=&i=&j=&k=&l=&m=&n=&o=&p=&q="
	for header, want := range map[string]error{
		"HELLO" + strings.Repeat("x", 123):                                    peerpy.ErrNoSeparator,
		"DATA" + strings.Repeat("=", 124):                                     peerpy.ErrNoSeparator,
		"ACCEPT|rx":                                                           peerpy.ErrPair,
		"ACCEPT|rx=1=2":                                                       peerpy.ErrPair,
		"ACCEPT|rx=one":                                                       peerpy.ErrNumber,
		"ACCEPT|rx=2147483648":                                                peerpy.ErrRange,
		"HELLO":                                                               peerpy.ErrMissing,
		"HELLO|peer_name=a:1&data_type=json":                                  peerpy.ErrMissing,
		"HELLO|peer_name=a:1&strict=True":                                     peerpy.ErrMissing,
		"HELLO|data_type=json&strict=True":                                    peerpy.ErrMissing,
		"HELLO|peer_name=&data_type=json&strict=True":                         peerpy.ErrMissing,
		"HELLO|peer_name=a:1&data_type=&strict=True":                          peerpy.ErrMissing,
		"HELLO|peer_name=a:1&data_type=json&strict":                           peerpy.ErrPair,
		"HELLO|peer_name=a:1&data_type=json&strict=a=b":                       peerpy.ErrPair,
		"HELLO|peer_name=a:1&&data_type=json&strict=":                         peerpy.ErrPair,
		"HELLO|peer_name=a:1&data_type=json&strict=&":                         peerpy.ErrPair,
		"HELLO|peer_name=a:1&data_type=json&strict=&=1":                       peerpy.ErrPair,
		"HELLO|peer_name=a:1&data_type=json&strict=&strict=":                  peerpy.ErrDuplicate,
		"HELLO|peer_name=a:1&data_type=json&strict=&x=1&x=2":                  peerpy.ErrDuplicate,
		"HELLO|peer_name=a:1&data_type=json&strict=&stream=True&data_size=0":  peerpy.ErrRange,
		"HELLO|peer_name=a:1&data_type=json&strict=&stream=True&data_size=-5": peerpy.ErrNumber,
		"HELLO|peer_name=a:1&data_type=json&strict=&data_size=auto":           peerpy.ErrNumber,
		"HELLO|peer_name=\xff:1&data_type=json&strict=":                       peerpy.ErrNotUTF8,
		"HELLO|peer_name=a:1&data_type=json&strict=|\xff":                     peerpy.ErrNotUTF8,
		manyFields:                                           peerpy.ErrTooManyFields,
		"DATA":                                               peerpy.ErrMissing,
		"DATA|data_size=5":                                   peerpy.ErrMissing,
		"DATA|data_type=json":                                peerpy.ErrMissing,
		"DATA|data_size=&data_type=json":                     peerpy.ErrNumber,
		"DATA|data_size= 5&data_type=json":                   peerpy.ErrNumber,
		"DATA|data_size=5 &data_type=json":                   peerpy.ErrNumber,
		"DATA|data_size=+5&data_type=json":                   peerpy.ErrNumber,
		"DATA|data_size=-5&data_type=json":                   peerpy.ErrNumber,
		"DATA|data_size=1_0&data_type=json":                  peerpy.ErrNumber,
		"DATA|data_size=0x10&data_type=json":                 peerpy.ErrNumber,
		"DATA|data_size=5.0&data_type=json":                  peerpy.ErrNumber,
		"DATA|data_size=٥&data_type=json":                    peerpy.ErrNumber,
		"DATA|data_size=5=5&data_type=json":                  peerpy.ErrPair,
		"DATA|data_size&data_type=json":                      peerpy.ErrPair,
		"DATA|data_size=5&data_type=json&a":                  peerpy.ErrPair,
		"DATA|data_size=5&data_size=5":                       peerpy.ErrDuplicate,
		"DATA|data_size=5&data_type=json|\xc3(":              peerpy.ErrNotUTF8,
		"DATA|data_size=9223372036854775808&data_type=json":  peerpy.ErrRange,
		"DATA|data_size=99999999999999999999&data_type=json": peerpy.ErrRange,
		"PING":                                   peerpy.ErrMissing,
		"PING|pinger":                            peerpy.ErrPair,
		"PING|pinger=":                           peerpy.ErrAddress,
		"PING|pinger=10.0.0.1":                   peerpy.ErrAddress,
		"PING|pinger=10.0.0.1:0":                 peerpy.ErrAddress,
		"PING|pinger=10.0.0.1:65536":             peerpy.ErrAddress,
		"PING|pinger=10.0.0.1:-1":                peerpy.ErrAddress,
		"PING|pinger=somewhere:1024":             peerpy.ErrAddress,
		"PING|ponger=10.0.0.1:1024":              peerpy.ErrMissing,
		"PONG|ponger=10.0.0.1:1:2":               peerpy.ErrAddress,
		"PONG|ponger=1.1.1.1:1&ponger=1.1.1.1:1": peerpy.ErrDuplicate,
	} {
		t.Run(header, func(t *testing.T) {
			b := padded(t, header)
			kind := peerpy.KindOf(b)
			err := parsers[kind](b)
			require.ErrorIs(t, err, want)
			var typed *peerpy.HeaderError
			require.ErrorAs(t, err, &typed)
			assert.Equal(t, kind, typed.Kind)
			assert.Contains(t, err.Error(), kind.String())
		})
	}
}

func TestInputThatIsNotOneHeaderOfItsKindIsRefused(t *testing.T) {
	for kind, parse := range parsers {
		for _, n := range []int{0, 1, 4, 127, 129, 4096} {
			assert.ErrorIs(t, parse(make([]byte, n)), peerpy.ErrLength, "%v of %d bytes", kind, n)
		}
		assert.ErrorIs(t, parse(make([]byte, 128)), peerpy.ErrKind, "%v of zero bytes", kind)
		assert.ErrorIs(t, parse(padded(t, "DENY")), peerpy.ErrKind, "%v", kind)
	}
	var p peerpy.DataParser
	_, err := p.Parse(make([]byte, 128))
	assert.ErrorIs(t, err, peerpy.ErrKind)
}

func TestNothingIsAppendedThatPythonWouldStumbleOver(t *testing.T) {
	good := peerpy.Hello{PeerName: "127.0.0.1:60663", DataType: "json"}
	for name, c := range map[string]struct {
		edit func(*peerpy.Hello)
		want error
	}{
		"no name":                {func(h *peerpy.Hello) { h.PeerName = "" }, peerpy.ErrMissing},
		"name with separator":    {func(h *peerpy.Hello) { h.PeerName = "a|b" }, peerpy.ErrReserved},
		"name with ampersand":    {func(h *peerpy.Hello) { h.PeerName = "a&sock=1" }, peerpy.ErrReserved},
		"name with equals sign":  {func(h *peerpy.Hello) { h.PeerName = "a=b" }, peerpy.ErrReserved},
		"name that is not UTF-8": {func(h *peerpy.Hello) { h.PeerName = "\xff" }, peerpy.ErrNotUTF8},
		"no data type":           {func(h *peerpy.Hello) { h.DataType = "" }, peerpy.ErrDataType},
		"unknown data type":      {func(h *peerpy.Hello) { h.DataType = "cbor" }, peerpy.ErrDataType},
		"size without a stream":  {func(h *peerpy.Hello) { h.DataSize = 5 }, peerpy.ErrNotStream},
		"negative size":          {func(h *peerpy.Hello) { h.Stream, h.DataSize = true, -1 }, peerpy.ErrRange},
		"negative marker":        {func(h *peerpy.Hello) { h.Rx = -1 }, peerpy.ErrRange},
		"enormous marker":        {func(h *peerpy.Hello) { h.Rx = math.MaxInt32; h.Rx++ }, peerpy.ErrRange},
	} {
		t.Run(name, func(t *testing.T) {
			h := good
			c.edit(&h)
			got, err := peerpy.AppendHello([]byte("before"), h)
			require.ErrorIs(t, err, c.want)
			assert.Equal(t, "before", string(got))
		})
	}

	var a peerpy.DataAppender
	for _, appendData := range []func([]byte, int64, string) ([]byte, error){peerpy.AppendData, a.Append} {
		_, err := appendData(nil, -1, "json")
		assert.ErrorIs(t, err, peerpy.ErrRange)
		_, err = appendData(nil, 1, "cbor")
		assert.ErrorIs(t, err, peerpy.ErrDataType)
		_, err = appendData(nil, 0, "")
		assert.ErrorIs(t, err, peerpy.ErrDataType)
	}
	_, err := peerpy.AppendAccept(nil, -1)
	assert.ErrorIs(t, err, peerpy.ErrRange)

	for _, addr := range []string{"0.0.0.0:1", "10.0.0.1:0", "[fe80::1]:1024"} {
		_, err := peerpy.AppendUDPPing(nil, netip.MustParseAddrPort(addr))
		assert.ErrorIs(t, err, peerpy.ErrAddress, addr)
	}
	for _, addr := range []string{"0.0.0.0:1", "[::]:1", "10.0.0.1:0"} {
		_, err := peerpy.AppendUDPPong(nil, netip.MustParseAddrPort(addr))
		assert.ErrorIs(t, err, peerpy.ErrAddress, addr)
	}
	_, err = peerpy.AppendUDPPong(nil, netip.AddrPort{})
	assert.ErrorIs(t, err, peerpy.ErrAddress)
	_, err = peerpy.AppendUDPPong(nil, netip.MustParseAddrPort("[fe80::1%a=b]:1"))
	assert.ErrorIs(t, err, peerpy.ErrReserved)
}

func TestAHeaderThatDoesNotFitIsAnErrorBeforeAnythingIsWritten(t *testing.T) {
	h := peerpy.Hello{PeerName: strings.Repeat("n", 85), DataType: "json"}
	b, err := peerpy.AppendHello(nil, h)
	require.NoError(t, err, "exactly 128 bytes fit")
	require.Len(t, b, peerpy.HeaderSize)
	assert.NotContains(t, string(b[6:]), "|", "no padding is legal")
	got, err := peerpy.ParseHello(b)
	require.NoError(t, err)
	assert.Equal(t, h, got)

	h.PeerName += "n"
	b, err = peerpy.AppendHello([]byte("before"), h)
	var tooLong *peerpy.HeaderSizeError
	require.ErrorAs(t, err, &tooLong)
	assert.Equal(t, peerpy.HeaderSizeError{Kind: peerpy.KindHello, Size: 129}, *tooLong)
	assert.Equal(t, "peerpy: HELLO header: needs 129 bytes, has 128", err.Error())
	assert.Equal(t, "before", string(b))
}
