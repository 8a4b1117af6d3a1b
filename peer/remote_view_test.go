package peer_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
)

func TestASubscriberOfViewsIsToldWhatWasDropped(t *testing.T) {
	inLab(t, func(t *lab) {
		server, conn, _ := t.two(nil)
		e := expose(t, server, "numbers", operators.Scan(stream.Tick(time.Millisecond), 0, func(n int, _ time.Time) int { return n + 1 }), nil)
		latest := stream.Latest()
		lost, got, last := uint64(0), uint64(0), ""
		views := peer.RemoteWith[peer.View](conn, "numbers", &peer.RemoteOptions{Policy: &latest, Lost: func(n uint64) { lost += n }})
		require.NoError(t, operators.Take(views, 10).Each(t.Context(), func(v peer.View) error {
			got, last = got+1, string(v.Bytes())
			time.Sleep(100 * time.Millisecond)
			return nil
		}))
		assert.Greater(t, lost, uint64(500))
		assert.Equal(t, fmt.Sprintf(`{"data": %d}`, got+lost), last)
		synctest.Wait()
		assert.Zero(t, e.Active())
	})
}
