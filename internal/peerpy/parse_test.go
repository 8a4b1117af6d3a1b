package peerpy_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/internal/peerpy"
)

func TestTypesAreMatchedByPrefixAndCase(t *testing.T) {
	for header, want := range map[string]peerpy.Kind{
		"HELLO|a=b": peerpy.KindHello, "HELLOWORLD": peerpy.KindHello, "HELL": peerpy.KindUnknown, "hello": peerpy.KindUnknown,
		"ACCEPT": peerpy.KindAccept, "ACCEPTED|": peerpy.KindAccept, "ACCE": peerpy.KindUnknown, "ACCEPE": peerpy.KindUnknown,
		"DENY": peerpy.KindDeny, "DATA|": peerpy.KindData, "Data|": peerpy.KindUnknown, "DAT": peerpy.KindUnknown,
		"PING": peerpy.KindPing, "PONG": peerpy.KindPong, "": peerpy.KindUnknown, "|||||": peerpy.KindUnknown, " DATA": peerpy.KindUnknown,
	} {
		assert.Equal(t, want, peerpy.KindOf([]byte(header)), header)
	}
	assert.Equal(t, "unknown", peerpy.KindUnknown.String())
}

func TestOnlyWhatStandsBetweenTheFirstTwoSeparatorsCounts(t *testing.T) {
	d, err := peerpy.ParseData(padded(t, "DATABASE|data_type=json&data_size=7|data_size=8|||junk"))
	require.NoError(t, err)
	assert.Equal(t, peerpy.Data{Size: 7, Type: "json"}, d)
}

func TestHelloReadsWhatPythonAndItsManualWrite(t *testing.T) {
	hello := peerpy.Hello{PeerName: "127.0.0.1:60663", DataType: "json"}
	with := func(edit func(*peerpy.Hello)) peerpy.Hello {
		h := hello
		edit(&h)
		return h
	}
	lenient := with(func(h *peerpy.Hello) { h.Lenient = true })
	stream := with(func(h *peerpy.Hello) { h.Stream = true })
	for fields, want := range map[string]peerpy.Hello{
		"strict=True": hello, "strict=1": hello, "strict=yes": hello, "strict=false": hello,
		"strict=": lenient, "strict=False": lenient, "strict=0": lenient, "strict=None": lenient,
		"strict=True&stream=True": stream, "strict=True&stream=1": stream,
		"strict=True&stream=False": hello, "strict=True&stream=": hello,
		"strict=True&stream=True&data_size=5":     with(func(h *peerpy.Hello) { h.Stream, h.DataSize = true, 5 }),
		"data_size=5&strict=True&stream=True":     with(func(h *peerpy.Hello) { h.Stream, h.DataSize = true, 5 }),
		"strict=True&stream=True&data_size=0005":  with(func(h *peerpy.Hello) { h.Stream, h.DataSize = true, 5 }),
		"strict=True&data_size=5":                 hello,
		"strict=True&data_size=0":                 hello,
		"strict=True&rx=1":                        with(func(h *peerpy.Hello) { h.Rx = 1 }),
		"strict=True&rx=2&buffer_size=x&colour=🟥": with(func(h *peerpy.Hello) { h.Rx = 2 }),
	} {
		got, err := peerpy.ParseHello(padded(t, "HELLO|peer_name=127.0.0.1:60663&data_type=json&"+fields))
		require.NoError(t, err, fields)
		assert.Equal(t, want, got, fields)
	}
	got, err := peerpy.ParseHello(padded(t, "HELLO|peer_name=bob&data_type=cbor&strict="))
	require.NoError(t, err, "it is for the caller to know data types")
	assert.Equal(t, peerpy.Hello{PeerName: "bob", DataType: "cbor", Lenient: true}, got)
}

func TestAcceptIgnoresWhatItDoesNotKnow(t *testing.T) {
	for header, want := range map[string]int{
		"ACCEPT": 0, "ACCEPT|rx=1": 1, "ACCEPT|colour=red": 0, "ACCEPT|colour=red&rx=2": 2, "ACCEPT||rx=1": 0,
	} {
		rx, err := peerpy.ParseAccept(padded(t, header))
		require.NoError(t, err, header)
		assert.Equal(t, want, rx, header)
	}
}

