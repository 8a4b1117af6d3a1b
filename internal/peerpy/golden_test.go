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

// padded returns a header as it stands on the wire.
func padded(t testing.TB, s string) []byte {
	t.Helper()
	require.LessOrEqual(t, len(s), peerpy.HeaderSize)
	return []byte(s + strings.Repeat("|", peerpy.HeaderSize-len(s)))
}

// The expected bytes are what the Python package (1.2.2) builds for the same
// contents, except for the strict= and rx= of this module.
func TestHeadersAreByteForByteWhatPythonBuilds(t *testing.T) {
	hello := func(h peerpy.Hello) func([]byte) ([]byte, error) {
		return func(dst []byte) ([]byte, error) { return peerpy.AppendHello(dst, h) }
	}
	for want, appendTo := range map[string]func([]byte) ([]byte, error){
		"HELLO|peer_name=127.0.0.1:60663&data_type=json&strict=True": hello(peerpy.Hello{
			PeerName: "127.0.0.1:60663", DataType: "json"}),
		"HELLO|peer_name=127.0.0.1:60663&data_type=raw&strict=True&stream=True": hello(peerpy.Hello{
			PeerName: "127.0.0.1:60663", DataType: "raw", Stream: true}),
		"HELLO|peer_name=127.0.0.1:60663&data_type=bytes&strict=": hello(peerpy.Hello{
			PeerName: "127.0.0.1:60663", DataType: "bytes", Lenient: true}),
		"HELLO|peer_name=127.0.0.1:60663&data_type=bytes&strict=True&stream=True&data_size=5": hello(peerpy.Hello{
			PeerName: "127.0.0.1:60663", DataType: "bytes", Stream: true, DataSize: 5}),
		"HELLO|peer_name=127.0.0.1:60663&data_type=json&strict=True&rx=1": hello(peerpy.Hello{
			PeerName: "127.0.0.1:60663", DataType: "json", Rx: 1}),
		"HELLO|peer_name=127.0.0.1:60663&data_type=bytes&strict=True&stream=True&data_size=5&rx=1": hello(peerpy.Hello{
			PeerName: "127.0.0.1:60663", DataType: "bytes", Stream: true, DataSize: 5, Rx: 1}),
		"ACCEPT":      func(dst []byte) ([]byte, error) { return peerpy.AppendAccept(dst, 0) },
		"ACCEPT|rx=1": func(dst []byte) ([]byte, error) { return peerpy.AppendAccept(dst, 1) },
		"DENY":        func(dst []byte) ([]byte, error) { return peerpy.AppendDeny(dst), nil },
		"PING":        func(dst []byte) ([]byte, error) { return peerpy.AppendPing(dst), nil },
		"DATA|data_size=14&data_type=json": func(dst []byte) ([]byte, error) {
			return peerpy.AppendData(dst, 14, "json")
		},
		"DATA|data_size=0&data_type=bytes": func(dst []byte) ([]byte, error) {
			return peerpy.AppendData(dst, 0, "bytes")
		},
		"DATA|data_size=9223372036854775807&data_type=raw": func(dst []byte) ([]byte, error) {
			return peerpy.AppendData(dst, math.MaxInt64, "raw")
		},
		"PING|pinger=10.77.0.1:1024": func(dst []byte) ([]byte, error) {
			return peerpy.AppendUDPPing(dst, netip.MustParseAddrPort("10.77.0.1:1024"))
		},
		"PONG|ponger=10.77.0.1:59649": func(dst []byte) ([]byte, error) {
			return peerpy.AppendUDPPong(dst, netip.MustParseAddrPort("10.77.0.1:59649"))
		},
		"PONG|ponger=[fe80::1]:59649": func(dst []byte) ([]byte, error) {
			return peerpy.AppendUDPPong(dst, netip.MustParseAddrPort("[fe80::1]:59649"))
		},
	} {
		t.Run(want, func(t *testing.T) {
			got, err := appendTo([]byte("before"))
			require.NoError(t, err)
			assert.Equal(t, "before"+string(padded(t, want)), string(got))
		})
	}
}

func TestAppendFunctionsReuseTheRoomInDst(t *testing.T) {
	buf := make([]byte, 0, 2*peerpy.HeaderSize)
	n := testing.AllocsPerRun(100, func() {
		dst, err := peerpy.AppendData(buf, 123456, "json")
		if err != nil || &dst[0] != &buf[:1][0] {
			t.Error("moved")
		}
		dst, err = peerpy.AppendHello(buf, peerpy.Hello{PeerName: "10.0.0.1:1", DataType: "json"})
		if err != nil || &dst[0] != &buf[:1][0] {
			t.Error("moved")
		}
	})
	assert.Zero(t, n)
}

func TestMappedAddressesAreWrittenAsIPv4(t *testing.T) {
	got, err := peerpy.AppendUDPPong(nil, netip.MustParseAddrPort("[::ffff:10.0.0.7]:5000"))
	require.NoError(t, err)
	assert.Equal(t, padded(t, "PONG|ponger=10.0.0.7:5000"), got)
}
