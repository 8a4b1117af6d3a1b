package interop

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// frames are values of one encoded size, for each data type, and one of
// another.
var frames = map[codec.Type]struct {
	same  []value
	other value
}{
	codec.JSON: {
		[]value{{"'one'", "one"}, {"'two'", "two"}, {"'six'", "six"}, {"[123]", []any{int64(123)}}},
		value{"'three'", "three"},
	},
	codec.Bytes: {
		[]value{{"pattern(1, 200)", pattern(1, 200)}, {"pattern(2, 200)", pattern(2, 200)}},
		value{"pattern(1, 201)", pattern(1, 201)},
	},
	codec.Raw: {
		[]value{{"1", int64(1)}, {"200", int64(200)}},
		value{"1000", int64(1000)},
	},
}

func TestAStreamTakesItsSizeFromTheFirstMessageOfGo(t *testing.T) {
	python := openPython(t, nil)
	for _, direction := range directions {
		for dataType, frames := range frames {
			t.Run(fmt.Sprintf("%s, %s", direction.name, dataType), func(t *testing.T) {
				p := direction.pairs(t, python, openGo(t, nil), peer.ConnectOptions{DataType: dataType, Stream: true})
				assert.True(t, p.python.told.Stream)
				assert.True(t, p.Remote().Stream)
				for range 3 {
					for _, v := range frames.same {
						p.send(v.rx)
						p.python.receives(v.python)
						p.python.send(v.python)
						assert.Equal(t, v.rx, p.next())
					}
				}
				p.refuses(frames.other)
			})
		}
	}
}

// refuses asserts that neither side sends a value of another size, and that
// the stream goes on.
func (p *pair) refuses(v value) {
	p.t.Helper()
	var size *codec.DataSizeError
	assert.ErrorAs(p.t, peer.SinkOf[any](p.Connection).Emit(bounded(p.t), v.rx), &size)
	exception := p.python.try("send", args{"conn": p.python.conn, "expression": v.python}, nil)
	assert.Contains(p.t, exception, "DataSizeError")
	assert.NoError(p.t, p.Err())
}

func TestAStreamTakesItsSizeFromTheFirstMessageOfPython(t *testing.T) {
	python := openPython(t, nil)
	for _, direction := range directions {
		for dataType, frames := range frames {
			t.Run(fmt.Sprintf("%s, %s", direction.name, dataType), func(t *testing.T) {
				p := direction.pairs(t, python, openGo(t, nil), peer.ConnectOptions{DataType: dataType, Stream: true})
				for range 3 {
					for _, v := range frames.same {
						p.python.send(v.python)
						assert.Equal(t, v.rx, p.next())
					}
				}
				for range 3 {
					for _, v := range frames.same {
						p.send(v.rx)
						p.python.receives(v.python)
					}
				}
				p.refuses(frames.other)
			})
		}
	}
}

func TestAStreamOfAFixedSizeHasNoHeaders(t *testing.T) {
	python := openPython(t, nil)
	p := goDials(t, python, openGo(t, nil), peer.ConnectOptions{DataType: codec.Bytes, Stream: true, DataSize: 300})
	assert.Equal(t, 300, p.python.told.DataSize)
	p.python.send("pattern(0, 300)")
	for i := range 20 {
		p.send(pattern(i, 300))
		p.python.receives(fmt.Sprintf("pattern(%d, 300)", i))
		assert.Equal(t, pattern(i, 300), p.next())
		p.python.send(fmt.Sprintf("pattern(%d, 300)", i+1))
	}
	p.refuses(value{"pattern(0, 301)", pattern(0, 301)})
}

func TestJSONOnAFixedSizeStreamIsPaddedForPython(t *testing.T) {
	python := openPython(t, nil)
	p := goDials(t, python, openGo(t, nil), peer.ConnectOptions{Stream: true, DataSize: 40})
	for _, v := range []value{{"'short'", "short"}, {"[1, 2]", []any{int64(1), int64(2)}}, {"None", nil}} {
		p.send(v.rx)
		p.python.receives(v.python)
	}
	p.python.send("'x' * 28")
	assert.Len(t, p.next(), 28)
	var size *codec.DataSizeError
	assert.ErrorAs(t, peer.SinkOf[string](p.Connection).Emit(bounded(t), "longer than forty bytes, with what is around it"), &size)
}

// A Python dialler never tells the size that it was given, and sends no
// header: the size is for both sides to know, and Go was not told it.
func TestAFixedSizeThatPythonKeepsToItselfIsAViolation(t *testing.T) {
	python := openPython(t, nil)
	p := pythonDials(t, python, openGo(t, nil), peer.ConnectOptions{DataType: codec.Bytes, Stream: true, DataSize: 300})
	p.python.try("send", args{"conn": p.python.conn, "expression": "pattern(0, 300)"}, nil)
	why := p.end()
	assert.Equal(t, transport.ReasonViolation, why.Reason)
	p.python.closed()
}

func TestPINGsOfPythonAreNoPartOfAnIdleStream(t *testing.T) {
	python := openPython(t, args{"timeout": .1})
	for _, fixed := range []int{0, 200} {
		t.Run(fmt.Sprintf("of size %d", fixed), func(t *testing.T) {
			p := goDials(t, python, openGo(t, nil), peer.ConnectOptions{DataType: codec.Bytes, Stream: true, DataSize: fixed})
			for i := range 3 {
				p.send(pattern(i, 200))
				p.python.receives(fmt.Sprintf("pattern(%d, 200)", i))
				python.rest(.35)
				p.python.send(fmt.Sprintf("pattern(%d, 200)", i))
				assert.Equal(t, pattern(i, 200), p.next())
			}
			assert.Greater(t, p.Ledger().Pings, uint64(3))
			require.NoError(t, p.Close())
			p.python.closed()
		})
	}
}
