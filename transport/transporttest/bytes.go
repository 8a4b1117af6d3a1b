package transporttest

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/transport"
)

// byteRules are about what arrives.
var byteRules = []rule{
	{"bytes arrive in order both ways", bytesArriveInOrder},
	{"concurrent writes stay whole", concurrentWritesStayWhole},
	{"empty reads and writes do nothing", emptyReadsAndWrites},
	{"a write may be changed after it returned", writeMayBeChanged},
	{"nothing is unsent after the remote has read", unsentReachesZero},
	{"what waits is unsent", whatWaitsIsUnsent},
}

// pattern returns n bytes that differ from their neighbours and begin with
// seed.
func pattern(seed byte, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = seed + byte(i) + byte(i>>8)*7
	}
	return b
}

// writeInPieces writes b in pieces of random size.
func writeInPieces(t *testing.T, c net.Conn, b []byte, rng *rand.Rand) bool {
	for len(b) > 0 {
		n, err := c.Write(b[:min(len(b), 1+rng.IntN(1<<rng.IntN(17)))])
		if !assert.NoError(t, err) || !assert.Positive(t, n) {
			return false
		}
		b = b[n:]
	}
	return true
}

// readInPieces reads n bytes with buffers of random size.
func readInPieces(t *testing.T, c net.Conn, n int, rng *rand.Rand) []byte {
	var got []byte
	buf := make([]byte, 1<<16)
	for len(got) < n {
		m, err := c.Read(buf[:1+rng.IntN(1<<rng.IntN(17))])
		got = append(got, buf[:m]...)
		if !assert.NoError(t, err) || !assert.Positive(t, m) {
			break
		}
	}
	return got
}

func bytesArriveInOrder(t *testing.T, f fixture) {
	c, s := f.pair(t)
	there, back := pattern(1, 1<<20), pattern(2, 1<<20)
	var gotThere, gotBack []byte
	rng := func(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }
	var wg sync.WaitGroup
	wg.Go(func() { writeInPieces(t, c, there, rng(1)) })
	wg.Go(func() { writeInPieces(t, s, back, rng(2)) })
	wg.Go(func() { gotThere = readInPieces(t, s, len(there), rng(3)) })
	wg.Go(func() { gotBack = readInPieces(t, c, len(back), rng(4)) })
	within(t, "the exchange", wg.Wait)
	assert.True(t, bytes.Equal(there, gotThere))
	assert.True(t, bytes.Equal(back, gotBack))
}

func concurrentWritesStayWhole(t *testing.T, f fixture) {
	const writers, size = 4, 300_000
	c, s := f.pair(t)
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			n, err := c.Write(bytes.Repeat([]byte{byte(i)}, size))
			assert.NoError(t, err)
			assert.Equal(t, size, n)
		})
	}
	seen := map[byte]bool{}
	for range writers {
		b := readN(t, s, size)
		assert.Equal(t, size, bytes.Count(b, b[:1]), "a write was interleaved with another")
		seen[b[0]] = true
	}
	assert.Len(t, seen, writers)
	within(t, "Write", wg.Wait)
}

func emptyReadsAndWrites(t *testing.T, f fixture) {
	c, s := f.pair(t)
	n, err := c.Write(nil)
	assert.Zero(t, n)
	assert.NoError(t, err)
	within(t, "an empty Read", func() { n, err = s.Read(nil) })
	assert.Zero(t, n)
	assert.NoError(t, err)
	f.exchange(t, c, s)
}

func writeMayBeChanged(t *testing.T, f fixture) {
	c, s := f.pair(t)
	b := []byte("before")
	_, err := c.Write(b)
	require.NoError(t, err)
	copy(b, "after!")
	assert.Equal(t, "before", string(readN(t, s, len(b))))
}

func unsentReachesZero(t *testing.T, f fixture) {
	c, s := f.pair(t)
	skipBlind(t, c)
	n, _ := transport.Unsent(c)
	require.Zero(t, n)
	for range 10 {
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := c.Write(pattern(3, 10_000))
			assert.NoError(t, err)
		})
		readN(t, s, 10_000)
		wg.Wait()
		settled(t, c)
	}
	if d, ok := transport.Unanswered(c); ok {
		assert.Zero(t, d)
	}
	require.NoError(t, transport.CloseWrite(c))
	settled(t, c) // the FIN, too
}

func whatWaitsIsUnsent(t *testing.T, f fixture) {
	c, s := f.pair(t)
	skipBlind(t, c)
	written := fill(t, c)
	n, ok := transport.Unsent(c)
	assert.True(t, ok)
	assert.Positive(t, n)
	assert.LessOrEqual(t, n, written)
	if d, ok := transport.Unanswered(c); ok {
		assert.Zero(t, d, "a remote that does not read is not unreachable")
	}
	readN(t, s, written)
	settled(t, c)
}

// echo returns what it reads until the end.
func echo(t *testing.T, c net.Conn) {
	_, err := io.Copy(c, c)
	assert.NoError(t, err)
	assert.NoError(t, transport.CloseWrite(c))
}

// checkEcho sends bytes through an echo and closes the outgoing direction.
func checkEcho(t *testing.T, c net.Conn, seed byte) {
	want := pattern(seed, 20_000)
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := c.Write(want)
		assert.NoError(t, err)
		assert.NoError(t, transport.CloseWrite(c))
	})
	got, err := io.ReadAll(c)
	assert.NoError(t, err)
	assert.True(t, bytes.Equal(want, got))
	wg.Wait()
}
