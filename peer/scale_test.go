package peer_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
)

func TestAThousandNamedStreamsFlowOnOneConnection(t *testing.T) {
	inLab(t, func(t *lab) {
		streams, values := 1000, 50
		if raceDetector || testing.Short() {
			streams, values = 200, 20
		}
		server, conn, _ := t.two(nil)
		round := func() {
			var all []*peer.Exposure
			var subs []*stream.Subscription
			got := make([]int, streams)
			for i := range streams {
				all = append(all, expose(t, server, fmt.Sprint("stream ", i), stream.Range(i, values), nil))
			}
			for i := range streams {
				o := peer.RemoteWith[int](conn, fmt.Sprint("stream ", i), &peer.RemoteOptions{Window: 4})
				subs = append(subs, o.On(t.Context(), func(v int) {
					assert.Equal(t, i+got[i], v)
					got[i]++
				}))
			}
			for i, sub := range subs {
				require.NoError(t, sub.Wait(t.Context()))
				assert.Equal(t, values, got[i])
			}
			synctest.Wait()
			for _, e := range all {
				assert.Zero(t, e.Active())
				e.Close()
			}
			synctest.Wait()
		}
		least := func(rounds int) (used int64) { // what is garbage, or kept for the next, varies
			for i := range rounds {
				if round(); i == 0 || heap() < used {
					used = heap()
				}
			}
			return used
		}
		used, goroutines := least(2), runtime.NumGoroutine()
		const most = 2 << 20
		grown := least(4) - used
		for i := 0; i < 8 && grown >= most; i++ { // if nothing is lost, that was garbage of something else
			grown = least(1) - used
		}
		assert.Less(t, grown, int64(most), "of four thousand streams")
		assert.LessOrEqual(t, runtime.NumGoroutine(), goroutines+5)
	})
}

func TestAHundredPeersSubscribeToThreeOthersEach(t *testing.T) {
	n := 100
	if raceDetector || testing.Short() {
		n = 30
	}
	inLab(t, func(t *lab) {
		var peers []*peer.Peer
		var exposed []*peer.Exposure
		for i := range n {
			p := t.open(fmt.Sprintf("10.0.1.%d", i+1), nil)
			peers = append(peers, p)
			exposed = append(exposed, expose(t, p, "tick", stream.Tick(time.Second), nil))
		}
		var got atomic.Int64
		ctx, stop := context.WithCancel(t.Context())
		for i, p := range peers {
			for _, step := range []int{1, 7, 23} {
				conn, err := p.Connect(t.Context(), peers[(i+step)%n].Addr().String(), nil)
				require.NoError(t, err)
				peer.Remote[time.Time](conn, "tick").On(ctx, func(time.Time) { got.Add(1) })
			}
		}
		synctest.Wait()
		time.Sleep(10*time.Second + time.Millisecond)
		synctest.Wait()
		assert.EqualValues(t, 10*3*n, got.Load())
		stop()
		synctest.Wait()
		for _, e := range exposed {
			assert.Zero(t, e.Active())
		}
		for _, p := range peers {
			require.NoError(t, p.Shutdown(t.Context()))
		}
	})
}

// churn has several users use a service at random, rounds times each.
func churn(t testing.TB, c *peer.Connection, users, rounds int) {
	var work sync.WaitGroup
	for i := range users {
		rnd := rand.New(rand.NewPCG(uint64(i), uint64(rounds)))
		work.Go(func() {
			for range rounds {
				use(t.Context(), c, rnd)
			}
		})
	}
	work.Wait()
}

func TestMinutesOfChurnLeaveNothing(t *testing.T) {
	inLab(t, func(t *lab) {
		server, conn, _ := t.two(nil)
		s := serve(t, server, nil)
		churn(t, conn, 10, 20)
		synctest.Wait()
		goroutines, used, begun := runtime.NumGoroutine(), heap(), time.Now()
		rounds := 5
		if raceDetector || testing.Short() {
			rounds = 1
		}
		for range rounds {
			churn(t, conn, 10, 100)
			time.Sleep(time.Minute)
		}
		synctest.Wait()
		assert.Greater(t, time.Since(begun), time.Minute)
		assert.LessOrEqual(t, runtime.NumGoroutine(), goroutines+5)
		assert.Less(t, heap()-used, int64(1<<20))
		assert.Equal(t, 0, s.active())
		require.NoError(t, server.Shutdown(t.Context()))
	})
}

func TestThousandsOfUsesOverTCPLeaveNothing(t *testing.T) {
	server, client := openTCP(t, nil), openTCP(t, nil)
	conn, err := client.Connect(t.Context(), server.Addr().String(), nil)
	require.NoError(t, err)
	s := serve(t, server, nil)
	rounds := 200
	if raceDetector || testing.Short() {
		rounds = 30
	}
	churn(t, conn, 10, 20)
	used := heap()
	churn(t, conn, 10, rounds)
	assert.Eventually(t, func() bool { return s.active() == 0 && s.running.Load() == 0 }, 10*time.Second, time.Millisecond)
	assert.Less(t, heap()-used, int64(2<<20))
	require.NoError(t, server.Shutdown(t.Context()))
}
