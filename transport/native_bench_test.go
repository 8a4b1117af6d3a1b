package transport

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/transport/codec"
)

// BenchmarkEmitters sends messages of 128 bytes from one goroutine, and from
// eight at once.
func BenchmarkEmitters(b *testing.B) {
	for _, emitters := range []int{1, 8} {
		b.Run(fmt.Sprint(emitters), func(b *testing.B) {
			sender, receiver := pair(b, Hello{}, nil)
			in := &benchObserver{left: b.N, done: make(chan struct{})}
			receiver.Messages().Attach(b.Context(), in)
			b.SetBytes(128)
			b.ReportAllocs()
			b.ResetTimer()
			var all sync.WaitGroup
			for i := range emitters {
				n := b.N / emitters
				if i == 0 {
					n += b.N % emitters
				}
				all.Go(func() {
					body := make([]byte, 128)
					for range n {
						if sender.Send(context.Background(), codec.Bytes, body) != nil {
							return
						}
					}
				})
			}
			all.Wait()
			<-in.done
		})
	}
}

// BenchmarkHundredStreams sends messages of 1 KiB on the streams of a link in
// turn. All are read, or all but one, which is full.
func BenchmarkHundredStreams(b *testing.B) {
	for _, stalled := range []bool{false, true} {
		name := "all read"
		if stalled {
			name = "one stalled"
		}
		b.Run(name, func(b *testing.B) { benchStreams(b, stalled) })
	}
}

func benchStreams(b *testing.B, stalled bool) {
	const streams = 100
	opened := make(chan *Stream, streams)
	sender, _ := pair(b, Hello{}, &Options{Opened: func(_ Link, st *Stream) { opened <- st }})
	body := make([]byte, 1<<10)
	var out []*Stream
	in := &benchObserver{left: b.N, done: make(chan struct{})}
	for i := range streams {
		st, err := sender.Open(nil, nil)
		require.NoError(b, err)
		other := <-opened
		if stalled && i == 0 {
			for st.TrySend(codec.Bytes, body) == nil { // until nothing fits any more
			}
			continue
		}
		other.Messages().Attach(b.Context(), in)
		out = append(out, st)
	}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		if err := out[i%len(out)].Send(context.Background(), codec.Bytes, body); err != nil {
			b.Fatal(err)
		}
	}
	<-in.done
}
