package transport

import (
	"bytes"
	"context"
	"errors"
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

// sendAll sends each string as a message.
func sendAll(t testing.TB, l Link, messages ...string) {
	t.Helper()
	for _, s := range messages {
		require.NoError(t, l.Send(t.Context(), codec.Bytes, []byte(s)))
	}
}

func TestMessagesWaitForTheFirstSubscriberAndBetweenTwo(t *testing.T) {
	onEachWire(t, messagesWaitForTheFirstSubscriberAndBetweenTwo)
}

func messagesWaitForTheFirstSubscriberAndBetweenTwo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := memoryPair(t, memory.New(nil), Hello{}, nil)
		sendAll(t, a, numbers(10)...)
		synctest.Wait()
		assert.EqualValues(t, 10, b.Ledger().Waiting)

		first := collectWhile(t.Context(), b, func(s string) bool { return s != "3" })
		got, err := first.wait()
		assert.Equal(t, numbers(4), got)
		assert.Equal(t, stream.ErrStopped, err)

		sendAll(t, a, "10", "11")
		synctest.Wait()
		second := collect(t.Context(), b)
		assert.Equal(t, numbers(12)[4:], second.first(8))
		synctest.Wait()
		l := b.Ledger()
		assert.EqualValues(t, 12, l.Taken)
		assert.Zero(t, l.Waiting)
	})
}

func TestRunDeliversTheBacklogOnTheGoroutineOfItsCaller(t *testing.T) {
	onEachWire(t, runDeliversTheBacklogOnTheGoroutineOfItsCaller)
}

func runDeliversTheBacklogOnTheGoroutineOfItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := memoryPair(t, memory.New(nil), Hello{}, nil)
		sendAll(t, a, numbers(100)...)
		synctest.Wait()
		n := 0
		run := b.Messages().Attach(t.Context(), observer{
			next: func(*Message) bool { n++; return true },
			done: func(error) {},
		})
		require.NotNil(t, run)
		assert.Zero(t, n, "nothing before run")
		run()
		assert.Equal(t, 100, n)
		sendAll(t, a, "more")
		synctest.Wait()
		assert.Equal(t, 101, n, "from then on the link delivers by itself")
	})
}

func TestTheSecondLiveSubscriberIsRefused(t *testing.T) {
	onEachWire(t, theSecondLiveSubscriberIsRefused)
}

func theSecondLiveSubscriberIsRefused(t *testing.T) {
	a, b := pair(t, Hello{}, nil)
	first := collect(t.Context(), b)
	_, err := collect(t.Context(), b).wait()
	assert.Equal(t, stream.ErrInUse, err)
	sendAll(t, a, "x")
	assert.Equal(t, []string{"x"}, first.first(1))
}

func TestACancelledSubscriptionEndsWithItsCauseAndLeavesTheRest(t *testing.T) {
	onEachWire(t, aCancelledSubscriptionEndsWithItsCauseAndLeavesTheRest)
}

func aCancelledSubscriptionEndsWithItsCauseAndLeavesTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := memoryPair(t, memory.New(nil), Hello{}, nil)
		cause := errors.New("enough")

		ctx, cancel := context.WithCancelCause(t.Context())
		idle := collect(ctx, b)
		cancel(cause)
		_, err := idle.wait()
		assert.Equal(t, cause, err)

		ctx, cancel = context.WithCancelCause(t.Context())
		var busy *inboxOf
		busy = collectWhile(ctx, b, func(s string) bool {
			if s == "4" {
				cancel(cause)
				synctest.Wait()
				busy.mu.Lock()
				assert.False(t, busy.ended, "Done waits for Next")
				busy.mu.Unlock()
			}
			return true
		})
		sendAll(t, a, numbers(10)...)
		got, err := busy.wait()
		assert.Equal(t, cause, err)
		assert.Equal(t, numbers(5), got)

		assert.Equal(t, numbers(10)[5:], collect(t.Context(), b).first(5))

		ended, stop := context.WithCancelCause(t.Context())
		stop(cause)
		_, err = collect(ended, b).wait()
		assert.Equal(t, cause, err, "a context that has ended already")
	})
}

func TestAPanicEndsItsSubscriptionAndNotTheLink(t *testing.T) {
	onEachWire(t, aPanicEndsItsSubscriptionAndNotTheLink)
}

