package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/memory"
)

// balanced asserts that a ledger's sums are right.
func balanced(t *testing.T, b Ledger) {
	t.Helper()
	assert.Equal(t, b.Accepted, b.Written+b.Queued+b.Dropped+b.DroppedByStop+b.DroppedByClose+b.DroppedByFailure, "%+v", b)
	assert.Equal(t, b.Received, b.Taken+b.Waiting+b.Discarded, "%+v", b)
}

// stuffed returns a link whose remote does not read, with full buffers of 8
// KiB, and how many messages of 1000 bytes it took to fill it.
func stuffed(t *testing.T) (a, b Link, n int) {
	t.Helper()
	network := memory.New(&memory.Options{Buffer: 8 << 10})
	a, b = memoryPair(t, network, Hello{}, &Options{SendBuffer: 8 << 10, Inbox: 8 << 10})
	for {
		switch err := a.TrySend(codec.Bytes, make([]byte, 1000)); err {
		case nil:
			n++
			synctest.Wait()
		default:
			require.Equal(t, ErrFull, err)
			return a, b, n
		}
	}
}

func TestSendWaitsForRoomAndTrySendDoesNot(t *testing.T) {
	onEachWire(t, sendWaitsForRoomAndTrySendDoesNot)
}

func sendWaitsForRoomAndTrySendDoesNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, n := stuffed(t)
		l := a.Ledger()
		assert.EqualValues(t, n, l.Accepted)
		assert.EqualValues(t, 1, l.Refused)
		balanced(t, l)

		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errors.New("no room"))
		defer cancel()
		start := time.Now()
		trace := strings.Repeat("t", 1000)
		err := a.Send(ctx, codec.Bytes, []byte(trace))
		assert.EqualError(t, err, "no room")
		assert.Equal(t, time.Second, time.Since(start))
		assert.Equal(t, l.Accepted, a.Ledger().Accepted)

		sent := make(chan error, 2)
		go func() { sent <- a.Send(t.Context(), codec.Bytes, []byte(fmt.Sprintf("waited %1000d", 1))) }()
		synctest.Wait()
		require.Equal(t, ErrFull, a.TrySend(codec.Bytes, nil), "nobody passes those who wait")
		in := collect(t.Context(), b)
		require.NoError(t, <-sent)
		got := in.first(n + 1)
		assert.Contains(t, got[n], "waited")
		assert.NotContains(t, got, trace)
		synctest.Wait()
		balanced(t, a.Ledger())
		balanced(t, b.Ledger())
		assert.Zero(t, a.Ledger().Queued)
	})
}

func TestThoseWhoWaitForRoomAreServedInTheirOrder(t *testing.T) {
	onEachWire(t, thoseWhoWaitForRoomAreServedInTheirOrder)
}

func thoseWhoWaitForRoomAreServedInTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, n := stuffed(t)
		for i := range 20 {
			go func() { assert.NoError(t, a.Send(t.Context(), codec.Bytes, []byte(fmt.Sprintf("%1000d", i)))) }()
			synctest.Wait()
		}
		for i, s := range collect(t.Context(), b).first(n + 20)[n:] {
			assert.Equal(t, fmt.Sprint(i), strings.TrimSpace(s))
		}
	})
}

func TestAMessageLargerThanTheQueueIsAcceptedWhenNothingWaits(t *testing.T) {
	onEachWire(t, aMessageLargerThanTheQueueIsAcceptedWhenNothingWaits)
}

func aMessageLargerThanTheQueueIsAcceptedWhenNothingWaits(t *testing.T) {
	for name, opts := range map[string]*Options{"go": {SendBuffer: 100}, "python": {SendBuffer: 100, AsPython: true}} {
		t.Run(name, func(t *testing.T) {
			a, b := pair(t, Hello{}, opts)
			in := collect(t.Context(), b)
			large := strings.Repeat("x", 1<<20)
			sendAll(t, a, large, large)
			assert.Equal(t, []string{large, large}, in.first(2))
		})
	}
}

func TestWhatALinkCannotCarryIsAnErrorAndNotSent(t *testing.T) {
	onEachWire(t, whatALinkCannotCarryIsAnErrorAndNotSent)
}

