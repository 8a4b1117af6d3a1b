package transport

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/memory"
)

// keeper keeps each body twice, and writes into one of them.
type keeper struct {
	*inboxOf
	kept  [][]byte
	moved []bool // whether the memory changed its owner
}

func (k *keeper) Next(m *Message) bool {
	one := m.Keep()
	k.moved = append(k.moved, len(one) > 0 && &one[0] == &m.Body[0])
	other := m.Keep()
	for i := range other {
		other[i] ^= 0xff
	}
	k.kept = append(k.kept, one)
	return k.inboxOf.Next(m)
}

func TestWhatIsKeptIsNotWrittenAgain(t *testing.T) { onEachWire(t, whatIsKeptIsNotWrittenAgain) }

func whatIsKeptIsNotWrittenAgain(t *testing.T) {
	sizes := []int{0, 1, 100, 20_000, 60_000, 100_000, 200_000, 600_000, 1 << 20, 4 << 20, 5 << 20}
	random := rand.NewChaCha8([32]byte{1})
	var want [][]byte
	for range 3 {
		for _, size := range sizes {
			body := make([]byte, size)
			_, _ = random.Read(body)
			want = append(want, body)
		}
	}
	a, b := pair(t, Hello{}, nil)
	require.NoError(t, a.Send(t.Context(), codec.Bytes, want[0])) // what follows finds a subscriber, or waits in the inbox
	sent := make(chan error, 1)
	go func() {
		for _, body := range want[1:] {
			if err := a.Send(t.Context(), codec.Bytes, body); err != nil {
				sent <- err
				return
			}
		}
		sent <- a.Close(0)
	}()
	k := &keeper{inboxOf: &inboxOf{c: make(chan struct{}, len(want)), done: make(chan struct{})}}
	b.Messages().Subscribe(t.Context(), k)
	got, err := k.wait()
	require.NoError(t, err)
	require.NoError(t, <-sent)
	require.Len(t, got, len(want))
	for i, body := range want {
		require.True(t, bytes.Equal(body, []byte(got[i])), "message %d of %d bytes, when it came", i, len(body))
		require.NotNil(t, k.kept[i])
		require.True(t, bytes.Equal(body, k.kept[i]), "message %d of %d bytes, kept", i, len(body))
		switch n := len(body); {
		case n >= 1<<20:
			assert.True(t, k.moved[i], "%d bytes were copied", n)
		case n < 32<<10, n == 100_000, n == 600_000: // of much more memory
			assert.False(t, k.moved[i], "%d bytes were not copied", n)
		}
	}
}

// keepAndLeave keeps the first message, and ends its subscription in one of the ways
// that there are.
type keepAndLeave struct {
	how  string
	kept []byte
	over chan error
	then func() // in Done
}

func (k *keepAndLeave) Next(m *Message) bool {
	k.kept = m.Keep()
	switch k.how {
	case "panics":
		panic(errors.New("thrown"))
	case "ends its goroutine":
		runtime.Goexit()
	}
	return false
}

func (k *keepAndLeave) Done(err error) {
	k.then()
	k.over <- err
}

func TestWhoKeepsAMessageAndLeavesHasIt(t *testing.T) { onEachWire(t, whoKeepsAMessageAndLeavesHasIt) }

func whoKeepsAMessageAndLeavesHasIt(t *testing.T) {
	for _, how := range []string{"stops", "panics", "ends its goroutine"} {
		t.Run(how, func(t *testing.T) {
			a, b := pair(t, Hello{}, nil)
			var in *inboxOf
			k := &keepAndLeave{how: how, over: make(chan error, 1), then: func() { in = collect(t.Context(), b) }}
			b.Messages().Subscribe(t.Context(), k)
			first, second := bytes.Repeat([]byte{1}, 1<<20), bytes.Repeat([]byte{2}, 1<<20)
			require.NoError(t, a.Send(t.Context(), codec.Bytes, first))
			err := <-k.over
			if how == "stops" {
				assert.ErrorIs(t, err, stream.ErrStopped)
			} else {
				assert.ErrorAs(t, err, new(*stream.PanicError))
			}
			for range 3 {
				require.NoError(t, a.Send(t.Context(), codec.Bytes, second))
			}
			for _, got := range in.first(3) {
				assert.True(t, got == string(second))
			}
			assert.True(t, bytes.Equal(first, k.kept))
			require.NoError(t, a.Close(0))
			_, err = in.wait()
			assert.NoError(t, err)
		})
	}
}

func TestWhatComesWhileALargeMessageIsYieldedIsNotTakenForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var kept [][]byte
		opts, opened := opening(Options{})
		a, _ := nativePair(t, memory.Path{}, opts, opts)
		near, err := a.Open(nil, nil)
		require.NoError(t, err)
		far := <-opened
		ended := subscribed(t.Context(), far.Messages(), func(m *Message) bool {
			if len(m.Body) == 1<<20 {
				assert.True(t, far.Yield())
				time.Sleep(time.Second)
				return true
			}
			v := m.Keep()
			assert.NotSame(t, &m.Body[0], &v[0], "nothing was copied")
			kept = append(kept, v)
			return true
		})
		require.NoError(t, near.Send(t.Context(), codec.Bytes, make([]byte, 1<<20)))
		for _, s := range numbers(100) {
			require.NoError(t, near.Send(t.Context(), codec.Bytes, []byte(s)))
		}
		near.End(nil)
		require.NoError(t, <-ended)
		require.Len(t, kept, 100)
		for i, s := range numbers(100) {
			assert.Equal(t, s, string(kept[i]))
		}
		time.Sleep(time.Second)
	})
}
