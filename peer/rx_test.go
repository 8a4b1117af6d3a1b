package peer_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/reactivex/rxgo/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/peer"
)

func TestRxGosOwnOperatorsWorkOnAConnectionsData(t *testing.T) {
	inLab(t, func(t *lab) {
		a, b := t.pair(nil)
		out := peer.SinkOf[int](a)
		for i := range 20 {
			require.NoError(t, out.Emit(t.Context(), i))
		}
		require.NoError(t, a.Close())
		batches := b.Data().Rx().
			Filter(func(v any) bool { return v.(int64)%2 == 0 }).
			Map(func(_ context.Context, v any) (any, error) { return v.(int64) * 10, nil }).
			BufferWithCount(4)
		var got []any
		for item := range batches.Observe() {
			require.NoError(t, item.E)
			got = append(got, item.V)
		}
		assert.Equal(t, []any{
			[]any{int64(0), int64(20), int64(40), int64(60)},
			[]any{int64(80), int64(100), int64(120), int64(140)},
			[]any{int64(160), int64(180)},
		}, got)
	})
}

func TestAnRxGoTakeLetsGoOfTheConnection(t *testing.T) {
	inLab(t, func(t *lab) {
		a, b := t.pair(nil)
		out := peer.SinkOf[int](a)
		require.NoError(t, out.Emit(t.Context(), 1))
		items := b.Data().Rx().Take(1).Observe()
		assert.Equal(t, rxgo.Of(int64(1)), <-items)
		_, more := <-items
		assert.False(t, more)
		synctest.Wait()
		require.NoError(t, out.Emit(t.Context(), 2))
		v, err := b.Data().Await(t.Context())
		require.NoError(t, err)
		assert.Equal(t, int64(2), v)
	})
}
