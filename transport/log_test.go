package transport

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/memory"
)

// numbered makes a message of at least 8 bytes that says which it is.
func numbered(i, size int) []byte {
	b := bytes.Repeat([]byte{byte(i)}, max(size, 8))
	binary.LittleEndian.PutUint64(b, uint64(i))
	return b
}

func numberOf(b []byte) int { return int(binary.LittleEndian.Uint64(b)) }

// audienceOf makes links to send to, and for each a channel with the numbers that
// come out at its other end, which closes at the end.
func audienceOf(t *testing.T, n int, opts *Options) (near, far []Link, got []chan int) {
	for range n {
		a, b := pair(t, Hello{}, opts)
		near, far = append(near, a), append(far, b)
		c := make(chan int, 1<<16)
		subscribed(t.Context(), b.Messages(), func(m *Message) bool {
			i := numberOf(m.Body)
			assert.Equal(t, numbered(i, len(m.Body)), m.Body)
			c <- i
			return true
		})
		got = append(got, c)
	}
	return near, far, got
}

func TestALogReachesAllLinksInOrder(t *testing.T) {
	onEachWire(t, func(t *testing.T) {
		near, _, got := audienceOf(t, 5, nil)
		log := NewLog(codec.Bytes)
		const n = 2000
		for i := range n {
			size := rand.IntN(300)
			if rand.IntN(50) == 0 {
				size = rand.IntN(100_000)
			}
			for left := near; ; { // those that are full get it later
				missed := log.Send(numbered(i, size), left)
				if missed == nil {
					break
				}
				var again []Link
				for _, m := range missed {
					require.Equal(t, ErrFull, m.Err)
					again = append(again, left[m.Index])
				}
				left = again
			}
		}
		for k, c := range got {
			for i := range n {
				require.Equal(t, i, <-c, "link %d", k)
			}
			require.NoError(t, near[k].Close(0))
			balanced(t, near[k].Ledger())
			assert.EqualValues(t, n, near[k].Ledger().Accepted)
		}
	})
}

func TestALogAndSendsOfOneGoroutineKeepTheirOrder(t *testing.T) {
	near, _, got := audienceOf(t, 4, nil)
	log := NewLog(codec.Bytes)
	const n = 5000
	for i := range n {
		size := rand.IntN(200)
		if rand.IntN(100) == 0 {
			size = rand.IntN(80_000)
		}
		body := numbered(i, size)
		switch rand.IntN(4) {
		case 0:
			for _, l := range near {
				require.NoError(t, l.Send(t.Context(), codec.Bytes, body))
			}
		case 1:
			for _, l := range near {
				require.NoError(t, l.SendFunc(t.Context(), codec.Bytes, func(dst []byte) ([]byte, error) { return append(dst, body...), nil }))
			}
		default:
			for _, m := range log.Send(body, near) { // no room: then with patience
				require.Equal(t, ErrFull, m.Err)
				require.NoError(t, near[m.Index].Send(t.Context(), codec.Bytes, body))
			}
		}
	}
	for k, c := range got {
		for i := range n {
			require.Equal(t, i, <-c, "link %d", k)
		}
	}
}

func TestALogSendsOnlyToTheLinksItIsGiven(t *testing.T) {
	near, _, got := audienceOf(t, 3, nil)
	log := NewLog(codec.Bytes)
	const n = 3000
	var want [3][]int
	for i := range n {
		var to []Link
		some := i / 10 // the same for a while
		for k, l := range near {
			if (some+k)%3 != 0 {
				to = append(to, l)
				want[k] = append(want[k], i)
			}
		}
		require.Empty(t, log.Send(numbered(i, 20), to))
	}
	for k, l := range near {
		require.NoError(t, l.Close(0))
		for _, i := range want[k] {
			require.Equal(t, i, <-got[k])
		}
		assert.Empty(t, got[k])
	}
}

