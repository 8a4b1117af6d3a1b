package peer_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
)

// mesh opens n peers, each of which is connected to each other.
func (l *lab) mesh(n int) (peers []*peer.Peer) {
	l.Helper()
	for i := range n {
		p := l.open(fmt.Sprintf("10.0.0.%d", i+1), &peer.Options{Name: fmt.Sprint("p", i)})
		for _, other := range peers {
			_, err := p.Connect(l.Context(), other.Addr().String(), nil)
			require.NoError(l, err)
		}
		peers = append(peers, p)
	}
	return peers
}

func join[T any](t *lab, p *peer.Peer, name string) *peer.Membership[T] {
	t.Helper()
	m, err := peer.Group[T](p, name, nil)
	require.NoError(t, err)
	return m
}

func TestMembersOfAGroupHearEachOther(t *testing.T) {
	inLab(t, func(t *lab) {
		peers := t.mesh(4)
		var mu sync.Mutex
		heard := make([][]string, 3)
		var groups []*peer.Membership[string]
		for i := range 3 { // the fourth is no member
			g := join[string](t, peers[i], "sensors")
			g.Received().On(t.Context(), func(v peer.From[string]) {
				mu.Lock()
				heard[i] = append(heard[i], v.Origin.Remote().Identity.Name+" "+v.Value)
				mu.Unlock()
			})
			groups = append(groups, g)
		}
		var seen []string
		groups[0].Members().On(t.Context(), func(e peer.MemberEvent) {
			seen = append(seen, fmt.Sprint(e.Connection.Remote().Identity.Name, " ", e.Left))
		})
		synctest.Wait()
		assert.ElementsMatch(t, []string{"p1 false", "p2 false"}, seen)
		require.Len(t, groups[0].Present(), 2)

		require.NoError(t, groups[0].Shout("hello"))
		synctest.Wait()
		to := groups[1].Present()
		i := slices.IndexFunc(to, func(c *peer.Connection) bool { return c.Remote().Identity.Name == "p2" })
		require.NoError(t, groups[1].Whisper(t.Context(), to[i], "psst"))
		synctest.Wait()
		assert.Equal(t, [][]string{nil, {"p0 hello"}, {"p0 hello", "p1 psst"}}, heard)

		groups[1].Leave()
		groups[1].Leave()
		synctest.Wait()
		assert.Equal(t, "p1 true", seen[len(seen)-1])
		assert.Error(t, groups[1].Shout("x"))
		require.NoError(t, groups[0].Shout("again"))
		synctest.Wait()
		assert.Equal(t, []string{"p0 hello"}, heard[1])
		assert.Equal(t, "p0 again", heard[2][2])

		require.NoError(t, peers[2].Close())
		synctest.Wait()
		assert.Equal(t, "p2 true", seen[len(seen)-1])
		assert.Empty(t, groups[0].Present())
		require.NoError(t, groups[0].Shout("nobody"))
		back := join[string](t, peers[1], "sensors")
		synctest.Wait()
		assert.Len(t, back.Present(), 1)
		assert.Len(t, groups[0].Present(), 1)
		require.NoError(t, peers[0].Close())
		_, err := groups[0].Received().Await(t.Context())
		assert.ErrorIs(t, err, stream.ErrEmpty, "it has completed")
	})
}

func TestAMemberThatTakesNothingIsMissed(t *testing.T) {
	inLab(t, func(t *lab) {
		peers := t.mesh(3)
		a, b, c := join[[]byte](t, peers[0], "g"), join[[]byte](t, peers[1], "g"), join[[]byte](t, peers[2], "g")
		release := make(chan struct{})
		defer close(release)
		b.Received().On(t.Context(), func(peer.From[[]byte]) { <-release })
		n := 0
		c.Received().On(t.Context(), func(peer.From[[]byte]) { n++ })
		synctest.Wait()
		var missed *peer.BroadcastError
		for i := range 1000 {
			if err := a.Shout(make([]byte, 10_000)); err != nil {
				require.ErrorAs(t, err, &missed, i)
				assert.Len(t, missed.Missed, 1)
				assert.Equal(t, "p1", missed.Missed[0].Connection.Remote().Identity.Name)
			}
			synctest.Wait()
		}
		assert.NotNil(t, missed)
		assert.Equal(t, 1000, n, "the others get everything")
	})
}