func aPanicEndsItsSubscriptionAndNotTheLink(t *testing.T) {
	for name, c := range map[string]struct {
		crash func()
		check func(*testing.T, *stream.PanicError)
	}{
		"panic": {
			func() { panic("ouch") },
			func(t *testing.T, err *stream.PanicError) {
				assert.Equal(t, "ouch", err.Value)
				assert.False(t, err.Goexit)
			},
		},
		"panic with nil": {
			func() { panic(nil) },
			func(t *testing.T, err *stream.PanicError) { assert.IsType(t, &runtime.PanicNilError{}, err.Value) },
		},
		"goexit": {
			runtime.Goexit,
			func(t *testing.T, err *stream.PanicError) { assert.True(t, err.Goexit) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := pair(t, Hello{}, nil)
			for _, when := range []string{"live", "backlog"} {
				if when == "backlog" {
					sendAll(t, a, numbers(10)...)
					require.Eventually(t, func() bool { return b.Ledger().Waiting == 10 }, 10*time.Second, time.Millisecond)
				}
				in := collectWhile(t.Context(), b, func(s string) bool {
					if s == "3" {
						c.crash()
					}
					return true
				})
				if when == "live" {
					sendAll(t, a, numbers(10)...)
				}
				got, err := in.wait()
				assert.Equal(t, numbers(4), got, when)
				crash, is := errors.AsType[*stream.PanicError](err)
				require.True(t, is, err)
				c.check(t, crash)
				assert.Contains(t, string(crash.Stack), "inbox_test.go")
				assert.Equal(t, numbers(10)[4:], collectWhile(t.Context(), b, func(s string) bool { return s != "9" }).first(6), when)
				require.Eventually(t, func() bool { return b.Ledger().Taken%10 == 0 }, 10*time.Second, time.Millisecond)
			}
			require.NoError(t, a.Close(0))
			require.NoError(t, b.Close(0))
		})
	}
}

func TestWhoHasPanickedMaySubscribeAgainInItsDone(t *testing.T) {
	onEachWire(t, whoHasPanickedMaySubscribeAgainInItsDone)
}

func whoHasPanickedMaySubscribeAgainInItsDone(t *testing.T) {
	for name, crash := range map[string]func(){"panic": func() { panic("ouch") }, "goexit": runtime.Goexit} {
		t.Run(name, func(t *testing.T) {
			a, b := pair(t, Hello{}, nil)
			again := make(chan *inboxOf, 1)
			b.Messages().Subscribe(t.Context(), observer{
				next: func(*Message) bool { crash(); return true },
				done: func(error) { again <- collect(t.Context(), b) },
			})
			sendAll(t, a, "1", "2", "3")
			in := <-again
			require.NoError(t, a.Close(0))
			got, err := in.wait()
			require.NoError(t, err)
			assert.Equal(t, []string{"2", "3"}, got)
		})
	}
}

func TestACrashInDoneHarmsNobody(t *testing.T) { onEachWire(t, aCrashInDoneHarmsNobody) }

func aCrashInDoneHarmsNobody(t *testing.T) {
	for name, crash := range map[string]func(){"panic": func() { panic("ouch") }, "goexit": runtime.Goexit} {
		t.Run(name, func(t *testing.T) {
			a, b := pair(t, Hello{}, nil)
			b.Messages().Attach(t.Context(), observer{
				next: func(*Message) bool { return false },
				done: func(error) { crash() },
			})
			sendAll(t, a, "1", "2", "3")
			require.Eventually(t, func() bool { return b.Ledger().Taken == 1 }, 10*time.Second, time.Millisecond)
			in := collect(t.Context(), b)
			assert.Equal(t, []string{"2", "3"}, in.first(2))
			require.NoError(t, a.Close(0))
			_, err := in.wait()
			assert.NoError(t, err)
		})
	}
}

func TestTheInboxOutlivesTheLink(t *testing.T) { onEachWire(t, theInboxOutlivesTheLink) }

func theInboxOutlivesTheLink(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(a, b Link)
		want func(error) bool
	}{
		"closed by the remote":  {func(a, b Link) { _ = a.Close(0) }, func(err error) bool { return err == nil }},
		"closed here":           {func(a, b Link) { _ = b.Close(0) }, func(err error) bool { return err == nil }},
		"aborted by the remote": {func(a, b Link) { a.Abort() }, IsReset},
		"aborted here":          {func(a, b Link) { b.Abort() }, func(err error) bool { return errors.Is(err, ErrAborted) }},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := pair(t, Hello{}, nil)
			sendAll(t, a, numbers(1000)...)
			require.Eventually(t, func() bool { return b.Ledger().Received == 1000 }, 10*time.Second, time.Millisecond)
			c.end(a, b)
			<-b.Done()
			first := collectWhile(t.Context(), b, func(s string) bool { return s != "9" })
			got, err := first.wait()
			assert.Equal(t, numbers(10), got)
			assert.Equal(t, stream.ErrStopped, err)
			got, err = collect(t.Context(), b).wait()
			assert.Equal(t, numbers(1000)[10:], got)
			assert.True(t, c.want(err), err)
			got, err = collect(t.Context(), b).wait()
			assert.Empty(t, got)
			assert.True(t, c.want(err), "and so does every later one")
		})
	}
}

