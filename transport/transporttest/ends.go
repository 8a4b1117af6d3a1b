package transporttest

import (
	"bytes"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/transport"
)

// endRules are about how connections end.
var endRules = []rule{
	{"a half close ends one direction", halfCloseEndsOneDirection},
	{"an orderly close loses nothing", orderlyCloseLosesNothing},
	{"a reset is an error, not an end", resetIsAnError},
	{"a reset unblocks the remote", resetUnblocksTheRemote},
	{"writing to a closed remote fails in the end", writingToAClosedRemoteFails},
	{"Close unblocks Read", closeUnblocksRead},
	{"Close unblocks Write", closeUnblocksWrite},
	{"Reset unblocks Read and Write", resetUnblocksOurselves},
	{"use after Close is ErrClosed", useAfterClose},
}

func halfCloseEndsOneDirection(t *testing.T, f fixture) {
	c, s := f.pair(t)
	_, err := io.WriteString(c, "question")
	require.NoError(t, err)
	require.NoError(t, transport.CloseWrite(c))
	_, err = io.WriteString(c, "more")
	assert.Error(t, err)

	var got []byte
	within(t, "ReadAll", func() { got, err = io.ReadAll(s) })
	require.NoError(t, err)
	assert.Equal(t, "question", string(got))
	n, err := s.Read(make([]byte, 1))
	assert.Zero(t, n)
	assert.Equal(t, io.EOF, err, "again, and never wrapped")

	_, err = io.WriteString(s, "answer")
	require.NoError(t, err)
	require.NoError(t, s.Close())
	within(t, "ReadAll", func() { got, err = io.ReadAll(c) })
	require.NoError(t, err)
	assert.Equal(t, "answer", string(got))
}

func orderlyCloseLosesNothing(t *testing.T, f fixture) {
	c, s := f.pair(t)
	want := pattern(5, 1<<19)
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := c.Write(want)
		assert.NoError(t, err)
		assert.NoError(t, c.Close())
	})
	var got []byte
	var err error
	within(t, "ReadAll", func() { got, err = io.ReadAll(s) })
	assert.NoError(t, err)
	assert.True(t, bytes.Equal(want, got))
	wg.Wait()
}

func resetIsAnError(t *testing.T, f fixture) {
	c, s := f.pair(t)
	require.NoError(t, transport.Reset(s))
	var err error
	within(t, "Read", func() { _, err = c.Read(make([]byte, 1)) })
	require.Error(t, err)
	assert.True(t, transport.IsReset(err), "%v", err)
	assert.NotErrorIs(t, err, io.EOF)
	assert.NotErrorIs(t, err, net.ErrClosed)
	_, err = c.Write([]byte("late"))
	assert.True(t, transport.IsReset(err), "%v", err)
}

func resetUnblocksTheRemote(t *testing.T, f fixture) {
	c, s := f.pair(t)
	fill(t, c)
	var wg sync.WaitGroup
	for _, op := range []func([]byte) (int, error){c.Read, c.Write} {
		wg.Go(func() {
			err := untilError(op)
			assert.Error(t, err)
			assert.NotErrorIs(t, err, net.ErrClosed)
		})
	}
	assert.NoError(t, transport.Reset(s))
	within(t, "Read and Write", wg.Wait)
}

func writingToAClosedRemoteFails(t *testing.T, f fixture) {
	c, s := f.pair(t)
	require.NoError(t, s.Close())
	var err error
	within(t, "Write", func() {
		for err == nil { // the answer to the first write is a reset, which takes its time
			_, err = c.Write([]byte("anybody?"))
		}
	})
	assert.True(t, transport.IsReset(err), "%v", err)
}

func closeUnblocksRead(t *testing.T, f fixture) {
	c, _ := f.pair(t)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			_, err := c.Read(make([]byte, 1))
			assert.ErrorIs(t, err, net.ErrClosed)
		})
	}
	assert.NoError(t, c.Close())
	within(t, "Read", wg.Wait)
}

func closeUnblocksWrite(t *testing.T, f fixture) {
	c, _ := f.pair(t)
	fill(t, c)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			err := untilError(c.Write)
			assert.ErrorIs(t, err, net.ErrClosed)
		})
	}
	assert.NoError(t, c.Close())
	within(t, "Write", wg.Wait)
}

func resetUnblocksOurselves(t *testing.T, f fixture) {
	c, _ := f.pair(t)
	fill(t, c)
	var wg sync.WaitGroup
	for _, op := range []func([]byte) (int, error){c.Read, c.Write} {
		wg.Go(func() {
			err := untilError(op)
			assert.ErrorIs(t, err, net.ErrClosed)
		})
	}
	assert.NoError(t, transport.Reset(c))
	within(t, "Read and Write", wg.Wait)
}

func useAfterClose(t *testing.T, f fixture) {
	c, _ := f.pair(t)
	require.NoError(t, c.Close())
	_, err := c.Read(make([]byte, 1))
	assert.ErrorIs(t, err, net.ErrClosed)
	_, err = c.Write(make([]byte, 1))
	assert.ErrorIs(t, err, net.ErrClosed)
	assert.ErrorIs(t, c.Close(), net.ErrClosed)
	assert.ErrorIs(t, transport.CloseWrite(c), net.ErrClosed)
	assert.ErrorIs(t, transport.Reset(c), net.ErrClosed)
	assert.ErrorIs(t, c.SetDeadline(time.Now()), net.ErrClosed)
	assert.ErrorIs(t, c.SetReadDeadline(time.Time{}), net.ErrClosed)
	assert.ErrorIs(t, c.SetWriteDeadline(time.Time{}), net.ErrClosed)
	_, ok := transport.Unsent(c)
	assert.False(t, ok)
	_, ok = transport.Unanswered(c)
	assert.False(t, ok)
	assert.NotNil(t, c.LocalAddr())
	assert.NotNil(t, c.RemoteAddr())
}
