package peer_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
)

func TestAnOfferShowsWhoOffers(t *testing.T) {
	inLab(t, func(t *lab) {
		a := t.open("10.0.0.1", &peer.Options{Name: "hall", Metadata: map[string]string{"floor": "2"}})
		b := t.open("10.0.0.2", &peer.Options{Name: "kitchen", Offers: peer.Ask})
		b.Offers().On(t.Context(), func(o *peer.Offer) {
			id := o.Remote().Identity
			assert.Equal(t, "hall", id.Name)
			assert.Equal(t, map[string]string{"floor": "2"}, id.Metadata)
			assert.Equal(t, []codec.Type{codec.JSON, codec.Bytes, codec.Raw}, id.Codecs)
			assert.Contains(t, o.String(), `"hall"`)
			if id.Metadata["floor"] == "2" {
				_, err := o.Accept()
				assert.NoError(t, err)
			}
		})
		c, err := a.Connect(t.Context(), b.Addr().String(), nil)
		require.NoError(t, err)
		assert.True(t, c.Remote().Native)
		assert.Equal(t, "kitchen", c.Remote().Identity.Name)
		assert.NotZero(t, c.Remote().Identity.Instance)
	})
}

func TestPeersOnPeerpysWireTellNothingOfThemselves(t *testing.T) {
	inLab(t, func(t *lab) {
		a := t.open("10.0.0.1", &peer.Options{Name: "hall", NoNative: true})
		ca, cb := t.connect(a, t.open("10.0.0.2", nil), nil)
		assert.False(t, ca.Remote().Native)
		assert.False(t, cb.Remote().Python)
		assert.Zero(t, cb.Remote().Identity)
	})
}

func TestAReasonOfAnyLengthIsTold(t *testing.T) {
	inLab(t, func(t *lab) {
		a, b := t.open("10.0.0.1", nil), t.open("10.0.0.2", &peer.Options{Offers: peer.Ask})
		const reason = "the kitchen is closed until the dishes of the last three days are done, dried and put away where they belong, by all of us"
		b.Offers().On(t.Context(), func(o *peer.Offer) { assert.NoError(t, o.Deny(reason)) })
		_, err := a.Connect(t.Context(), b.Addr().String(), nil)
		var denied *transport.DeniedError
		require.ErrorAs(t, err, &denied)
		assert.Equal(t, reason, denied.Reason)
	})
}

// TestASlowReaderSeesFreshValues has a source of many values a second, and a
// reader that takes ten.
func TestASlowReaderSeesFreshValues(t *testing.T) {
	inLab(t, func(t *lab) {
		a := t.open("10.0.0.1", nil)
		out, in := t.connect(a, t.open("10.0.0.2", &peer.Options{Window: 1}), nil)
		newest := stream.DropOldest(1)
		sink := peer.SinkWith[time.Time](out, &peer.SinkOptions{Policy: &newest})
		lost, got := 0, 0
		ctx, cancel := context.WithCancel(t.Context())
		readings := peer.ReceiveWith[time.Time](in, &peer.ReceiveOptions{Lost: func(n uint64) { lost += int(n) }})
		sub := readings.On(ctx, func(at time.Time) {
			assert.Less(t, time.Since(at), 250*time.Millisecond)
			got++
			time.Sleep(100 * time.Millisecond)
		})
		const seconds, rate = 5, 1000
		for range seconds * rate {
			require.NoError(t, sink.Emit(t.Context(), time.Now()))
			time.Sleep(time.Second / rate)
		}
		sink.Complete()
		synctest.Wait()
		time.Sleep(time.Second)
		cancel()
		assert.Error(t, sub.Wait(t.Context()))
		assert.InDelta(t, 10*seconds, got, 3)
		ledger := out.Ledger()
		assert.EqualValues(t, seconds*rate, ledger.Accepted)
		assert.EqualValues(t, lost, ledger.Dropped)
		assert.Equal(t, seconds*rate, got+lost)
		assert.EqualValues(t, got, ledger.Written)
		assert.ErrorIs(t, sink.Emit(t.Context(), time.Now()), peer.ErrClosed)
	})
}

func TestASinkWithAPolicyDoesWhatItSays(t *testing.T) {
	for name, opts := range map[string]*peer.Options{"native": {Window: 1}, "peerpy": {NoNative: true, Inbox: 1, SendBuffer: 1}} {
		t.Run(name, func(t *testing.T) {
			inLab(t, func(t *lab) {
				out, in := t.connect(t.open("10.0.0.1", opts), t.open("10.0.0.2", opts), nil)
				big := make([]int, 60_000) // fills what buffers there are
				policy := stream.FailWhenFull(2)
				fails := peer.SinkWith[[]int](out, &peer.SinkOptions{Policy: &policy})
				for range 50 {
					fails.TryEmit(big)
					synctest.Wait()
				}
				assert.Equal(t, stream.Closed, fails.TryEmit(nil))
				policy = stream.DropNewest(2)
				drops := peer.SinkWith[[]int](out, &peer.SinkOptions{Policy: &policy})
				for range 10 {
					assert.Equal(t, stream.OK, drops.TryEmit(big))
				}
				assert.Positive(t, out.Ledger().Dropped)
				policy = stream.Block(2)
				waits := peer.SinkWith[[]int](out, &peer.SinkOptions{Policy: &policy})
				for range 10 {
					waits.TryEmit(big)
				}
				assert.Equal(t, stream.Overflow, waits.TryEmit(big))
				in.Abort()
			})
		})
	}
}

func TestAViewIsLentAndACloneIsKept(t *testing.T) {
	inLab(t, func(t *lab) {
		a, b := t.pair(&peer.ConnectOptions{DataType: codec.Bytes})
		out := peer.SinkOf[[]byte](a)
		for _, s := range []string{"one", "two", "three"} {
			require.NoError(t, out.Emit(t.Context(), []byte(s)))
		}
		require.NoError(t, a.Close())
		var kept []string
		require.NoError(t, peer.Borrow(b).Each(t.Context(), func(v peer.View) error {
			assert.Equal(t, codec.Bytes, v.Type())
			assert.Equal(t, v.Bytes(), v.Clone())
			kept = append(kept, string(v.Clone()))
			return nil
		}))
		assert.Equal(t, []string{"one", "two", "three"}, kept)
	})
}

func TestTheLedgersOfAConnectionEndWithIt(t *testing.T) {
	inLab(t, func(t *lab) {
		a, b := t.pair(nil)
		peer.Receive[int](b).On(t.Context(), func(int) {})
		var all []transport.Ledger
		sub := a.Ledgers(time.Second).On(t.Context(), func(l transport.Ledger) { all = append(all, l) })
		out := peer.SinkOf[int](a)
		for i := range 5 {
			require.NoError(t, out.Emit(t.Context(), i))
			time.Sleep(time.Second)
		}
		require.NoError(t, a.Close())
		require.NoError(t, sub.Wait(t.Context()))
		require.GreaterOrEqual(t, len(all), 5)
		last := all[len(all)-1]
		assert.EqualValues(t, 5, last.Accepted)
		assert.EqualValues(t, 5, last.Acknowledged)
	})
}

func TestANameThatNobodyWouldTakeIsAnErrorOfOpen(t *testing.T) {
	inLab(t, func(t *lab) {
		_, err := peer.Open(t.Context(), &peer.Options{
			Address: "10.0.0.1", Network: t.net.Host("10.0.0.1"), Name: strings.Repeat("n", 256),
		})
		var failed *peer.Error
		require.ErrorAs(t, err, &failed)
		assert.Equal(t, "open", failed.Op)
	})
}
