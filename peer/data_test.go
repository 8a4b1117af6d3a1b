package peer_test

import (
	"context"
	"math/big"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
)

type reading struct {
	Sensor string  `json:"sensor"`
	Value  float64 `json:"value"`
}

func TestValuesOfEveryDataTypeArriveAsTheyWere(t *testing.T) {
	huge, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	for _, c := range []struct {
		dataType codec.Type
		values   []any
	}{
		{codec.JSON, []any{nil, true, int64(1), huge, 1.5, "grüße", []any{int64(1), "a"}, map[string]any{"k": nil}}},
		{codec.Bytes, []any{[]byte{}, []byte{0, 255}}},
		{codec.Raw, []any{nil, int64(-1), huge, "x", []byte("y"), codec.Tuple{int64(1), "z"}, codec.NewDict(codec.Pair{Key: "k", Value: int64(2)})}},
	} {
		inLab(t, func(t *lab) {
			a, b := t.pair(&peer.ConnectOptions{DataType: c.dataType})
			for _, v := range c.values {
				require.NoError(t, peer.SinkOf[any](a).Emit(t.Context(), v))
				require.NoError(t, peer.SinkOf[any](b).Emit(t.Context(), v))
			}
			require.NoError(t, a.Close())
			for _, side := range []*peer.Connection{a, b} {
				var got []any
				require.NoError(t, side.Data().Each(t.Context(), func(v any) error {
					got = append(got, v)
					return nil
				}))
				assert.Equal(t, c.values, got)
			}
		})
	}
}

func TestReceiveDecodesIntoTheTypeThatIsAskedFor(t *testing.T) {
	inLab(t, func(t *lab) {
		a, b := t.pair(nil)
		require.NoError(t, peer.SinkOf[reading](a).Emit(t.Context(), reading{"hall", 21.5}))
		got, err := peer.Receive[reading](b).Await(t.Context())
		require.NoError(t, err)
		assert.Equal(t, reading{"hall", 21.5}, got)
	})
}

func TestATypeThatTheDataTypeCannotCarryIsAnErrorAtOnce(t *testing.T) {
	inLab(t, func(t *lab) {
		a, b := t.pair(&peer.ConnectOptions{DataType: codec.Bytes})
		var wrong *codec.TypeError
		_, err := peer.Receive[reading](b).Await(t.Context())
		assert.ErrorAs(t, err, &wrong)
		sink := peer.SinkOf[reading](a)
		assert.ErrorAs(t, sink.Emit(t.Context(), reading{}), &wrong)
		assert.Equal(t, stream.Invalid, sink.TryEmit(reading{}))
		assert.Zero(t, a.Ledger().Accepted)
	})
}

func TestAMessageThatCannotBeDecodedIsSkippedAndReported(t *testing.T) {
	inLab(t, func(t *lab) {
		a, b := t.pair(nil)
		out := peer.SinkOf[any](a)
		for _, v := range []any{1, "two", 3} {
			require.NoError(t, out.Emit(t.Context(), v))
		}
		require.NoError(t, a.Close())
		var got []int
		require.NoError(t, peer.Receive[int](b).Each(t.Context(), func(v int) error {
			got = append(got, v)
			return nil
		}))
		assert.Equal(t, []int{1, 3}, got)
		assert.EqualValues(t, 1, b.FaultCount())
		fault, err := b.Faults().Await(t.Context())
		require.NoError(t, err)
		assert.Equal(t, codec.JSON, fault.Type)
		assert.Equal(t, len(`{"data": "two"}`), fault.Size)
		var wrong *codec.TypeError
		assert.ErrorAs(t, fault, &wrong)
	})
}

func TestEndOnFaultEndsTheStreamAndLeavesTheRestToTheNext(t *testing.T) {
	inLab(t, func(t *lab) {
		a, b := t.pair(nil)
		out := peer.SinkOf[any](a)
		for _, v := range []any{1, "two", 3} {
			require.NoError(t, out.Emit(t.Context(), v))
		}
		in := peer.ReceiveWith[int](b, &peer.ReceiveOptions{EndOnFault: true})
		var fault *peer.Fault
		require.ErrorAs(t, in.Each(t.Context(), func(int) error { return nil }), &fault)
		synctest.Wait()
		next, err := in.Await(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 3, next)
	})
}

