package transport

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/memory"
)

func TestNothingIsLostAtAGracefulClose(t *testing.T) { onEachWire(t, nothingIsLostAtAGracefulClose) }

func nothingIsLostAtAGracefulClose(t *testing.T) {
	for name, c := range map[string]struct {
		opts *Options
		runs int
	}{"go": {nil, 1000}, "python": {&Options{AsPython: true}, 20}} {
		t.Run(name, func(t *testing.T) {
			links := make(chan Link, 1)
			ln, err := Listen(t.Context(), TCP{}, "127.0.0.1:0", func(in *Incoming) {
				link, err := in.Accept()
				assert.NoError(t, err)
				links <- link
			}, c.opts)
			require.NoError(t, err)
			runs := c.runs
			if testing.Short() {
				runs /= 10
			}
			for run := range runs {
				a, err := Dial(t.Context(), TCP{}, ln.Addr().String(), complete(Hello{}), c.opts)
				require.NoError(t, err)
				b := <-links
				n := run % 50
				for i := range n {
					require.NoError(t, a.Send(t.Context(), codec.Bytes, []byte(fmt.Sprint(i))))
					if i%7 == 3 { // what the closing side gets must not hurt either
						_ = b.TrySend(codec.Bytes, make([]byte, 3000))
					}
				}
				require.NoError(t, a.Close(0))
				got, err := collect(t.Context(), b).wait()
				require.NoError(t, err)
				require.Len(t, got, n)
				if err := b.Close(0); c.opts == nil {
					require.NoError(t, err)
				}
			}
			require.NoError(t, ln.Close())
		})
	}
}

func TestALargeQueueIsSentBeforeTheCloseEnds(t *testing.T) {
	onEachWire(t, aLargeQueueIsSentBeforeTheCloseEnds)
}

func aLargeQueueIsSentBeforeTheCloseEnds(t *testing.T) {
	a, b := pair(t, Hello{}, &Options{SendBuffer: 8 << 20})
	in := collect(t.Context(), b)
	body := strings.Repeat("x", 100_000)
	for range 80 {
		require.NoError(t, a.TrySend(codec.Bytes, []byte(body)))
	}
	require.NoError(t, a.Close(10*time.Second))
	got, err := in.wait()
	require.NoError(t, err)
	require.Len(t, got, 80)
	balanced(t, a.Ledger())
	assert.EqualValues(t, 80, a.Ledger().Written)
}

func TestACloseMayComeFromInsideASubscriber(t *testing.T) {
	onEachWire(t, aCloseMayComeFromInsideASubscriber)
}

func aCloseMayComeFromInsideASubscriber(t *testing.T) {
	for name, network := range map[string]func() (Network, string){
		"tcp": tcp, "memory": func() (Network, string) { return memory.New(nil), ":0" },
	} {
		for when, backlog := range map[string]bool{"live": false, "backlog": true} {
			t.Run(name+" "+when, func(t *testing.T) {
				n, address := network()
				a, b := pairOn(t, n, n, address, Hello{}, nil, nil)
				sent := make(chan struct{})
				if backlog {
					sendAll(t, a, "1", "2", "3")
					close(sent)
					require.Eventually(t, func() bool { return b.Ledger().Waiting == 3 }, 10*time.Second, time.Millisecond)
				}
				in := collectWhile(t.Context(), b, func(s string) bool {
					if s == "2" {
						<-sent
						assert.NoError(t, b.Close(0))
						assert.NoError(t, b.Close(0), "again")
						select {
						case <-b.Done():
						default:
							t.Error("the link has ended when Close returns")
						}
					}
					return true
				})
				if !backlog {
					sendAll(t, a, "1", "2", "3")
					close(sent)
				}
				got, err := in.wait()
				assert.NoError(t, err)
				assert.Equal(t, []string{"1", "2", "3"}, got)
				<-a.Done()
				assert.Equal(t, &CloseError{Reason: ReasonRemote}, a.Err())
			})
		}
	}
}

func TestACloseFromDoneAndFromAHookReturns(t *testing.T) {
	onEachWire(t, aCloseFromDoneAndFromAHookReturns)
}

