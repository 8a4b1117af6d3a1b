package transport

import (
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/memory"
)

func TestASilentRemoteGetsAPingEachTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		link, c := accepting(t, memory.New(nil), ":0", pythonHello+"&rx=1", nil)
		start := time.Now()
		for i := range 2 {
			c.hear("PING")
			assert.Equal(t, time.Duration(i+1)*2*time.Second, time.Since(start))
		}
		time.Sleep(time.Second)
		c.tell(codec.Bytes, "alive")
		synctest.Wait()
		start = time.Now()
		c.hear("PING")
		assert.Equal(t, 2*time.Second, time.Since(start), "counted from what arrived last")

		link.SetTimeout(500 * time.Millisecond)
		start = time.Now()
		c.hear("PING")
		assert.LessOrEqual(t, time.Since(start), 500*time.Millisecond)
		assert.Nil(t, link.Err())
	})
}

func TestAPythonPeerGetsAPingEachHalfSecondWhateverItSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		link, c := accepting(t, memory.New(nil), ":0", pythonHello, nil)
		start := time.Now()
		for i := range 20 {
			c.hear("PING")
			assert.Equal(t, time.Duration(i+1)*500*time.Millisecond, time.Since(start))
			if i < 5 {
				c.tell(codec.Bytes, "alive")
			}
		}
		link.SetTimeout(100 * time.Millisecond)
		c.hear("PING")
		start = time.Now()
		c.hear("PING")
		assert.Equal(t, 100*time.Millisecond, time.Since(start))
		assert.Nil(t, link.Err(), "a silent Python peer is left alone as long as its system answers")
	})
}

func TestNoPingGoesIntoAStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		link, c := accepting(t, memory.New(nil), ":0", fixedHello, nil)
		time.Sleep(time.Minute)
		require.NoError(t, link.Send(t.Context(), codec.Bytes, []byte("12345")))
		assert.Equal(t, "12345", c.read(5))
	})
}

func TestAPingIsAnsweredOnlyToPeersOfThisModule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts := &Options{Timeout: time.Hour}
		link, c := accepting(t, memory.New(nil), ":0", pythonHello+"&rx=1", opts)
		_ = link
		c.say("PING")
		c.hear("PONG")

		link, c = accepting(t, memory.New(nil), ":0", pythonHello, opts)
		c.say("PING")
		synctest.Wait()
		require.NoError(t, link.Send(t.Context(), codec.Bytes, []byte("x")))
		c.hear("DATA|data_size=1&data_type=bytes")
	})
}

func TestTwoIdlePeersKeepEachOtherWhateverTheirTimeouts(t *testing.T) {
	onEachWire(t, twoIdlePeersKeepEachOtherWhateverTheirTimeouts)
}

func twoIdlePeersKeepEachOtherWhateverTheirTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memory.New(nil)
		a, b := pairOn(t, n.Host("a"), n.Host("b"), "b:0", Hello{},
			&Options{Timeout: 300 * time.Millisecond}, &Options{Timeout: time.Hour})
		time.Sleep(time.Minute)
		assert.Nil(t, a.Err())
		assert.Nil(t, b.Err())
		pings := b.Ledger().Pings
		assert.InDelta(t, 200, pings, 2)
	})
}

func TestABusyDirectionDoesNotMakeTheOtherLookSilent(t *testing.T) {
	onEachWire(t, aBusyDirectionDoesNotMakeTheOtherLookSilent)
}

func aBusyDirectionDoesNotMakeTheOtherLookSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := memoryPair(t, memory.New(nil), Hello{}, nil)
		collect(t.Context(), b)
		for range 600 {
			require.NoError(t, a.Send(t.Context(), codec.Bytes, []byte("news")))
			time.Sleep(100 * time.Millisecond)
		}
		assert.Nil(t, a.Err())
		assert.Nil(t, b.Err())
	})
}

func TestAPartitionIsNoticedWithinFourTimeouts(t *testing.T) {
	onEachWire(t, aPartitionIsNoticedWithinFourTimeouts)
}

