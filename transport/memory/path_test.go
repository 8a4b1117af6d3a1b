package memory_test

import (
	"context"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/memory"
)

func TestDelaysAreExact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const delay = 30 * time.Millisecond
		start := time.Now()
		_, a, b := pair(t, &memory.Options{Path: memory.Path{Delay: delay}})
		assert.Equal(t, 2*delay, time.Since(start), "a round trip for the handshake")

		for i := range 5 {
			start = time.Now()
			go func() {
				time.Sleep(time.Duration(i) * time.Millisecond)
				write(t, a, "1")
				time.Sleep(time.Millisecond)
				write(t, a, "2")
			}()
			assertReads(t, b, "1")
			assert.Equal(t, delay+time.Duration(i)*time.Millisecond, time.Since(start))
			assertReads(t, b, "2")
			assert.Equal(t, delay+time.Duration(i+1)*time.Millisecond, time.Since(start))
		}
		closeAll(t, a, b)
	})
}

func TestASendBufferIsUnderWayUntilItArrives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, a, b := pair(t, &memory.Options{Buffer: 10, Path: memory.Path{Delay: time.Second}})
		start := time.Now()
		read := make(chan struct{})
		go func() {
			defer close(read)
			got, err := io.ReadAll(b)
			assert.NoError(t, err)
			assert.Len(t, got, 50)
			closeAll(t, b)
		}()
		_, err := a.Write(make([]byte, 50))
		require.NoError(t, err)
		assert.Equal(t, 4*time.Second, time.Since(start), "10 bytes a second")
		closeAll(t, a)
		<-read
	})
}

func TestJitterKeepsOrderAndFollowsTheSeed(t *testing.T) {
	arrivals := func(seed uint64) (at []time.Duration) {
		synctest.Test(t, func(t *testing.T) {
			_, a, b := pair(t, &memory.Options{
				Seed: seed, Path: memory.Path{Delay: time.Second, Jitter: time.Second, MaxRead: 1},
			})
			start := time.Now()
			go func() {
				for i := range 100 {
					_, err := a.Write([]byte{byte(i)})
					assert.NoError(t, err)
					time.Sleep(100 * time.Millisecond)
				}
			}()
			for i := range 100 {
				var one [1]byte
				_, err := io.ReadFull(b, one[:])
				require.NoError(t, err)
				require.Equal(t, byte(i), one[0])
				sent := time.Duration(i) * 100 * time.Millisecond
				at = append(at, time.Since(start)-sent)
				assert.GreaterOrEqual(t, at[i], time.Second)
				assert.LessOrEqual(t, at[i], 2*time.Second)
			}
			closeAll(t, a, b)
		})
		return at
	}
	first := arrivals(1)
	assert.Equal(t, first, arrivals(1))
	assert.NotEqual(t, first, arrivals(2))
}

func TestAPartitionIsSilentForHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, a, b := pair(t, nil)
		n.Partition("b", "a")
		write(t, a, "while away")
		assertSilent(t, b, 5*time.Hour)
		unsent, ok := transport.Unsent(a)
		assert.True(t, ok)
		assert.Equal(t, len("while away"), unsent)
		owed, _ := transport.Unanswered(a)
		assert.Equal(t, 5*time.Hour, owed)
		owed, _ = transport.Unanswered(b)
		assert.Zero(t, owed, "b has sent nothing")

		require.NoError(t, a.SetWriteDeadline(time.Now().Add(time.Minute)))
		filled, err := a.Write(make([]byte, 1<<20))
		assert.ErrorIs(t, err, os.ErrDeadlineExceeded)
		assert.Equal(t, 64<<10-len("while away"), filled, "one buffer")
		write(t, b, "")
		time.Sleep(time.Hour)
		write(t, b, "me, too")
		time.Sleep(time.Second)
		owed, _ = transport.Unanswered(b)
		assert.Equal(t, time.Second, owed)
		n.Heal(memory.Any, "a")
		assertReads(t, b, "while away")
		assertReads(t, b, string(make([]byte, filled)))
		assertReads(t, a, "me, too")
		owed, _ = transport.Unanswered(a)
		assert.Zero(t, owed)
		closeAll(t, a, b)
	})
}

func TestNothingOfAnEndIsSeenDuringAPartition(t *testing.T) {
	for name, end := range map[string]struct {
		close func(net.Conn) error
		want  error
	}{
		"close": {net.Conn.Close, io.EOF},
		"reset": {transport.Reset, syscall.ECONNRESET},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n, a, b := pair(t, nil)
				n.Partition("a", "b")
				require.NoError(t, end.close(a))
				assertSilent(t, b, time.Hour)
				write(t, b, "is anybody there?")
				n.Heal("a", "b")
				assert.ErrorIs(t, readErr(b), end.want)
				_, err := b.Write([]byte("now?"))
				assert.ErrorIs(t, err, syscall.ECONNRESET)
				closeAll(t, b)
				assertEmpty(t, n)
			})
		})
	}
}

