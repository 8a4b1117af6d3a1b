package peer_test

import (
	"context"
	"os"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
)

func TestSubscribersOfConnectionsGetThePresentOnesFirst(t *testing.T) {
	inLab(t, func(t *lab) {
		hub := t.open("10.0.0.1", nil)
		first, second, third := t.open("10.0.0.2", nil), t.open("10.0.0.3", nil), t.open("10.0.0.4", nil)
		gone, err := first.Connect(t.Context(), hub.Addr().String(), nil)
		require.NoError(t, err)
		require.NoError(t, peer.SinkOf[string](gone).Emit(t.Context(), "unread"))
		require.NoError(t, gone.Close())
		synctest.Wait()
		_, err = second.Connect(t.Context(), hub.Addr().String(), nil)
		require.NoError(t, err)
		synctest.Wait()

		var seen, later []string
		hub.Connections().On(t.Context(), func(c *peer.Connection) { seen = append(seen, c.Remote().Addr.Host()) })
		synctest.Wait()
		assert.Equal(t, []string{"10.0.0.2", "10.0.0.3"}, seen, "a closed one that nobody was told of waits")
		hub.Connections().On(t.Context(), func(c *peer.Connection) { later = append(later, c.Remote().Addr.Host()) })
		_, err = hub.Connect(t.Context(), third.Addr().String(), nil)
		require.NoError(t, err)
		synctest.Wait()
		assert.Equal(t, []string{"10.0.0.2", "10.0.0.3", "10.0.0.4"}, seen)
		assert.Equal(t, []string{"10.0.0.3", "10.0.0.4"}, later)
	})
}

func TestABlockedSubscriberOfConnectionsHoldsNoConnectionUp(t *testing.T) {
	inLab(t, func(t *lab) {
		hub := t.open("10.0.0.1", nil)
		release := make(chan struct{})
		n := 0
		hub.Connections().On(t.Context(), func(*peer.Connection) { n++; <-release })
		for _, host := range []string{"10.0.0.2", "10.0.0.3"} {
			far := t.open(host, nil)
			_, err := hub.Connect(t.Context(), far.Addr().String(), nil)
			require.NoError(t, err)
			c, err := far.Connections().Await(t.Context())
			require.NoError(t, err)
			require.NoError(t, c.Close())
		}
		close(release)
		synctest.Wait()
		assert.Equal(t, 2, n)
	})
}

func TestEventsOfAPeerAreThereForThoseWhoComeLate(t *testing.T) {
	inLab(t, func(t *lab) {
		a, b := t.open("10.0.0.1", nil), t.open("10.0.0.2", nil)
		ca, cb := t.connect(a, b, nil)
		addr, err := a.Listening().Await(t.Context())
		require.NoError(t, err)
		assert.Equal(t, a.Addr(), addr)
		require.NoError(t, a.Close())
		addr, err = a.Stopped().Await(t.Context())
		require.NoError(t, err)
		assert.Equal(t, a.Addr(), addr)
		for c, reason := range map[*peer.Connection]transport.Reason{ca: transport.ReasonLocal, cb: transport.ReasonRemote} {
			why, err := c.Closed().Await(t.Context())
			require.NoError(t, err)
			assert.Equal(t, reason, why.Reason)
			assert.Equal(t, why, context.Cause(c.Context()))
			assert.ErrorIs(t, c.Err(), peer.ErrClosed)
			assert.ErrorIs(t, peer.SinkOf[int](c).Emit(t.Context(), 1), peer.ErrClosed)
		}
		require.NoError(t, a.Close(), "a second time")
	})
}

func TestCloseFromInsideAnyCallbackReturns(t *testing.T) {
	for _, where := range []string{"data", "connections", "closed", "stopped", "offers"} {
		inLab(t, func(t *lab) {
			a, b := t.open("10.0.0.1", nil), t.open("10.0.0.2", nil)
			returned := make(chan struct{})
			shut := func() { _ = b.Close(); close(returned) }
			switch where {
			case "connections":
				b.Connections().On(t.Context(), func(*peer.Connection) { shut() })
			case "stopped":
				b.Stopped().On(t.Context(), func(transport.Addr) { shut() })
			case "offers":
				b.Offers().On(t.Context(), func(*peer.Offer) { shut() })
			}
			c, err := a.Connect(t.Context(), b.Addr().String(), nil)
			if err == nil && (where == "data" || where == "closed") {
				cb, err := b.Connections().Await(t.Context())
				require.NoError(t, err)
				cb.Data().On(t.Context(), func(any) {
					if where == "data" {
						shut()
					}
				})
				cb.Closed().On(t.Context(), func(*transport.CloseError) {
					if where == "closed" {
						shut()
					}
				})
				require.NoError(t, peer.SinkOf[int](c).Emit(t.Context(), 1))
				synctest.Wait()
				_ = c.Close()
			}
			if where == "stopped" {
				require.NoError(t, b.Close())
			}
			<-returned
		})
	}
}

