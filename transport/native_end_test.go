package transport

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/internal/frame"
	"github.com/rxpeer/rxpeer/transport/memory"
)

func TestADoneThatClosesDoesNotKeepTheLinkFromEnding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts, opened := opening(Options{})
		a, b := nativePair(t, memory.Path{}, opts, opts)
		_, err := a.Open(nil, nil)
		require.NoError(t, err)
		idle := <-opened
		idle.Messages().Attach(t.Context(), observer{
			next: func(*Message) bool { return true }, done: func(error) { _ = b.Close(0) },
		})
		release := make(chan struct{})
		blocked := subscribed(t.Context(), b.Messages(), func(*Message) bool { <-release; return true })
		require.NoError(t, a.Send(t.Context(), codec.Bytes, []byte("x")))
		synctest.Wait()
		go b.Abort()
		<-b.Done()
		close(release)
		assert.Error(t, <-blocked)
	})
}

func TestARemoteThatComplainsHasNotReceivedEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		link, c := bareNative(t, memory.New(nil), ":0", stranger(), nil)
		require.NoError(t, link.Send(t.Context(), codec.Bytes, []byte("x")))
		c.write(string(frame.AppendReason(nil, frame.Close, 0, frame.Reason{Code: frame.Protocol, Text: "no"})))
		require.NoError(t, CloseWrite(c.Conn))
		<-link.Done()
		why, is := link.Err().(*CloseError)
		require.True(t, is)
		assert.Equal(t, ReasonRemote, why.Reason)
		assert.Equal(t, &RemoteError{Code: Code(frame.Protocol), Text: "no"}, why.Err)
		assert.Equal(t, 1, why.Undelivered)
		assert.Zero(t, link.Ledger().Acknowledged)
	})
}

func TestACloseInACallbackDoesNotWaitForOtherStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts, opened := opening(Options{})
		a, b := nativePair(t, memory.Path{}, opts, opts)
		var streams []*Stream
		for range 6 {
			st, err := a.Open(nil, nil)
			require.NoError(t, err)
			streams = append(streams, st)
			subscribed(t.Context(), (<-opened).Messages(), func(*Message) bool { return true })
		}
		took := make(chan time.Duration, 1)
		subscribed(t.Context(), b.Messages(), func(*Message) bool {
			begin := time.Now()
			assert.NoError(t, b.Close(time.Minute))
			took <- time.Since(begin)
			return true
		})
		require.NoError(t, a.TrySend(codec.Bytes, []byte("x")))
		for _, st := range streams {
			if st.TrySend(codec.Bytes, []byte("y")) != nil {
				break // the close was as fast as this
			}
		}
		assert.Less(t, <-took, watchTick)
	})
}

func TestStreamsThatComeFasterThanTheirCallbacksEndAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var running, all atomic.Int32
		opts := &Options{Streams: 4, Opened: func(Link, *Stream) {
			running.Add(1)
			all.Add(1)
			<-release
			running.Add(-1)
		}}
		link, c := bareNative(t, memory.New(nil), ":0", stranger(), opts)
		id := uint32(3)
		come := func() {
			c.write(open(id) + fr(frame.End, id, "\x00") + fr(frame.Stop, id, "\x00"))
			id += 2
		}
		for range 50 {
			come()
		}
		synctest.Wait()
		assert.EqualValues(t, opts.Streams, running.Load())
		require.NoError(t, link.Err(), "a remote may do that")
		close(release)
		synctest.Wait()
		come()
		synctest.Wait()
		assert.EqualValues(t, opts.Streams+1, all.Load(), "there is room again")
		link.Abort()
	})
}
