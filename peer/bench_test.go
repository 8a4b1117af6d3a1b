package peer_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/internal/peerpy"
	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// kept keeps a received message from being optimised away.
var kept []byte

// BenchmarkReceive sends 16-byte messages over one connection between two
// peers on loopback and receives them as []byte that the receiver owns, as they
// are and through a pipeline. "plain" does the same with two loops around a
// connection, which build and parse the same headers over buffers of 64 KiB.
func BenchmarkReceive(b *testing.B) {
	b.Run("rxpeer", func(b *testing.B) {
		sender, receiver := benchPair(b)
		count(b, sender, func(next func([]byte)) { peer.Receive[[]byte](receiver).On(b.Context(), next) })
	})
	b.Run("rxpeer through Filter and Map", func(b *testing.B) {
		sender, receiver := benchPair(b)
		count(b, sender, func(next func([]byte)) {
			some := operators.Filter(peer.Receive[[]byte](receiver), func(v []byte) bool { return len(v) > 0 })
			operators.Map(some, func(v []byte) []byte { return v[:8] }).On(b.Context(), next)
		})
	})
	b.Run("plain", benchPlain)
}

func benchPair(b *testing.B) (sender, receiver *peer.Connection) {
	b.Helper()
	near, far := openTCP(b, nil), openTCP(b, nil)
	sender, err := near.Connect(b.Context(), far.Addr().String(), &peer.ConnectOptions{DataType: codec.Bytes})
	require.NoError(b, err)
	receiver, err = far.Connections().Await(b.Context())
	require.NoError(b, err)
	return sender, receiver
}

// count sends b.N messages and waits until all were received.
func count(b *testing.B, sender *peer.Connection, subscribe func(next func([]byte))) {
	done := make(chan struct{})
	n := 0
	subscribe(func(v []byte) {
		kept = v
		if n++; n == b.N {
			close(done)
		}
	})
	out, body, ctx := peer.SinkOf[[]byte](sender), make([]byte, 16), context.Background()
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		if err := out.Emit(ctx, body); err != nil {
			b.Fatal(err)
		}
	}
	<-done
}

func benchPlain(b *testing.B) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	defer ln.Close()
	sender, err := net.Dial("tcp", ln.Addr().String())
	require.NoError(b, err)
	defer sender.Close()
	receiver, err := ln.Accept()
	require.NoError(b, err)
	defer receiver.Close()
	done := make(chan error, 1)
	go func() { done <- plainReceive(receiver, b.N) }()
	w, body, header := bufio.NewWriterSize(sender, 64<<10), make([]byte, 16), make([]byte, 0, peerpy.HeaderSize)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		header, _ = peerpy.AppendData(header[:0], int64(len(body)), "bytes")
		_, _ = w.Write(header)
		_, _ = w.Write(body)
	}
	require.NoError(b, w.Flush())
	require.NoError(b, <-done)
}

func plainReceive(c net.Conn, n int) error {
	r, header := bufio.NewReaderSize(c, 64<<10), make([]byte, peerpy.HeaderSize)
	for range n {
		if _, err := io.ReadFull(r, header); err != nil {
			return err
		}
		d, err := peerpy.ParseData(header)
		if err != nil {
			return err
		}
		kept = make([]byte, d.Size)
		if _, err := io.ReadFull(r, kept); err != nil {
			return err
		}
	}
	return nil
}