func TestASecondLiveReceiverIsRefused(t *testing.T) {
	inLab(t, func(t *lab) {
		_, b := t.pair(nil)
		first := b.Data().On(t.Context(), func(any) {})
		_, err := b.Data().Await(t.Context())
		assert.ErrorIs(t, err, stream.ErrInUse)
		first.Stop()
		_ = first.Wait(t.Context())
		second := b.Data().On(t.Context(), func(any) {})
		synctest.Wait()
		second.Stop()
		assert.ErrorIs(t, second.Wait(t.Context()), stream.ErrStopped)
	})
}

func TestJSONOnAFixedSizeStreamIsPaddedAndLongerIsAnError(t *testing.T) {
	inLab(t, func(t *lab) {
		a, b := t.pair(&peer.ConnectOptions{Stream: true, DataSize: 32})
		out := peer.SinkOf[string](a)
		require.NoError(t, out.Emit(t.Context(), "one"))
		require.NoError(t, out.Emit(t.Context(), "twenty-one"))
		var size *codec.DataSizeError
		assert.ErrorAs(t, out.Emit(t.Context(), "this is too long for a message of 32 bytes"), &size)
		require.NoError(t, a.Close())
		var got []string
		require.NoError(t, peer.Receive[string](b).Each(t.Context(), func(v string) error {
			got = append(got, v)
			return nil
		}))
		assert.Equal(t, []string{"one", "twenty-one"}, got)
	})
}

func TestALenientConnectionCarriesOtherTypesAndAStrictOneEnds(t *testing.T) {
	inLab(t, func(t *lab) {
		a, b := t.pair(&peer.ConnectOptions{Lenient: true})
		require.NoError(t, peer.SinkAs[[]byte](a, codec.Bytes).Emit(t.Context(), []byte("raw bytes")))
		got, err := b.Data().Await(t.Context())
		require.NoError(t, err)
		assert.Equal(t, []byte("raw bytes"), got)
	})
	inLab(t, func(t *lab) {
		a, _ := t.pair(nil)
		var wrong *transport.DataTypeError
		assert.ErrorAs(t, peer.SinkAs[[]byte](a, codec.Bytes).Emit(t.Context(), nil), &wrong)
	})
}

func TestBroadcastReachesEveryoneItCanAndNamesTheOthers(t *testing.T) {
	inLab(t, func(t *lab) {
		hub := t.open("10.0.0.1", nil)
		conns := map[codec.Type]*peer.Connection{}
		for i, dataType := range []codec.Type{codec.JSON, codec.Bytes, codec.Raw} {
			far := t.open([]string{"10.0.0.2", "10.0.0.3", "10.0.0.4"}[i], nil)
			_, conns[dataType] = t.connect(hub, far, &peer.ConnectOptions{DataType: dataType})
		}
		err := hub.Broadcast(t.Context(), 42)
		var missed *peer.BroadcastError
		require.ErrorAs(t, err, &missed)
		require.Len(t, missed.Missed, 1)
		assert.Equal(t, codec.Bytes, missed.Missed[0].Connection.Remote().DataType)
		for _, dataType := range []codec.Type{codec.JSON, codec.Raw} {
			v, err := conns[dataType].Data().Await(t.Context())
			require.NoError(t, err)
			assert.Equal(t, int64(42), v)
		}
		require.NoError(t, hub.Broadcast(t.Context(), []byte("for bytes"))) // JSON carries it as base64
	})
}

