package memory_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/memory"
)

// TestWhatIsReadIsWhatWasWritten runs connections through random paths and
// partitions. Each end writes random pieces at random times and closes in
// order; each must read all of the other's bytes, then the end. In every
// third run the cable breaks or an end resets: then a prefix arrives.
func TestWhatIsReadIsWhatWasWritten(t *testing.T) {
	for seed := range uint64(300) {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 0))
			n, a, b := pair(t, &memory.Options{
				Seed: seed, Buffer: 1 + rng.IntN(1<<rng.IntN(12)), Path: randomPath(rng),
			})
			breaks := seed%3 == 0
			var wg sync.WaitGroup
			wg.Go(func() { trouble(n, []net.Conn{a, b}, rng, breaks) })
			for i, c := range []net.Conn{a, b} {
				mine, other := bytesOf(seed, i), bytesOf(seed, 1-i)
				wrng, rrng := rand.New(rand.NewPCG(seed, 1)), rand.New(rand.NewPCG(seed, 2))
				wg.Go(func() { writeSlowly(t, c, mine, wrng, breaks) })
				wg.Go(func() { readSlowly(t, c, other, rrng, breaks, seed) })
			}
			wg.Wait()
			_ = a.Close()
			_ = b.Close()
			listeners, conns := n.Open()
			require.Zero(t, listeners+conns, "seed %d", seed)
		})
	}
}

func randomPath(rng *rand.Rand) memory.Path {
	p := memory.Path{RandomRead: rng.IntN(2) == 0}
	if rng.IntN(2) == 0 {
		p.Delay = time.Duration(rng.Int64N(int64(time.Second)))
	}
	if rng.IntN(2) == 0 {
		p.Jitter = time.Duration(rng.Int64N(int64(time.Second)))
	}
	if rng.IntN(2) == 0 {
		p.MaxRead = 1 + rng.IntN(100)
	}
	return p
}

// trouble is what happens to the cable. It ends healed.
func trouble(n *memory.Network, ends []net.Conn, rng *rand.Rand, breaks bool) {
	for range rng.IntN(10) {
		time.Sleep(time.Duration(rng.Int64N(int64(2 * time.Second))))
		switch rng.IntN(3) {
		case 0:
			n.Partition("a", "b")
		case 1:
			n.Heal("a", "b")
		case 2:
			n.SetPath("a", "b", randomPath(rng))
		}
	}
	if breaks && rng.IntN(2) == 0 {
		n.Break(memory.Any, "b")
	} else if breaks {
		_ = transport.Reset(ends[rng.IntN(2)])
	}
	time.Sleep(time.Duration(rng.Int64N(int64(time.Hour))))
	n.Heal("a", "b")
}

func bytesOf(seed uint64, end int) []byte {
	rng := rand.New(rand.NewPCG(seed, 100+uint64(end)))
	b := make([]byte, rng.IntN(4000))
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

func writeSlowly(t *testing.T, c net.Conn, b []byte, rng *rand.Rand, breaks bool) {
	for len(b) > 0 {
		if rng.IntN(3) == 0 {
			time.Sleep(time.Duration(rng.Int64N(int64(time.Second))))
		}
		n, err := c.Write(b[:min(len(b), 1+rng.IntN(1000))])
		if err != nil && breaks {
			return
		}
		require.NoError(t, err)
		b = b[n:]
	}
	if err := transport.CloseWrite(c); !breaks {
		require.NoError(t, err)
	}
}

func readSlowly(t *testing.T, c net.Conn, want []byte, rng *rand.Rand, breaks bool, seed uint64) {
	var got []byte
	buf := make([]byte, 1000)
	for {
		if rng.IntN(3) == 0 {
			time.Sleep(time.Duration(rng.Int64N(int64(time.Second))))
		}
		n, err := c.Read(buf[:1+rng.IntN(len(buf))])
		got = append(got, buf[:n]...)
		switch {
		case err == nil:
			continue
		case breaks && err != io.EOF:
			require.True(t, bytes.HasPrefix(want, got), "seed %d", seed)
		default:
			require.Equal(t, io.EOF, err, "seed %d", seed)
			require.True(t, bytes.Equal(want, got), "seed %d: %d of %d bytes", seed, len(got), len(want))
		}
		return
	}
}