func TestAMemberThatCouldNotSayWhatItExposesIsAskedAgain(t *testing.T) {
	inLab(t, func(t *lab) {
		peers := t.mesh(2)
		conn, err := peers[1].Connections().Await(t.Context())
		require.NoError(t, err)
		expose(t, peers[0], "hot", stream.NewPublish[int](nil).AsObservable(), &peer.ExposeOptions{Limit: -1})
		var all []*stream.Subscription
		for range 2000 { // more streams than a connection has
			all = append(all, peer.Remote[int](conn, "hot").On(t.Context(), func(int) {}))
		}
		synctest.Wait()
		other, g := join[int](t, peers[0], "numbers"), join[int](t, peers[1], "numbers")
		synctest.Wait()
		require.Len(t, other.Present(), 1)
		require.Empty(t, g.Present(), "there is no stream left to ask on")
		for _, sub := range all {
			sub.Stop()
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		assert.Len(t, g.Present(), 1)
	})
}

func TestConnectedSelectsWhoIsThere(t *testing.T) {
	inLab(t, func(t *lab) {
		peers := t.mesh(3) // the last has dialled both others
		var mu sync.Mutex
		var got []string
		sub := peer.FromAll[int](peers[0], peer.Connected().Where(func(r peer.RemoteInfo) bool { return r.Identity.Name != "p1" }), "n", nil).
			On(t.Context(), func(v peer.From[int]) {
				mu.Lock()
				got = append(got, fmt.Sprint(v.Origin.Remote().Identity.Name, v.Value))
				mu.Unlock()
			})
		for i, p := range peers {
			expose(t, p, "n", stream.Of(i), nil)
		}
		late := t.open("10.0.0.9", &peer.Options{Name: "late"})
		expose(t, late, "n", stream.Of(9), nil)
		_, err := late.Connect(t.Context(), peers[0].Addr().String(), nil)
		require.NoError(t, err)
		time.Sleep(time.Minute)
		mu.Lock()
		assert.ElementsMatch(t, []string{"p22", "late9"}, got)
		mu.Unlock()
		require.NoError(t, peers[0].Close())
		assert.NoError(t, sub.Wait(t.Context()), "it completes with the peer")
	})
}

func TestFromAllMergesPeersThatComeAndGo(t *testing.T) {
	inLab(t, func(t *lab) {
		hub := t.open("10.0.1.1", nil)
		var addresses []string
		var sensors []*peer.Peer
		for i := range 4 {
			p := t.open(fmt.Sprintf("10.0.0.%d", i+1), &peer.Options{Name: fmt.Sprint("s", i)})
			sensors = append(sensors, p)
			addresses = append(addresses, p.Addr().String())
		}
		ticks := func(i int) stream.Observable[int] {
			return operators.Map(stream.Tick(time.Second), func(time.Time) int { return i })
		}
		expose(t, sensors[0], "n", ticks(0), nil)
		expose(t, sensors[1], "n", stream.Never[int](), nil) // it stalls
		expose(t, sensors[2], "n", operators.Concat(operators.Take(ticks(2), 1), stream.Fail[int](errNoSensor)), nil)
		var mu sync.Mutex
		got := make(map[string]int)
		failed := make(map[string]int)
		all := peer.FromAll[int](hub, peer.Static(addresses...).Where(func(r peer.RemoteInfo) bool { return r.Identity.Name != "" }), "n",
			&peer.FromAllOptions{
				Keep: &peer.KeepOptions{MaxDelay: time.Second},
				Failed: func(c *peer.Connection, err error) {
					mu.Lock()
					failed[c.Remote().Identity.Name]++
					mu.Unlock()
				},
			})
		sub := all.On(t.Context(), func(v peer.From[int]) {
			mu.Lock()
			got[v.Origin.Remote().Identity.Name]++
			mu.Unlock()
		})
		time.Sleep(20500 * time.Millisecond)
		expose(t, sensors[3], "n", ticks(3), nil) // now it has something
		time.Sleep(10 * time.Second)
		synctest.Wait()
		mu.Lock()
		assert.Equal(t, 30, got["s0"], "nobody is disturbed")
		assert.Zero(t, got["s1"])
		assert.Greater(t, got["s2"], 10, "it is tried again")
		assert.Equal(t, failed["s2"], got["s2"])
		assert.Greater(t, got["s3"], 7)
		assert.NotZero(t, failed["s3"], "until it was exposed")
		before := got["s0"]
		mu.Unlock()

		require.NoError(t, sensors[0].Close())
		time.Sleep(10 * time.Second)
		back, err := peer.Open(t.Context(), &peer.Options{Name: "s0", Address: addresses[0], Network: t.net.Host("10.0.0.1")})
		require.NoError(t, err)
		defer back.Close()
		expose(t, back, "n", ticks(0), nil)
		time.Sleep(10 * time.Second)
		mu.Lock()
		assert.Greater(t, got["s0"], before+6, "it has come back")
		mu.Unlock()
		sub.Stop()
		assert.ErrorIs(t, sub.Wait(t.Context()), stream.ErrStopped)
		only := peer.FromAll[int](hub, peer.Static(addresses...).Where(func(r peer.RemoteInfo) bool { return r.Identity.Name == "s3" }), "n", nil)
		v, err := only.Await(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 3, v.Value)
		require.NoError(t, hub.Close())
		err = all.Each(t.Context(), func(peer.From[int]) error { return nil })
		assert.NoError(t, err, "it completes with the peer")
	})
}
