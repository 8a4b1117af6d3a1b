package transport

import (
	"encoding/binary"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/memory"
)

// yielding opens a stream whose messages next gets on the other side, by their
// numbers, and returns what sends them.
func yielding(t *testing.T, next func(st *Stream, n int) bool) (send func(n int), near, far *Stream, ended <-chan error) {
	opts, opened := opening(Options{})
	a, _ := nativePair(t, memory.Path{}, opts, opts)
	near, err := a.Open(nil, nil)
	require.NoError(t, err)
	far = <-opened
	ended = subscribed(t.Context(), far.Messages(), func(m *Message) bool {
		return next(far, int(binary.BigEndian.Uint32(m.Body)))
	})
	return func(n int) {
		require.NoError(t, near.Send(t.Context(), codec.Bytes, binary.BigEndian.AppendUint32(nil, uint32(n))))
	}, near, far, ended
}

func TestWhatFollowsACallThatHasYieldedGoesOnWhileItTakesLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var began, over []int
		send, near, _, ended := yielding(t, func(st *Stream, n int) bool {
			mu.Lock()
			began = append(began, n)
			mu.Unlock()
			assert.True(t, st.Yield())
			if n%2 == 1 {
				time.Sleep(time.Hour)
			}
			mu.Lock()
			over = append(over, n)
			mu.Unlock()
			return n%2 == 0 // of those that take long it means nothing
		})
		for n := range 10 {
			send(n)
		}
		near.End(nil)
		require.NoError(t, <-ended, "before the calls are over")
		time.Sleep(time.Minute)
		mu.Lock()
		assert.Equal(t, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, began)
		assert.Equal(t, []int{0, 2, 4, 6, 8}, over)
		mu.Unlock()
		time.Sleep(time.Hour)
		mu.Lock()
		defer mu.Unlock()
		assert.Len(t, over, 10)
	})
}

func TestAnotherTakesThePlaceWithinMilliseconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var second time.Duration
		send, _, _, _ := yielding(t, func(st *Stream, n int) bool {
			if n == 1 {
				second = time.Since(start)
				return true
			}
			st.Yield()
			time.Sleep(time.Second)
			return true
		})
		send(0)
		send(1)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		assert.Equal(t, 2*yieldTick, second)
	})
}

func TestWhoWaitsInASendIsReplacedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var second time.Duration = -1
		sent := make(chan error, 1)
		send, near, _, _ := yielding(t, func(st *Stream, n int) bool {
			if n == 1 {
				second = time.Since(start)
				return true
			}
			st.Yield()
			sent <- st.Send(t.Context(), codec.Bytes, make([]byte, 3<<20))
			return true
		})
		send(0)
		synctest.Wait()
		send(1)
		synctest.Wait()
		assert.Zero(t, second)
		subscribed(t.Context(), near.Messages(), func(*Message) bool { return true })
		assert.NoError(t, <-sent)
	})
}

func TestYieldIsRefusedWhereNobodyWouldNotice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts, opened := opening(Options{})
		a, _ := nativePair(t, memory.Path{}, opts, opts)
		near, err := a.Open(nil, nil)
		require.NoError(t, err)
		far := <-opened
		assert.False(t, far.Yield(), "no call is under way")
		require.NoError(t, near.Send(t.Context(), codec.Bytes, nil))
		synctest.Wait()
		var got []bool
		subscribed(t.Context(), far.Messages(), func(*Message) bool {
			got = append(got, far.Yield())
			return true
		})
		synctest.Wait()
		require.NoError(t, near.Send(t.Context(), codec.Bytes, nil))
		synctest.Wait()
		assert.Equal(t, []bool{false, true}, got, "what had come before is delivered by the subscriber's own goroutine")
	})
}

func TestACallThatHasYieldedMayThrow(t *testing.T) {
	for what, c := range map[string]struct {
		after time.Duration
		throw func()
		goes  bool // the subscription goes on
	}{
		"a panic":         {0, func() { panic("x") }, false},
		"a late panic":    {time.Second, func() { panic("x") }, false},
		"its end":         {0, runtime.Goexit, true},
		"its end, late":   {time.Second, runtime.Goexit, true},
		"nothing, though": {time.Second, func() {}, true},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := 0
				send, near, _, ended := yielding(t, func(st *Stream, n int) bool {
					if n > 0 {
						got++
						return true
					}
					st.Yield()
					time.Sleep(c.after)
					c.throw()
					return true
				})
				send(0)
				send(1)
				time.Sleep(2 * time.Second)
				if !c.goes {
					var thrown *stream.PanicError
					require.ErrorAs(t, <-ended, &thrown)
					assert.Equal(t, "x", thrown.Value)
					return
				}
				send(2)
				near.End(nil)
				require.NoError(t, <-ended)
				assert.Equal(t, 2, got)
			})
		})
	}
}

func TestYieldingAtRandomLosesNothing(t *testing.T) {
	seed := rand.Uint64()
	t.Log("seed", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range 200 {
		synctest.Test(t, func(t *testing.T) {
			const messages = 200
			waits := make([]time.Duration, messages)
			for i := range waits {
				if random.IntN(8) == 0 {
					waits[i] = time.Duration(random.IntN(5000)) * time.Microsecond
				}
			}
			var mu sync.Mutex
			var began []int
			var serial, running atomic.Int32
			send, near, far, ended := yielding(t, func(st *Stream, n int) bool {
				mu.Lock()
				began = append(began, n)
				mu.Unlock()
				if serial.Add(1) > 1 {
					t.Error("two before they have yielded")
				}
				running.Add(1)
				defer running.Add(-1)
				serial.Add(-1)
				if n%3 > 0 {
					st.Yield()
				}
				time.Sleep(waits[n])
				return true
			})
			for n := range messages {
				send(n)
				if random.IntN(10) == 0 {
					time.Sleep(time.Duration(random.IntN(3000)) * time.Microsecond)
				}
			}
			near.End(nil)
			require.NoError(t, <-ended)
			far.End(nil)
			time.Sleep(time.Second)
			assert.Zero(t, running.Load())
			assert.Len(t, began, messages)
			assert.True(t, slices.IsSorted(began))
			ledger := near.link.Ledger()
			assert.Equal(t, ledger.Accepted, ledger.Acknowledged)
		})
		if t.Failed() {
			return
		}
	}
}
