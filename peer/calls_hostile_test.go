package peer_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/peer/internal/request"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// begin is the message that begins a call with a number.
func begin(t testing.TB, id uint64, argument int) []byte {
	c, err := codec.For(codec.JSON)
	require.NoError(t, err)
	encode, err := codec.Encoder[int](c)
	require.NoError(t, err)
	b, err := encode(request.AppendCall(nil, id, request.CallBegin), argument)
	require.NoError(t, err)
	return b
}

// noise is the message that begins a call with something else.
func noise(id uint64, argument string) []byte {
	return append(request.AppendCall(nil, id, request.CallBegin), argument...)
}

// cancel is the message that cancels one.
func cancel(id uint64) []byte { return request.AppendCall(nil, id, request.CallCancel) }

func TestACallerThatReadsNoRepliesIsBounded(t *testing.T) {
	inLab(t, func(t *lab) {
		b := t.withBystander(nil)
		large := strings.Repeat("x", 10_000)
		e := handle(t, b.server, "large", func(context.Context, int) (string, error) { return large, nil }, nil)
		link := t.stranger(b.server, nil)
		st := ask(t, link, request.Request{Kind: request.Call, Name: "large", Codec: "json"}, 1)
		goroutines, used := runtime.NumGoroutine(), heap()
		for id := range uint64(5000) {
			synctest.Wait() // the function has returned
			ctx, stop := context.WithTimeout(t.Context(), time.Second)
			err := st.Send(ctx, codec.Bytes, begin(t, id, 1))
			stop()
			if err != nil {
				break // it is not read any more
			}
		}
		synctest.Wait()
		assert.LessOrEqual(t, runtime.NumGoroutine()-goroutines, 2*peer.DefaultLimit)
		assert.Less(t, heap()-used, int64(64<<20))
		b.undisturbed()
		link.Abort()
		synctest.Wait()
		assert.Zero(t, e.Active())
	})
}

func TestOddMessagesOfACallerAreCounted(outer *testing.T) {
	for name, c := range map[string]struct {
		messages [][]byte
		faults   int
		ends     bool
	}{
		"nothing":                  {[][]byte{nil}, 1, true},
		"half a message":           {[][]byte{{1}}, 1, true},
		"noise":                    {[][]byte{[]byte(strings.Repeat("\xff", 20))}, 1, true},
		"an argument of no type":   {[][]byte{noise(1, `"x"`)}, 1, false},
		"an argument of no kind":   {[][]byte{noise(1, `}{`)}, 1, false},
		"a number twice":           {[][]byte{begin(outer, 1, 1), begin(outer, 1, 1)}, 1, true},
		"cancels of unknown calls": {[][]byte{cancel(1), cancel(1 << 63)}, 0, false},
		"the future":               {[][]byte{{1, 200}}, 0, false},
	} {
		outer.Run(name, func(t *testing.T) {
			inLab(t, func(t *lab) {
				b := t.withBystander(nil)
				wait := handle(t, b.server, "wait", func(ctx context.Context, _ int) (int, error) { <-ctx.Done(); return 0, ctx.Err() }, nil)
				conns := b.server.Connections()
				link := t.stranger(b.server, nil)
				var mine *peer.Connection
				conns.On(t.Context(), func(c *peer.Connection) { mine = c })
				synctest.Wait()
				require.NotNil(t, mine)
				st := ask(t, link, request.Request{Kind: request.Call, Name: "wait"}, 100)
				ended := false
				var replies int
				st.Messages().Subscribe(t.Context(), counting{&replies, &ended})
				for _, m := range c.messages {
					require.NoError(t, st.Send(t.Context(), codec.Bytes, m))
				}
				synctest.Wait()
				require.NotNil(t, mine)
				assert.EqualValues(t, c.faults, mine.FaultCount())
				assert.Equal(t, c.ends, ended)
				assert.Zero(t, wait.Active())
				assert.NoError(t, link.Err())
				b.undisturbed()
			})
		})
	}
}

// counting counts values.
type counting struct {
	n     *int
	ended *bool
}

func (c counting) Next(*transport.Message) bool { *c.n++; return true }
func (c counting) Done(error)                   { *c.ended = true }

