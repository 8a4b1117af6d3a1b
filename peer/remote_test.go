package peer_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"sync/atomic"
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

type roomReading struct {
	Room    string
	Celsius float64
}

// collect returns what comes until the end.
func collect[T any](ctx context.Context, o stream.Observable[T]) (all []T, err error) {
	err = o.Each(ctx, func(v T) error { all = append(all, v); return nil })
	return all, err
}

func expose[T any](t *lab, p *peer.Peer, name string, o stream.Observable[T], opts *peer.ExposeOptions) *peer.Exposure {
	t.Helper()
	e, err := peer.Expose(p, name, o, opts)
	require.NoError(t, err)
	return e
}

// two opens two peers and connects them. The second may have options.
func (l *lab) two(opts *peer.Options) (server *peer.Peer, toServer, fromServer *peer.Connection) {
	l.Helper()
	server = l.open("10.0.0.2", opts)
	toServer, fromServer = l.connect(l.open("10.0.0.1", &peer.Options{Errors: sensorErrors}), server, nil)
	return server, toServer, fromServer
}

var (
	errNoSensor  = errors.New("no sensor")
	sensorErrors = map[int]error{0: io.EOF, 7: errNoSensor}
)

func TestARemoteStreamIsTheExposedOne(t *testing.T) {
	inLab(t, func(t *lab) {
		server, conn, _ := t.two(nil)
		want := []roomReading{{"hall", 20.5}, {"attic", 31}}
		e := expose(t, server, "temperature", stream.Of(want...), nil)
		for range 2 {
			got, err := collect(t.Context(), peer.Remote[roomReading](conn, "temperature"))
			require.NoError(t, err)
			assert.Equal(t, want, got)
		}
		synctest.Wait()
		assert.Zero(t, e.Active())
		untyped, err := collect(t.Context(), peer.Remote[any](conn, "temperature"))
		require.NoError(t, err)
		assert.Equal(t, map[string]any{"Room": "hall", "Celsius": 20.5}, untyped[0])
		var views []string
		require.NoError(t, peer.Remote[peer.View](conn, "temperature").Each(t.Context(), func(v peer.View) error {
			views = append(views, string(v.Clone()))
			return nil
		}))
		assert.Len(t, views, 2)
	})
}

func TestFailuresOfARemoteStreamCrossTheWire(t *testing.T) {
	for name, c := range map[string]struct {
		source stream.Observable[int]
		is     error
		code   transport.Code
		text   string
	}{
		"an error":            {stream.Fail[int](errors.New("odd")), nil, transport.CodeFailed, "odd"},
		"a known error":       {stream.Fail[int](errNoSensor), errNoSensor, transport.CodeProgram + 7, "no sensor"},
		"a wrapped known one": {stream.Fail[int](&peer.Error{Op: "x", Err: io.EOF}), io.EOF, transport.CodeProgram, "peer: x: EOF"},
		"an overflow":         {stream.Fail[int](stream.ErrOverflow), stream.ErrOverflow, transport.CodeOverflow, ""},
		"a deadline":          {stream.Fail[int](context.DeadlineExceeded), context.DeadlineExceeded, transport.CodeDeadline, ""},
		"a panic": {stream.FromFunc(func(context.Context, func(int) bool) error { panic("boom") }),
			peer.ErrPanic, transport.CodePanicked, "boom"},
	} {
		t.Run(name, func(t *testing.T) {
			inLab(t, func(t *lab) {
				server, conn, _ := t.two(&peer.Options{Errors: sensorErrors})
				expose(t, server, "it", operators.Concat(stream.Of(1, 2), c.source), nil)
				got, err := collect(t.Context(), peer.Remote[int](conn, "it"))
				assert.Equal(t, []int{1, 2}, got)
				var remote *peer.RemoteError
				require.ErrorAs(t, err, &remote)
				assert.Equal(t, c.code, remote.Code)
				assert.Equal(t, c.text, remote.Text)
				assert.Equal(t, []string{"it", conn.String()}, []string{remote.Name, remote.Peer})
				if c.is != nil {
					assert.ErrorIs(t, err, c.is)
				}
			})
		})
	}
}

