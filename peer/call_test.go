package peer_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport"
)

type (
	query struct{ Room string }
	stats struct{ Mean float64 }
)

func handle[Q, R any](t *lab, p *peer.Peer, name string, f func(context.Context, Q) (R, error), opts *peer.ExposeOptions) *peer.Exposure {
	t.Helper()
	e, err := peer.Handle(p, name, f, opts)
	require.NoError(t, err)
	return e
}

func TestACallGetsItsResult(t *testing.T) {
	t.Run("awaited", func(t *testing.T) { callsGetTheirResults(t, false) })
	t.Run("observed", func(t *testing.T) { callsGetTheirResults(t, true) })
}

// asked calls a function, by Call or by Request.
func asked[Q, R any](ctx context.Context, observed bool, c *peer.Connection, name string, q Q) (R, error) {
	if observed {
		return peer.Request[Q, R](c, name, q).Await(ctx)
	}
	return peer.Call[Q, R](ctx, c, name, q)
}

func callsGetTheirResults(t *testing.T, observed bool) {
	inLab(t, func(t *lab) {
		server, conn, back := t.two(&peer.Options{Errors: sensorErrors})
		e := handle(t, server, "stats", func(ctx context.Context, q query) (stats, error) {
			assert.Same(t, back, peer.Caller(ctx))
			switch q.Room {
			case "attic":
				return stats{}, fmt.Errorf("attic: %w", errNoSensor)
			case "cellar":
				panic("dark")
			case "roof":
				return stats{}, errors.New("too high")
			}
			return stats{float64(len(q.Room))}, nil
		}, nil)
		handle(t, server, "upper", func(_ context.Context, b []byte) ([]byte, error) { return []byte(strings.ToUpper(string(b))), nil }, nil)
		got, err := asked[query, stats](t.Context(), observed, conn, "stats", query{"hall"})
		require.NoError(t, err)
		assert.Equal(t, stats{4}, got)
		upper, err := asked[[]byte, []byte](t.Context(), observed, conn, "upper", []byte(strings.Repeat("x", 200_000)))
		require.NoError(t, err)
		assert.Equal(t, strings.Repeat("X", 200_000), string(upper))

		_, err = asked[query, stats](t.Context(), observed, conn, "stats", query{"attic"})
		assert.ErrorIs(t, err, errNoSensor)
		assert.ErrorContains(t, err, "attic: no sensor")
		_, err = asked[query, stats](t.Context(), observed, conn, "stats", query{"cellar"})
		assert.ErrorIs(t, err, peer.ErrPanic)
		_, err = asked[query, stats](t.Context(), observed, conn, "stats", query{"roof"})
		assert.ErrorContains(t, err, "too high")
		_, err = asked[query, int](t.Context(), observed, conn, "stats", query{})
		assert.ErrorIs(t, err, peer.ErrType)
		assert.ErrorContains(t, err, "stats")
		assert.ErrorContains(t, err, "int")
		_, err = asked[query, stats](t.Context(), observed, conn, "nothing", query{})
		assert.ErrorIs(t, err, peer.ErrNotExposed)
		_, err = asked[chan int, stats](t.Context(), observed, conn, "stats", nil)
		assert.Error(t, err)
		handle(t, server, "nothing", func(context.Context, query) (stats, error) { return stats{}, nil }, nil)
		_, err = asked[query, stats](t.Context(), observed, conn, "nothing", query{})
		assert.NoError(t, err, "what is exposed later can be called then")
		synctest.Wait()
		assert.Zero(t, e.Active())
		e.Close()
		_, err = asked[query, stats](t.Context(), observed, conn, "stats", query{"hall"})
		assert.ErrorIs(t, err, peer.ErrNotExposed)
	})
}

func TestACancelledCallStopsItsHandler(t *testing.T) {
	for name, end := range map[string]func(context.CancelFunc, *peer.Connection, *peer.Exposure){
		"cancelled":   func(cancel context.CancelFunc, _ *peer.Connection, _ *peer.Exposure) { cancel() },
		"closed":      func(_ context.CancelFunc, c *peer.Connection, _ *peer.Exposure) { _ = c.Close() },
		"aborted":     func(_ context.CancelFunc, c *peer.Connection, _ *peer.Exposure) { c.Abort() },
		"not exposed": func(_ context.CancelFunc, _ *peer.Connection, e *peer.Exposure) { e.Close() },
	} {
		stops := func(t *testing.T, observed bool, quick int) { // so many calls before that did not wait
			inLab(t, func(t *lab) {
				server, conn, _ := t.two(nil)
				var stopped error
				e := handle(t, server, "wait", func(ctx context.Context, v int) (int, error) {
					if v == 0 {
						return 0, nil
					}
					<-ctx.Done()
					stopped = ctx.Err()
					return 0, context.Cause(ctx)
				}, nil)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				for range quick {
					_, err := asked[int, int](ctx, observed, conn, "wait", 0)
					require.NoError(t, err)
				}
				done := make(chan error, 1)
				go func() {
					_, err := asked[int, int](ctx, observed, conn, "wait", 1)
					done <- err
				}()
				synctest.Wait()
				assert.Equal(t, 1, e.Active())
				end(cancel, conn, e)
				assert.Error(t, <-done)
				time.Sleep(surprise)
				synctest.Wait()
				assert.Error(t, stopped)
				assert.Zero(t, e.Active())
			})
		}
		for way, observed := range map[string]bool{"awaited": false, "observed": true} {
			t.Run(name+" "+way, func(t *testing.T) { stops(t, observed, 0) })
			t.Run(name+" "+way+" after quick ones", func(t *testing.T) { stops(t, observed, 100) })
		}
	}
}

