package peer_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/memory"
)

func TestBothSidesKnowWhomTheyAreConnectedTo(t *testing.T) {
	inLab(t, func(t *lab) {
		a, b := t.open("10.0.0.1", nil), t.open("10.0.0.2", nil)
		ca, cb := t.connect(a, b, &peer.ConnectOptions{DataType: codec.Raw, Lenient: true, Stream: true, DataSize: 5})
		want := peer.RemoteInfo{Addr: b.Addr(), Verified: true, DataType: codec.Raw, Lenient: true, Stream: true, DataSize: 5, Dialed: true}
		assert.Equal(t, want, ca.Remote())
		want.Addr, want.Dialed = a.Addr(), false
		assert.Equal(t, want, cb.Remote())
	})
}

func TestAConnectionOfTheSameKindIsReusedAndOneOfAnotherReplaced(t *testing.T) {
	inLab(t, func(t *lab) {
		a, b := t.open("10.0.0.1", nil), t.open("10.0.0.2", nil)
		first, atB := t.connect(a, b, nil)
		again, err := a.Connect(t.Context(), b.Addr().String(), nil)
		require.NoError(t, err)
		assert.Same(t, first, again)
		back, err := b.Connect(t.Context(), a.Addr().String(), nil)
		require.NoError(t, err)
		assert.Same(t, atB, back, "the dialler's name matches its address")

		other, err := a.Connect(t.Context(), b.Addr().String(), &peer.ConnectOptions{DataType: codec.Bytes})
		require.NoError(t, err)
		assert.NotSame(t, first, other)
		<-first.Context().Done()
		assert.NoError(t, other.Err())
	})
}

func TestAConnectionIsNotReusedForANameThatIsNotItsOwn(t *testing.T) {
	inLab(t, func(t *lab) {
		b := t.open("10.0.0.2", nil)
		victim := t.open("10.0.0.3", nil)
		impostor, err := transport.Dial(t.Context(), t.net.Host("10.0.0.66"), b.Addr().String(),
			transport.Hello{PeerName: victim.Addr().String(), DataType: codec.JSON}, nil)
		require.NoError(t, err)
		defer impostor.Abort()
		false1, err := b.Connections().Await(t.Context())
		require.NoError(t, err)
		assert.False(t, false1.Remote().Verified)
		real1, err := b.Connect(t.Context(), victim.Addr().String(), nil)
		require.NoError(t, err)
		assert.NotSame(t, false1, real1)
	})
}

func TestConcurrentConnectsToOneAddressBecomeOneConnection(t *testing.T) {
	inLab(t, func(t *lab) {
		t.net.SetPath("10.0.0.1", "10.0.0.2", memory.Path{Delay: 10 * time.Millisecond})
		a, b := t.open("10.0.0.1", nil), t.open("10.0.0.2", nil)
		var all sync.Map
		var work sync.WaitGroup
		for range 20 {
			work.Go(func() {
				c, err := a.Connect(context.Background(), b.Addr().String(), nil)
				assert.NoError(t, err)
				all.Store(c, true)
			})
		}
		work.Wait()
		n := 0
		all.Range(func(any, any) bool { n++; return true })
		assert.Equal(t, 1, n)
	})
}

func TestConnectRefusesWhatCannotWork(t *testing.T) {
	inLab(t, func(t *lab) {
		a := t.open("10.0.0.1", nil)
		_, err := a.Connect(t.Context(), a.Addr().String(), nil)
		assert.ErrorIs(t, err, peer.ErrSelf)
		_, err = a.Connect(t.Context(), "10.0.0.9", nil)
		assert.EqualError(t, err, "peer: connect 10.0.0.9: no port in the address")
		var bad *transport.AddrError
		_, err = a.Connect(t.Context(), "10.0.0.9:port", nil)
		assert.ErrorAs(t, err, &bad)
		_, err = a.Connect(t.Context(), "10.0.0.9:1234", nil)
		assert.ErrorContains(t, err, "refused")

		t.net.Partition("10.0.0.1", "10.0.0.2")
		b := t.open("10.0.0.2", nil)
		start := time.Now()
		_, err = a.Connect(t.Context(), b.Addr().String(), nil)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, peer.DefaultTimeout, time.Since(start))

		require.NoError(t, a.Close())
		_, err = a.Connect(t.Context(), b.Addr().String(), nil)
		assert.ErrorIs(t, err, peer.ErrClosed)
	})
}

