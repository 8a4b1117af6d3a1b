package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/internal/frame"
	"github.com/rxpeer/rxpeer/transport/memory"
)

// messages puts the messages of a stream together from frames, until n have
// come. Anything between the pieces of one is an error.
func (c bare) messages(stream uint32, n int) (all []string) {
	c.t.Helper()
	var body []byte
	total := uint64(0)
	for len(all) < n {
		h, payload, err := readFrame(c)
		require.NoError(c.t, err)
		if h.Stream != stream {
			continue
		}
		switch kind, _ := h.Kind.Messages(); kind {
		case frame.Data:
			require.Zero(c.t, total, "DATA between the pieces of a message")
			for len(payload) > 0 {
				var m []byte
				m, payload, err = frame.NextMessage(payload)
				require.NoError(c.t, err)
				all = append(all, string(m))
			}
		case frame.Head:
			require.Zero(c.t, total, "a HEAD between the pieces of a message")
			total, payload, err = frame.ParseHead(payload)
			require.NoError(c.t, err)
			body = append([]byte(nil), payload...)
		case frame.Part:
			require.NotZero(c.t, total, "a PART of nothing")
			if body = append(body, payload...); uint64(len(body)) == total {
				all, total = append(all, string(body)), 0
			}
		}
	}
	return all
}

// grant is a CREDIT for stream 1 that suffices for everything.
func grant() string { return fr(frame.Credit, 1, num(10<<20, 1000, 0)) }

func TestALargeSendWhoseContextEndsBeforeItBeginsSendsNothing(t *testing.T) {
	own := stranger()
	own.Messages = 1
	link, c := bareNative(t, TCP{}, "127.0.0.1:0", own, nil)
	require.NoError(t, link.Send(t.Context(), codec.Bytes, []byte("1")))
	ctx, cancel := context.WithTimeoutCause(t.Context(), 20*time.Millisecond, errors.New("no credit"))
	defer cancel()
	assert.EqualError(t, link.Send(ctx, codec.Bytes, make([]byte, 500_000)), "no credit")
	assert.EqualValues(t, 1, link.Ledger().Accepted)
	require.NoError(t, link.TrySend(codec.Bytes, []byte("2")))
	c.write(grant())
	assert.Equal(t, []string{"1", "2"}, c.messages(1, 2))
	balanced(t, link.Ledger())
}

// begun reports whether a large message is under way on the main stream.
func begun(link *nativeLink) bool {
	link.out.mu.Lock()
	defer link.out.mu.Unlock()
	return link.data.out.direct
}

func TestALargeSendThatHasBegunGoesOnThoughItsContextEnds(t *testing.T) {
	for name, between := range map[string]bool{"alone": false, "with others behind it": true} {
		t.Run(name, func(t *testing.T) {
			link, c := bareNative(t, TCP{}, "127.0.0.1:0", stranger(), nil)
			lane := link.Lane(codec.Bytes, stream.Block(5))
			ctx, cancel := context.WithCancel(t.Context())
			sent := make(chan error, 1)
			large := strings.Repeat("large", 100_000)
			go func() { sent <- link.Send(ctx, codec.Bytes, []byte(large)) }()
			// The window is used up in the middle of it.
			require.Eventually(t, func() bool { return begun(link) }, 10*time.Second, time.Millisecond)
			time.Sleep(20 * time.Millisecond)
			if between {
				require.NoError(t, lane.TrySend([]byte("lane")))
			}
			cancel()
			require.NoError(t, <-sent)
			want := []string{large, "main"}
			if between {
				want = []string{large, "lane", "main"}
			}
			require.NoError(t, link.TrySend(codec.Bytes, []byte("main")))
			c.write(grant())
			assert.ElementsMatch(t, want, c.messages(1, len(want)))
			balanced(t, link.Ledger())
		})
	}
}

func TestTheLedgerIsRightWhileALargeMessageIsWritten(t *testing.T) {
	own := stranger()
	own.Window, own.MaxMessage = 1<<30, 1<<30
	link, c := bareNative(t, TCP{}, "127.0.0.1:0", own, &Options{Timeout: time.Minute})
	require.NoError(t, c.Conn.(*net.TCPConn).SetReadBuffer(4<<10))
	require.NoError(t, link.conn.(*net.TCPConn).SetWriteBuffer(4<<10))
	ctx, cancel := context.WithCancel(t.Context())
	sent := make(chan error, 1)
	go func() { sent <- link.Send(ctx, codec.Bytes, make([]byte, 8<<20)) }() // the remote does not read
	require.Eventually(t, func() bool { return begun(link) }, 10*time.Second, time.Millisecond)
	for range 100 {
		b := link.Ledger()
		require.LessOrEqual(t, b.Queued, b.Accepted, "%+v", b)
		balanced(t, b)
	}
	cancel()
	require.NoError(t, <-sent)
	link.Abort()
	b := link.Ledger()
	balanced(t, b)
	assert.Zero(t, b.Queued)
}