// surprise is for how long a function that was quick may hold others up when it is
// not: two looks at it (docs/decisions/0023-quick-functions.md).
const surprise = 20 * time.Millisecond

func TestAFunctionThatWasQuickHoldsOthersUpForAMoment(t *testing.T) {
	inLab(t, func(t *lab) {
		server, conn, back := t.two(nil)
		handle(t, server, "sleep", func(_ context.Context, d time.Duration) (int, error) { time.Sleep(d); return 0, nil }, nil)
		var heard []time.Duration
		begun := time.Now()
		peer.Receive[string](back).On(t.Context(), func(string) { heard = append(heard, time.Since(begun)) })
		call := func(d time.Duration) time.Duration {
			begun := time.Now()
			_, err := peer.Call[time.Duration, int](t.Context(), conn, "sleep", d)
			assert.NoError(t, err)
			return time.Since(begun)
		}
		for range 1000 {
			assert.Zero(t, call(0))
		}
		begun = time.Now()
		var calls sync.WaitGroup
		for range 100 {
			calls.Go(func() { assert.LessOrEqual(t, call(time.Hour), time.Hour+surprise) })
		}
		synctest.Wait()
		require.NoError(t, peer.SinkOf[string](conn).Emit(t.Context(), "x"))
		assert.LessOrEqual(t, call(0), surprise)
		calls.Wait()
		require.Len(t, heard, 1)
		assert.LessOrEqual(t, heard[0], surprise)
	})
}

func TestCallsDoNotWaitForEachOther(t *testing.T) {
	inLab(t, func(t *lab) {
		server, conn, _ := t.two(nil)
		e := handle(t, server, "sleep", func(_ context.Context, d time.Duration) (time.Duration, error) { time.Sleep(d); return d, nil },
			&peer.ExposeOptions{Limit: 300})
		var calls sync.WaitGroup
		begun := time.Now()
		for i := range 1000 {
			calls.Go(func() {
				d := time.Duration(i%5+1) * time.Second
				got, err := peer.Call[time.Duration, time.Duration](t.Context(), conn, "sleep", d)
				assert.NoError(t, err)
				assert.Equal(t, d, got)
			})
		}
		synctest.Wait()
		assert.Equal(t, 256, e.Active(), "the others wait here")
		calls.Wait()
		assert.Less(t, time.Since(begun), 20*time.Second, "256 at a time")
	})
}

func TestTooManyCallsAreRefused(t *testing.T) {
	inLab(t, func(t *lab) {
		server, conn, _ := t.two(nil)
		handle(t, server, "sleep", func(_ context.Context, d time.Duration) (int, error) { time.Sleep(d); return 0, nil },
			&peer.ExposeOptions{Limit: 2})
		var calls sync.WaitGroup
		for range 2 {
			calls.Go(func() {
				_, err := peer.Call[time.Duration, int](t.Context(), conn, "sleep", time.Second)
				assert.NoError(t, err)
			})
		}
		synctest.Wait()
		_, err := peer.Call[time.Duration, int](t.Context(), conn, "sleep", 0)
		assert.ErrorIs(t, err, peer.ErrBusy)
		calls.Wait()
	})
}

