package transport

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
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

// subscribed gives every message to next, and the end to the channel.
func subscribed(ctx context.Context, from stream.Observable[*Message], next func(*Message) bool) <-chan error {
	done := make(chan error, 1)
	if run := from.Attach(ctx, observer{next: next, done: func(err error) { done <- err }}); run != nil {
		go run()
	}
	return done
}

// opening returns options with which streams that the remote opens come out of
// the channel.
func opening(o Options) (*Options, chan *Stream) {
	opened := make(chan *Stream, 1000)
	o.Opened = func(_ Link, st *Stream) { opened <- st }
	return &o, opened
}

// nativePair is memoryPair for different options of both sides.
func nativePair(t *testing.T, path memory.Path, dial, accept *Options) (a, b *nativeLink) {
	t.Helper()
	n := memory.New(&memory.Options{Path: path})
	x, y := pairOn(t, n.Host("a"), n.Host("b"), "b:0", Hello{}, dial, accept)
	return x.(*nativeLink), y.(*nativeLink)
}

// waitingIn returns what waits in the inbox of a stream, in bytes, and how many
// messages have come.
func waitingIn(st *Stream) (bytes, received int) {
	synctest.Wait()
	st.in.mu.Lock()
	defer st.in.mu.Unlock()
	return st.in.size + st.body.have, int(st.in.received)
}

func TestAStreamThatIsNotReadSlowsNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const streams, each, window = 100, 50, 16 << 10
		opts, opened := opening(Options{Inbox: window})
		a, _ := nativePair(t, memory.Path{Delay: time.Millisecond}, opts, opts)
		var all, senders sync.WaitGroup
		var stalled *Stream
		ctx, cancel := context.WithCancel(t.Context())
		for i := range streams {
			st, err := a.Open([]byte{byte(i)}, nil)
			require.NoError(t, err)
			far := <-opened
			if i == streams/2 {
				stalled = far
				senders.Go(func() {
					for err = nil; err == nil; {
						err = st.Send(ctx, codec.Bytes, make([]byte, 2000))
					}
				})
				continue
			}
			all.Add(each)
			subscribed(t.Context(), far.Messages(), func(*Message) bool { all.Done(); return true })
			senders.Go(func() {
				for range each {
					assert.NoError(t, st.Send(ctx, codec.Bytes, make([]byte, 2000)))
				}
			})
		}
		start := time.Now()
		all.Wait()
		assert.Less(t, time.Since(start), time.Second)
		size, n := waitingIn(stalled)
		assert.LessOrEqual(t, size, window)
		assert.Equal(t, window/2024, n)
		cancel()
		senders.Wait()
		balanced(t, a.Ledger())
	})
}

func TestAWindowOfOneGivesASlowReaderFreshValues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := nativePair(t, memory.Path{Delay: 5 * time.Millisecond}, nil, &Options{Window: 1})
		next, values, lost := uint64(0), 0, uint64(0)
		done := subscribed(t.Context(), b.Messages(), func(m *Message) bool {
			i := binary.LittleEndian.Uint64(m.Body)
			assert.Equal(t, next+m.Lost, i, "Lost tells the gap")
			age := time.Since(time.Unix(0, int64(binary.LittleEndian.Uint64(m.Body[8:]))))
			assert.Less(t, age, 250*time.Millisecond)
			next = i + 1
			lost += m.Lost
			values++
			time.Sleep(100 * time.Millisecond)
			return true
		})
		lane := a.Lane(codec.Bytes, stream.DropOldest(1))
		const each, ticks = 100, 3000 // 100,000 a second
		for i := range uint64(each * ticks) {
			body := binary.LittleEndian.AppendUint64(nil, i)
			body = binary.LittleEndian.AppendUint64(body, uint64(time.Now().UnixNano()))
			require.NoError(t, lane.Send(t.Context(), body))
			if i%each == each-1 {
				time.Sleep(time.Millisecond)
			}
		}
		require.NoError(t, a.Close(0))
		require.NoError(t, <-done)
		assert.EqualValues(t, each*ticks, next, "the last one comes")
		assert.InDelta(t, 30, values, 5)
		l := a.Ledger()
		balanced(t, l)
		assert.EqualValues(t, each*ticks, l.Accepted)
		assert.EqualValues(t, values, l.Written)
		assert.Equal(t, l.Dropped, lost)
		assert.Equal(t, lane.Dropped(), lost)
		assert.Equal(t, b.Ledger().Lost, lost)
	})
}

func TestACallbackThatBlocksForEverStopsNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts, opened := opening(Options{Timeout: time.Second})
		a, b := nativePair(t, memory.Path{}, opts, opts)
		release := make(chan struct{})
		subscribed(t.Context(), b.Messages(), func(*Message) bool { <-release; return true })
		require.NoError(t, a.TrySend(codec.Bytes, []byte("stuck")))
		st, err := a.Open(nil, nil)
		require.NoError(t, err)
		got := 0
		subscribed(t.Context(), (<-opened).Messages(), func(*Message) bool { got++; return true })
		for range 10 {
			require.NoError(t, st.Send(t.Context(), codec.Bytes, nil))
			time.Sleep(time.Second)
		}
		synctest.Wait()
		assert.Equal(t, 10, got)
		time.Sleep(10 * time.Second) // of silence
		require.NoError(t, a.Err())
		require.NoError(t, b.Err())
		assert.NotZero(t, a.Ledger().Pings+b.Ledger().Pings)
		start := time.Now()
		assert.NoError(t, b.Close(0))
		assert.LessOrEqual(t, time.Since(start), time.Second)
		close(release)
	})
}

func TestAWindowGrowsForAFastReaderOnly(t *testing.T) {
	for name, c := range map[string]struct {
		pause time.Duration
		want  int64
	}{"fast": {0, DefaultInbox}, "slow": {time.Millisecond, firstWindow}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := nativePair(t, memory.Path{Delay: 100 * time.Microsecond}, nil, nil)
				in := collectWhile(t.Context(), b, func(string) bool { time.Sleep(c.pause); return true })
				for range 4000 {
					require.NoError(t, a.Send(t.Context(), codec.Bytes, make([]byte, 1000)))
				}
				in.first(4000)
				b.intake.mu.Lock()
				assert.Equal(t, c.want, b.data.window.size)
				b.intake.mu.Unlock()
			})
		})
	}
}

func TestALaneThatFailsWhenFullEndsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := nativePair(t, memory.Path{}, nil, &Options{Window: 1})
		require.NoError(t, a.TrySend(codec.Bytes, []byte("first")))
		synctest.Wait()
		fails, blocks := a.Lane(codec.Bytes, stream.FailWhenFull(2)), a.Lane(codec.Bytes, stream.Block(2))
		want := []string{"first", "f1", "f2", "main", "b1"}
		require.NoError(t, fails.Send(t.Context(), []byte("f1")))
		require.NoError(t, fails.Send(t.Context(), []byte("f2")))
		assert.Equal(t, stream.ErrOverflow, fails.Send(t.Context(), []byte("f3")))
		assert.ErrorIs(t, fails.Send(t.Context(), []byte("f4")), ErrClosed)
		require.NoError(t, a.TrySend(codec.Bytes, []byte("main")))
		require.NoError(t, blocks.TrySend([]byte("b1")))
		in := collect(t.Context(), b)
		assert.ElementsMatch(t, want, in.first(len(want)))
		assert.ErrorIs(t, fails.TrySend([]byte("f5")), ErrClosed)
		require.NoError(t, a.Close(0))
		got, err := in.wait()
		require.NoError(t, err)
		assert.Len(t, got, len(want))
		balanced(t, a.Ledger())
	})
}