func TestWhatCannotBeSubscribedToIsAClearError(t *testing.T) {
	inLab(t, func(t *lab) {
		server, conn, _ := t.two(nil)
		denied := errors.New("not for you")
		expose(t, server, "temperature", stream.Of(roomReading{}), &peer.ExposeOptions{
			Allow: func(o *peer.StreamOffer) error {
				if o.What().Name == "temperature" {
					return nil
				}
				return denied
			},
		})
		expose(t, server, "secret", stream.Of(1), &peer.ExposeOptions{Allow: func(*peer.StreamOffer) error { return denied }})
		expose(t, server, "one", stream.Never[int](), &peer.ExposeOptions{Limit: 1})
		peer.Remote[int](conn, "one").On(t.Context(), func(int) {})
		synctest.Wait()
		for name, c := range map[string]struct {
			o     stream.Observable[string]
			is    error
			texts []string
		}{
			"an unknown name": {peer.Remote[string](conn, "nothing"), peer.ErrNotExposed, []string{"nothing"}},
			"another type":    {peer.Remote[string](conn, "temperature"), peer.ErrType, []string{"roomReading", "string"}},
			"a denied one":    {peer.Remote[string](conn, "secret"), peer.ErrType, nil},
			"a codec that is not there": {peer.RemoteWith[string](conn, "temperature", &peer.RemoteOptions{Codec: "odd", Type: "roomReading"}),
				nil, []string{"odd"}},
			"no name": {peer.Remote[string](conn, ""), nil, []string{"no name"}},
		} {
			_, err := collect(t.Context(), c.o)
			require.Error(t, err, name)
			if c.is != nil {
				assert.ErrorIs(t, err, c.is, name)
			}
			for _, text := range c.texts {
				assert.ErrorContains(t, err, text, name)
			}
		}
		_, err := collect(t.Context(), peer.Remote[int](conn, "secret"))
		assert.ErrorIs(t, err, peer.ErrRefused)
		assert.ErrorContains(t, err, "not for you")
		_, err = collect(t.Context(), peer.Remote[int](conn, "one"))
		assert.ErrorIs(t, err, peer.ErrBusy)
		assert.EqualValues(t, 5, server.RefusedStreams())
	})
}

func TestARemoteSourceProducesWhatIsTaken(t *testing.T) {
	inLab(t, func(t *lab) {
		server, conn, _ := t.two(nil)
		var produced atomic.Int64
		source := operators.Tap(stream.Range(0, 1_000_000), func(int) { produced.Add(1) })
		expose(t, server, "numbers", source, nil)
		got, err := collect(t.Context(), operators.Take(peer.RemoteWith[int](conn, "numbers", &peer.RemoteOptions{Window: 16}), 10))
		require.NoError(t, err)
		assert.Equal(t, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, got)
		synctest.Wait()
		assert.LessOrEqual(t, produced.Load(), int64(10+16+16+1), "a window, as many that wait, and the one in hand")

		produced.Store(0)
		begun := time.Now()
		slow := operators.Tap(peer.RemoteWith[int](conn, "numbers", &peer.RemoteOptions{Window: 16}), func(int) { time.Sleep(time.Millisecond) })
		_, err = collect(t.Context(), operators.Take(slow, 1000))
		require.NoError(t, err)
		assert.Equal(t, time.Second, time.Since(begun).Truncate(10*time.Millisecond))
		assert.LessOrEqual(t, produced.Load(), int64(1000+16+16+1), "its rate is the reader's")
	})
}

