package main

import (
	"context"
	"image"
	"image/color"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport/memory"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// lan returns the options of hosts on a network in memory.
func lan() func(host string) *peer.Options {
	network := memory.New(nil)
	return func(host string) *peer.Options {
		return &peer.Options{Network: network.Host(host), Address: host + ":1"}
	}
}

func TestASlowScreenShowsNewFramesAndCountsTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var last time.Time
		n, missed := 0, 0
		require.NoError(t, run(t.Context(), lan(), func(frame []byte, skipped uint64) error {
			at := takenAt(frame)
			assert.LessOrEqual(t, time.Since(at), every, "there is none that is newer")
			if !last.IsZero() {
				assert.Equal(t, at.Sub(last)/every, time.Duration(skipped)+1, "each gap is reported")
			}
			n, missed, last = n+1, missed+int(skipped), at
			time.Sleep(busy)
			return nil
		}))
		assert.Equal(t, shown, n)
		assert.InDelta(t, shown*busy/every, n+missed, 10)
	})
}

func TestAFastScreenShowsEveryFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		require.NoError(t, run(t.Context(), lan(), func(_ []byte, skipped uint64) error {
			assert.Zero(t, skipped)
			return nil
		}))
		assert.Equal(t, shown*every, time.Since(begin))
	})
}

func TestWhatIsNoFrameEndsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at := lan()
		other, err := peer.Open(t.Context(), at("other"))
		require.NoError(t, err)
		defer other.Close()
		_, err = peer.Expose(other, "frames", stream.Of([]byte("cheese")), nil)
		require.NoError(t, err)
		viewer, err := peer.Open(t.Context(), at("viewer"))
		require.NoError(t, err)
		defer viewer.Close()
		conn, err := viewer.Connect(t.Context(), other.Addr().String(), nil)
		require.NoError(t, err)
		assert.EqualError(t, watch(t.Context(), conn, nil), "a frame of 6 bytes instead of 9224")
	})
}

func TestTheScreenIsRedrawnInPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		s := screen{out: &out, colours: true}
		frame := take(time.Now().Add(-20 * time.Millisecond))
		require.Len(t, frame, frameSize)
		require.NoError(t, s.show(frame, 3))
		first := blocks(pictureOf(frame)) + " 1 shown,   3 skipped, this one is  20 ms old\n"
		assert.Equal(t, first, out.String())
		assert.Equal(t, height/2+1, strings.Count(first, "\n"))
		require.NoError(t, s.show(frame, 4))
		second, redrawn := strings.CutPrefix(out.String(), first+"\x1b[19A")
		require.True(t, redrawn)
		assert.Equal(t, blocks(pictureOf(frame))+" 2 shown,   7 skipped, this one is 160 ms old\n", second)
	})
}

func TestTwoPixelsAreAHalfBlock(t *testing.T) {
	p := image.NewRGBA(image.Rect(0, 0, 1, 2))
	p.SetRGBA(0, 0, color.RGBA{1, 2, 3, 255})
	p.SetRGBA(0, 1, color.RGBA{4, 5, 6, 255})
	assert.Equal(t, "\x1b[38;2;1;2;3m\x1b[48;2;4;5;6m▀\x1b[0m\n", blocks(p))
}

func TestAnInterruptEndsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		s := screen{out: io.Discard}
		assert.ErrorIs(t, run(ctx, lan(), s.show), context.DeadlineExceeded)
	})
}