func TestASinkTakesWhatIsSentToIt(t *testing.T) {
	inLab(t, func(t *lab) {
		server, conn, back := t.two(&peer.Options{Errors: sensorErrors})
		var got []int
		e, err := peer.ExposeSink(server, "numbers", func(ctx context.Context, from *peer.Connection, in stream.Observable[int]) error {
			assert.Same(t, back, from)
			return in.Each(ctx, func(v int) error {
				if got = append(got, v); v == 1000 {
					return errNoSensor
				}
				return nil
			})
		}, nil)
		require.NoError(t, err)
		out, err := peer.OpenSink[int](t.Context(), conn, "numbers", nil)
		require.NoError(t, err)
		for i := range 100 {
			require.NoError(t, out.Emit(t.Context(), i))
		}
		out.Complete()
		require.NoError(t, out.Wait(t.Context()), "everything was dealt with")
		assert.Len(t, got, 100)
		assert.ErrorIs(t, out.Emit(t.Context(), 1), peer.ErrClosed)
		assert.Equal(t, stream.Closed, out.TryEmit(1))

		out, err = peer.OpenSink[int](t.Context(), conn, "numbers", nil)
		require.NoError(t, err)
		assert.Equal(t, stream.OK, out.TryEmit(1000))
		assert.ErrorIs(t, out.Wait(t.Context()), errNoSensor)
		assert.ErrorIs(t, out.Emit(t.Context(), 1), peer.ErrClosed)

		out, err = peer.OpenSink[int](t.Context(), conn, "numbers", nil)
		require.NoError(t, err)
		out.Abort(io.EOF)
		assert.ErrorIs(t, out.Wait(t.Context()), io.EOF, "what the function returned is what it got")
		synctest.Wait()
		assert.Zero(t, e.Active())

		_, err = peer.OpenSink[string](t.Context(), conn, "numbers", nil)
		assert.ErrorIs(t, err, peer.ErrType)
		_, err = peer.OpenSink[int](t.Context(), conn, "letters", nil)
		assert.ErrorIs(t, err, peer.ErrNotExposed)
	})
}

func TestASlowSinkMakesItsSenderWait(t *testing.T) {
	inLab(t, func(t *lab) {
		server, conn, _ := t.two(&peer.Options{Window: 8})
		release := make(chan struct{})
		_, err := peer.ExposeSink(server, "slow", func(ctx context.Context, _ *peer.Connection, in stream.Observable[[]byte]) error {
			return in.Each(ctx, func([]byte) error { <-release; return nil })
		}, nil)
		require.NoError(t, err)
		one := stream.Block(1)
		out, err := peer.OpenSink[[]byte](t.Context(), conn, "slow", &peer.SinkOptions{Policy: &one})
		require.NoError(t, err)
		n := 0
		for ; out.TryEmit([]byte("x")) == stream.OK; n++ {
			synctest.Wait()
		}
		assert.LessOrEqual(t, n, 10)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		assert.ErrorIs(t, out.Emit(ctx, []byte("x")), context.DeadlineExceeded)
		close(release)
		require.NoError(t, out.Emit(t.Context(), []byte("x")))
		out.Complete()
		require.NoError(t, out.Wait(t.Context()))
	})
}

func TestWhatIsExposedAgainKeepsTheDemand(t *testing.T) {
	inLab(t, func(t *lab) {
		edge, relay, sink := t.open("10.0.0.1", nil), t.open("10.0.0.2", nil), t.open("10.0.0.3", nil)
		toEdge, _ := t.connect(relay, edge, nil)
		toRelay, _ := t.connect(sink, relay, nil)
		produced := 0
		expose(t, edge, "numbers", operators.Tap(stream.Range(0, 1_000_000), func(int) { produced++ }), nil)
		window := &peer.RemoteOptions{Window: 16}
		expose(t, relay, "again", operators.Map(peer.RemoteWith[int](toEdge, "numbers", window), func(v int) int { return 2 * v }), nil)
		slow := operators.Tap(peer.RemoteWith[int](toRelay, "again", window), func(int) { time.Sleep(time.Millisecond) })
		got, err := collect(t.Context(), operators.Take(slow, 1000))
		require.NoError(t, err)
		assert.Equal(t, 1998, got[999])
		synctest.Wait()
		assert.LessOrEqual(t, produced, 1000+2*(16+16+1))
		require.NoError(t, toRelay.Close())
		var remote *peer.RemoteError
		_, err = collect(t.Context(), peer.Remote[int](toEdge, "nothing"))
		require.ErrorAs(t, err, &remote)
		expose(t, relay, "nothing", peer.Remote[int](toEdge, "nothing"), nil)
		toRelay, _ = t.connect(sink, relay, nil)
		_, err = collect(t.Context(), peer.Remote[int](toRelay, "nothing"))
		assert.ErrorIs(t, err, peer.ErrNotExposed, "errors pass through a relay")
		_ = toEdge.Close()
		_, err = collect(t.Context(), peer.Remote[int](toRelay, "again"))
		require.ErrorAs(t, err, &remote)
		assert.Equal(t, transport.CodeFailed, remote.Code)
	})
}

func TestACallThatIsRefusedAlwaysSaysWhy(t *testing.T) {
	server, client := openTCP(t, nil), openTCP(t, nil)
	conn, err := client.Connect(t.Context(), server.Addr().String(), nil)
	require.NoError(t, err)
	for range 3000 { // the refusal comes sometimes before the call is sent
		_, err := peer.Call[int, int](t.Context(), conn, "nothing", 1)
		require.ErrorIs(t, err, peer.ErrNotExposed)
	}
}
