package transport

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/memory"
)

func TestAWindowOfAStreamBoundsWhatIsOnItsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts, opened := opening(Options{})
		a, b := nativePair(t, memory.Path{}, opts, opts)
		st, err := a.Open([]byte("about"), &OpenOptions{Window: 3})
		require.NoError(t, err)
		theirs := <-opened
		assert.Equal(t, "about", string(theirs.About()))
		lane := theirs.Lane(codec.Bytes, stream.DropNewest(2))
		for i := range 100 {
			require.NoError(t, lane.Send(t.Context(), []byte{byte(i)}))
			synctest.Wait()
		}
		var got []byte
		var lost uint64
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		ended := subscribed(ctx, st.Messages(), func(m *Message) bool {
			got = append(got, m.Body[0])
			lost += m.Lost
			return true
		})
		synctest.Wait()
		assert.Equal(t, []byte{0, 1, 2, 3, 4}, got, "three on their way, two in the lane")
		assert.EqualValues(t, 95, lane.Dropped())
		require.NoError(t, lane.Send(t.Context(), []byte{200}))
		synctest.Wait()
		assert.EqualValues(t, 95, lost, "told in front of what came next")
		require.NoError(t, a.Close(0))
		<-b.Done()
		why, is := (<-ended).(*CloseError)
		require.True(t, is, "a stream that has not ended does not complete with the link")
		assert.NoError(t, why.Err)
	})
}

func TestOnStopTellsThatNothingMoreIsWanted(t *testing.T) {
	for how, stop := range map[string]func(Link, *Stream){
		"by the remote":       func(_ Link, st *Stream) { st.Stop() },
		"by the link's close": func(l Link, _ *Stream) { _ = l.Close(0) },
		"by its abort":        func(l Link, _ *Stream) { l.Abort() },
	} {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				opts, opened := opening(Options{})
				a, _ := nativePair(t, memory.Path{}, opts, opts)
				st, err := a.Open(nil, nil)
				require.NoError(t, err)
				theirs := <-opened
				var why []error
				theirs.OnStop(func(err error) { why = append(why, errors.New("replaced")) })
				theirs.OnStop(func(err error) { why = append(why, err) })
				synctest.Wait()
				assert.Empty(t, why)
				stop(a, st)
				synctest.Wait()
				require.Len(t, why, 1)
				assert.ErrorIs(t, why[0], stream.ErrClosed)
				theirs.OnStop(func(err error) { why = append(why, err) })
				assert.Len(t, why, 2, "told at once")
			})
		})
	}
}

func TestAsManyStreamsAsTheRemoteAllowsMayBeOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const most = 5
		opts, opened := opening(Options{Streams: most})
		a, _ := nativePair(t, memory.Path{}, opts, opts)
		var ours, theirs []*Stream
		for range most {
			st, err := a.Open(nil, nil)
			require.NoError(t, err)
			ours, theirs = append(ours, st), append(theirs, <-opened)
		}
		_, err := a.Open(nil, nil)
		assert.Equal(t, ErrStreams, err)
		ours[0].End(nil)
		theirs[0].End(nil)
		synctest.Wait()
		_, err = a.Open(nil, nil)
		assert.NoError(t, err, "one has ended")
		_, err = a.Open(nil, nil)
		assert.Equal(t, ErrStreams, err)
	})
}