func TestLostIsToldWithTheMessageBehindTheGap(t *testing.T) {
	for want, policy := range map[string]stream.Policy{
		"0+0 3+2 4+0 5+0": stream.DropOldest(2), "0+0 1+0 2+0 5+2": stream.DropNewest(2),
	} {
		t.Run(policy.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := nativePair(t, memory.Path{}, nil, &Options{Window: 1})
				lane := a.Lane(codec.Bytes, policy)
				send := func(i int) { require.NoError(t, lane.Send(t.Context(), fmt.Append(nil, i))) }
				send(0)
				synctest.Wait() // it is out
				for i := range 4 {
					send(i + 1)
				}
				var got []string
				subscribed(t.Context(), b.Messages(), func(m *Message) bool {
					got = append(got, fmt.Sprintf("%s+%d", m.Body, m.Lost))
					return true
				})
				synctest.Wait()
				send(5)
				synctest.Wait()
				assert.Equal(t, want, strings.Join(got, " "))
			})
		})
	}
}

func TestPeersThatAnswerEachOtherInSmallWindowsGoOn(t *testing.T) {
	for name, opts := range map[string]Options{
		"bytes": {Inbox: 1, SendBuffer: 4000}, "messages": {Window: 1, SendBuffer: 4000},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := nativePair(t, memory.Path{Delay: time.Millisecond}, &opts, &opts)
				ctx, cancel := context.WithTimeoutCause(t.Context(), 30*time.Second, errors.New("stuck"))
				defer cancel()
				enough, got := make(chan struct{}), 0
				for _, l := range []Link{a, b} {
					for l.TrySend(codec.Bytes, make([]byte, 500)) == nil {
					}
					synctest.Wait()
					for l.TrySend(codec.Bytes, make([]byte, 500)) == nil {
					}
				}
				for _, l := range []Link{a, b} {
					subscribed(t.Context(), l.Messages(), func(m *Message) bool {
						if l == a {
							if got++; got == 500 {
								close(enough)
							}
						}
						return l.Send(ctx, codec.Bytes, m.Body) == nil
					})
				}
				select {
				case <-enough:
				case <-ctx.Done():
					t.Error("stuck")
				}
				a.Abort()
			})
		})
	}
}

func TestWhatIsTakenFromAStreamThatHasEndedCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts, opened := opening(Options{})
		a, b := nativePair(t, memory.Path{}, opts, opts)
		st, err := a.Open(nil, nil)
		require.NoError(t, err)
		for range 3 {
			require.NoError(t, st.Send(t.Context(), codec.Bytes, []byte("x")))
		}
		st.End(nil)
		far := <-opened
		far.End(nil)
		synctest.Wait()
		n := 0
		require.NoError(t, <-subscribed(t.Context(), far.Messages(), func(*Message) bool { n++; return true }))
		assert.Equal(t, 3, n)
		synctest.Wait()
		assert.EqualValues(t, 3, b.Ledger().Taken)
		assert.Zero(t, b.Ledger().Waiting)
		assert.EqualValues(t, 3, a.Ledger().Acknowledged)
	})
}

func TestADeliveryThatWasTakenOverFromDoesNotReadOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts, opened := opening(Options{})
		a, b := nativePair(t, memory.Path{}, opts, opts)
		st, err := a.Open(nil, nil)
		require.NoError(t, err)
		subscribed(t.Context(), b.Messages(), func(*Message) bool { time.Sleep(500 * time.Millisecond); return true })
		var got []string
		subscribed(t.Context(), (<-opened).Messages(), func(m *Message) bool {
			got = append(got, string(m.Body))
			time.Sleep(100 * time.Millisecond)
			return true
		})
		require.NoError(t, a.TrySend(codec.Bytes, []byte("slow"))) // another goroutine will read on
		time.Sleep(480 * time.Millisecond)
		require.NoError(t, st.TrySend(codec.Bytes, []byte("once"))) // and deliver when the first one returns
		time.Sleep(2 * time.Second)
		synctest.Wait()
		assert.Equal(t, []string{"once"}, got)
		assert.EqualValues(t, 2, b.Ledger().Received)
	})
}
