package transporttest

import (
	"bytes"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// moment is how long a deadline lies ahead that must pass.
const moment = 20 * time.Millisecond

// waitRules are about blocking and deadlines.
var waitRules = []rule{
	{"Write blocks while the remote does not read", writeBlocks},
	{"a read deadline ends Read only", readDeadlineEndsRead},
	{"a deadline in the past ends at once", pastDeadlineEndsAtOnce},
	{"a deadline reaches who already waits", deadlineReachesWaiters},
	{"a deadline set again counts from then", deadlineCanBeSetAgain},
}

// fill writes to c until its remote, which does not read, holds it back, and
// returns how many bytes that took.
func fill(t *testing.T, c net.Conn) (written int) {
	t.Helper()
	block := pattern(0, 1<<16)
	for {
		require.NoError(t, c.SetWriteDeadline(time.Now().Add(moment)))
		n, err := c.Write(block)
		written += n
		if err != nil {
			require.ErrorIs(t, err, os.ErrDeadlineExceeded)
			break
		}
		require.Less(t, written, 1<<28, "Write never blocks")
	}
	require.NoError(t, c.SetWriteDeadline(time.Time{}))
	return written
}

// untilError reads or writes until that fails.
func untilError(op func([]byte) (int, error)) (err error) {
	for b := make([]byte, 1<<20); err == nil; {
		_, err = op(b)
	}
	return err
}

func writeBlocks(t *testing.T, f fixture) {
	c, s := f.pair(t)
	written := fill(t, c)
	tail := pattern(9, 100_000)
	var wg sync.WaitGroup
	wg.Go(func() {
		n, err := c.Write(tail)
		assert.NoError(t, err)
		assert.Equal(t, len(tail), n)
	})
	readN(t, s, written)
	assert.True(t, bytes.Equal(tail, readN(t, s, len(tail))))
	within(t, "Write", wg.Wait)
}

func readDeadlineEndsRead(t *testing.T, f fixture) {
	c, s := f.pair(t)
	start := time.Now()
	require.NoError(t, c.SetReadDeadline(start.Add(moment)))
	var err error
	within(t, "Read", func() { _, err = c.Read(make([]byte, 1)) })
	timedOut(t, err)
	assert.GreaterOrEqual(t, time.Since(start), moment)
	_, err = c.Read(make([]byte, 1))
	timedOut(t, err)

	_, err = c.Write([]byte("on")) // the other direction goes on
	require.NoError(t, err)
	assert.Equal(t, "on", string(readN(t, s, 2)))
	require.NoError(t, c.SetReadDeadline(time.Time{}))
	f.exchange(t, c, s)
}

func pastDeadlineEndsAtOnce(t *testing.T, f fixture) {
	c, s := f.pair(t)
	_, err := s.Write([]byte("here"))
	require.NoError(t, err)
	assert.Equal(t, "h", string(readN(t, c, 1)))
	require.NoError(t, c.SetDeadline(time.Unix(1, 0)))
	_, err = c.Read(make([]byte, 1))
	timedOut(t, err)
	_, err = c.Write(make([]byte, 1))
	timedOut(t, err)
	require.NoError(t, c.SetDeadline(time.Time{}))
	assert.Equal(t, "ere", string(readN(t, c, 3)))
	f.exchange(t, c, s)
}

func deadlineReachesWaiters(t *testing.T, f fixture) {
	c, _ := f.pair(t)
	fill(t, c)
	var wg sync.WaitGroup
	for _, op := range []func([]byte) (int, error){c.Read, c.Write} {
		wg.Go(func() {
			timedOut(t, untilError(op))
		})
	}
	require.NoError(t, c.SetDeadline(time.Now().Add(moment)))
	within(t, "Read and Write", wg.Wait)
}

func deadlineCanBeSetAgain(t *testing.T, f fixture) {
	c, s := f.pair(t)
	for range 100 {
		require.NoError(t, c.SetReadDeadline(time.Now().Add(moment)))
	}
	require.NoError(t, c.SetReadDeadline(time.Now().Add(time.Hour)))
	require.NoError(t, s.SetReadDeadline(time.Now().Add(2*moment)))
	_, err := s.Read(make([]byte, 1)) // two moments pass
	timedOut(t, err)
	require.NoError(t, s.SetReadDeadline(time.Time{}))
	f.exchange(t, s, c)
}

func timedOut(t *testing.T, err error) {
	t.Helper()
	assert.ErrorIs(t, err, os.ErrDeadlineExceeded)
	var ne net.Error
	if assert.ErrorAs(t, err, &ne) {
		assert.True(t, ne.Timeout())
	}
}