func aCloseFromDoneAndFromAHookReturns(t *testing.T) {
	a, b := pair(t, Hello{}, nil)
	hooked, done := make(chan *CloseError, 1), make(chan struct{})
	b.OnEnd(func(why *CloseError) { assert.NoError(t, b.Close(0)); hooked <- why })
	b.Messages().Attach(t.Context(), observer{
		next: func(*Message) bool { return true },
		done: func(error) { assert.NoError(t, b.Close(0)); close(done) },
	})
	require.NoError(t, a.Close(0))
	<-done
	assert.Equal(t, ReasonRemote, (<-hooked).Reason)
	b.OnEnd(func(why *CloseError) { hooked <- why })
	assert.Equal(t, b.Err(), error(<-hooked), "a late hook runs at once")
}

func TestABlockedSubscriberKeepsNobodyFromNoticingTheEnd(t *testing.T) {
	onEachWire(t, aBlockedSubscriberKeepsNobodyFromNoticingTheEnd)
}

func aBlockedSubscriberKeepsNobodyFromNoticingTheEnd(t *testing.T) {
	for name, network := range map[string]func() (Network, string){
		"tcp": tcp, "memory": func() (Network, string) { return memory.New(nil), ":0" },
	} {
		for who, end := range map[string]func(a, b Link){
			"closed by the remote":  func(a, b Link) { assert.NoError(t, a.Close(0)) },
			"aborted by the remote": func(a, b Link) { a.Abort() },
			"closed here":           func(a, b Link) { assert.NoError(t, b.Close(0)) },
			"aborted here":          func(a, b Link) { b.Abort() },
		} {
			t.Run(name+" "+who, func(t *testing.T) {
				n, address := network()
				a, b := pairOn(t, n, n, address, Hello{}, nil, nil)
				blocked, release := make(chan struct{}), make(chan struct{})
				in := collectWhile(t.Context(), b, func(s string) bool {
					if s == "0" {
						close(blocked)
						<-release
					}
					return true
				})
				sendAll(t, a, "0")
				<-blocked
				sendAll(t, a, "1", "2", "3")
				require.Eventually(t, func() bool { return b.Ledger().Received == 4 }, 10*time.Second, time.Millisecond,
					"somebody else reads on")
				end(a, b)
				<-b.Done()
				close(release)
				got, _ := in.wait()
				assert.Equal(t, numbers(4), got)
			})
		}
	}
}

func TestAFullInboxWithoutASubscriberStillNoticesTheEnd(t *testing.T) {
	onText(t, aFullInboxWithoutASubscriberStillNoticesTheEnd)
}

func aFullInboxWithoutASubscriberStillNoticesTheEnd(t *testing.T) {
	if testingWithoutHangup {
		t.Skip("an end behind unread bytes is not seen on this system")
	}
	a, b := pair(t, Hello{}, &Options{Inbox: 10_000})
	const n = 100 // as much as fits the sockets' buffers in any case
	for range n {
		require.NoError(t, a.TrySend(codec.Bytes, make([]byte, 1000)))
	}
	require.Eventually(t, func() bool { return b.(*textLink).park.parked.Load() }, 10*time.Second, time.Millisecond)
	a.BeginClose(time.Minute)
	<-b.Done()
	<-a.Done()
	assert.Equal(t, &CloseError{Reason: ReasonLocal}, a.Err())
	got, err := collect(t.Context(), b).wait()
	assert.NoError(t, err)
	assert.Len(t, got, n)
}

func TestACloseThatDoesNotDrainResetsAndSaysWhatIsLost(t *testing.T) {
	onText(t, aCloseThatDoesNotDrainResetsAndSaysWhatIsLost)
}