func TestAHugeSizeIsANumberForTheCallerToRefuse(t *testing.T) {
	for header, want := range map[string]int64{
		"DATA|data_size=1000000000000&data_type=json":       1e12,
		"DATA|data_size=999999999999999999&data_type=json":  999999999999999999,
		"DATA|data_size=9223372036854775807&data_type=json": 9223372036854775807,
	} {
		d, err := peerpy.ParseData(padded(t, header))
		require.NoError(t, err, header)
		assert.Equal(t, peerpy.Data{Size: want, Type: "json"}, d)
	}
}

func TestDataOfAnUnknownTypeIsStillAnnounced(t *testing.T) {
	d, err := peerpy.ParseData(padded(t, "DATA|data_size=3&data_type=yaml"))
	require.NoError(t, err)
	assert.Equal(t, peerpy.Data{Size: 3, Type: "yaml"}, d)
}

func TestDataParserRemembersGoodHeadersOnly(t *testing.T) {
	var p peerpy.DataParser
	for range 2 {
		for header, want := range map[string]int64{
			"DATA|data_size=1&data_type=json": 1, "DATA|data_size=2&data_type=json": 2, "DATA|data_type=json&data_size=3": 3,
		} {
			for range 3 {
				d, err := p.Parse(padded(t, header))
				require.NoError(t, err)
				require.Equal(t, peerpy.Data{Size: want, Type: "json"}, d)
				for range 2 {
					_, err = p.Parse(padded(t, "DATA|data_size=x&data_type=json"))
					require.ErrorIs(t, err, peerpy.ErrNumber)
				}
			}
		}
	}
}

func TestDataParserKeepsNoReferenceToItsInput(t *testing.T) {
	var p peerpy.DataParser
	b := padded(t, "DATA|data_size=1&data_type=yaml")
	d, err := p.Parse(b)
	require.NoError(t, err)
	clear(b)
	assert.Equal(t, "yaml", d.Type)
	d, err = p.Parse(padded(t, "DATA|data_size=1&data_type=yaml"))
	require.NoError(t, err)
	assert.Equal(t, peerpy.Data{Size: 1, Type: "yaml"}, d)
}

func TestDataAppenderWritesWhatAppendDataWrites(t *testing.T) {
	var a peerpy.DataAppender
	for _, d := range []peerpy.Data{{0, "json"}, {0, "json"}, {0, "bytes"}, {7, "bytes"}, {7, "bytes"}, {123456789, "raw"}, {0, "raw"}} {
		want, err := peerpy.AppendData([]byte("before"), d.Size, d.Type)
		require.NoError(t, err)
		got, err := a.Append([]byte("before"), d.Size, d.Type)
		require.NoError(t, err)
		require.Equal(t, string(want), string(got))
		_, err = a.Append(nil, 5, "cbor")
		require.Error(t, err)
	}
}

func TestIsPingKnowsTheExactHeaderOnly(t *testing.T) {
	assert.True(t, peerpy.IsPing(peerpy.AppendPing(nil)))
	for _, b := range [][]byte{nil, []byte("PING"), padded(t, "PINGS"), padded(t, "PONG"), padded(t, "PING|pinger=10.0.0.1:1"), append(peerpy.AppendPing(nil), '|')} {
		assert.False(t, peerpy.IsPing(b), "%q", b)
	}
}

func TestDatagramsCarryAddresses(t *testing.T) {
	addr, err := peerpy.ParseUDPPing(padded(t, "PING|pinger=10.77.0.1:1024"))
	require.NoError(t, err)
	assert.Equal(t, netip.MustParseAddrPort("10.77.0.1:1024"), addr)
	for text, want := range map[string]string{
		"10.77.0.1:59649": "10.77.0.1:59649", "0.0.0.0:5": "0.0.0.0:5", "[::ffff:10.0.0.1]:5": "10.0.0.1:5", "[fe80::1%eth0]:5": "[fe80::1%eth0]:5",
	} {
		addr, err = peerpy.ParseUDPPong(padded(t, "PONG|ponger="+text+"&later=1"))
		require.NoError(t, err, text)
		assert.Equal(t, netip.MustParseAddrPort(want), addr)
	}
}