func aPartitionIsNoticedWithinFourTimeouts(t *testing.T) {
	for name, c := range map[string]struct {
		opts *Options
		send bool
	}{
		"go, idle":        {nil, false},
		"go, sending":     {nil, true},
		"python, idle":    {&Options{AsPython: true}, false},
		"python, sending": {&Options{AsPython: true}, true},
		"go, short":       {&Options{Timeout: 100 * time.Millisecond}, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := memory.New(nil)
				a, b := memoryPair(t, n, Hello{}, c.opts)
				in := collect(t.Context(), b)
				time.Sleep(10 * a.Timeout())
				n.Partition("a", "b")
				start := time.Now()
				if c.send {
					require.NoError(t, a.Send(t.Context(), codec.Bytes, []byte("into the void")))
				}
				<-a.Done()
				assert.LessOrEqual(t, time.Since(start), 5*a.Timeout())
				assert.Equal(t, ReasonTimeout, a.Err().(*CloseError).Reason)
				assert.ErrorIs(t, a.Err(), ErrSilent)
				<-b.Done()
				_, err := in.wait()
				assert.ErrorIs(t, err, ErrSilent)
			})
		})
	}
}

func TestAStreamNoticesAPartitionWhenItSends(t *testing.T) {
	onEachWire(t, aStreamNoticesAPartitionWhenItSends)
}

func aStreamNoticesAPartitionWhenItSends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memory.New(nil)
		a, _ := memoryPair(t, n, Hello{Stream: true}, nil)
		n.Partition("a", "b")
		require.NoError(t, a.Send(t.Context(), codec.Bytes, []byte("into the void")))
		start := time.Now()
		<-a.Done()
		assert.LessOrEqual(t, time.Since(start), 5*a.Timeout())
		assert.Equal(t, ReasonTimeout, a.Err().(*CloseError).Reason)
	})
}

func TestADeliveryThatTakesLongLosesTheRoleOfReaderOnce(t *testing.T) {
	onEachWire(t, aDeliveryThatTakesLongLosesTheRoleOfReaderOnce)
}

func aDeliveryThatTakesLongLosesTheRoleOfReaderOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := memoryPair(t, memory.New(nil), Hello{}, nil)
		var running atomic.Bool
		in := collectWhile(t.Context(), b, func(string) bool {
			assert.True(t, running.CompareAndSwap(false, true), "deliveries are serial")
			time.Sleep(200 * time.Millisecond)
			assert.True(t, running.CompareAndSwap(true, false))
			return true
		})
		sendAll(t, a, "0")
		time.Sleep(110 * time.Millisecond)
		start := time.Now()
		sendAll(t, a, numbers(10)[1:]...)
		require.Eventually(t, func() bool { return b.Ledger().Received == 10 }, 10*time.Second, time.Millisecond)
		assert.Less(t, time.Since(start), 10*time.Millisecond)
		assert.Equal(t, numbers(10), in.first(10))
	})
}

// TestPeersThatAnswerEachOtherDoNotBlockEachOther sends messages that cross
// the link several times, each sent on from Next, through queues that are much
// too small for them.
func TestPeersThatAnswerEachOtherDoNotBlockEachOther(t *testing.T) {
	onEachWire(t, peersThatAnswerEachOtherDoNotBlockEachOther)
}

func peersThatAnswerEachOtherDoNotBlockEachOther(t *testing.T) {
	for name, c := range map[string]struct{ size, messages, rounds int }{
		"16 B":   {16, 500, 8},
		"128 B":  {128, 500, 8},
		"20 KB":  {20_000, 40, 8},
		"100 KB": {100_000, 9, 8},
		"1 MiB":  {1 << 20, 3, 8},
	} {
		for network, n := range map[string]func() (Network, string){
			"tcp": tcp, "memory": func() (Network, string) { return memory.New(nil), ":0" },
		} {
			t.Run(name+" "+network, func(t *testing.T) {
				n, address := n()
				opts := &Options{SendBuffer: 4096, Timeout: time.Minute}
				a, b := pairOn(t, n, n, address, Hello{}, opts, opts)
				done := make(chan struct{})
				var home atomic.Int64
				answer := func(l Link) observer {
					return observer{
						next: func(m *Message) bool {
							m.Body[0]++
							if int(m.Body[0]) == c.rounds {
								if int(home.Add(1)) == 2*c.messages {
									close(done)
								}
								return true
							}
							return assert.NoError(t, l.Send(t.Context(), m.Type, m.Body))
						},
						done: func(error) {},
					}
				}
				a.Messages().Attach(t.Context(), answer(a))
				b.Messages().Attach(t.Context(), answer(b))
				for _, l := range []Link{a, b} {
					go func() {
						for range c.messages {
							assert.NoError(t, l.Send(t.Context(), codec.Bytes, []byte(strings.Repeat("\x00", c.size))))
						}
					}()
				}
				<-done
				balanced(t, a.Ledger())
			})
		}
	}
}
