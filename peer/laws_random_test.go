package peer_test

import (
	"context"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport/memory"
)

// link is an operator that a random chain may have: one whose result is always the
// same, also before a failure.
type link struct {
	name string
	join func(o ints, n int) ints
}

var links = []link{
	{"Map", func(o ints, n int) ints { return operators.Map(o, func(v int) int { return v + n }) }},
	{"Filter", func(o ints, n int) ints { return operators.Filter(o, func(v int) bool { return v%7 != n%7 }) }},
	{"Scan", func(o ints, _ int) ints { return operators.Scan(o, 0, func(a, v int) int { return a%1000 + v }) }},
	{"Take", func(o ints, n int) ints { return operators.Take(o, 50+n) }},
	{"Skip", func(o ints, n int) ints { return operators.Skip(o, n) }},
	{"SkipLast", func(o ints, n int) ints { return operators.SkipLast(o, n) }},
	{"TakeLast", func(o ints, n int) ints { return operators.TakeLast(o, 50+n) }},
	{"TryMap", func(o ints, n int) ints {
		return operators.TryMap(o, func(v int) (int, error) {
			if v == 400+n {
				return 0, errBoom
			}
			return v, nil
		})
	}},
	{"Pairwise", func(o ints, _ int) ints {
		return operators.Map(operators.Pairwise(o), func(p operators.Pair[int]) int { return p.Current - p.Previous })
	}},
	{"Batch", func(o ints, n int) ints {
		batches := operators.Batch(o, &operators.BatchOptions[int]{Count: n + 1})
		return operators.Map(batches, func(b []int) int { return len(b) + b[0] })
	}},
	{"DistinctUntilChanged", func(o ints, _ int) ints { return operators.DistinctUntilChanged(o, identity) }},
	{"Buffer", func(o ints, n int) ints { return operators.Buffer(o, stream.Block(n+1)) }},
	{"StartWith", func(o ints, n int) ints { return operators.StartWith(o, n, n) }},
	{"Catch", func(o ints, n int) ints { return operators.Catch(o, func(error) ints { return stream.Of(n) }) }},
	{"Concat with a failure", func(o ints, _ int) ints { return operators.Concat(o, stream.Fail[int](errBoom)) }},
	{"ParallelMap", func(o ints, n int) ints {
		return operators.ParallelMap(o, func(_ context.Context, v int) (int, error) { return v * n, nil },
			&operators.ParallelOptions{Workers: 3})
	}},
}

// randomChain returns a cold source with some operators, and what it is.
func randomChain(rnd *rand.Rand) (o ints, what string) {
	o = stream.Range(0, rnd.IntN(300))
	names := []string{"Range"}
	for range rnd.IntN(8) {
		l := links[rnd.IntN(len(links))]
		o = l.join(o, rnd.IntN(10))
		names = append(names, l.name)
	}
	return o, strings.Join(names, ", ")
}

// randomWiring returns options with which nothing is lost.
func randomWiring(rnd *rand.Rand) (*peer.ExposeOptions, *peer.RemoteOptions) {
	e, r := &peer.ExposeOptions{}, &peer.RemoteOptions{}
	switch rnd.IntN(4) {
	case 0:
		r.Window = 1 + rnd.IntN(5)
	case 1:
		r.Policy = new(stream.Block(1 + rnd.IntN(5)))
	case 2:
		r.Policy = new(stream.DropOldest(100_000))
	}
	if rnd.IntN(3) == 0 {
		e.History = 100_000
	}
	return e, r
}

// sameAcross compares what a random chain delivers here with what it delivers at
// the other side of a connection.
func sameAcross(t testing.TB, rnd *rand.Rand, server *peer.Peer, conn *peer.Connection) {
	o, what := randomChain(rnd)
	e, r := randomWiring(rnd)
	want, failed := collect(t.Context(), o)
	exposure, err := peer.Expose(server, what, o, e)
	require.NoError(t, err)
	defer exposure.Close()
	got, err := collect(t.Context(), peer.RemoteWith[int](conn, what, r))
	assert.Equal(t, want, got, what)
	if failed == nil {
		assert.NoError(t, err, what)
	} else {
		assert.ErrorIs(t, err, failed, what)
	}
	some := rnd.IntN(len(want) + 1)
	got, err = collect(t.Context(), operators.Take(peer.RemoteWith[int](conn, what, r), some))
	if some > 0 {
		assert.Equal(t, want[:some], got, what)
	}
	assert.NoError(t, err, what)
}

// TestARandomChainIsTheSameAcrossTheWire prints the seed of a run that fails;
// RXPEER_SEED repeats it.
func TestARandomChainIsTheSameAcrossTheWire(t *testing.T) {
	for _, seed := range seeds(t, 200) {
		if !t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			inLab(t, func(t *lab) {
				rnd := rand.New(rand.NewPCG(seed, 0))
				t.net.SetPath(memory.Any, memory.Any, memory.Path{
					Delay: time.Duration(rnd.IntN(3)) * time.Millisecond, MaxRead: rnd.IntN(2) * (1 + rnd.IntN(100)),
					RandomRead: rnd.IntN(3) == 0,
				})
				server := t.open("10.0.0.2", &peer.Options{Errors: lawful})
				conn, _ := t.connect(t.open("10.0.0.1", &peer.Options{Errors: lawful}), server, nil)
				sameAcross(t, rnd, server, conn)
				time.Sleep(time.Second)
				synctest.Wait()
			})
		}) {
			t.Fatalf("RXPEER_SEED=%d runs it again", seed)
		}
	}
}

func TestARandomChainIsTheSameAcrossTCP(t *testing.T) {
	opts := &peer.Options{Errors: lawful}
	server, client := openTCP(t, opts), openTCP(t, opts)
	conn, err := client.Connect(t.Context(), server.Addr().String(), nil)
	require.NoError(t, err)
	for _, seed := range seeds(t, 200) {
		sameAcross(t, rand.New(rand.NewPCG(seed, 0)), server, conn)
		if t.Failed() {
			t.Fatalf("RXPEER_SEED=%d runs it again", seed)
		}
	}
}