func TestALinkThatIsBehindMissesMessagesOfALogAndOthersDoNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit = 100 << 10
		var near, far [2]*nativeLink
		for i := range near {
			near[i], far[i] = nativePair(t, memory.Path{}, &Options{SendBuffer: limit}, nil)
		}
		var got []int
		subscribed(t.Context(), far[0].Messages(), func(m *Message) bool { got = append(got, numberOf(m.Body)); return true })
		log, links := NewLog(codec.Bytes), []Link{near[0], near[1]}
		const n, size = 40_000, 120
		var accepted []int // by the link that nobody reads
		for i := range n {
			missed := log.Send(numbered(i, size), links)
			switch {
			case missed == nil:
				accepted = append(accepted, i)
			default:
				require.Equal(t, []Missed{{1, ErrFull}}, missed)
			}
			assert.LessOrEqual(t, near[1].Ledger().QueuedBytes, uint64(limit+size+1))
			if i%100 == 0 {
				synctest.Wait()
			}
		}
		synctest.Wait()
		require.Len(t, got, n)
		b := near[1].Ledger()
		assert.EqualValues(t, len(accepted), b.Accepted)
		assert.EqualValues(t, n-len(accepted), b.Refused)
		var late []int
		subscribed(t.Context(), far[1].Messages(), func(m *Message) bool { late = append(late, numberOf(m.Body)); return true })
		synctest.Wait()
		assert.Equal(t, accepted, late)
		for i := range 1000 { // it is in time again
			require.Nil(t, log.Send(numbered(n+i, size), links))
			if i%100 == 0 {
				synctest.Wait()
			}
		}
		synctest.Wait()
		assert.Len(t, late, len(accepted)+1000)
		require.NoError(t, near[1].Close(0))
		require.NoError(t, near[0].Close(0))
	})
}

func TestCreditMayEndInTheMiddleOfALogsMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := nativePair(t, memory.Path{Delay: time.Millisecond}, nil, &Options{Window: 7})
		next := 0
		subscribed(t.Context(), b.Messages(), func(m *Message) bool {
			assert.Equal(t, next, numberOf(m.Body))
			next++
			time.Sleep(time.Millisecond)
			return true
		})
		log := NewLog(codec.Bytes)
		for i := range 500 {
			require.Nil(t, log.Send(numbered(i, 50), []Link{a}))
		}
		require.NoError(t, a.Close(time.Hour))
		assert.Equal(t, 500, next)
		assert.EqualValues(t, 500, a.Ledger().Acknowledged)
	})
}

func TestACloseSendsWhatALogWasToldIsAccepted(t *testing.T) {
	onEachWire(t, func(t *testing.T) {
		for range 30 {
			near, _, got := audienceOf(t, 3, nil)
			log := NewLog(codec.Bytes)
			accepted := make([]int, len(near))
			var wg sync.WaitGroup
			wg.Go(func() {
				for i := 0; ; i++ {
					missed, open := log.Send(numbered(i, 100), near), 0
					for k := range near {
						accepted[k]++
						open++
						for _, m := range missed {
							if m.Index == k {
								accepted[k]--
								if errors.Is(m.Err, net.ErrClosed) {
									open--
								}
							}
						}
					}
					if open == 0 {
						return
					}
				}
			})
			for _, l := range near {
				wg.Go(func() {
					for when := rand.Uint64N(3000); l.Ledger().Accepted < when; {
						time.Sleep(10 * time.Microsecond)
					}
					assert.NoError(t, l.Close(10*time.Second))
				})
			}
			wg.Wait()
			for k, l := range near {
				balanced(t, l.Ledger())
				require.EqualValues(t, accepted[k], l.Ledger().Accepted)
				assert.EqualValues(t, accepted[k], l.Ledger().Written)
				for range accepted[k] {
					<-got[k]
				}
			}
		}
	})
}

func TestALogIsForManyGoroutines(t *testing.T) {
	near, far, _ := audienceOf(t, 3, &Options{SendBuffer: 1 << 16})
	log := NewLog(codec.Bytes)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 2000 {
				log.Send(numbered(i, rand.IntN(500)), near)
				if i%10 == 0 {
					_ = near[i%3].Send(context.Background(), codec.Bytes, numbered(i, 8))
				}
			}
		})
	}
	wg.Wait()
	for k, l := range near {
		require.NoError(t, l.Close(0))
		balanced(t, l.Ledger())
		<-far[k].Done()
		assert.Equal(t, l.Ledger().Accepted, far[k].Ledger().Received)
	}
}