func TestOddRepliesDisturbNobody(t *testing.T) {
	inLab(t, func(t *lab) {
		listener, err := transport.Listen(t.Context(), t.net.Host("10.6.6.6"), "10.6.6.6:7",
			func(in *transport.Incoming) { _, _ = in.Accept() },
			&transport.Options{Opened: func(_ transport.Link, st *transport.Stream) {
				for _, m := range [][]byte{
					nil, {1}, []byte(strings.Repeat("\xff", 20)), request.AppendCall(nil, 77, request.CallResult),
					request.AppendCall(nil, 1, 200), // of the future: a failure that does not parse
					request.AppendCall(nil, 1, request.CallResult),
				} {
					_ = st.Send(context.Background(), codec.Bytes, m)
				}
			}})
		require.NoError(t, err)
		defer listener.Close()
		client := t.open("10.0.0.1", nil)
		conn, err := client.Connect(t.Context(), "10.6.6.6:7", nil)
		require.NoError(t, err)
		_, err = peer.Call[int, int](t.Context(), conn, "it", 1)
		assert.Error(t, err)
		synctest.Wait()
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		_, err = peer.Call[int, int](ctx, conn, "it", 1)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.NoError(t, conn.Err())
		conn.Abort()
	})
}

func TestLargeCallsAreErrorsOfTheirOwn(t *testing.T) {
	inLab(t, func(t *lab) {
		server, conn, _ := t.two(&peer.Options{MaxMessage: 50_000})
		handle(t, server, "repeat", func(_ context.Context, n int) (string, error) { return strings.Repeat("x", n), nil }, nil)
		handle(t, server, "fail", func(_ context.Context, n int) (string, error) { return "", errors.New(strings.Repeat("\xff", n)) }, nil)
		handle(t, server, "length", func(_ context.Context, s string) (int, error) { return len(s), nil }, nil)
		var calls sync.WaitGroup
		for _, n := range []int{100, 40_000, 60_000, 1 << 20} {
			calls.Go(func() {
				ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
				defer stop()
				got, err := peer.Call[int, string](ctx, conn, "repeat", n)
				assert.Equal(t, n < 50_000, err == nil, "%v", err)
				assert.NotErrorIs(t, err, context.DeadlineExceeded)
				assert.True(t, err != nil || len(got) == n)
				_, err = peer.Call[int, string](ctx, conn, "fail", n)
				assert.ErrorAs(t, err, new(*peer.RemoteError), "a failure of %d bytes", n)
				length, err := peer.Call[string, int](ctx, conn, "length", strings.Repeat("x", n))
				assert.Equal(t, n < 50_000, err == nil, "%v", err)
				assert.True(t, err != nil || length == n)
			})
		}
		calls.Wait()
		assert.NoError(t, conn.Err())
	})
}

func TestWhatIsExposedMayPanicOrEndItsGoroutine(t *testing.T) {
	for how, fail := range map[string]func(){"panics": func() { panic("boom") }, "calls Goexit": runtime.Goexit} {
		t.Run(how, func(t *testing.T) {
			inLab(t, func(t *lab) {
				b := t.withBystander(nil)
				ctx, stop := context.WithTimeout(t.Context(), time.Minute)
				defer stop()
				failed := func(what string, err error) {
					t.Helper()
					assert.ErrorIs(t, err, peer.ErrPanic, what)
				}
				expose(t, b.server, "source", stream.FromFunc(func(context.Context, func(int) bool) error { fail(); return nil }), nil)
				_, err := peer.Remote[int](b.conn, "source").Await(ctx)
				failed("a source", err)
				handle(t, b.server, "handler", func(context.Context, int) (int, error) { fail(); return 0, nil }, nil)
				_, err = peer.Call[int, int](ctx, b.conn, "handler", 1)
				failed("a handler", err)
				_, err = peer.ExposeSink(b.server, "sink", func(context.Context, *peer.Connection, stream.Observable[int]) error { fail(); return nil }, nil)
				require.NoError(t, err)
				if out, err := peer.OpenSink[int](ctx, b.conn, "sink", nil); assert.NoError(t, err) {
					failed("a sink", out.Wait(ctx))
				}
				expose(t, b.server, "allow", stream.Of(1), &peer.ExposeOptions{Allow: func(*peer.StreamOffer) error { fail(); return nil }})
				_, err = peer.Remote[int](b.conn, "allow").Await(ctx)
				assert.Error(t, err, "Allow")
				assert.NoError(t, ctx.Err(), "nobody was left waiting")
				b.undisturbed()
			})
		})
	}
}
