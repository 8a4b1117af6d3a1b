package peer_test

import (
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/peer"
)

// header pads text to the 128 bytes of a header.
func header(text string) string { return text + strings.Repeat("|", max(0, 128-len(text))) }

const goodHello = "HELLO|peer_name=127.0.0.1:1&data_type=json&strict=True"

// served reports whether a good client is served.
func served(t *testing.T, p *peer.Peer) {
	t.Helper()
	client := openTCP(t, nil)
	defer client.Close()
	c, err := client.Connect(t.Context(), p.Addr().String(), nil)
	require.NoError(t, err)
	require.NoError(t, peer.SinkOf[string](c).Emit(t.Context(), "good"))
	got, err := peer.Receive[string](c).Await(t.Context())
	require.NoError(t, err)
	require.Equal(t, "good", got)
}

// echo makes p answer every value.
func echo(t *testing.T, p *peer.Peer) {
	p.Connections().On(t.Context(), func(c *peer.Connection) {
		out := peer.SinkOf[any](c)
		c.Data().On(t.Context(), func(v any) { out.TryEmit(v) })
	})
}

func TestBadInputEndsOnlyTheConnectionThatCarriedIt(t *testing.T) {
	p := openTCP(t, &peer.Options{Timeout: 300 * time.Millisecond})
	echo(t, p)
	cases := map[string]string{
		"no separator":           strings.Repeat("x", 128),
		"unknown type":           header("HOLA|a=b"),
		"a key without =":        header("HELLO|peer_name&data_type=json&strict=True"),
		"two = in a pair":        header("HELLO|peer_name=a=b&data_type=json&strict=True"),
		"duplicated keys":        header(goodHello + "&strict=True"),
		"missing fields":         header("HELLO|data_type=json"),
		"unknown data type":      header("HELLO|peer_name=127.0.0.1:1&data_type=xml&strict=True"),
		"not UTF-8":              header("HELLO|peer_name=\xff\xfe&data_type=json&strict=True"),
		"half a header":          "HELLO|peer_name=",
		"nothing":                "",
		"negative size":          header(goodHello) + header("DATA|data_size=-1&data_type=json"),
		"signed size":            header(goodHello) + header("DATA|data_size=+1&data_type=json"),
		"blank size":             header(goodHello) + header("DATA|data_size= 1&data_type=json"),
		"underscored size":       header(goodHello) + header("DATA|data_size=1_0&data_type=json"),
		"huge size":              header(goodHello) + header("DATA|data_size=1000000000000&data_type=json"),
		"size beyond 64 bits":    header(goodHello) + header("DATA|data_size=99999999999999999999&data_type=json"),
		"another data type":      header(goodHello) + header("DATA|data_size=1&data_type=raw") + "N",
		"half a body":            header(goodHello) + header("DATA|data_size=100&data_type=json") + "{",
		"a body that is no json": header(goodHello) + header("DATA|data_size=3&data_type=json") + "}{}",
		"a body that is no pickle": header("HELLO|peer_name=127.0.0.1:1&data_type=raw&strict=True") +
			header("DATA|data_size=3&data_type=raw") + "\x80\x04\xff",
		"a header's noise": header(goodHello) + strings.Repeat("\x00", 1000),
	}
	for name, input := range cases {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", p.Addr().String())
			require.NoError(t, err)
			defer conn.Close()
			_, err = io.WriteString(conn, input)
			require.NoError(t, err)
			served(t, p)
		})
	}
}

func TestADeclaredSizeAllocatesNothing(t *testing.T) {
	p := openTCP(t, nil)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range 50 {
		conn, err := net.Dial("tcp", p.Addr().String())
		require.NoError(t, err)
		defer conn.Close()
		_, err = io.WriteString(conn, header(goodHello)+header("DATA|data_size=60000000&data_type=json")+"{")
		require.NoError(t, err)
		_, err = io.ReadFull(conn, make([]byte, 128))
		require.NoError(t, err)
	}
	runtime.ReadMemStats(&after)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(50<<20), "50 connections that declare 60 MB each")
}

func TestASilentConnectionDelaysNobodyAnd200AtOnceAreAllServed(t *testing.T) {
	p := openTCP(t, nil)
	echo(t, p)
	for range 50 {
		silent, err := net.Dial("tcp", p.Addr().String())
		require.NoError(t, err)
		defer silent.Close()
	}
	var work sync.WaitGroup
	for i := range 200 {
		work.Go(func() {
			client, err := peer.Open(t.Context(), &peer.Options{Address: "127.0.0.1", NoDiscovery: true, Timeout: 20 * time.Second})
			if !assert.NoError(t, err) {
				return
			}
			defer client.Close()
			c, err := client.Connect(t.Context(), p.Addr().String(), nil)
			if !assert.NoError(t, err) {
				return
			}
			want := fmt.Sprint("client ", i)
			assert.NoError(t, peer.SinkOf[string](c).Emit(t.Context(), want))
			got, err := peer.Receive[string](c).Await(t.Context())
			assert.NoError(t, err)
			assert.Equal(t, want, got)
		})
	}
	work.Wait()
}
