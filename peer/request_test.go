package peer_test

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
	"github.com/rxpeer/rxpeer/transport"
)

func TestEachSubscriptionToARequestCallsOnce(t *testing.T) {
	inLab(t, func(t *lab) {
		server, conn, _ := t.two(nil)
		var calls atomic.Int32
		handle(t, server, "count", func(context.Context, int) (int32, error) { return calls.Add(1), nil }, nil)
		o := peer.Request[int, int32](conn, "count", 0)
		synctest.Wait()
		assert.Zero(t, calls.Load())
		for want := range int32(50) {
			rec := streamtest.Record[int32]()
			require.NoError(t, o.Subscribe(t.Context(), rec).Wait(t.Context()))
			rec.AssertFailed(t, nil, want+1)
		}
		rec := streamtest.Record[int32](streamtest.StopAt(1))
		require.ErrorIs(t, o.Subscribe(t.Context(), rec).Wait(t.Context()), stream.ErrStopped)
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errNoSensor)
		require.ErrorIs(t, o.Subscribe(ctx, streamtest.Record[int32]()).Wait(t.Context()), errNoSensor)
		assert.Equal(t, int32(51), calls.Load())
	})
}

func TestManyRequestsAreUnderWayAtOnce(t *testing.T) {
	inLab(t, func(t *lab) {
		const requests, most = 1000, 256
		server, conn, _ := t.two(nil)
		e := handle(t, server, "double", func(_ context.Context, v int) (int, error) {
			time.Sleep(time.Second)
			return 2 * v, nil
		}, nil)
		var done atomic.Int32
		sum := make(chan int, requests)
		for v := range requests {
			sub := peer.Request[int, int](conn, "double", v).On(t.Context(), func(r int) { sum <- r })
			go func() {
				assert.NoError(t, sub.Wait(t.Context()))
				done.Add(1)
			}()
		}
		time.Sleep(time.Second / 2)
		assert.Equal(t, most, e.Active())
		time.Sleep(requests/most*time.Second + time.Second/2)
		synctest.Wait()
		require.Equal(t, int32(requests), done.Load())
		close(sum)
		total := 0
		for r := range sum {
			total += r
		}
		assert.Equal(t, requests*(requests-1), total)
	})
}

func TestASubscriberOfARequestThatTakesLongHoldsNobodyUp(t *testing.T) {
	inLab(t, func(t *lab) {
		server, conn, _ := t.two(nil)
		handle(t, server, "echo", func(_ context.Context, v int) (int, error) { return v, nil }, nil)
		release := make(chan struct{})
		var slow []*stream.Subscription
		for v := range 10 {
			slow = append(slow, peer.Request[int, int](conn, "echo", v).On(t.Context(), func(int) { <-release }))
		}
		for v := range 100 {
			got, err := peer.Call[int, int](t.Context(), conn, "echo", v)
			require.NoError(t, err)
			assert.Equal(t, v, got)
		}
		close(release)
		for _, sub := range slow {
			assert.NoError(t, sub.Wait(t.Context()))
		}
	})
}

// spiteful panics when it is encoded.
type spiteful struct{}

func (spiteful) MarshalJSON() ([]byte, error) { panic("no") }

func TestWhatIsThrownAroundARequestEndsItAlone(t *testing.T) {
	inLab(t, func(t *lab) {
		b := t.withBystander(nil)
		handle(t, b.server, "echo", func(_ context.Context, v int) (int, error) { return v, nil }, nil)
		handle(t, b.server, "spite", func(context.Context, spiteful) (int, error) { return 0, nil }, nil)
		for range 300 { // more than there are places for calls
			for _, throw := range []func(){func() { panic("boom") }, runtime.Goexit} {
				sub := peer.Request[int, int](b.conn, "echo", 1).On(t.Context(), func(int) { throw() })
				assertPanicked(t, sub.Wait(t.Context()))
			}
			_, err := peer.Request[spiteful, int](b.conn, "spite", spiteful{}).Await(t.Context())
			assertPanicked(t, err)
			assert.Panics(t, func() { _, _ = peer.Call[spiteful, int](t.Context(), b.conn, "spite", spiteful{}) })
		}
		got, err := peer.Call[int, int](t.Context(), b.conn, "echo", 7)
		require.NoError(t, err)
		assert.Equal(t, 7, got)
		b.undisturbed()
	})
}

func assertPanicked(t *lab, err error) {
	t.Helper()
	_, is := errors.AsType[*stream.PanicError](err)
	assert.True(t, is, "%v", err)
}

func TestRequestsComposeWithOperators(t *testing.T) {
	inLab(t, func(t *lab) {
		server, conn, _ := t.two(nil)
		var calls atomic.Int32
		handle(t, server, "slow", func(ctx context.Context, v int) (int, error) {
			if calls.Add(1) < 3 {
				<-ctx.Done() // it is asked again
			}
			return v, nil
		}, nil)
		o := operators.Retry(operators.Timeout(peer.Request[int, int](conn, "slow", 5), time.Second), nil)
		got, err := o.Await(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 5, got)
		assert.Equal(t, int32(3), calls.Load())
	})
}

func TestARequestFailsWithItsConnection(t *testing.T) {
	inLab(t, func(t *lab) {
		server, conn, _ := t.two(nil)
		handle(t, server, "wait", func(ctx context.Context, _ int) (int, error) { <-ctx.Done(); return 0, nil }, nil)
		sub := peer.Request[int, int](conn, "wait", 1).On(t.Context(), func(int) {})
		synctest.Wait()
		conn.Abort()
		_, is := errors.AsType[*transport.CloseError](sub.Wait(t.Context()))
		assert.True(t, is)
		_, err := peer.Request[int, int](conn, "wait", 1).Await(t.Context())
		assert.ErrorIs(t, err, peer.ErrClosed)
	})
}
