package transport

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/internal/peerpy"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// BenchmarkPeerpyWire sends messages over one connection on loopback, in this
// process, and counts them as they are handed over as []byte of the receiver's
// own. "plain" is a Go program that does the same with a loop around a
// connection: it builds and parses the same headers over buffers of 64 KiB.
func BenchmarkPeerpyWire(b *testing.B) {
	for _, size := range []int{16, 128, 1 << 10, 16 << 10, 1 << 20} {
		b.Run(fmt.Sprintf("rxpeer/%d", size), func(b *testing.B) { benchLink(b, size, &Options{NoNative: true}, true) })
		b.Run(fmt.Sprintf("plain/%d", size), func(b *testing.B) { benchPlain(b, size) })
	}
}

// owned keeps the receiver's message from being optimised away.
var owned []byte

// BenchmarkNative is the same on rxpeer/2. The receiver looks at the messages
// where they are ("borrowed"), or copies them ("owned"). "plain" has a length
// of four bytes in front of each message, and buffers of 64 KiB.
func BenchmarkNative(b *testing.B) {
	for _, size := range []int{16, 128, 1 << 10, 16 << 10, 1 << 20} {
		for how, own := range map[string]bool{"borrowed": false, "owned": true} {
			b.Run(fmt.Sprintf("%s/rxpeer/%d", how, size), func(b *testing.B) { benchLink(b, size, nil, own) })
			b.Run(fmt.Sprintf("%s/plain/%d", how, size), func(b *testing.B) { benchPlainNative(b, size, own) })
		}
	}
}

func benchPlainNative(b *testing.B, size int, own bool) {
	sender, receiver := plainPair(b)
	done := make(chan error, 1)
	go func() { done <- plainReceiveNative(receiver, b.N, own) }()
	body := make([]byte, size)
	b.SetBytes(int64(size))
	b.ReportAllocs()
	b.ResetTimer()
	w := bufio.NewWriterSize(sender, 64<<10)
	var head [4]byte
	for range b.N {
		binary.LittleEndian.PutUint32(head[:], uint32(size))
		_, _ = w.Write(head[:])
		_, _ = w.Write(body)
	}
	require.NoError(b, w.Flush())
	require.NoError(b, <-done)
}

func plainReceiveNative(c net.Conn, n int, own bool) error {
	r := bufio.NewReaderSize(c, 64<<10)
	var large []byte
	for range n {
		head, err := r.Peek(4)
		if err != nil {
			return err
		}
		size := int(binary.LittleEndian.Uint32(head))
		_, _ = r.Discard(4)
		if own || size > r.Size() {
			if own || cap(large) < size {
				large = make([]byte, size)
			}
			if _, err := io.ReadFull(r, large); err != nil {
				return err
			}
			owned = large
			continue
		}
		body, err := r.Peek(size)
		if err != nil {
			return err
		}
		seen += int(body[0])
		_, _ = r.Discard(size)
	}
	return nil
}

// seen keeps the receiver from being optimised away.
var seen int

func benchLink(b *testing.B, size int, opts *Options, own bool) {
	sender, receiver := pair(b, Hello{}, opts)
	in := &benchObserver{own: own, left: b.N, done: make(chan struct{})}
	receiver.Messages().Attach(b.Context(), in)
	body := make([]byte, size)
	ctx := context.Background()
	b.SetBytes(int64(size))
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		if err := sender.Send(ctx, codec.Bytes, body); err != nil {
			b.Fatal(err)
		}
	}
	<-in.done
}

// benchObserver counts what it gets. It keeps away from what others write.
type benchObserver struct {
	_    [128]byte
	own  bool
	left int
	seen int
	keep []byte
	done chan struct{}
	_    [128]byte
}

func (o *benchObserver) Next(m *Message) bool {
	if o.own {
		o.keep = append([]byte(nil), m.Body...)
	} else {
		o.seen += int(m.Body[0])
	}
	if o.left--; o.left == 0 {
		close(o.done)
	}
	return true
}

func (o *benchObserver) Done(error) {}

func benchPlain(b *testing.B, size int) {
	sender, receiver := plainPair(b)
	done := make(chan error, 1)
	go func() { done <- plainReceive(receiver, b.N) }()
	body := make([]byte, size)
	b.SetBytes(int64(size))
	b.ReportAllocs()
	b.ResetTimer()
	w := bufio.NewWriterSize(sender, 64<<10)
	header := make([]byte, 0, peerpy.HeaderSize)
	for range b.N {
		header, _ = peerpy.AppendData(header[:0], int64(size), "bytes")
		_, _ = w.Write(header)
		_, _ = w.Write(body)
	}
	require.NoError(b, w.Flush())
	require.NoError(b, <-done)
}

func plainReceive(c net.Conn, n int) error {
	r := bufio.NewReaderSize(c, 64<<10)
	header := make([]byte, peerpy.HeaderSize)
	for range n {
		if _, err := io.ReadFull(r, header); err != nil {
			return err
		}
		d, err := peerpy.ParseData(header)
		if err != nil {
			return err
		}
		body := make([]byte, d.Size)
		if _, err := io.ReadFull(r, body); err != nil {
			return err
		}
		owned = body
	}
	return nil
}

func plainPair(t testing.TB) (dialed, accepted net.Conn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	dialed, err = net.Dial("tcp", ln.Addr().String())
	require.NoError(t, err)
	accepted, err = ln.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { _ = dialed.Close(); _ = accepted.Close() })
	return dialed, accepted
}

// BenchmarkRoundTrip sends 128 bytes there and back, replying from Next.
func BenchmarkRoundTrip(b *testing.B) {
	b.Run("rxpeer", func(b *testing.B) {
		there, here := pair(b, Hello{}, nil)
		ctx := context.Background()
		here.Messages().Attach(b.Context(), observer{
			next: func(m *Message) bool { return here.Send(ctx, m.Type, m.Body) == nil },
			done: func(error) {},
		})
		back := make(chan struct{})
		there.Messages().Attach(b.Context(), observer{
			next: func(*Message) bool { back <- struct{}{}; return true },
			done: func(error) {},
		})
		body := make([]byte, 128)
		b.ReportAllocs()
		for b.Loop() {
			if err := there.Send(ctx, codec.Bytes, body); err != nil {
				b.Fatal(err)
			}
			<-back
		}
	})
	b.Run("plain", func(b *testing.B) {
		there, here := plainPair(b)
		go func() {
			frame := make([]byte, 256)
			for {
				if _, err := io.ReadFull(here, frame); err != nil {
					return
				}
				_, _ = here.Write(frame)
			}
		}()
		back := make(chan struct{})
		go func() {
			frame := make([]byte, 256)
			for {
				if _, err := io.ReadFull(there, frame); err != nil {
					return
				}
				back <- struct{}{}
			}
		}()
		frame := make([]byte, 256)
		b.ReportAllocs()
		for b.Loop() {
			_, _ = there.Write(frame)
			<-back
		}
	})
}
