package peer_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
)

// toServer connects to a peer over loopback.
func toServer(b *testing.B) (server *peer.Peer, conn *peer.Connection) {
	b.Helper()
	server, near := openTCP(b, nil), openTCP(b, nil)
	conn, err := near.Connect(b.Context(), server.Addr().String(), nil)
	require.NoError(b, err)
	return server, conn
}

// BenchmarkNamed sends messages of several sizes over loopback, which are borrowed
// through a Filter: over a connection, and on a named stream.
func BenchmarkNamed(b *testing.B) {
	for _, size := range []int{16, 128, 1 << 10, 16 << 10, 1 << 20} {
		body := make([]byte, size)
		b.Run(fmt.Sprint(size, "/connection"), func(b *testing.B) {
			sender, receiver := benchPair(b)
			done := countViews(b, peer.Borrow(receiver), size)
			out, ctx := peer.SinkOf[[]byte](sender), context.Background()
			for range b.N {
				if err := out.Emit(ctx, body); err != nil {
					b.Fatal(err)
				}
			}
			<-done
		})
		b.Run(fmt.Sprint(size, "/stream"), func(b *testing.B) {
			server, conn := toServer(b)
			source := stream.FromFunc(func(_ context.Context, emit func([]byte) bool) error {
				for range b.N {
					if !emit(body) {
						break
					}
				}
				return nil
			})
			_, err := peer.Expose(server, "bench", source, nil)
			require.NoError(b, err)
			<-countViews(b, peer.Remote[peer.View](conn, "bench"), size)
		})
	}
}

// countViews returns a channel that closes when b.N messages were received.
func countViews(b *testing.B, o stream.Observable[peer.View], size int) <-chan struct{} {
	done := make(chan struct{})
	n := 0
	b.SetBytes(int64(size))
	b.ReportAllocs()
	b.ResetTimer()
	operators.Filter(o, func(v peer.View) bool { return len(v.Bytes()) == size }).On(b.Context(), func(peer.View) {
		if n++; n == b.N {
			close(done)
		}
	})
	return done
}

// BenchmarkCall calls a function with 128 bytes that returns them, one call at a
// time and 64 at once; "plain" is a ping-pong of 128 bytes over TCP.
func BenchmarkCall(b *testing.B) {
	body := make([]byte, 128)
	b.Run("plain", func(b *testing.B) { benchPingPong(b, body) })
	for _, callers := range []int{1, 64} {
		b.Run(fmt.Sprint(callers), func(b *testing.B) {
			server, conn := toServer(b)
			_, err := peer.Handle(server, "echo", func(_ context.Context, v []byte) ([]byte, error) { return v, nil }, nil)
			require.NoError(b, err)
			b.ReportAllocs()
			b.ResetTimer()
			var all sync.WaitGroup
			for i := range callers {
				all.Go(func() {
					for range (b.N + i) / callers {
						if _, err := peer.Call[[]byte, []byte](b.Context(), conn, "echo", body); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			all.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
		})
	}
}

// BenchmarkRequest is BenchmarkCall, one at a time, as Observables.
func BenchmarkRequest(b *testing.B) {
	server, conn := toServer(b)
	_, err := peer.Handle(server, "echo", func(_ context.Context, v []byte) ([]byte, error) { return v, nil }, nil)
	require.NoError(b, err)
	body, over := make([]byte, 128), make(chan struct{})
	var ask func(i int)
	ask = func(i int) {
		if i == b.N {
			close(over)
			return
		}
		peer.Request[[]byte, []byte](conn, "echo", body).On(b.Context(), func([]byte) { ask(i + 1) })
	}
	b.ReportAllocs()
	b.ResetTimer()
	ask(0)
	<-over
}

func benchPingPong(b *testing.B, body []byte) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	defer ln.Close()
	near, err := net.Dial("tcp", ln.Addr().String())
	require.NoError(b, err)
	defer near.Close()
	far, err := ln.Accept()
	require.NoError(b, err)
	defer far.Close()
	go func() { // ends when far is closed
		buf := make([]byte, len(body))
		for {
			if _, err := io.ReadFull(far, buf); err != nil {
				return
			}
			if _, err := far.Write(buf); err != nil {
				return
			}
		}
	}()
	buf := make([]byte, len(body))
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		if _, err := near.Write(body); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(near, buf); err != nil {
			b.Fatal(err)
		}
	}
}
