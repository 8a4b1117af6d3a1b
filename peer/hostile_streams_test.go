package peer_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
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

// stranger is a link to a peer, without a peer at this end.
func (l *lab) stranger(to *peer.Peer, opts *transport.Options) transport.Link {
	l.Helper()
	link, err := transport.Dial(l.Context(), l.net.Host("10.6.6.6"), to.Addr().String(),
		transport.Hello{PeerName: "10.6.6.6:1", DataType: codec.JSON}, opts)
	require.NoError(l, err)
	l.Cleanup(link.Abort)
	return link
}

// ask opens a stream with a request.
func ask(t testing.TB, link transport.Link, r request.Request, window int) *transport.Stream {
	t.Helper()
	about, err := request.Append(nil, &r)
	require.NoError(t, err)
	st, err := link.Open(about, &transport.OpenOptions{Window: window})
	require.NoError(t, err)
	return st
}

// bystander is a peer that goes on using the server while somebody else
// misbehaves.
type bystander struct {
	*lab
	server *peer.Peer
	hot    *stream.Subject[int]
	conn   *peer.Connection
	got    atomic.Int64
}

// withBystander opens a server that exposes a hot stream and a function, and
// somebody who uses both.
func (l *lab) withBystander(opts *peer.Options) *bystander {
	b := &bystander{lab: l, server: l.open("10.0.0.2", opts), hot: stream.NewPublish[int](nil)}
	expose(l, b.server, "hot", b.hot.AsObservable(), nil)
	handle(l, b.server, "add", func(_ context.Context, v int) (int, error) { return v + 1, nil }, nil)
	b.conn, _ = l.connect(l.open("10.0.0.1", nil), b.server, nil)
	peer.Remote[int](b.conn, "hot").On(l.Context(), func(int) { b.got.Add(1) })
	synctest.Wait()
	b.undisturbed()
	return b
}

// undisturbed checks that the bystander is served at once.
func (b *bystander) undisturbed() {
	b.Helper()
	before, begun := b.got.Load(), time.Now()
	for range 10 {
		ctx, cancel := context.WithTimeout(b.Context(), time.Second)
		assert.NoError(b, b.hot.Emit(ctx, 1))
		v, err := peer.Call[int, int](ctx, b.conn, "add", 1)
		assert.NoError(b, err)
		assert.Equal(b, 2, v)
		cancel()
	}
	synctest.Wait()
	assert.EqualValues(b, before+10, b.got.Load())
	assert.Zero(b, time.Since(begun), "nobody made it wait")
	_, err := peer.Remote[[]peer.Exposed](b.conn, "none").Await(b.Context())
	assert.ErrorIs(b, err, peer.ErrNotExposed, "it may open further streams")
}

// heap is how much memory is in use.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

func TestManyUnknownNamesAreRefusedAndCounted(t *testing.T) {
	inLab(t, func(t *lab) {
		b := t.withBystander(nil)
		link := t.stranger(b.server, nil)
		refused, used := b.server.RefusedStreams(), heap()
		const names = 20_000
		for i := range names {
			st := ask(t, link, request.Request{Kind: request.Subscribe, Name: fmt.Sprint("name ", i)}, 1)
			st.End(nil)
			_, err := st.Messages().Await(t.Context())
			var remote *transport.RemoteError
			require.ErrorAs(t, err, &remote)
			require.Equal(t, transport.CodeNotFound, remote.Code)
			st.Stop()
		}
		synctest.Wait()
		assert.EqualValues(t, names, b.server.RefusedStreams()-refused)
		assert.Less(t, heap()-used, int64(2<<20))
		b.undisturbed()
	})
}

func TestOneNameSubscribedToWithoutEndIsBounded(t *testing.T) {
	inLab(t, func(t *lab) {
		b := t.withBystander(nil)
		never := expose(t, b.server, "never", stream.Never[int](), nil)
		link := t.stranger(b.server, nil)
		for range 4 * transport.DefaultStreams {
			about, err := request.Append(nil, &request.Request{Kind: request.Subscribe, Name: "never"})
			require.NoError(t, err)
			if _, err := link.Open(about, nil); err != nil {
				require.ErrorIs(t, err, transport.ErrStreams)
				synctest.Wait() // until those that were refused are gone
			}
		}
		synctest.Wait()
		assert.Equal(t, peer.DefaultLimit/4, never.Active())
		b.undisturbed()
		another := t.stranger(b.server, nil)
		ask(t, another, request.Request{Kind: request.Subscribe, Name: "never"}, 1)
		synctest.Wait()
		assert.Equal(t, peer.DefaultLimit/4+1, never.Active(), "there is room for others")
		another.Abort()
		link.Abort()
		synctest.Wait()
		assert.Zero(t, never.Active())

		link = t.stranger(b.server, nil)
		for range 20_000 { // come and go
			st := ask(t, link, request.Request{Kind: request.Subscribe, Name: "never"}, 1)
			st.End(nil)
			st.Stop()
			synctest.Wait()
		}
		assert.Zero(t, never.Active())
		b.undisturbed()
	})
}