func TestALossySubscriberSeesFreshValues(t *testing.T) {
	inLab(t, func(t *lab) {
		server, conn, _ := t.two(nil)
		e := expose(t, server, "clock", stream.Tick(time.Millisecond), nil)
		latest := stream.Latest()
		var lost uint64
		n := 0
		o := peer.RemoteWith[time.Time](conn, "clock", &peer.RemoteOptions{Policy: &latest, Lost: func(n uint64) { lost += n }})
		require.ErrorIs(t, o.Each(t.Context(), func(at time.Time) error {
			assert.LessOrEqual(t, time.Since(at), 250*time.Millisecond)
			time.Sleep(100 * time.Millisecond)
			if n++; n == 20 {
				return io.EOF
			}
			return nil
		}), io.EOF)
		synctest.Wait()
		assert.Greater(t, lost, uint64(1500))
		assert.GreaterOrEqual(t, e.Dropped(), lost)
	})
}

func TestTheEndOfASubscriptionStopsTheSource(t *testing.T) {
	for name, end := range map[string]func(*peer.Connection, *peer.Exposure, context.CancelFunc){
		"cancelled":         func(_ *peer.Connection, _ *peer.Exposure, cancel context.CancelFunc) { cancel() },
		"taken back":        func(_ *peer.Connection, e *peer.Exposure, _ context.CancelFunc) { e.Close() },
		"connection closed": func(c *peer.Connection, _ *peer.Exposure, _ context.CancelFunc) { _ = c.Close() },
		"its peer closed":   func(_ *peer.Connection, e *peer.Exposure, _ context.CancelFunc) { _ = e.Peer().Close() },
		"connection broken": func(c *peer.Connection, _ *peer.Exposure, _ context.CancelFunc) { c.Abort() },
	} {
		t.Run(name, func(t *testing.T) {
			inLab(t, func(t *lab) {
				server, conn, _ := t.two(nil)
				hot := stream.NewPublish[int](nil)
				e := expose(t, server, "hot", hot.AsObservable(), nil)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				var got []int
				sub := peer.Remote[int](conn, "hot").On(ctx, func(v int) { got = append(got, v) })
				synctest.Wait()
				assert.Equal(t, stream.OK, hot.TryEmit(1))
				synctest.Wait()
				assert.Equal(t, []int{1}, got)
				assert.Equal(t, 1, e.Active())
				end(conn, e, cancel)
				synctest.Wait()
				assert.Equal(t, stream.NoSubscribers, hot.TryEmit(2))
				assert.Zero(t, e.Active())
				err := sub.Wait(t.Context())
				switch name {
				case "cancelled":
					assert.ErrorIs(t, err, context.Canceled)
				case "taken back":
					assert.ErrorIs(t, err, peer.ErrNotExposed)
				default:
					assert.ErrorAs(t, err, new(*transport.CloseError))
				}
			})
		})
	}
}

func TestASharedSourceRunsOnce(t *testing.T) {
	inLab(t, func(t *lab) {
		server, conn, _ := t.two(nil)
		runs := 0
		source := stream.Defer(func() stream.Observable[time.Time] { runs++; return stream.Tick(time.Second) })
		expose(t, server, "ticks", source, &peer.ExposeOptions{Shared: true})
		var first, second int
		ctx, cancel := context.WithCancel(t.Context())
		peer.Remote[time.Time](conn, "ticks").On(ctx, func(time.Time) { first++ })
		time.Sleep(2500 * time.Millisecond)
		peer.Remote[time.Time](conn, "ticks").On(ctx, func(time.Time) { second++ })
		time.Sleep(2 * time.Second)
		synctest.Wait()
		assert.Equal(t, []int{4, 2, 1}, []int{first, second, runs})
		cancel()
		synctest.Wait()
		_, err := operators.First(peer.Remote[time.Time](conn, "ticks")).Await(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 2, runs, "it was stopped with the last subscriber")
	})
}