func whatALinkCannotCarryIsAnErrorAndNotSent(t *testing.T) {
	bytes5 := []byte("12345")
	for name, c := range map[string]struct {
		hello Hello
		first string
		typ   codec.Type
		body  []byte
		want  error
	}{
		"another type on a strict link": {Hello{}, "", codec.JSON, bytes5, &DataTypeError{Type: codec.JSON, Want: codec.Bytes}},
		"an unknown type":               {Hello{Lenient: true}, "", "cbor", bytes5, &DataTypeError{Type: "cbor", Want: codec.Bytes}},
		"too large":                     {Hello{}, "", codec.Bytes, make([]byte, 1025), &LimitError{Size: 1025, Limit: 1024}},
		"another type on a stream":      {Hello{Lenient: true, Stream: true}, "", codec.JSON, bytes5, &DataTypeError{Type: codec.JSON, Want: codec.Bytes}},
		"another size on a stream":      {Hello{Stream: true}, "123456", codec.Bytes, bytes5, &DataSizeError{Size: 5, Want: 6}},
		"another size than agreed":      {Hello{Stream: true, DataSize: 6}, "", codec.Bytes, bytes5, &DataSizeError{Size: 5, Want: 6}},
		"nothing on a stream":           {Hello{Stream: true}, "", codec.Bytes, nil, &DataSizeError{}},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := pair(t, c.hello, &Options{MaxMessage: 1024})
			in := collect(t.Context(), b)
			last := "654321"
			if c.first != "" {
				sendAll(t, a, c.first)
			}
			assert.Equal(t, c.want, a.Send(t.Context(), c.typ, c.body))
			assert.Equal(t, c.want, a.TrySend(c.typ, c.body))
			assert.Equal(t, c.want, a.SendFunc(t.Context(), c.typ, func(dst []byte) ([]byte, error) { return append(dst, c.body...), nil }))
			assert.NotEmpty(t, c.want.Error())
			sendAll(t, a, last)
			if c.first != "" {
				assert.Equal(t, []string{c.first, last}, in.first(2))
			} else {
				assert.Equal(t, []string{last}, in.first(1))
			}
			synced(t, a)
			assert.EqualValues(t, a.Ledger().Written, b.Ledger().Received)
		})
	}
}

func TestSendFuncEncodesWhereItIsSentFrom(t *testing.T) {
	onEachWire(t, sendFuncEncodesWhereItIsSentFrom)
}

func sendFuncEncodesWhereItIsSentFrom(t *testing.T) {
	for name, hello := range map[string]Hello{"headers": {}, "stream": {Stream: true, DataSize: 5000}} {
		t.Run(name, func(t *testing.T) {
			a, b := pair(t, hello, nil)
			in := collect(t.Context(), b)
			want := []string{}
			for i := range 100 {
				size := 5000
				if !hello.Stream {
					size = i * i * 10
				}
				body := strings.Repeat(string(rune('a'+i%26)), size)
				want = append(want, body)
				require.NoError(t, a.SendFunc(t.Context(), codec.Bytes, func(dst []byte) ([]byte, error) {
					return append(dst, body...), nil
				}))
			}
			assert.Equal(t, want, in.first(100))
		})
	}
	t.Run("an error", func(t *testing.T) {
		a, _ := pair(t, Hello{}, nil)
		bad := errors.New("cannot encode")
		assert.Equal(t, bad, a.SendFunc(t.Context(), codec.Bytes, func(dst []byte) ([]byte, error) { return dst, bad }))
		assert.Zero(t, a.Ledger().Accepted)
	})
}

func TestAFrameIsEncodedOnceAndSentOverManyLinks(t *testing.T) {
	onEachWire(t, aFrameIsEncodedOnceAndSentOverManyLinks)
}

func aFrameIsEncodedOnceAndSentOverManyLinks(t *testing.T) {
	for _, size := range []int{5, 5000, 500_000} {
		body := bytes.Repeat([]byte("x"), size)
		frame, err := NewFrame(codec.Bytes, body)
		require.NoError(t, err)
		assert.Equal(t, codec.Bytes, frame.Type())
		assert.Equal(t, size, frame.Len())
		clear(body)
		for name, hello := range map[string]Hello{"headers": {}, "stream": {Stream: true}} {
			for peer, opts := range map[string]*Options{"go": nil, "python": {AsPython: true}} {
				t.Run(fmt.Sprint(name, peer, size), func(t *testing.T) {
					a, b := pair(t, hello, opts)
					in := collect(t.Context(), b)
					require.NoError(t, a.SendFrame(t.Context(), frame))
					require.NoError(t, a.TrySendFrame(frame))
					want := strings.Repeat("x", size)
					assert.Equal(t, []string{want, want}, in.first(2))
				})
			}
		}
	}
	_, err := NewFrame("", nil)
	assert.Equal(t, &DataTypeError{}, err)
	frame, err := NewFrame("cbor", []byte{0xf6})
	require.NoError(t, err)
	a, _ := pair(t, Hello{DataType: codec.JSON, Lenient: true}, nil)
	assert.Equal(t, &DataTypeError{Type: "cbor", Want: codec.JSON}, a.SendFrame(t.Context(), frame))
}