func aCloseThatDoesNotDrainResetsAndSaysWhatIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, n := stuffed(t)
		start := time.Now()
		err := a.Close(0)
		assert.Equal(t, DefaultTimeout, time.Since(start))
		why, is := errors.AsType[*CloseError](err)
		require.True(t, is, err)
		assert.Equal(t, ReasonLocal, why.Reason)
		assert.ErrorIs(t, why, ErrLinger)
		assert.Positive(t, why.Undelivered)
		assert.Same(t, why, a.Err().(*CloseError))
		l := a.Ledger()
		balanced(t, l)
		assert.EqualValues(t, why.Undelivered, l.DroppedByClose)
		got, err := collect(t.Context(), b).wait()
		assert.True(t, IsReset(err) || errors.Is(err, io.ErrUnexpectedEOF), err)
		assert.LessOrEqual(t, len(got), n-why.Undelivered)
		assert.Equal(t, why, a.Close(0), "later ones say the same")
	})
}

func TestACloseUnblocksEverybody(t *testing.T) { onEachWire(t, aCloseUnblocksEverybody) }

func aCloseUnblocksEverybody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _, _ := stuffed(t)
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() { assert.ErrorIs(t, a.Send(t.Context(), codec.Bytes, make([]byte, 1000)), net.ErrClosed) })
		}
		synctest.Wait()
		start := time.Now()
		for range 5 {
			wg.Go(func() { assert.Error(t, a.Close(time.Second)) })
		}
		synctest.Wait()
		assert.Zero(t, time.Since(start))
		a.Abort()
		wg.Wait()
		assert.Zero(t, time.Since(start), "an abort does not wait for the linger of others")
		assert.ErrorIs(t, a.Err(), ErrAborted)
	})
}

func TestManyLinksAreClosedAtOnceByOneGoroutine(t *testing.T) {
	onEachWire(t, manyLinksAreClosedAtOnceByOneGoroutine)
}

func manyLinksAreClosedAtOnceByOneGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stuck []Link
		for range 10 {
			a, _, _ := stuffed(t)
			stuck = append(stuck, a)
		}
		start := time.Now()
		for _, a := range stuck {
			a.BeginClose(time.Second)
		}
		for _, a := range stuck {
			assert.Error(t, a.Close(time.Second))
		}
		assert.Equal(t, time.Second, time.Since(start))
	})
}

func TestClosingTowardsPythonIsAResetWithoutAFin(t *testing.T) {
	link, c := accepting(t, TCP{}, "127.0.0.1:0", pythonHello, nil)
	body := strings.Repeat("x", 20_000)
	sendAll(t, link, body)
	require.NoError(t, link.Close(5*time.Second))
	c.hear("DATA|data_size=20000&data_type=bytes")
	assert.Equal(t, body, c.read(len(body)))
	_, err := c.rest()
	assert.True(t, IsReset(err), err)
}

func TestARemoteThatClosesGetsWhatWasQueued(t *testing.T) {
	onText(t, aRemoteThatClosesGetsWhatWasQueued)
}

func aRemoteThatClosesGetsWhatWasQueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, n := stuffed(t)
		require.NoError(t, b.Close(0))
		<-a.Done()
		got, err := collect(t.Context(), b).wait()
		assert.NoError(t, err)
		l := b.Ledger()
		balanced(t, l)
		assert.EqualValues(t, n, l.Received)
		assert.Len(t, got, n-int(l.Discarded), "the inbox keeps what it has room for")
		assert.Equal(t, &CloseError{Reason: ReasonRemote}, a.Err())
	})
}

func TestBothSidesMayCloseAtOnce(t *testing.T) { onEachWire(t, bothSidesMayCloseAtOnce) }

func bothSidesMayCloseAtOnce(t *testing.T) {
	for range 200 {
		a, b := pair(t, Hello{}, nil)
		inA, inB := collect(t.Context(), a), collect(t.Context(), b)
		sendAll(t, a, "1", "2", "3")
		sendAll(t, b, "4", "5", "6")
		var wg sync.WaitGroup
		wg.Go(func() { assert.NoError(t, a.Close(0)) })
		wg.Go(func() { assert.NoError(t, b.Close(0)) })
		wg.Wait()
		got, err := inB.wait()
		require.NoError(t, err)
		require.Equal(t, []string{"1", "2", "3"}, got)
		got, err = inA.wait()
		require.NoError(t, err)
		require.Equal(t, []string{"4", "5", "6"}, got)
	}
}
