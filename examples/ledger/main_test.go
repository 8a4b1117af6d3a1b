package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport/memory"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a network of nodes, in virtual time.
type world struct {
	*testing.T
	size  int // how many nodes there may be
	lan   *memory.Network
	nodes map[int]*node
	seed  uint64
}

func inWorld(t *testing.T, size int, test func(w *world)) {
	seed := rand.Uint64()
	if again, is := os.LookupEnv("RXPEER_SEED"); is {
		seed, _ = strconv.ParseUint(again, 10, 64)
	}
	t.Logf("RXPEER_SEED=%d", seed)
	synctest.Test(t, func(t *testing.T) {
		w := &world{t, size, memory.New(nil), make(map[int]*node), seed}
		defer func() {
			for _, n := range w.nodes {
				assert.NoError(t, n.peer.Close())
			}
		}()
		test(w)
	})
}

func (w *world) host(i int) string { return fmt.Sprintf("node%02d", i%w.size) }

// join starts a node, which listens to three others.
func (w *world) join(i int, work stream.Observable[time.Time]) {
	var neighbours []string
	for _, d := range []int{1, 3, 7} {
		neighbours = append(neighbours, w.host(i+d)+":1")
	}
	opts := &peer.Options{Name: w.host(i), Network: w.lan.Host(w.host(i)), Address: w.host(i) + ":1"}
	n, err := start(w.Context(), opts, peer.Static(neighbours...), work)
	require.NoError(w, err)
	w.nodes[i] = n
}

// works returns the work of a node for so long.
func (w *world) works(i int, long time.Duration) stream.Observable[time.Time] {
	return operators.TakeUntil(labour(rand.New(rand.NewPCG(w.seed, uint64(i))), 5*time.Second), stream.Timer(long))
}

// agree checks that all nodes know the same blocks, and take the same for the
// chain, which it returns.
func (w *world) agree() (chain []Block, others int) {
	w.Helper()
	chain, others = w.nodes[0].chain()
	for i, n := range w.nodes {
		its, its2 := n.chain()
		require.Equal(w, chain, its, "node %d", i)
		require.Equal(w, others, its2, "node %d", i)
	}
	for i, b := range chain {
		require.Equal(w, len(chain)-i, b.Height)
		if i > 0 {
			require.Equal(w, b.ID(), chain[i-1].Parent)
		}
	}
	return chain, others
}

func TestTwentyNodesAgreeAndOneOfThemJoinsLate(t *testing.T) {
	inWorld(t, 20, func(w *world) {
		const late = 13
		for i := range w.size {
			if i != late {
				w.join(i, w.works(i, time.Minute))
			}
		}
		time.Sleep(30 * time.Second)
		before, _ := w.nodes[0].chain()
		w.join(late, w.works(late, 30*time.Second))
		time.Sleep(5 * time.Second) // of which a second may pass before it is dialled
		now, _ := w.nodes[late].chain()
		assert.GreaterOrEqual(t, len(now), len(before), "it has caught up")
		time.Sleep(30 * time.Second) // 25 of work, and the last blocks travel
		chain, others := w.agree()
		assert.Positive(t, others, "some made a successor of the same block")
		assert.InDelta(t, (w.size-1)*12+6, len(chain)+others, 80, "they have worked")
		makers := make(map[string]bool)
		for _, b := range chain {
			makers[b.Miner] = true
		}
		assert.Greater(t, len(makers), w.size/2)
	})
}

func TestWhoJoinsWhenAllIsOverGetsItFromHistory(t *testing.T) {
	inWorld(t, 2, func(w *world) {
		w.join(0, w.works(0, time.Minute))
		time.Sleep(2 * time.Minute)
		w.join(1, stream.Never[time.Time]())
		time.Sleep(time.Second)
		chain, others := w.agree()
		assert.NotEmpty(t, chain)
		assert.Zero(t, others)
	})
}

func TestAfterASplitTheLongestChainWins(t *testing.T) {
	inWorld(t, 8, func(w *world) {
		for i := range w.size {
			w.join(i, w.works(i, time.Minute))
		}
		sides := func(change func(a, b string)) {
			for a := range w.size / 2 {
				for b := w.size / 2; b < w.size; b++ {
					change(w.host(a), w.host(b))
				}
			}
		}
		time.Sleep(10 * time.Second)
		sides(w.lan.Partition)
		time.Sleep(51 * time.Second)
		tips, longest := make(map[string]bool), 0
		for _, n := range w.nodes {
			tips[n.String()] = true
			chain, _ := n.chain()
			longest = max(longest, len(chain))
		}
		assert.Greater(t, len(tips), 1)
		sides(w.lan.Heal)
		time.Sleep(10 * time.Second)
		chain, others := w.agree()
		assert.Len(t, chain, longest)
		assert.Greater(t, others, 10, "what the others have made is known, and lost")
	})
}

func TestOnlyBlocksThatFitAreAdded(t *testing.T) {
	l := newLedger()
	first := Block{1, "", "ada"}
	require.True(t, l.fits(first))
	l.add(first)
	for _, b := range []Block{{1, "unknown", "eve"}, {2, "", "eve"}, {1, first.ID(), "eve"}, {3, first.ID(), "eve"}, {2, "ada", "eve"}} {
		assert.False(t, l.fits(b), b)
	}
	second := l.next("bob")
	assert.Equal(t, Block{2, first.ID(), "bob"}, second)
	require.True(t, l.fits(second))
}

func TestOfTwoChainsThatAreEquallyLongAllChooseTheSame(t *testing.T) {
	a, b := newLedger(), newLedger()
	one, two := Block{1, "", "ada"}, Block{1, "", "bob"}
	a.add(one)
	a.add(two)
	b.add(two)
	b.add(one)
	assert.Equal(t, a.tip, b.tip)
	loser := max(one.ID(), two.ID())
	for _, l := range []*ledger{a, b} {
		l.add(Block{2, loser, "eve"})
		chain, others := l.chain()
		assert.Len(t, chain, 2, "the longer one wins")
		assert.Equal(t, 1, others)
	}
}

func TestTheDemoEndsWithAgreement(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var out strings.Builder
	require.NoError(t, demo(ctx, &out))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Greater(t, len(lines), 5, out.String())
	assert.Regexp(t, `^all agree on a chain of \d+ blocks; \d+ others lost$`, lines[len(lines)-1])
	last := strings.Fields(lines[len(lines)-3]) // 4.5 s, and what each node has
	require.Len(t, last, 2+2*8, out.String())
	for i := range 8 {
		assert.Equal(t, last[2:4], last[2+2*i:4+2*i], out.String())
	}
}