func TestDialWaitsForTheEndOfAPartition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memory.New(nil)
		l, err := n.Listen(t.Context(), "b:80")
		require.NoError(t, err)
		n.Partition(memory.Any, memory.Any)

		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		_, err = n.Dial(ctx, "b:80")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, time.Minute, time.Since(start))

		time.AfterFunc(time.Hour, func() { n.Heal(memory.Any, memory.Any) })
		start = time.Now()
		a, err := n.Dial(t.Context(), "b:80")
		require.NoError(t, err)
		assert.Equal(t, time.Hour, time.Since(start))
		closeAll(t, a)
		require.NoError(t, l.Close())
		assertEmpty(t, n)
	})
}

func TestAPartitionLongerThanTheTimeoutEndsConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, a, b := pair(t, &memory.Options{Timeout: time.Minute})
		write(t, a, "before")
		for range 3 { // short ones do not add up
			n.Partition("a", "b")
			time.Sleep(59 * time.Second)
			n.Heal("a", "b")
		}
		start := time.Now()
		n.Partition("a", "b")
		write(t, a, "lost")
		_, err := n.Host("a").Dial(t.Context(), "b:80")
		require.ErrorIs(t, err, syscall.ETIMEDOUT)
		assert.Equal(t, time.Minute, time.Since(start))
		synctest.Wait()
		assertReads(t, b, "before")
		err = readErr(b)
		assert.ErrorIs(t, err, syscall.ETIMEDOUT)
		assert.False(t, transport.IsReset(err))
		_, err = a.Write([]byte("x"))
		assert.ErrorIs(t, err, syscall.ETIMEDOUT)
		n.Heal("a", "b")
		closeAll(t, a, b)
		assertEmpty(t, n)
	})
}

func TestTheLastCallThatNamesAPairDecides(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memory.New(nil)
		ab1, ab2 := connect(t, n, "a", "b")
		ac1, ac2 := connect(t, n, "a", "c")
		n.Partition(memory.Any, memory.Any)
		n.Heal("b", "a")
		write(t, ab1, "through")
		assertReads(t, ab2, "through")
		write(t, ac1, "stuck")
		assertSilent(t, ac2, time.Hour)
		bc1, err := n.Host("b").Listen(t.Context(), ":0")
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = n.Host("c").Dial(ctx, bc1.Addr().String())
		assert.ErrorIs(t, err, context.DeadlineExceeded, "new connections, too")
		n.Heal("c", memory.Any)
		assertReads(t, ac2, "stuck")
		n.Partition("A", memory.Any) // names have no case
		write(t, ab1, "stuck")
		assertSilent(t, ab2, time.Hour)
		require.NoError(t, bc1.Close())
		closeAll(t, ab1, ab2, ac1, ac2)
		assertEmpty(t, n)
	})
}

func TestBreakEndsConnectionsAndNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memory.New(&memory.Options{Path: memory.Path{Delay: time.Second}})
		ab1, ab2 := connect(t, n, "a", "b")
		ac1, ac2 := connect(t, n, "a", "c")
		write(t, ab1, "arrived")
		time.Sleep(time.Second)
		write(t, ab1, "lost")
		synctest.Wait()
		n.Break("b", "a")
		got, err := io.ReadAll(ab2)
		assert.Equal(t, "arrived", string(got))
		assert.ErrorIs(t, err, syscall.ECONNRESET)
		_, err = ab1.Write([]byte("x"))
		assert.ErrorIs(t, err, syscall.ECONNRESET)
		unsent, ok := transport.Unsent(ab1)
		assert.True(t, ok)
		assert.Zero(t, unsent)
		write(t, ac1, "untouched")
		assertReads(t, ac2, "untouched")
		again1, again2 := connect(t, n, "a", "b")
		closeAll(t, ab1, ab2, ac1, ac2, again1, again2)
		assertEmpty(t, n)
	})
}

func TestSetPathChangesOpenConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, a, b := pair(t, nil)
		n.SetPath("a", memory.Any, memory.Path{Delay: time.Minute, MaxRead: 2})
		start := time.Now()
		write(t, a, "slow")
		n.SetPath("a", "b", memory.Path{MaxRead: 3})
		write(t, a, "fast") // no overtaking
		buf := make([]byte, 10)
		k, err := b.Read(buf)
		require.NoError(t, err)
		assert.Equal(t, "slo", string(buf[:k]))
		assert.Equal(t, time.Minute, time.Since(start))
		assertReads(t, b, "wfast")
		assert.Equal(t, time.Minute, time.Since(start))
		closeAll(t, a, b)
	})
}

func TestRandomReadsFollowTheSeed(t *testing.T) {
	sizes := func(seed uint64) (sizes []int) {
		_, a, b := pair(t, &memory.Options{Seed: seed, Path: memory.Path{RandomRead: true, MaxRead: 50}})
		write(t, a, string(make([]byte, 1000)))
		require.NoError(t, transport.CloseWrite(a))
		buf := make([]byte, 100)
		for {
			k, err := b.Read(buf)
			if err == io.EOF {
				break
			}
			require.NoError(t, err)
			assert.LessOrEqual(t, k, 50)
			sizes = append(sizes, k)
		}
		closeAll(t, a, b)
		return sizes
	}
	assert.Equal(t, sizes(1), sizes(1))
	assert.NotEqual(t, sizes(1), sizes(2))
	assert.Greater(t, len(sizes(1)), 25)
}