func TestMessagesOfOneGoroutineKeepTheirOrder(t *testing.T) {
	onEachWire(t, messagesOfOneGoroutineKeepTheirOrder)
}

func messagesOfOneGoroutineKeepTheirOrder(t *testing.T) {
	a, b := pair(t, Hello{}, &Options{SendBuffer: 10_000})
	in := collect(t.Context(), b)
	var wg sync.WaitGroup
	const senders, each = 8, 300
	for s := range senders {
		wg.Go(func() {
			for i := range each {
				size := 10
				if i%50 == 0 {
					size = 40_000
				}
				body := fmt.Sprintf("%d %*d", s, size, i)
				if !assert.NoError(t, a.Send(t.Context(), codec.Bytes, []byte(body))) {
					return
				}
			}
		})
	}
	wg.Wait()
	var next [senders]int
	for _, m := range in.first(senders * each) {
		var s, i int
		_, err := fmt.Sscan(m, &s, &i)
		require.NoError(t, err)
		require.Equal(t, next[s], i)
		next[s]++
	}
	balanced(t, a.Ledger())
}

func TestALargeMessageThatHasBegunIsSentThoughItsContextEnds(t *testing.T) {
	onText(t, aLargeMessageThatHasBegunIsSentThoughItsContextEnds)
}

func aLargeMessageThatHasBegunIsSentThoughItsContextEnds(t *testing.T) {
	a, b := pair(t, Hello{}, nil)
	large := strings.Repeat("x", 20<<20)
	ctx, cancel := context.WithCancel(t.Context())
	sent := make(chan error, 1)
	go func() { sent <- a.Send(ctx, codec.Bytes, []byte(large)) }()
	require.Eventually(t, func() bool { n, _ := Unsent(a.(*textLink).conn); return n > 0 }, 5*time.Second, time.Millisecond)
	cancel()
	require.NoError(t, <-sent)
	sendAll(t, a, "next")
	in := collect(t.Context(), b)
	got := in.first(2)
	assert.True(t, got[0] == large)
	assert.Equal(t, "next", got[1])
	synced(t, a)
}

// synced waits until a has written everything, and checks its ledger.
func synced(t *testing.T, a Link) {
	t.Helper()
	require.Eventually(t, func() bool { return a.Ledger().Queued == 0 }, 5*time.Second, time.Millisecond)
	l := a.Ledger()
	balanced(t, l)
	assert.Zero(t, l.QueuedBytes)
}

func TestUseAfterTheEndMatchesErrClosed(t *testing.T) { onEachWire(t, useAfterTheEndMatchesErrClosed) }

func useAfterTheEndMatchesErrClosed(t *testing.T) {
	a, _ := pair(t, Hello{}, nil)
	require.NoError(t, a.Close(0))
	frame, err := NewFrame(codec.Bytes, nil)
	require.NoError(t, err)
	for _, err := range []error{
		a.Send(t.Context(), codec.Bytes, nil),
		a.TrySend(codec.Bytes, nil),
		a.SendFrame(t.Context(), frame),
		a.Err(), ErrClosed, &CloseError{},
	} {
		assert.ErrorIs(t, err, net.ErrClosed)
	}
	assert.ErrorIs(t, stream.ErrClosed, net.ErrClosed)
}

func TestABodyForPythonIsPacedInThePiecesThatItReads(t *testing.T) {
	start := time.Now()
	link, c := accepting(t, TCP{}, "127.0.0.1:0", pythonHello, nil)
	body := strings.Repeat("x", 5*8192+5)
	require.NoError(t, link.Send(t.Context(), codec.Bytes, []byte(body)))
	assert.Less(t, time.Since(start), pythonPause, "Send does not wait for it")
	c.hear("DATA|data_size=40965&data_type=bytes")
	assert.GreaterOrEqual(t, time.Since(start), pythonPause, "the first message waits")
	assert.Equal(t, body, c.read(len(body)))
}

func TestAWriteErrorIsFoundByTheReaderBehindWhatCameBefore(t *testing.T) {
	link, c := accepting(t, TCP{}, "127.0.0.1:0", pythonHello+"&rx=0", nil)
	c.tell(codec.Bytes, "last")
	require.Eventually(t, func() bool { return link.Ledger().Received == 1 }, 10*time.Second, time.Millisecond)
	require.NoError(t, c.Close())
	<-link.Done()
	got, err := collect(t.Context(), link).wait()
	assert.NoError(t, err)
	assert.Equal(t, []string{"last"}, got)
}
