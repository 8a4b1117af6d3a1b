package interop

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// runs is how often connect, send, close is tried, over all lanes.
const runs, lanes = 300, 6

// bodies returns sizes up to Python's buffer, some of them at its ends.
func bodies(seed int) []int {
	r := rand.New(rand.NewPCG(uint64(seed), 0))
	all := make([]int, 1+r.IntN(20))
	for i := range all {
		switch r.IntN(4) {
		case 0:
			all[i] = 8192
		case 1:
			all[i] = 1 + r.IntN(8192)
		default:
			all[i] = r.IntN(200)
		}
	}
	return all
}

// inLanes calls run for each run, with one Python and one Go peer per lane.
func inLanes(t *testing.T, run func(t testing.TB, i int, python *pythonPeer, rx *peer.Peer)) {
	process := start(t, nil)
	for lane := range lanes {
		python, rx := process.on(t).open(args{"timeout": .1}), openGo(t, nil)
		t.Run(fmt.Sprintf("lane %d", lane), func(t *testing.T) {
			t.Parallel()
			for i := lane; i < runs; i += lanes {
				run(t, i, python.on(t), rx)
			}
		})
	}
}

func TestNothingForPythonIsLostBetweenConnectAndClose(t *testing.T) {
	inLanes(t, func(t testing.TB, i int, python *pythonPeer, rx *peer.Peer) {
		conn, err := rx.Connect(t.Context(), python.address, &peer.ConnectOptions{DataType: codec.Bytes})
		require.NoError(t, err)
		out, sizes := peer.SinkOf[[]byte](conn), bodies(i)
		for n, size := range sizes {
			require.NoError(t, out.Emit(t.Context(), pattern(n, size)))
		}
		require.NoError(t, conn.Close())
		c := python.connection()
		c.closed()
		got := c.arrived()
		require.Len(t, got, len(sizes), "run %d", i)
		for n, size := range sizes {
			require.True(t, got[n].is(n, size), "run %d, message %d of %d", i, n, len(sizes))
		}
	})
}

func TestNothingOfPythonIsLostBetweenConnectAndClose(t *testing.T) {
	inLanes(t, func(t testing.TB, i int, python *pythonPeer, rx *peer.Peer) {
		p := pythonDials(t, python, rx, peer.ConnectOptions{DataType: codec.Bytes})
		sizes := bodies(i)
		p.python.sendMany(sizes)
		p.python.close()
		n := 0
		require.NoError(t, peer.Receive[[]byte](p.Connection).Each(t.Context(), func(b []byte) error {
			require.Less(t, n, len(sizes))
			require.True(t, string(pattern(n, sizes[n])) == string(b), "run %d, message %d of %d", i, n, len(sizes))
			n++
			return nil
		}))
		assert.Equal(t, len(sizes), n, "run %d", i)
		p.end() // or the next run could take it for its own
	})
}
