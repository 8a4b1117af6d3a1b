package transport

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/memory"
)

// FuzzRoundTrip sends messages whose sizes the input names, over a network
// that cuts them anywhere, and expects the same ones.
func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte{0, 1, 127, 128, 129, 255}, uint64(1), false, true)
	f.Add([]byte{16, 16, 16, 16, 16}, uint64(2), true, true)
	f.Add([]byte{250, 251, 252, 253, 254, 255}, uint64(3), false, false)
	f.Fuzz(func(t *testing.T, sizes []byte, seed uint64, isStream, python bool) {
		if len(sizes) > 64 {
			sizes = sizes[:64]
		}
		n := memory.New(&memory.Options{Path: memory.Path{RandomRead: true}, Seed: seed, Buffer: 4096})
		a, b := memoryPair(t, n, Hello{Stream: isStream}, &Options{AsPython: python})
		if text, is := a.(*textLink); is {
			text.out.mu.Lock()
			text.out.notBefore = 0 // there is no Python to wait for
			text.out.mu.Unlock()
		}
		in := collect(t.Context(), b)
		want := []string{}
		for i, size := range sizes {
			n := int(size)
			switch {
			case isStream:
				n = int(sizes[0]) + 1
			case size > 250: // some that need more than a slab
				n = int(size-250) * 30_000
			}
			body := bytes.Repeat([]byte{byte(i)}, n)
			if i == 0 && n > 4 {
				copy(body, "PING") // not quite one
			}
			want = append(want, string(body))
			require.NoError(t, a.Send(t.Context(), codec.Bytes, body))
		}
		require.NoError(t, a.Close(10*time.Second))
		got, err := in.wait()
		require.NoError(t, err)
		if len(want) == 0 {
			require.Empty(t, got)
			return
		}
		require.Equal(t, want, got)
	})
}

// FuzzInput lets a link read anything. Whatever it is, the link survives or
// ends with a reason, delivers no more than it was sent, and nothing is left.
func FuzzInput(f *testing.F) {
	for _, v := range violations {
		f.Add([]byte(v.input), uint8(0))
	}
	message := string(padded("DATA|data_size=5&data_type=bytes")) + "12345"
	f.Add([]byte(message+message+string(padded("PING"))+message), uint8(0))
	f.Add([]byte(message+"67890"+string(padded("PING"))+"abcde"), uint8(1))
	f.Add([]byte("12345"+string(padded("PING"))+"PING|"), uint8(2))
	f.Add(make([]byte, 256), uint8(0))
	hellos := []string{pythonHello, streamHello, fixedHello, pythonHello + "&rx=1", "HELLO|peer_name=a:1&data_type=json&strict="}
	f.Fuzz(func(t *testing.T, input []byte, which uint8) {
		link, c := accepting(t, memory.New(nil), ":0", hellos[int(which)%len(hellos)], nil)
		in := collect(t.Context(), link)
		go func() {
			_, _ = c.Write(input)
			_ = CloseWrite(c.Conn)
		}()
		got, _ := in.wait()
		<-link.Done()
		size := 0
		for _, m := range got {
			size += len(m)
		}
		assert.LessOrEqual(t, size, len(input))
		assert.NotNil(t, link.Err())
		balanced(t, link.Ledger())
	})
}
