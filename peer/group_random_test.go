package peer_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/transport/memory"
)

// seeds returns the seeds of so many random runs, or the one that RXPEER_SEED asks
// for.
func seeds(t *testing.T, n int) (all []uint64) {
	t.Helper()
	if s := os.Getenv("RXPEER_SEED"); s != "" {
		seed, err := strconv.ParseUint(s, 10, 64)
		require.NoError(t, err)
		return []uint64{seed}
	}
	if testing.Short() || raceDetector {
		n = (n + 3) / 4
	}
	for range n {
		all = append(all, rand.Uint64())
	}
	return all
}

// TestAGroupWhoseMembersComeAndGoEndsInAgreement has peers that join and leave at
// random. RXPEER_SEED repeats a run.
func TestAGroupWhoseMembersComeAndGoEndsInAgreement(t *testing.T) {
	for _, seed := range seeds(t, 40) {
		if !t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			inLab(t, func(t *lab) { joinAndLeave(t, rand.New(rand.NewPCG(seed, 0))) })
		}) {
			t.Fatalf("RXPEER_SEED=%d runs it again", seed)
		}
	}
}

func joinAndLeave(t *lab, rnd *rand.Rand) {
	const n = 4
	t.net.SetPath(memory.Any, memory.Any, memory.Path{Delay: time.Duration(rnd.IntN(3)) * time.Millisecond})
	var peers []*peer.Peer
	for i := range n {
		peers = append(peers, t.open(fmt.Sprintf("10.0.0.%d", i+1), nil))
		for j := range i {
			t.connect(peers[i], peers[j], nil)
		}
	}
	groups := make([]*peer.Membership[int], n)
	var work sync.WaitGroup
	for i, p := range peers {
		rnd := rand.New(rand.NewPCG(rnd.Uint64(), 0))
		work.Go(func() {
			for range 1 + rnd.IntN(10) {
				time.Sleep(time.Duration(rnd.IntN(4)) * time.Millisecond)
				if g := groups[i]; g != nil {
					g.Leave()
					groups[i] = nil
					continue
				}
				g, err := peer.Group[int](p, "group", nil)
				if assert.NoError(t, err) {
					groups[i] = g
				}
			}
		})
	}
	work.Wait()
	time.Sleep(10 * time.Second)
	synctest.Wait()
	in := func(g *peer.Membership[int]) bool { return g != nil }
	for i, g := range groups {
		if g == nil {
			continue
		}
		var want, got []string
		for j, o := range groups {
			if j != i && in(o) {
				want = append(want, peers[j].Addr().String())
			}
		}
		for _, c := range g.Present() {
			got = append(got, c.Remote().Addr.String())
		}
		slices.Sort(got)
		assert.Equal(t, want, got, "seen by %s", peers[i].Addr())
		assert.NoError(t, g.Shout(1))
	}
}