func TestMalformedRequestsAreRefusedAndCounted(t *testing.T) {
	inLab(t, func(t *lab) {
		b := t.withBystander(nil)
		link := t.stranger(b.server, nil)
		for name, about := range map[string]string{
			"nothing":              "",
			"a kind of the future": "\x09\x01\x01x",
			"kind 0":               "\x00\x01\x03hot",
			"no name":              "\x01",
			"a stream's as a sink": "\x02\x01\x03hot",
			"a stream's as a call": "\x03\x01\x03hot",
			"a handler's as group": "\x04\x01\x03add",
			"noise":                strings.Repeat("\xff", 4096),
			"a long name":          "\x01\x01\x80\x02" + strings.Repeat("x", 256),
			"an unknown codec":     "\x01\x01\x03hot\x02\x03odd",
			"another type":         "\x01\x01\x03hot\x03\x03odd",
		} {
			before := b.server.RefusedStreams()
			st, err := link.Open([]byte(about), nil)
			require.NoError(t, err)
			_, err = st.Messages().Await(t.Context())
			assert.ErrorAs(t, err, new(*transport.RemoteError), name)
			synctest.Wait() // that nothing more is wanted comes behind the end
			assert.Error(t, st.Send(t.Context(), codec.Bytes, nil), name)
			st.Stop()
			synctest.Wait()
			assert.EqualValues(t, 1, b.server.RefusedStreams()-before, name)
		}
		assert.NoError(t, link.Err())
		b.undisturbed()
	})
}

func TestASubscriberThatGrantsNothingHoldsUpItselfAlone(t *testing.T) {
	inLab(t, func(t *lab) {
		b := t.withBystander(nil)
		hot := stream.NewPublish[[]byte](nil)
		e := expose(t, b.server, "large", hot.AsObservable(), nil)
		cold := expose(t, b.server, "cold", stream.Range(0, 1<<30), nil)
		link := t.stranger(b.server, nil)
		used := heap()
		const streams = 50
		for range streams {
			ask(t, link, request.Request{Kind: request.Subscribe, Name: "large", Policy: request.DropOldest, Capacity: 1 << 62}, 1)
			ask(t, link, request.Request{Kind: request.Subscribe, Name: "cold"}, 1)
		}
		synctest.Wait()
		assert.Equal(t, []int{streams, streams}, []int{e.Active(), cold.Active()})
		for range 5000 { // more than any of them may keep
			require.NoError(t, hot.Emit(t.Context(), make([]byte, 1000)))
		}
		synctest.Wait()
		assert.Less(t, heap()-used, int64(streams*(1<<20+200<<10)+16<<20), "a send buffer for each stream")
		time.Sleep(time.Minute)
		assert.NoError(t, link.Err())
		b.undisturbed()
		link.Abort()
		synctest.Wait()
		assert.Equal(t, []int{0, 0}, []int{e.Active(), cold.Active()})
		assert.NotZero(t, e.Dropped())
	})
}

func TestRemotesThatVanishLeaveNothing(t *testing.T) {
	inLab(t, func(t *lab) {
		b := t.withBystander(nil)
		never := expose(t, b.server, "never", stream.Never[int](), nil)
		sink, err := peer.ExposeSink(b.server, "sink", func(ctx context.Context, _ *peer.Connection, in stream.Observable[int]) error {
			return in.Each(ctx, func(int) error { return nil })
		}, nil)
		require.NoError(t, err)
		wait := handle(t, b.server, "wait", func(ctx context.Context, _ int) (int, error) { <-ctx.Done(); return 0, ctx.Err() }, nil)
		goroutines := runtime.NumGoroutine()
		for i := range 200 {
			link := t.stranger(b.server, &transport.Options{Linger: -1})
			for range 5 {
				ask(t, link, request.Request{Kind: request.Subscribe, Name: "never"}, 1)
				ask(t, link, request.Request{Kind: request.Send, Name: "sink"}, 1)
				ask(t, link, request.Request{Kind: request.List}, 1)
				calls := ask(t, link, request.Request{Kind: request.Call, Name: "wait"}, 1)
				for id := range uint64(5) {
					require.NoError(t, calls.Send(t.Context(), codec.Bytes, begin(t, id, 1)))
				}
			}
			if i%2 == 0 {
				synctest.Wait()
			}
			link.Abort()
		}
		synctest.Wait()
		assert.Equal(t, []int{0, 0, 0}, []int{never.Active(), sink.Active(), wait.Active()})
		assert.LessOrEqual(t, runtime.NumGoroutine(), goroutines+10, "those of the runtime, and not one for each")
		b.undisturbed()
	})
}

func TestASenderThatIgnoresTheStopIsNotRead(t *testing.T) {
	inLab(t, func(t *lab) {
		b := t.withBystander(nil)
		sink, err := peer.ExposeSink(b.server, "sink", func(ctx context.Context, _ *peer.Connection, in stream.Observable[[]byte]) error {
			_, err := in.Await(ctx)
			return err
		}, nil)
		require.NoError(t, err)
		link := t.stranger(b.server, nil)
		used := heap()
		for range 20 {
			st := ask(t, link, request.Request{Kind: request.Send, Name: "sink", Codec: "bytes"}, 1)
			var sent error
			for i := 0; i < 10_000 && sent == nil; i++ {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				sent = st.Send(ctx, codec.Bytes, make([]byte, 1000))
				cancel()
			}
			assert.Error(t, sent, "nobody takes it")
		}
		synctest.Wait()
		assert.Zero(t, sink.Active())
		assert.Less(t, heap()-used, int64(8<<20))
		b.undisturbed()
	})
}
