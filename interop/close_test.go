package interop

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
)

func TestPythonNoticesThatGoCloses(t *testing.T) {
	python := openPython(t, nil)
	for _, direction := range directions {
		for name, end := range map[string]func(p *pair, rx *peer.Peer){
			"the connection":     func(p *pair, _ *peer.Peer) { assert.NoError(t, p.Close()) },
			"the peer":           func(_ *pair, rx *peer.Peer) { assert.NoError(t, rx.Close()) },
			"by breaking it off": func(p *pair, _ *peer.Peer) { p.Abort() },
		} {
			t.Run(direction.name+", Go closes "+name, func(t *testing.T) {
				rx := openGo(t, nil)
				p := direction.pairs(t, python, rx, peer.ConnectOptions{})
				began := time.Now()
				end(p, rx)
				assert.Equal(t, transport.ReasonLocal, p.end().Reason)
				p.python.closed()
				assert.Less(t, time.Since(began), time.Second)
				var state struct{ Closed bool }
				p.python.do("state", args{"conn": p.python.conn}, &state)
				assert.True(t, state.Closed)
			})
		}
	}
	var left struct{ Names []string }
	python.do("connections", args{"peer": python.number}, &left)
	assert.Empty(t, left.Names)
	assert.Zero(t, python.count("thread_ended"))
}

func TestGoNoticesThatPythonCloses(t *testing.T) {
	process := start(t, nil)
	for _, direction := range directions {
		for name, end := range map[string]func(p *pair){
			"the connection": func(p *pair) { p.python.close() },
			"by force": func(p *pair) {
				p.python.do("close", args{"conn": p.python.conn, "force": true}, nil)
			},
			"the peer": func(p *pair) { p.python.stop() },
		} {
			t.Run(direction.name+", Python closes "+name, func(t *testing.T) {
				python := process.on(t).open(args{"timeout": .3})
				p := direction.pairs(t, python, openGo(t, nil), peer.ConnectOptions{})
				p.python.send("'last'")
				end(p)
				why := p.end()
				assert.Equal(t, transport.ReasonRemote, why.Reason, why)
				assert.NoError(t, why.Err)
				var got []any
				require.NoError(t, p.Data().Each(bounded(t), func(v any) error {
					got = append(got, v)
					return nil
				}))
				assert.Equal(t, []any{"last"}, got)
				p.python.closed()
			})
		}
	}
}

func TestAPythonPeerServesOthersAfterEveryKindOfEnd(t *testing.T) {
	python := openPython(t, args{"timeout": .3})
	for range 3 {
		rx := openGo(t, nil)
		goDials(t, python, rx, peer.ConnectOptions{}).Abort()
		require.NoError(t, goDials(t, python, rx, peer.ConnectOptions{DataType: codec.Raw}).Close())
		goDials(t, python, rx, peer.ConnectOptions{DataType: codec.Bytes})
		require.NoError(t, rx.Close())
	}
	p := goDials(t, python, openGo(t, nil), peer.ConnectOptions{})
	p.send("still here")
	p.python.receives("'still here'")
}

func TestAProcessThatDiesIsNoticed(t *testing.T) {
	for _, direction := range directions {
		t.Run(direction.name, func(t *testing.T) {
			python := openPython(t, nil)
			p := direction.pairs(t, python, openGo(t, nil), peer.ConnectOptions{})
			require.NoError(t, python.stdin.Close())
			assert.Equal(t, transport.ReasonRemote, p.end().Reason)
		})
	}
}
