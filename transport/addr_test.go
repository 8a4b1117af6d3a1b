package transport_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/transport"
)

func ExampleParseAddr() {
	for _, s := range []string{"192.168.0.2:54865", "Kitchen.local", "[fe80::1%eth0]:80", ":0", "10.0.0.300:80"} {
		a, err := transport.ParseAddr(s)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(a)
	}
	// Output:
	// 192.168.0.2:54865
	// kitchen.local:0
	// [fe80::1%eth0]:80
	// :0
	// transport: address "10.0.0.300:80": has a host that is neither a name nor an IPv4 address
}

func TestParseAddrKeepsHostAndPort(t *testing.T) {
	for in, want := range map[string]struct {
		host string
		port uint16
	}{
		"10.0.0.1:1234":            {"10.0.0.1", 1234},
		"10.0.0.1":                 {"10.0.0.1", 0},
		"localhost:65535":          {"localhost", 65535},
		"My-Host_1.local.:80":      {"my-host_1.local.", 80},
		"::1":                      {"::1", 0},
		"[::1]":                    {"::1", 0},
		"[::1]:80":                 {"::1", 80},
		"[::ffff:10.0.0.1]:80":     {"10.0.0.1", 80},
		"::ffff:10.0.0.1":          {"10.0.0.1", 0},
		"[2001:DB8:0:0:0:0:0:1]:1": {"2001:db8::1", 1},
		"fe80::1%eth0.100":         {"fe80::1%eth0.100", 0},
		"0.0.0.0:0":                {"0.0.0.0", 0},
		":80":                      {"", 80},
		"kitchen:00080":            {"kitchen", 80},
		"1a:2":                     {"1a", 2},
	} {
		a, err := transport.ParseAddr(in)
		require.NoError(t, err, in)
		assert.Equal(t, want.host, a.Host(), in)
		assert.Equal(t, want.port, a.Port(), in)
		again, err := transport.ParseAddr(a.String())
		require.NoError(t, err, in)
		assert.Equal(t, a, again, in)
	}
}

func TestParseAddrNamesWhatIsWrong(t *testing.T) {
	for in, reason := range map[string]string{
		"":                          "empty",
		"host:":                     "no port",
		"host:http":                 "decimal",
		"host:+1":                   "decimal",
		"host:-1":                   "decimal",
		"host:1_0":                  "decimal",
		"host: 1":                   "decimal",
		"host:65536":                "65535",
		"host:99999999999999999999": "65535",
		"a:b:c":                     "too many colons",
		"[::1":                      "misses the ]",
		"[::1]80":                   "after ]",
		"[10.0.0.1]:80":             "brackets",
		"[::1%a|b]:80":              "characters",
		"[fe80::x]:80":              "characters",
		"ho st:80":                  "characters",
		"a|b&c=d:80":                "characters",
		"büro:80":                   "characters",
		"10.0.0.300:80":             "neither",
		"10.0.0:80":                 "neither",
		"1234:80":                   "neither",
		".:80":                      "neither",
		"a..b:80":                   "neither",
		".a:80":                     "neither",
		strings.Repeat("a", 254):    "longer",
	} {
		_, err := transport.ParseAddr(in)
		var ae *transport.AddrError
		require.ErrorAs(t, err, &ae, in)
		assert.Contains(t, ae.Reason, reason, in)
		assert.LessOrEqual(t, len(ae.Addr), 64)
	}
}

func TestAddrOfReadsWhatPackageNetReturns(t *testing.T) {
	a, err := transport.AddrOf(&net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 7})
	require.NoError(t, err)
	assert.Equal(t, transport.AddrFrom(netip.MustParseAddrPort("10.0.0.1:7")), a)

	a, err = transport.AddrOf(&net.TCPAddr{IP: net.ParseIP("fe80::1"), Zone: "eth0", Port: 7})
	require.NoError(t, err)
	assert.Equal(t, "[fe80::1%eth0]:7", a.String())

	a, err = transport.AddrOf(&net.TCPAddr{Port: 7})
	require.NoError(t, err)
	assert.Equal(t, ":7", a.String())

	_, err = transport.AddrOf(&net.UnixAddr{Name: "/run/a socket", Net: "unix"})
	assert.ErrorAs(t, err, new(*transport.AddrError))
	_, err = transport.AddrOf(nil)
	assert.ErrorAs(t, err, new(*transport.AddrError))
}

func TestAddrKnowsWhereItIsReachable(t *testing.T) {
	for in, want := range map[string]struct{ unspecified, loopback, ip bool }{
		":0":          {unspecified: true},
		"0.0.0.0:1":   {unspecified: true, ip: true},
		"[::]:1":      {unspecified: true, ip: true},
		"127.0.0.9:1": {loopback: true, ip: true},
		"[::1]:1":     {loopback: true, ip: true},
		"localhost:1": {loopback: true},
		"10.0.0.1:1":  {ip: true},
		"kitchen:1":   {},
	} {
		a, err := transport.ParseAddr(in)
		require.NoError(t, err, in)
		assert.Equal(t, want.unspecified, a.IsUnspecified(), in)
		assert.Equal(t, want.loopback, a.IsLoopback(), in)
		ap, ok := a.AddrPort()
		assert.Equal(t, want.ip, ok, in)
		if ok {
			assert.Equal(t, a, transport.AddrFrom(ap), in)
		}
	}
	assert.True(t, transport.Addr{}.IsZero())
	assert.True(t, transport.AddrFrom(netip.AddrPort{}).IsZero())
	assert.Equal(t, "kitchen:9", mustAddr(t, "kitchen:1").WithPort(9).String())
}

func TestAddrIsTextInJSON(t *testing.T) {
	type event struct{ Address transport.Addr }
	b, err := json.Marshal(event{mustAddr(t, "[::1]:80")})
	require.NoError(t, err)
	assert.JSONEq(t, `{"Address":"[::1]:80"}`, string(b))
	var back event
	require.NoError(t, json.Unmarshal(b, &back))
	assert.Equal(t, mustAddr(t, "[::1]:80"), back.Address)
	assert.ErrorAs(t, json.Unmarshal([]byte(`{"Address":"a:b"}`), &back), new(*transport.AddrError))
}

func mustAddr(t *testing.T, s string) transport.Addr {
	t.Helper()
	a, err := transport.ParseAddr(s)
	require.NoError(t, err)
	return a
}

func FuzzParseAddrRoundTrips(f *testing.F) {
	for _, s := range []string{"10.0.0.1:1", "[::1%a]:1", "host", ":0", "a.b.:9", "::ffff:1.2.3.4%x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := transport.ParseAddr(s)
		if err != nil {
			require.ErrorAs(t, err, new(*transport.AddrError))
			return
		}
		require.NotContains(t, a.String(), "|")
		require.NotContains(t, a.String(), "&")
		require.NotContains(t, a.String(), "=")
		again, err := transport.ParseAddr(a.String())
		require.NoError(t, err)
		require.Equal(t, a, again)
	})
}