func TestAPeerThatDialsItselfUnderAnotherNameIsDenied(t *testing.T) {
	p, err := peer.Open(t.Context(), &peer.Options{NoDiscovery: true})
	require.NoError(t, err)
	defer p.Close()
	for _, host := range []string{"127.0.0.1", "localhost", "::1", p.Addr().Host()} {
		addr, err := transport.ParseAddr(host)
		require.NoError(t, err)
		addr = addr.WithPort(p.Addr().Port())
		_, err = p.Connect(t.Context(), addr.String(), nil)
		assert.ErrorIs(t, err, peer.ErrSelf, host)
	}
}

func TestMoreThanMaxConnectionsAreDenied(t *testing.T) {
	inLab(t, func(t *lab) {
		b := t.open("10.0.0.2", &peer.Options{MaxConnections: 1})
		t.connect(t.open("10.0.0.1", nil), b, nil)
		_, err := t.open("10.0.0.3", nil).Connect(t.Context(), b.Addr().String(), nil)
		var denied *transport.DeniedError
		require.ErrorAs(t, err, &denied)
		assert.Equal(t, peer.ErrFull.Error(), denied.Reason)
		_, err = b.Connect(t.Context(), t.open("10.0.0.4", nil).Addr().String(), nil)
		assert.ErrorIs(t, err, peer.ErrFull)
	})
}

func TestOffersAreDecidedBySubscribersOnlyWhenAsked(t *testing.T) {
	inLab(t, func(t *lab) {
		for _, c := range []struct {
			opts   peer.Options
			decide func(o *peer.Offer) error
			denied string
		}{
			{peer.Options{}, func(o *peer.Offer) error { return o.Deny("late") }, ""},
			{peer.Options{Offers: peer.DenyAll}, func(o *peer.Offer) error { _, err := o.Accept(); return err }, "accepts no offers"},
		} {
			b := t.open("10.0.0.2", &c.opts)
			sub := b.Offers().On(t.Context(), func(o *peer.Offer) { assert.ErrorIs(t, c.decide(o), peer.ErrDecided) })
			_, err := t.open("10.0.0.1", nil).Connect(t.Context(), b.Addr().String(), nil)
			checkDenied(t, err, c.denied)
			sub.Stop()
			require.NoError(t, b.Close())
		}

		b := t.open("10.0.0.2", &peer.Options{Offers: peer.Ask})
		b.Offers().On(t.Context(), func(o *peer.Offer) {
			if o.Remote().Addr.Host() == "10.0.0.1" {
				_, err := o.Accept()
				assert.NoError(t, err)
				assert.ErrorIs(t, o.Deny("twice"), peer.ErrDecided)
			} else {
				assert.NoError(t, o.Deny("not you"))
			}
		})
		_, err := t.open("10.0.0.1", nil).Connect(t.Context(), b.Addr().String(), nil)
		checkDenied(t, err, "")
		_, err = t.open("10.0.0.3", nil).Connect(t.Context(), b.Addr().String(), nil)
		checkDenied(t, err, "not you")
	})
}

func TestAnOfferThatNobodyDecidesIsDeniedAfterThreeQuartersOfTheTimeout(t *testing.T) {
	inLab(t, func(t *lab) {
		b := t.open("10.0.0.2", &peer.Options{Offers: peer.Ask})
		start := time.Now()
		_, err := t.open("10.0.0.1", nil).Connect(t.Context(), b.Addr().String(), nil)
		checkDenied(t, err, "not decided in time")
		assert.Equal(t, 1500*time.Millisecond, time.Since(start))
		synctest.Wait()
		o, err := b.Offers().Await(t.Context()) // it waited for its first subscriber
		require.NoError(t, err)
		_, err = o.Accept()
		assert.ErrorIs(t, err, peer.ErrDecided)
	})
}

func checkDenied(t testing.TB, err error, reason string) {
	t.Helper()
	if reason == "" {
		require.NoError(t, err)
		return
	}
	var denied *transport.DeniedError
	require.ErrorAs(t, err, &denied)
	assert.Equal(t, reason, denied.Reason)
}