func TestABroadcastIsForThoseWhoArePresent(t *testing.T) {
	inLab(t, func(t *lab) {
		hub := t.open("10.0.0.1", nil)
		var mu sync.Mutex
		got := map[string][]int{}
		join := func(host string, opts *peer.ConnectOptions) *peer.Connection {
			_, far := t.connect(hub, t.open(host, nil), opts)
			peer.Receive[int](far).On(t.Context(), func(v int) {
				mu.Lock()
				defer mu.Unlock()
				got[host] = append(got[host], v)
			})
			return far
		}
		say := func(v int) {
			require.NoError(t, hub.Broadcast(t.Context(), v))
			synctest.Wait()
		}
		say(0)
		first := join("10.0.0.2", nil)
		say(1)
		join("10.0.0.3", nil)
		join("10.0.0.4", &peer.ConnectOptions{Stream: true})
		say(2)
		say(3)
		require.NoError(t, first.Close())
		synctest.Wait()
		say(4)
		assert.Equal(t, map[string][]int{"10.0.0.2": {1, 2, 3}, "10.0.0.3": {2, 3, 4}, "10.0.0.4": {2, 3, 4}}, got)
	})
}

func TestABroadcastWaitsForNobody(t *testing.T) {
	inLab(t, func(t *lab) {
		hub := t.open("10.0.0.1", &peer.Options{SendBuffer: 1000})
		slow, fast := t.open("10.0.0.2", nil), t.open("10.0.0.3", nil)
		t.connect(hub, slow, nil)
		_, fastSide := t.connect(hub, fast, nil)
		got := 0
		fastSide.Data().On(t.Context(), func(any) { got++ })
		t.net.Partition("10.0.0.1", "10.0.0.2")
		payload := make([]byte, 50_000)
		var missed *peer.BroadcastError
		for range 20 {
			if err := hub.Broadcast(t.Context(), string(payload)); err != nil {
				require.ErrorAs(t, err, &missed)
				require.ErrorIs(t, err, stream.ErrOverflow)
				require.Len(t, missed.Missed, 1)
			}
			synctest.Wait()
		}
		assert.NotNil(t, missed)
		assert.Equal(t, 20, got)
	})
}

func TestTheEchoPatternNeverDeadlocks(t *testing.T) {
	for _, size := range []int{16, 128, 20_000, 100_000, 1 << 20} {
		inLab(t, func(t *lab) {
			a, b := t.pair(&peer.ConnectOptions{DataType: codec.Bytes})
			echo := func(c *peer.Connection) {
				out := peer.SinkOf[[]byte](c)
				peer.Receive[[]byte](c).On(t.Context(), func(v []byte) { _ = out.Emit(context.Background(), v) })
			}
			echo(b)
			n, want := 0, max(20, (4<<20)/size)
			done := make(chan struct{})
			peer.Receive[[]byte](a).On(t.Context(), func([]byte) {
				if n++; n == want {
					close(done)
				}
			})
			out := peer.SinkOf[[]byte](a)
			for range want {
				require.NoError(t, out.Emit(t.Context(), make([]byte, size)))
			}
			<-done
		})
	}
}

func TestABlockedSubscriberDoesNotKeepItsConnectionFromEnding(t *testing.T) {
	inLab(t, func(t *lab) {
		a, b := t.pair(nil)
		entered, release := make(chan struct{}), make(chan struct{})
		defer close(release)
		b.Data().On(t.Context(), func(any) { close(entered); <-release })
		require.NoError(t, peer.SinkOf[int](a).Emit(t.Context(), 1))
		<-entered
		require.NoError(t, a.Close())
		why, err := b.Closed().Await(t.Context())
		require.NoError(t, err)
		assert.Equal(t, transport.ReasonRemote, why.Reason)
	})
}

func TestAPanicOrGoexitInACallbackLeavesTheConnectionAlive(t *testing.T) {
	for name, fail := range map[string]func(){"panic": func() { panic("boom") }, "goexit": runtime.Goexit} {
		inLab(t, func(t *lab) {
			a, b := t.pair(nil)
			sub := b.Data().On(t.Context(), func(any) { fail() })
			out := peer.SinkOf[int](a)
			require.NoError(t, out.Emit(t.Context(), 1))
			var p *stream.PanicError
			require.ErrorAs(t, sub.Wait(t.Context()), &p, name)
			require.NoError(t, out.Emit(t.Context(), 2))
			v, err := b.Data().Await(t.Context())
			require.NoError(t, err)
			assert.Equal(t, int64(2), v)
		})
	}
}
