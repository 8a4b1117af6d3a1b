package transport

import (
	"encoding/binary"
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

// TestALaneThatDropsTakesLittleMoreMemoryThanItsMessages has remotes that take
// nothing for now.
func TestALaneThatDropsTakesLittleMoreMemoryThanItsMessages(t *testing.T) {
	const sendBuffer = 256 << 10
	for name, c := range map[string]struct {
		policy stream.Policy
		size   int
		most   int // bytes of memory
	}{
		"the oldest, many":     {stream.DropOldest(1 << 20), 1000, sendBuffer + 3*writeSlab},
		"the oldest, of bytes": {stream.DropOldest(1 << 20), 4, sendBuffer + 3*writeSlab},
		"the oldest, of few":   {stream.DropOldest(500), 10, 3 * writeSlab},
		"the oldest of one":    {stream.Latest(), 1000, 2 * writeSlab},
		"the newest":           {stream.DropNewest(1 << 20), 1000, sendBuffer + 3*writeSlab},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				opts, opened := opening(Options{SendBuffer: sendBuffer})
				a, b := nativePair(t, memory.Path{}, opts, opts)
				st, err := a.Open(nil, &OpenOptions{Window: 1})
				require.NoError(t, err)
				ln := (<-opened).Lane(codec.Bytes, c.policy).(*nativeLane)
				for i := range uint32(100_000) {
					body := make([]byte, c.size)
					binary.LittleEndian.PutUint32(body, i)
					require.NoError(t, ln.Send(t.Context(), body))
				}
				b.out.mu.Lock()
				held := len(ln.ln.tail.buf)
				for _, c := range ln.ln.queue {
					held += len(c.buf)
				}
				b.out.mu.Unlock()
				assert.LessOrEqual(t, held, c.most)
				next, lost := uint32(0), uint64(0) // what is lost is told where it was
				subscribed(t.Context(), st.Messages(), func(m *Message) bool {
					next += uint32(m.Lost)
					assert.Equal(t, next, binary.LittleEndian.Uint32(m.Body))
					next++
					lost += m.Lost
					return true
				})
				synctest.Wait()
				require.NoError(t, ln.Send(t.Context(), binary.LittleEndian.AppendUint32(nil, 100_000)))
				synctest.Wait()
				assert.EqualValues(t, 100_001, next)
				assert.Equal(t, ln.Dropped(), lost)
			})
		})
	}
}

func TestLanesOfStreamsShareWhatTheyNeedBesidesTheirOwn(t *testing.T) {
	const lanes = 20
	synctest.Test(t, func(t *testing.T) {
		opts, opened := opening(Options{})
		a, b := nativePair(t, memory.Path{}, opts, opts)
		size := func(ln *lane) int {
			b.out.mu.Lock()
			defer b.out.mu.Unlock()
			return ln.size
		}
		total, most := 0, 0
		var streams []*Stream
		for i := range lanes {
			st, err := a.Open(nil, &OpenOptions{Window: 1})
			require.NoError(t, err)
			streams = append(streams, st)
			far := <-opened
			ln, way := &far.out.main, far.Way(codec.Bytes) // one that drops nothing
			if i%2 == 0 {
				own := far.Lane(codec.Bytes, stream.DropOldest(1<<20)).(*nativeLane)
				ln, way = own.ln, own
			}
			for k := range 3000 { // more than it may keep
				if _ = way.TrySend(make([]byte, 1000)); k < 2 {
					synctest.Wait() // by then it is known that the remote takes no more
				}
			}
			n := size(ln)
			total += n
			most = max(most, n)
			if i%2 == 1 {
				assert.LessOrEqual(t, n, streamBuffer, "more would not make its remote faster")
			}
			assert.Greater(t, n, streamBuffer-1100)
		}
		assert.Greater(t, most, DefaultSendBuffer*9/10)
		assert.LessOrEqual(t, total, lanes*streamBuffer+DefaultSendBuffer)
		for _, st := range streams[:lanes-1] {
			st.Stop()
		}
		n := 0
		subscribed(t.Context(), streams[lanes-1].Messages(), func(*Message) bool { n++; return true })
		synctest.Wait()
		assert.Equal(t, 131, n)
		assert.Equal(t, DefaultSendBuffer, b.out.spare, "all of it was given back")
	})
}

func TestThoseWhoWaitForACrowdedLaneDoNotWakeEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const emitters, each, size = 8, 100, 500
		opts := &Options{SendBuffer: 16 << 10, Inbox: leastWindow}
		a, b := nativePair(t, memory.Path{}, opts, opts)
		var all sync.WaitGroup
		for range emitters {
			all.Go(func() { // ends with its messages
				for range each {
					assert.NoError(t, a.Send(t.Context(), codec.Bytes, make([]byte, size)))
				}
			})
		}
		state := func() (waiting, accepted int) {
			synctest.Wait()
			a.out.mu.Lock()
			defer a.out.mu.Unlock()
			return len(a.data.out.main.waiters), int(a.data.out.accepted)
		}
		waiting, before := state()
		require.Equal(t, emitters, waiting)

		ln := &a.data.out.main
		a.out.mu.Lock()
		ln.limit = ln.size + 4*size // there is room for some, but not so much that waking all pays
		ln.waiters[0].wake()
		a.out.mu.Unlock()
		waiting, accepted := state()
		assert.Equal(t, before+1, accepted)
		assert.Equal(t, emitters, waiting, "who was woken waits again, and so do the others")

		got := 0
		subscribed(t.Context(), b.Messages(), func(*Message) bool {
			got++
			return true
		})
		all.Wait()
		synctest.Wait()
		assert.Equal(t, emitters*each, got)
	})
}

func TestALaneGrowsForARemoteThatTakesFast(t *testing.T) {
	for name, c := range map[string]struct {
		each  time.Duration // that the remote takes for a message
		grows bool
	}{"fast": {0, true}, "slow": {time.Millisecond, false}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const messages, size = 10_000, 1000
				opts, opened := opening(Options{})
				a, b := nativePair(t, memory.Path{Delay: 100 * time.Microsecond}, opts, opts)
				st, err := a.Open(nil, nil)
				require.NoError(t, err)
				far, got := <-opened, 0
				over := subscribed(t.Context(), st.Messages(), func(*Message) bool {
					if time.Sleep(c.each); got < messages {
						got++
					}
					return got < messages
				})
				most := 0
				for i := range messages {
					require.NoError(t, far.Send(t.Context(), codec.Bytes, make([]byte, size)))
					if i > messages/2 { // until then it is not known how fast the remote is
						b.out.mu.Lock()
						most = max(most, far.out.main.limit)
						b.out.mu.Unlock()
					}
				}
				assert.ErrorIs(t, <-over, stream.ErrStopped)
				assert.Equal(t, messages, got)
				if c.grows {
					assert.Greater(t, most, mostBuffer)
				} else {
					assert.LessOrEqual(t, most, mostBuffer)
				}
			})
		})
	}
}
