package interop

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// sizes are those of bodies at which something could go wrong: around
// peerpy's header, around its buffer, and far beyond it.
var sizes = []int{0, 1, 127, 128, 129, 8191, 8192, 8193, 1 << 20}

func TestBodiesOfEverySizeArrive(t *testing.T) {
	python := openPython(t, nil)
	for _, direction := range directions {
		t.Run(direction.name+", bytes", func(t *testing.T) {
			p := direction.pairs(t, python, openGo(t, nil), peer.ConnectOptions{DataType: codec.Bytes})
			for i, size := range sizes {
				p.send(pattern(i, size))
				e := p.python.data()
				assert.True(t, e.is(i, size), "%d bytes in Python are %d others", size, e.Size)
			}
			p.python.sendMany(sizes)
			for i, size := range sizes {
				assert.True(t, string(pattern(i, size)) == string(p.next().([]byte)), "%d bytes in Go", size)
			}
		})
		t.Run(direction.name+", json", func(t *testing.T) {
			p := direction.pairs(t, python, openGo(t, nil), peer.ConnectOptions{})
			around := len(`{"data": ""}`)
			for _, size := range sizes[2:] {
				p.send(strings.Repeat("x", size-around))
				p.python.receives(fmt.Sprintf("'x' * %d", size-around))
				p.python.send(fmt.Sprintf("'x' * %d", size-around))
				assert.Len(t, p.next(), size-around)
			}
		})
		t.Run(direction.name+", raw", func(t *testing.T) {
			p := direction.pairs(t, python, openGo(t, nil), peer.ConnectOptions{DataType: codec.Raw})
			around := len("\x80\x04B....\x94.") // as one frame has it
			for _, size := range sizes[5:] {
				p.send(pattern(size, size-around))
				p.python.receives(fmt.Sprintf("pattern(%d, %d)", size, size-around))
				p.python.send(fmt.Sprintf("pattern(%d, %d)", size, size-around))
				assert.Equal(t, pattern(size, size-around), p.next())
			}
		})
	}
}

func TestBigBodiesOfPythonArriveWhole(t *testing.T) {
	python := openPython(t, nil)
	p := goDials(t, python, openGo(t, nil), peer.ConnectOptions{DataType: codec.Bytes})
	big := []int{16 << 20, 1, 16 << 20}
	sent := p.python.beginMany(big)
	p.takes(big)
	sent()
}

// takes asserts that pattern(0, size), pattern(1, size), … arrive in Go.
func (p *pair) takes(sizes []int) {
	p.t.Helper()
	n := 0
	end := errors.New("all were there")
	err := peer.Receive[[]byte](p.Connection).Each(bounded(p.t), func(b []byte) error {
		require.True(p.t, string(pattern(n, sizes[n])) == string(b), "message %d is damaged", n)
		if n++; n == len(sizes) {
			return end
		}
		return nil
	})
	require.ErrorIs(p.t, err, end, "after %d messages", n)
}

// Python cuts a body short when it reads faster than it arrives. Pacing keeps
// that from happening on loopback.
func TestBigBodiesForPythonOnLoopback(t *testing.T) {
	const count, size = 20, 1 << 20
	python := openPython(t, nil)
	p := goDials(t, python, openGo(t, &peer.Options{Linger: patience}), peer.ConnectOptions{DataType: codec.Bytes})
	for i := range count {
		p.send(pattern(i, size))
	}
	require.NoError(t, p.Close())
	intact := intact(p.python.received(), size)
	t.Logf("over loopback %d of %d bodies of %d bytes arrived intact in Python", intact, count, size)
	assert.Equal(t, count, intact)
}

// intact counts those that are pattern(0, size), pattern(1, size), …
func intact(data []event, size int) (n int) {
	for i, e := range data {
		if e.is(i, size) {
			n++
		}
	}
	return n
}

// many are the sizes of more than the buffers between two peers hold.
func many() []int { return slices.Repeat([]int{64 << 10}, 400) }

// A Python peer that is held back for longer than its timeout gives up sending
// that value. By then it would also have sent a PING into the middle of a body,
// or died of trying to, were it not kept from that by ours.
func TestPythonIsHeldBackUntilSomebodySubscribes(t *testing.T) {
	python := openPython(t, args{"timeout": 1})
	p := pythonDials(t, python, openGo(t, nil), peer.ConnectOptions{DataType: codec.Bytes})
	sending := p.python.begin("send_many", args{"conn": p.python.conn, "sizes": many()}, nil)
	python.rest(2.5)
	assert.Contains(t, sending(), "TimeoutError")
	n, last := 0, make(chan struct{})
	sub := peer.Receive[[]byte](p.Connection).On(t.Context(), func(b []byte) {
		if string(b) == "the last" {
			close(last)
			return
		}
		assert.True(t, string(pattern(n, 64<<10)) == string(b), "message %d is damaged", n)
		n++
	})
	defer sub.Stop()
	p.python.send("b'the last'")
	select {
	case <-last:
	case <-bounded(t).Done():
		t.Fatalf("%d messages came, but not the last", n)
	}
	assert.Greater(t, n, 10)
	p.send([]byte("heard"))
	p.python.receives("b'heard'")
	assert.Zero(t, python.count("thread_ended"))
}

func TestASubscriberThatTakesNothingEndsTheConnectionAndDamagesNothing(t *testing.T) {
	python := openPython(t, nil)
	p := pythonDials(t, python, openGo(t, &peer.Options{Timeout: 300 * time.Millisecond}), peer.ConnectOptions{DataType: codec.Bytes})
	n, ended := 0, p.Context()
	sub := peer.Receive[[]byte](p.Connection).On(t.Context(), func(b []byte) {
		<-ended.Done()
		assert.True(t, string(pattern(n, 64<<10)) == string(b), "message %d is damaged", n)
		n++
	})
	var answer struct{ Sent int }
	p.python.try("send_many", args{"conn": p.python.conn, "sizes": many()}, &answer)
	assert.Less(t, answer.Sent, len(many()))
	assert.Equal(t, transport.ReasonOverrun, p.end().Reason)
	assert.ErrorIs(t, sub.Wait(bounded(t)), transport.ErrStalled)
	assert.Greater(t, n, 10)
}