func TestWhatIsBorrowedIsNotTouchedUntilNextReturns(t *testing.T) {
	onEachWire(t, whatIsBorrowedIsNotTouchedUntilNextReturns)
}

func whatIsBorrowedIsNotTouchedUntilNextReturns(t *testing.T) {
	a, b := pair(t, Hello{}, nil)
	bad := make(chan bool, 100)
	b.Messages().Attach(t.Context(), observer{
		next: func(m *Message) bool {
			before := bytes.Clone(m.Body)
			runtime.Gosched()
			bad <- !bytes.Equal(before, m.Body) || cap(m.Body) != len(m.Body)
			return true
		},
		done: func(error) {},
	})
	for i := range 100 {
		sendAll(t, a, string(bytes.Repeat([]byte{byte(i)}, 1+i*i*20)))
	}
	for range 100 {
		assert.False(t, <-bad)
	}
}

func TestWithoutASubscriberTheRemoteIsSlowedDownForAsLongAsItTakes(t *testing.T) {
	onEachWire(t, withoutASubscriberTheRemoteIsSlowedDownForAsLongAsItTakes)
}

func withoutASubscriberTheRemoteIsSlowedDownForAsLongAsItTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := memoryPair(t, memory.New(nil), Hello{}, &Options{Inbox: 64 << 10, SendBuffer: 64 << 10})
		sent := make(chan int)
		go func() {
			n := 0
			for a.Send(t.Context(), codec.Bytes, make([]byte, 1000)) == nil {
				if n++; n == 1000 {
					break
				}
			}
			sent <- n
		}()
		time.Sleep(time.Minute)
		synctest.Wait()
		l := b.Ledger()
		assert.InDelta(t, 64<<10/1128, l.Waiting, 64, "full")
		assert.Nil(t, b.Err(), "no overrun")
		assert.Nil(t, a.Err(), "and no timeout: a parked peer sends its PINGs")
		in := collect(t.Context(), b)
		in.first(1000)
		assert.Equal(t, 1000, <-sent)
	})
}

func TestAStallUnderASubscriberEndsTheLinkWithOverrun(t *testing.T) {
	onText(t, aStallUnderASubscriberEndsTheLinkWithOverrun)
}

func aStallUnderASubscriberEndsTheLinkWithOverrun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := memoryPair(t, memory.New(nil), Hello{}, &Options{Inbox: 64 << 10, SendBuffer: 64 << 10})
		release := make(chan struct{})
		in := collectWhile(t.Context(), b, func(string) bool { <-release; return true })
		go func() {
			for a.Send(t.Context(), codec.Bytes, make([]byte, 1000)) == nil {
			}
		}()
		start := time.Now()
		<-b.Done()
		assert.InDelta(t, 2*time.Second, time.Since(start), float64(200*time.Millisecond))
		assert.Equal(t, ReasonOverrun, b.Err().(*CloseError).Reason)
		assert.ErrorIs(t, b.Err(), ErrStalled)
		received := b.Ledger().Received
		close(release)
		got, err := in.wait()
		assert.ErrorIs(t, err, ErrStalled)
		assert.Len(t, got, int(received), "everything received is delivered whole")
		<-a.Done()
	})
}

func TestASlowSubscriberIsNoStall(t *testing.T) { onEachWire(t, aSlowSubscriberIsNoStall) }

func aSlowSubscriberIsNoStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := memoryPair(t, memory.New(nil), Hello{}, &Options{Inbox: 8 << 10, SendBuffer: 8 << 10})
		in := collectWhile(t.Context(), b, func(string) bool { time.Sleep(1500 * time.Millisecond); return true })
		for range 200 {
			require.NoError(t, a.Send(t.Context(), codec.Bytes, make([]byte, 1000)))
		}
		require.NoError(t, a.Send(t.Context(), codec.Bytes, []byte("last")))
		in.first(201)
		assert.Nil(t, b.Err())
	})
}

// nosy is an observer whose NextFunc looks at the link.
type nosy struct {
	link Link
	next func(m *Message) bool
}

func (n *nosy) Next(m *Message) bool { return n.next(m) }
func (n *nosy) Done(error)           {}

func (n *nosy) NextFunc() func(m *Message) bool {
	n.link.Ledger()
	return n.next
}

func TestAnObserverMayUseTheLinkWhileItIsAttached(t *testing.T) {
	onEachWire(t, func(t *testing.T) {
		a, b := pair(t, Hello{}, nil)
		got := make(chan string, 1)
		n := &nosy{link: b, next: func(m *Message) bool { got <- string(m.Body); return true }}
		if run := b.Messages().Attach(t.Context(), n); run != nil {
			run()
		}
		require.NoError(t, a.Send(t.Context(), codec.Bytes, []byte("seen")))
		assert.Equal(t, "seen", <-got)
	})
}
