package peerpy_test

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/internal/peerpy"
)

func seeds(f *testing.F, headers ...string) {
	f.Helper()
	for _, h := range headers {
		f.Add(padded(f, h))
		f.Add([]byte(h))
	}
}

// Whatever is parsed is parsed to the same when it is written anew; the second
// writing is the canonical one. Whatever is refused is refused with a typed
// error.

func FuzzHello(f *testing.F) {
	seeds(f, "HELLO|peer_name=127.0.0.1:60663&data_type=json&strict=True", "HELLO|strict=0&stream=1&data_type=raw&data_size=7&peer_name=x&rx=1&y=z",
		"HELLO|a=b=c", "HELLO")
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := peerpy.ParseHello(b)
		if err != nil {
			requireTyped(t, err)
			return
		}
		again, err := peerpy.AppendHello(nil, h)
		if err != nil { // Parse takes data types and terse spellings that Append does not.
			var tooLong *peerpy.HeaderSizeError
			if !errors.As(err, &tooLong) {
				require.ErrorIs(t, err, peerpy.ErrDataType)
			}
			return
		}
		got, err := peerpy.ParseHello(again)
		require.NoError(t, err)
		require.Equal(t, h, got)
	})
}

func FuzzHelloFields(f *testing.F) {
	f.Add("127.0.0.1:60663", "json", false, true, int64(5), 1)
	f.Add("[fe80::1%eth0]:60663", "raw", true, false, int64(0), 0)
	f.Fuzz(func(t *testing.T, name, dataType string, lenient, stream bool, size int64, rx int) {
		want := peerpy.Hello{PeerName: name, DataType: dataType, Lenient: lenient, Stream: stream, DataSize: size, Rx: rx}
		b, err := peerpy.AppendHello(nil, want)
		if err != nil {
			require.Empty(t, b)
			return
		}
		require.Len(t, b, peerpy.HeaderSize)
		got, err := peerpy.ParseHello(b)
		require.NoError(t, err)
		require.Equal(t, want, got)
	})
}

func FuzzAccept(f *testing.F) {
	seeds(f, "ACCEPT", "ACCEPT|rx=1", "ACCEPT|x=y&rx=2", "ACCEPT|rx")
	f.Fuzz(func(t *testing.T, b []byte) {
		rx, err := peerpy.ParseAccept(b)
		if err != nil {
			requireTyped(t, err)
			return
		}
		again, err := peerpy.AppendAccept(nil, rx)
		require.NoError(t, err)
		got, err := peerpy.ParseAccept(again)
		require.NoError(t, err)
		require.Equal(t, rx, got)
	})
}

func FuzzData(f *testing.F) {
	seeds(f, "DATA|data_size=14&data_type=json", "DATA|data_type=bytes&data_size=0", "DATA|data_size=1000000000000&data_type=raw",
		"DATA|data_size=-1&data_type=raw", "DATA|data_size=5&data_type=json|x")
	f.Fuzz(func(t *testing.T, b []byte) {
		var p peerpy.DataParser
		d, err := peerpy.ParseData(b)
		for range 2 {
			remembered, perr := p.Parse(b)
			require.Equal(t, d, remembered)
			require.Equal(t, err, perr)
		}
		if err != nil {
			requireTyped(t, err)
			return
		}
		again, err := peerpy.AppendData(nil, d.Size, d.Type)
		if err != nil {
			require.ErrorIs(t, err, peerpy.ErrDataType)
			return
		}
		got, err := p.Parse(again)
		require.NoError(t, err)
		require.Equal(t, d, got)
	})
}

func FuzzDatagrams(f *testing.F) {
	seeds(f, "PING|pinger=10.77.0.1:1024", "PONG|ponger=10.77.0.1:59649", "PONG|ponger=[fe80::1%25]:1", "PONG|ponger=[::ffff:0.0.0.0]:1", "PING")
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, c := range []struct {
			parse  func([]byte) (netip.AddrPort, error)
			append func([]byte, netip.AddrPort) ([]byte, error)
		}{{peerpy.ParseUDPPing, peerpy.AppendUDPPing}, {peerpy.ParseUDPPong, peerpy.AppendUDPPong}} {
			addr, err := c.parse(b)
			if err != nil {
				requireTyped(t, err)
				continue
			}
			again, err := c.append(nil, addr)
			if err != nil { // Parse takes addresses that are not to be sent.
				continue
			}
			got, err := c.parse(again)
			require.NoError(t, err)
			require.Equal(t, addr, got)
		}
	})
}

func requireTyped(t *testing.T, err error) {
	t.Helper()
	var typed *peerpy.HeaderError
	require.ErrorAs(t, err, &typed)
	assert.NotEmpty(t, err.Error())
}