func TestCloseDoesNotWaitForCallbacksButShutdownDoes(t *testing.T) {
	inLab(t, func(t *lab) {
		a, b := t.open("10.0.0.1", nil), t.open("10.0.0.2", nil)
		ca, _ := t.connect(a, b, nil)
		release := make(chan struct{})
		entered := make(chan struct{})
		ca.Closed().On(t.Context(), func(*transport.CloseError) { close(entered); <-release })
		require.NoError(t, a.Close())
		<-entered
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		assert.ErrorIs(t, a.Shutdown(ctx), context.DeadlineExceeded)
		assert.Equal(t, time.Minute, time.Since(start))
		close(release)
		assert.NoError(t, a.Shutdown(t.Context()))
	})
}

func TestCloseLingersForWhatWasAcceptedAndReportsWhatIsLost(t *testing.T) {
	inLab(t, func(t *lab) {
		a, b := t.open("10.0.0.1", nil), t.open("10.0.0.2", nil)
		ca, _ := t.connect(a, b, &peer.ConnectOptions{DataType: codec.Bytes})
		t.net.Partition("10.0.0.1", "10.0.0.2")
		out := peer.SinkOf[[]byte](ca)
		for range 10 {
			require.NoError(t, out.Emit(t.Context(), make([]byte, 60_000)))
		}
		start := time.Now()
		var lost *transport.CloseError
		require.ErrorAs(t, a.Close(), &lost)
		assert.Equal(t, peer.DefaultTimeout, time.Since(start))
		assert.Positive(t, lost.Undelivered)
		ledger := ca.Ledger()
		assert.EqualValues(t, 10, ledger.Accepted)
		assert.Equal(t, ledger.Accepted, ledger.Written+ledger.Queued+ledger.DroppedByClose+ledger.DroppedByFailure)
		assert.EqualValues(t, lost.Undelivered, ledger.InFlight+ledger.DroppedByClose+ledger.DroppedByFailure)
	})
}

func TestASilentUnreachablePeerIsNoticed(t *testing.T) {
	inLab(t, func(t *lab) {
		a, b := t.pair(nil)
		t.net.Partition("10.0.0.1", "10.0.0.2")
		start := time.Now()
		for _, c := range []*peer.Connection{a, b} {
			why, err := c.Closed().Await(t.Context())
			require.NoError(t, err)
			assert.Equal(t, transport.ReasonTimeout, why.Reason)
		}
		assert.LessOrEqual(t, time.Since(start), 5*peer.DefaultTimeout)
	})
}

func TestNothingIsLostBetweenConnectAndTheFirstSubscriptionNorAtClose(t *testing.T) {
	a, b := openTCP(t, nil), openTCP(t, nil)
	for round := range 1000 {
		c, err := a.Connect(t.Context(), b.Addr().String(), &peer.ConnectOptions{DataType: codec.JSON})
		require.NoError(t, err)
		out := peer.SinkOf[int](c)
		n := 1 + round%20
		for i := range n {
			require.NoError(t, out.Emit(t.Context(), i))
		}
		require.NoError(t, c.Close())
		in, err := b.Connections().Await(t.Context())
		require.NoError(t, err)
		next := 0
		require.NoError(t, peer.Receive[int](in).Each(t.Context(), func(v int) error {
			require.Equal(t, next, v)
			next++
			return nil
		}))
		require.Equal(t, n, next, "round %d", round)
		<-in.Context().Done()
	}
}

func TestConnectingAndClosingLeavesNoGoroutineAndNoDescriptor(t *testing.T) {
	a, b := openTCP(t, nil), openTCP(t, nil)
	b.Connections().On(t.Context(), func(c *peer.Connection) { c.Data().On(t.Context(), func(any) {}) })
	cycle := func() {
		c, err := a.Connect(t.Context(), b.Addr().String(), nil)
		require.NoError(t, err)
		require.NoError(t, peer.SinkOf[int](c).Emit(t.Context(), 1))
		require.NoError(t, c.Close())
	}
	cycle()
	goroutines, files := runtime.NumGoroutine(), openFiles()
	for range 1000 {
		cycle()
	}
	assert.Eventually(t, func() bool {
		return runtime.NumGoroutine() <= goroutines+2 && openFiles() <= files+2
	}, 10*time.Second, 10*time.Millisecond, "goroutines %d, then %d; files %d, then %d",
		goroutines, runtime.NumGoroutine(), files, openFiles())
}

// openFiles counts this process's descriptors; 0 where that is not known.
func openFiles() int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}
