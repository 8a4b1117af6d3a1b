package interop

import (
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// value is one value in both languages.
type value struct {
	python string
	rx     any
}

// plain are the values that json and raw carry alike.
var plain = []value{
	{"None", nil},
	{"True", true},
	{"False", false},
	{"0", int64(0)},
	{"-1", int64(-1)},
	{"2**63 - 1", int64(math.MaxInt64)},
	{"-2**63", int64(math.MinInt64)},
	{"2**63", new(big.Int).Lsh(big.NewInt(1), 63)},
	{"-3**500", new(big.Int).Neg(new(big.Int).Exp(big.NewInt(3), big.NewInt(500), nil))},
	{"0.1", 0.1},
	{"-0.0", math.Copysign(0, -1)},
	{"1e300", 1e300},
	{"5e-324", 5e-324},
	{"inf", math.Inf(1)},
	{"-inf", math.Inf(-1)},
	{"''", ""},
	{"'grüße, 漢字, 🚀'", "grüße, 漢字, 🚀"},
	{`'a\n\\\'"\r\t\x00\x7f\u2028'`, "a\n\\'\"\r\t\x00\x7f\u2028"},
	{`'lone \ud800'`, "lone \xed\xa0\x80"},
	{"'é' * 3000", strings.Repeat("é", 3000)},
	{"[]", []any{}},
	{"[1, [2, [3, [None]]], 'x']", []any{int64(1), []any{int64(2), []any{int64(3), []any{nil}}}, "x"}},
	{"list(range(1000))", integers(1000)},
}

// objects are the values that json decodes to Go maps.
var objects = []value{
	{"{}", map[string]any{}},
	{"{'a': [None, {'b': 1.5}], 'ключ': {}}", map[string]any{"a": []any{nil, map[string]any{"b": 1.5}}, "ключ": map[string]any{}}},
}

// pickled are the values that only raw carries.
var pickled = []value{
	{"{}", &codec.Dict{}},
	{"{'z': 1, 'a': {2: (3,)}, (1, 'k'): None}", codec.NewDict(
		codec.Pair{Key: "z", Value: int64(1)},
		codec.Pair{Key: "a", Value: codec.NewDict(codec.Pair{Key: int64(2), Value: codec.Tuple{int64(3)}})},
		codec.Pair{Key: codec.Tuple{int64(1), "k"}, Value: nil})},
	{"b''", []byte{}},
	{`b'\x00\xff'`, []byte{0, 255}},
	{"bytearray(b'abc')", codec.ByteArray("abc")},
	{"()", codec.Tuple{}},
	{"(1, 'two', [3.0], (None,))", codec.Tuple{int64(1), "two", []any{3.0}, codec.Tuple{nil}}},
	{"{1}", codec.NewSet(int64(1))},
	{"frozenset({('a', 1)})", codec.NewFrozenSet(codec.Tuple{"a", int64(1)})},
	{"complex(1.5, -2)", complex(1.5, -2)},
	{"Decimal('1.50')", parseDecimal("1.50")},
	{"datetime.datetime(2020, 2, 29, 23, 59, 59, 999999)",
		codec.DateTime{Year: 2020, Month: 2, Day: 29, Hour: 23, Minute: 59, Second: 59, Microsecond: 999999}},
	{"datetime.datetime(2020, 7, 1, tzinfo=datetime.timezone.utc)", time.Date(2020, 7, 1, 0, 0, 0, 0, time.UTC)},
	{"datetime.date(1970, 1, 1)", codec.Date{Year: 1970, Month: 1, Day: 1}},
	{"datetime.time(1, 2, 3)", codec.TimeOfDay{Hour: 1, Minute: 2, Second: 3}},
	{"datetime.timedelta(days=-1, microseconds=7)", -24*time.Hour + 7*time.Microsecond},
}

// octets are the values that bytes carries. An empty one is lost on Python's
// side of a stream, so it stands alone.
var octets = []value{
	{"b''", []byte{}},
	{"b'x'", []byte("x")},
	{"bytes(range(256))", pattern256()},
	{"b'DATA|data_size=5&data_type=json'.ljust(128, b'|')", []byte(padded("DATA|data_size=5&data_type=json"))},
	{"b'PING'.ljust(128, b'|')", []byte(padded("PING"))},
	{"pattern(3, 8192)", pattern(3, 8192)},
}

// valuesOf returns what a data type carries.
func valuesOf(t codec.Type) []value {
	switch t {
	case codec.JSON:
		return append(objects[:len(objects):len(objects)], plain...)
	case codec.Raw:
		return append(pickled[:len(pickled):len(pickled)], plain...)
	}
	return octets
}

func TestEveryDataTypeIsExchangedBothWays(t *testing.T) {
	python := openPython(t, nil)
	for _, direction := range directions {
		for _, dataType := range []codec.Type{codec.JSON, codec.Bytes, codec.Raw} {
			for _, lenient := range []bool{false, true} {
				name := fmt.Sprintf("%s, %s, lenient %t", direction.name, dataType, lenient)
				t.Run(name, func(t *testing.T) {
					rx := openGo(t, nil)
					p := direction.pairs(t, python, rx, peer.ConnectOptions{DataType: dataType, Lenient: lenient})
					assert.Equal(t, dataType, p.Remote().DataType)
					assert.Equal(t, dataType.String(), p.python.told.DataType)
					assert.Equal(t, lenient, p.Remote().Lenient)
					assert.Equal(t, !lenient, p.python.told.Strict)
					for _, v := range valuesOf(dataType) {
						p.send(v.rx)
						p.python.send(v.python)
					}
					for _, v := range valuesOf(dataType) {
						p.python.receives(v.python)
						assert.Equal(t, v.rx, p.next(), v.python)
					}
					assert.Zero(t, p.FaultCount())
					require.NoError(t, p.Close())
					p.python.closed()
				})
			}
		}
	}
	assert.Zero(t, python.count("thread_ended"))
}

func TestALenientConnectionCarriesValuesOfAnyDataType(t *testing.T) {
	python := openPython(t, nil)
	for _, direction := range directions {
		t.Run(direction.name, func(t *testing.T) {
			p := direction.pairs(t, python, openGo(t, nil), peer.ConnectOptions{Lenient: true})
			for _, c := range []struct {
				dataType codec.Type
				value
			}{
				{codec.Bytes, value{"b'four'", []byte("four")}},
				{codec.Raw, value{"(4, b'four')", codec.Tuple{int64(4), []byte("four")}}},
				{codec.JSON, value{"['four']", []any{"four"}}},
			} {
				require.NoError(t, peer.SinkAs[any](p.Connection, c.dataType).Emit(bounded(t), c.rx))
				p.python.receives(c.python)
				p.python.sendAs(c.python, c.dataType.String())
				assert.Equal(t, c.rx, p.next())
			}
		})
	}
}

func TestAValueOfAnotherTypeEndsAStrictConnection(t *testing.T) {
	python := openPython(t, nil)
	for _, direction := range directions {
		t.Run(direction.name, func(t *testing.T) {
			p := direction.pairs(t, python, openGo(t, nil), peer.ConnectOptions{})
			var wrong *transport.DataTypeError
			assert.ErrorAs(t, peer.SinkAs[[]byte](p.Connection, codec.Bytes).Emit(bounded(t), nil), &wrong)
			p.python.send("'one'")
			p.python.try("send", args{"conn": p.python.conn, "expression": "b'two'", "data_type": "bytes"}, nil)
			assert.Equal(t, "one", p.next())
			why := p.end()
			assert.Equal(t, transport.ReasonViolation, why.Reason)
			assert.ErrorAs(t, why, &wrong)
			p.python.closed()
		})
	}
}

func TestPythonValuesAreDecodedStraightIntoTheTypeThatIsAskedFor(t *testing.T) {
	type reading struct {
		Sensor string    `json:"sensor"`
		Values []float64 `json:"values"`
	}
	python := openPython(t, nil)
	for _, dataType := range []codec.Type{codec.JSON, codec.Raw} {
		p := goDials(t, python, openGo(t, nil), peer.ConnectOptions{DataType: dataType})
		p.python.send("{'sensor': 'hall', 'values': [1, 2.5]}")
		got, err := peer.Receive[reading](p.Connection).Await(bounded(t))
		require.NoError(t, err)
		assert.Equal(t, reading{"hall", []float64{1, 2.5}}, got)
		require.NoError(t, peer.SinkOf[reading](p.Connection).Emit(bounded(t), got))
		p.python.receives("{'sensor': 'hall', 'values': [1.0, 2.5]}")
	}
}

func integers(n int) []any {
	all := make([]any, n)
	for i := range all {
		all[i] = int64(i)
	}
	return all
}

func pattern256() []byte {
	b := make([]byte, 256)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

// padded returns a header as it stands on the wire.
func padded(header string) string { return header + strings.Repeat("|", 128-len(header)) }

func parseDecimal(text string) codec.Decimal {
	d, err := codec.ParseDecimal(text)
	if err != nil {
		panic(err)
	}
	return d
}