func TestTheLanesOfAStreamDoNotGetBetweenPieces(t *testing.T) {
	a, b := pair(t, Hello{}, &Options{Inbox: 64 << 10})
	const each, lanes = 250, 4
	errs := make(chan error, lanes)
	for i := range lanes {
		way := a.Way(codec.Bytes)
		if i > 0 {
			way = a.Lane(codec.Bytes, stream.Block(4))
		}
		go func() {
			for j := range each {
				n := 100
				if (i+j)%3 == 0 {
					n = 100_000 + 1000*(j%50)
				}
				if err := way.Send(t.Context(), bytes.Repeat([]byte{byte(i), byte(j)}, n)); err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	in := collect(t.Context(), b)
	for range lanes {
		require.NoError(t, <-errs)
	}
	require.NoError(t, a.Close(10*time.Second))
	got, err := in.wait()
	require.NoError(t, err)
	require.Len(t, got, each*lanes)
	next := [lanes]byte{}
	for _, m := range got {
		i, j := m[0], m[1]
		assert.Equal(t, next[i], j)
		assert.True(t, m == strings.Repeat(m[:2], len(m)/2), "damaged")
		next[i] = j + 1
	}
	balanced(t, a.Ledger())
}

// TestMemoryThatIsBeingWrittenIsNotUsedAgain makes a link write a part of what
// waits on a lane, for want of credit for the rest, gives the rest up in the
// meantime, and sends something else.
func TestMemoryThatIsBeingWrittenIsNotUsedAgain(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // so that the pool gives it at once
	for _, how := range []string{"dropped", "stopped"} {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				own := stranger()
				own.Messages = 5
				link, c := bareNative(t, memory.New(&memory.Options{Buffer: 4 << 10}), ":0", own, nil)
				const first, size = 20_000, 12_000
				require.NoError(t, link.TrySend(codec.Bytes, make([]byte, first)))
				synctest.Wait() // the writer is stuck with that
				lane := link.Lane(codec.Bytes, stream.DropOldest(8))
				send := func(with byte) {
					for range 8 {
						require.NoError(t, lane.Send(t.Context(), bytes.Repeat([]byte{with}, size)))
					}
				}
				send('a')
				assert.Equal(t, []string{string(make([]byte, first))}, c.messages(1, 1))
				synctest.Wait() // and now with 4 of the 8
				if how == "dropped" {
					send('b')
					send('b')
					send('b')
				} else {
					c.write(fr(frame.Stop, 1, num(uint64(frame.Cancelled))))
					synctest.Wait()
					st, err := link.Open(nil, nil)
					require.NoError(t, err)
					for range 10 {
						require.NoError(t, st.TrySend(codec.Bytes, bytes.Repeat([]byte{'c'}, size)))
					}
				}
				for i, m := range c.messages(1, 4) {
					assert.True(t, m == strings.Repeat("a", size), "%d is %q…", i, m[:min(len(m), 10)])
				}
			})
		})
	}
}

func TestPiecesAreLargeWhileNoOtherStreamSends(t *testing.T) {
	for allowed, want := range map[uint64]int{
		frame.MaxPayload: frame.MaxPayload, 100_000: 100_000, frame.MaxPiece: frame.MaxPiece, 1 << 40: frame.MaxPiece,
	} {
		t.Run(fmt.Sprint(allowed), func(t *testing.T) {
			own := stranger()
			own.Window, own.MaxFragment = 2<<20, allowed
			link, c := bareNative(t, TCP{}, "127.0.0.1:0", own, nil)
			const size = 600_000
			sent := make(chan error, 1)
			go func() { sent <- link.Send(t.Context(), codec.Bytes, make([]byte, size)) }() // ends with the piece
			largest, pieces := 0, 0
			for left := size + 3; left > 0; pieces++ { // its length takes three
				h, err := frame.ParseHeader([]byte(c.read(frame.HeaderSize)))
				require.NoError(t, err)
				c.read(h.Length)
				left -= h.Length
				largest = max(largest, h.Length)
			}
			require.NoError(t, <-sent)
			assert.Equal(t, want, largest)
			assert.Equal(t, (size+3+want-1)/want, pieces)

			o, out := &link.out, &link.data.out
			o.mu.Lock()
			defer o.mu.Unlock()
			o.begin()
			o.ready = []*outlet{out} // as if another stream had something to send
			assert.Equal(t, frame.MaxPayload, o.piece(out, 1, make([]byte, size), true, size))
			o.ready = nil
			assert.Equal(t, min(want, 70_000), o.piece(out, 1, make([]byte, size), true, 70_000), "there is no more room in the batch")
			assert.Equal(t, frame.MaxPayload, o.piece(out, 1, make([]byte, size), true, 0))
			o.forget()
		})
	}
}

func TestPiecesForAStreamThatHasEndedAreSkipped(t *testing.T) {
	opts, opened := opening(Options{})
	link, c := bareNative(t, TCP{}, "127.0.0.1:0", stranger(), opts)
	got := make(chan string, 2)
	subscribed(t.Context(), link.Messages(), func(m *Message) bool { got <- string(m.Body); return true })
	c.write(open(3))
	st := <-opened
	st.Stop()
	st.End(nil)
	c.write(data(1, "before"))
	assert.Equal(t, "before", <-got)
	c.write(head(3, 400_000, 100_000))
	c.write(part(3, frame.MaxPiece))
	c.write(part(3, 400_000-100_000-frame.MaxPiece) + data(1, "after"))
	assert.Equal(t, "after", <-got)
	assert.NoError(t, link.Err())
	c.write(data(3, "one", "two") + data(1, "last"))
	assert.Equal(t, "last", <-got)
	assert.EqualValues(t, 3, link.Ledger().Discarded)
	balanced(t, link.Ledger())
}

func TestATypeWithoutANameIsNotSent(t *testing.T) {
	link, _ := bareNative(t, TCP{}, "127.0.0.1:0", stranger(), nil)
	var wrong *DataTypeError
	assert.ErrorAs(t, link.Send(t.Context(), "", []byte("x")), &wrong)
	assert.ErrorAs(t, link.Way("").Send(t.Context(), []byte("x")), &wrong)
	assert.ErrorAs(t, link.Lane("", stream.DropOldest(3)).Send(t.Context(), []byte("x")), &wrong)
	link.Abort()
	var ended *CloseError
	assert.ErrorAs(t, link.Lane("", stream.DropOldest(3)).Send(t.Context(), []byte("x")), &ended)
	assert.Zero(t, link.Ledger().Accepted)
}
