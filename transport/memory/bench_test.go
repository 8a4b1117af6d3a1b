package memory_test

import (
	"io"
	"testing"

	"github.com/rxpeer/rxpeer/transport/memory"
)

// BenchmarkSeed is what one run of a test over many seeds pays for its
// network: made, one connection, a few bytes each way, closed.
func BenchmarkSeed(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		n := memory.New(nil)
		l, _ := n.Listen(b.Context(), "b:80")
		c, _ := n.Host("a").Dial(b.Context(), "b:80")
		s, _ := l.Accept()
		var buf [4]byte
		_, _ = c.Write([]byte("ping"))
		_, _ = s.Read(buf[:])
		_, _ = s.Write([]byte("pong"))
		_, _ = c.Read(buf[:])
		_ = c.Close()
		_ = s.Close()
		_ = l.Close()
	}
}

// BenchmarkThroughput moves 16 KiB blocks between two goroutines.
func BenchmarkThroughput(b *testing.B) {
	for name, path := range map[string]memory.Path{"plain": {}, "torn": {RandomRead: true}} {
		b.Run(name, func(b *testing.B) {
			n := memory.New(&memory.Options{Path: path})
			l, _ := n.Listen(b.Context(), "b:80")
			c, _ := n.Dial(b.Context(), "b:80")
			s, _ := l.Accept()
			done := make(chan struct{})
			go func() {
				defer close(done)
				_, _ = io.Copy(io.Discard, struct{ io.Reader }{s})
			}()
			block := make([]byte, 16<<10)
			b.SetBytes(int64(len(block)))
			for b.Loop() {
				_, _ = c.Write(block)
			}
			_ = c.Close()
			<-done
			_ = s.Close()
			_ = l.Close()
		})
	}
}
