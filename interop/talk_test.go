package interop

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
)

func TestACallbackThatAnswersKeepsAConversationGoing(t *testing.T) {
	const rounds = 20
	python := openPython(t, args{"echo": true})
	for _, direction := range directions {
		t.Run(direction.name, func(t *testing.T) {
			p := direction.pairs(t, python, openGo(t, nil), peer.ConnectOptions{})
			out, over := peer.SinkOf[int](p.Connection), make(chan struct{})
			sub := peer.Receive[int](p.Connection).On(t.Context(), func(n int) {
				if n == rounds {
					close(over)
					return
				}
				assert.Equal(t, stream.OK, out.TryEmit(n+1))
			})
			defer sub.Stop()
			require.NoError(t, out.Emit(bounded(t), 1))
			select {
			case <-over:
			case <-bounded(t).Done():
				t.Fatal("the conversation has come to a halt")
			}
			for n := range rounds {
				p.python.receives(fmt.Sprint(n + 1))
			}
		})
	}
}

func TestManyPythonPeersAreServedAtOnce(t *testing.T) {
	const many = 40
	rx, process := openGo(t, nil), start(t, nil)
	var mu sync.Mutex
	heard := make(map[string]any)
	sub := rx.Connections().On(t.Context(), func(c *peer.Connection) {
		c.Data().On(t.Context(), func(v any) {
			mu.Lock()
			heard[c.Remote().Addr.String()] = v
			mu.Unlock()
			assert.Equal(t, stream.OK, peer.SinkOf[any](c).TryEmit(v))
		})
	})
	defer sub.Stop()

	var peers []*pythonPeer
	for range many {
		peers = append(peers, process.open(nil))
	}
	var dialled []func() string
	for _, p := range peers {
		dialled = append(dialled, p.begin("connect", args{"peer": p.number, "address": rx.Addr().String()}, nil))
	}
	for i, p := range peers {
		require.Empty(t, dialled[i]())
		c := p.connection()
		c.send(fmt.Sprintf("[%d, '%s']", i, p.address))
		c.receives(fmt.Sprintf("[%d, '%s']", i, p.address))
	}
	mu.Lock()
	defer mu.Unlock()
	for i, p := range peers {
		assert.Equal(t, []any{int64(i), p.address}, heard[p.address])
	}
}