func TestALateJoinerGetsTheHistoryFirst(t *testing.T) {
	inLab(t, func(t *lab) {
		server, conn, _ := t.two(nil)
		hot := stream.NewPublish[int](nil)
		e := expose(t, server, "blocks", hot.AsObservable(), &peer.ExposeOptions{History: 3})
		for i := range 5 {
			hot.TryEmit(i)
		}
		var got []int
		sub := peer.Remote[int](conn, "blocks").On(t.Context(), func(v int) { got = append(got, v) })
		for i := 5; i < 50; i++ {
			hot.TryEmit(i)
			time.Sleep(time.Microsecond)
		}
		hot.Complete()
		require.NoError(t, sub.Wait(t.Context()))
		for i, v := range got {
			assert.Equal(t, got[0]+i, v, "no gap, no repetition")
		}
		assert.GreaterOrEqual(t, len(got), 3)
		assert.Equal(t, 49, got[len(got)-1])
		late, err := collect(t.Context(), peer.Remote[int](conn, "blocks"))
		require.NoError(t, err)
		assert.Equal(t, []int{47, 48, 49}, late, "after the end too")
		e.Close()
	})
}

func TestAPolicyOfTheExposerLeavesTheHistoryWhole(t *testing.T) {
	for _, policy := range []stream.Policy{stream.DropOldest(2), stream.DropNewest(2), stream.FailWhenFull(2)} {
		t.Run(policy.String(), func(t *testing.T) {
			inLab(t, func(t *lab) {
				server, conn, _ := t.two(nil)
				hot := stream.NewPublish[int](nil)
				expose(t, server, "blocks", hot.AsObservable(), &peer.ExposeOptions{History: 100, Policy: &policy})
				for i := range 100 {
					hot.TryEmit(i)
				}
				release := make(chan struct{})
				n := 0
				sub := peer.RemoteWith[int](conn, "blocks", &peer.RemoteOptions{Window: 4}).On(t.Context(), func(v int) {
					<-release
					assert.Equal(t, n, v)
					n++
				})
				synctest.Wait()
				close(release)
				hot.Complete()
				require.NoError(t, sub.Wait(t.Context()))
				assert.Equal(t, 100, n)
			})
		})
	}
}

func TestAPolicyOfTheExposerKeepsAHotSourceFromWaiting(t *testing.T) {
	inLab(t, func(t *lab) {
		server, conn, _ := t.two(nil)
		hot := stream.NewPublish[int](nil)
		oldest := stream.DropOldest(8)
		e := expose(t, server, "hot", hot.AsObservable(), &peer.ExposeOptions{Policy: &oldest})
		release := make(chan struct{})
		last := -1
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		sub := peer.Remote[int](conn, "hot").On(ctx, func(v int) { <-release; last = v })
		synctest.Wait()
		for i := range 60_000 {
			require.NoError(t, hot.Emit(t.Context(), i))
		}
		close(release)
		synctest.Wait()
		cancel()
		synctest.Wait()
		assert.ErrorIs(t, sub.Wait(t.Context()), context.Canceled)
		assert.Equal(t, 59_999, last)
		synctest.Wait()
		assert.NotZero(t, e.Dropped())
	})
}

func TestErrorsOfTheProgramAreCheckedAndChosenByTheirNumber(t *testing.T) {
	for _, bad := range []map[int]error{{-1: io.EOF}, {0: nil}} {
		_, err := peer.Open(t.Context(), &peer.Options{Address: "127.0.0.1:0", NoDiscovery: true, Errors: bad})
		assert.ErrorContains(t, err, "Options.Errors")
	}
	inLab(t, func(t *lab) {
		both := errors.Join(errNoSensor, io.EOF)
		numbers := maps.Clone(sensorErrors)
		server, conn, _ := t.two(&peer.Options{Errors: numbers})
		delete(numbers, 0) // too late to be noticed
		handle(t, server, "fails", func(context.Context, int) (int, error) { return 0, both }, nil)
		for range 20 {
			_, err := peer.Call[int, int](t.Context(), conn, "fails", 1)
			assert.ErrorIs(t, err, io.EOF)
			assert.NotErrorIs(t, err, errNoSensor)
		}
	})
}
