package msgpack_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/codec/msgpack"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// oneOf requires that err is one of package codec's.
func oneOf(t testing.TB, err error) {
	t.Helper()
	var (
		de *codec.DecodeError
		ue *codec.UnsupportedError
		le *codec.LimitError
		te *codec.TypeError
	)
	require.True(t, errors.As(err, &de) || errors.As(err, &ue) || errors.As(err, &le) || errors.As(err, &te), "a %T: %v", err, err)
}

// untyped are values that come back as they were.
var untyped = map[string]any{
	"nil": nil, "true": true, "zero": int64(0), "least": int64(math.MinInt64), "most": int64(math.MaxInt64),
	"big": uint64(math.MaxUint64), "float": 2.5, "infinite": math.Inf(-1), "text": "é", "no UTF-8": "\xff",
	"bytes": []byte{1, 2}, "list": []any{int64(1), nil, []any{}}, "map": map[string]any{"a": map[string]any{}},
	"keys": map[any]any{int64(1): "one", "two": map[string]any{"x": int64(2)}, true: nil},
	"time": time.Date(2026, 3, 29, 2, 30, 0, 5, time.FixedZone("", 3600)),
}

func TestUntypedValuesComeBackAsTheyWere(t *testing.T) {
	for name, v := range untyped {
		body, err := msgpack.Codec.Append(nil, v)
		require.NoError(t, err, name)
		got, err := msgpack.Codec.Decode(body)
		require.NoError(t, err, name)
		if at, is := v.(time.Time); is {
			assert.True(t, at.Equal(got.(time.Time)))
			continue
		}
		assert.Equal(t, v, got, name)
	}
}

func TestAnAnyInsideAStructIsLikeOneOutside(t *testing.T) {
	type holder struct {
		V any            `json:"v"`
		M map[string]any `json:"m"`
	}
	want := holder{V: map[any]any{int64(1): "x"}, M: map[string]any{"a": map[string]any{"b": int64(1)}}}
	body, err := msgpack.Codec.Append(nil, want)
	require.NoError(t, err)
	var got holder
	require.NoError(t, msgpack.Codec.DecodeInto(body, &got))
	assert.Equal(t, want, got)
}

func TestNaNsAsKeysAreAsManyAsThereWere(t *testing.T) {
	type holder struct {
		V any             `json:"v"`
		F map[float64]any `json:"f"`
	}
	many := map[any]any{math.NaN(): int64(1), "x": nil}
	many[math.NaN()] = map[any]any{int64(2): nil}
	numbers := map[float64]any{math.NaN(): int64(1)}
	numbers[math.NaN()] = map[any]any{int64(2): nil}
	body, err := msgpack.Codec.Append(nil, holder{many, numbers})
	require.NoError(t, err)
	var got holder
	require.NoError(t, msgpack.Codec.DecodeInto(body, &got))
	assert.Len(t, got.V, 3)
	assert.Len(t, got.F, 2)
}

func TestWhatIsNoValueIsATypedError(t *testing.T) {
	for name, c := range map[string]struct {
		body []byte
		want any
	}{
		"empty":           {nil, new(*codec.DecodeError)},
		"half":            {[]byte{0x92, 1}, new(*codec.DecodeError)},
		"more":            {[]byte{1, 1}, new(*codec.DecodeError)},
		"reserved":        {[]byte{0xc1}, new(*codec.DecodeError)},
		"long bytes":      {[]byte{0xc6, 255, 255, 255, 255}, new(*codec.DecodeError)},
		"a long list":     {[]byte{0xdd, 255, 255, 255, 255, 1}, new(*codec.DecodeError)},
		"a long map":      {[]byte{0xdf, 255, 255, 255, 255, 1}, new(*codec.DecodeError)},
		"an extension":    {[]byte{0xd4, 5, 1}, new(*codec.UnsupportedError)},
		"a long time":     {[]byte{0xc9, 255, 255, 255, 255, 0xff}, new(*codec.UnsupportedError)},
		"an interned one": {[]byte{0xd4, 0x80, 1}, new(*codec.UnsupportedError)},
		"a list as key":   {[]byte{0x81, 0x90, 1}, new(*codec.UnsupportedError)},
		"bytes as key":    {[]byte{0x81, 0xc4, 0, 1}, new(*codec.UnsupportedError)},
		"deep lists":      {bytes.Repeat([]byte{0x91}, 5000), new(*codec.LimitError)},
		"deep maps":       {bytes.Repeat([]byte{0x81, 0xa0}, 5000), new(*codec.LimitError)},
	} {
		_, err := msgpack.Codec.Decode(c.body)
		assert.ErrorAs(t, err, c.want, "%s: %v", name, err)
	}
}

func TestANumberThatDoesNotFitIsATypeErrorWithItsPlace(t *testing.T) {
	type inner struct {
		Small int8 `json:"small"`
	}
	body, err := msgpack.Codec.Append(nil, map[string]any{"small": 300})
	require.NoError(t, err)
	var te *codec.TypeError
	require.ErrorAs(t, msgpack.Codec.DecodeInto(body, new(inner)), &te)
	assert.Equal(t, ".small", te.Path)
	assert.Equal(t, "int8", te.Into)
	for _, into := range []any{nil, inner{}, (*inner)(nil), new(chan int), new(fmt.Stringer)} {
		require.ErrorAs(t, msgpack.Codec.DecodeInto(body, into), &te, "%T", into)
	}
	_, err = msgpack.Codec.Append(nil, make(chan int))
	assert.ErrorAs(t, err, &te)
}

func TestAValueThatContainsItselfDoesNotEncode(t *testing.T) {
	type node struct{ Next *node }
	round := &node{}
	round.Next = round
	list := []any{nil}
	list[0] = list
	var self any
	self = &self
	for _, v := range []any{round, list, self, map[string]any{"a": list}} {
		_, err := msgpack.Codec.Append(nil, v)
		var le *codec.LimitError
		assert.ErrorAs(t, err, &le)
	}
}

func TestABodyCannotAskForMemoryOutOfProportion(t *testing.T) {
	type wide struct{ A [1000]int64 }
	body := append([]byte{0xdd, 0, 16, 0, 0}, bytes.Repeat([]byte{0x80}, 1<<20)...)
	var le *codec.LimitError
	assert.ErrorAs(t, msgpack.Codec.DecodeInto(body, new([]wide)), &le, "8 GB")
	require.NoError(t, msgpack.Codec.DecodeInto(body, new([]struct{})))
	var v any
	assert.ErrorAs(t, msgpack.Codec.DecodeInto(body, &v), &le)
	body = append([]byte{0xdd, 0, 16, 0, 0}, make([]byte, 1<<20)...)
	require.NoError(t, msgpack.Codec.DecodeInto(body, &v), "a million numbers are none of that")
	assert.Len(t, v, 1<<20)
}

func TestWhatTheLibraryWouldMisreadIsATypeError(t *testing.T) {
	type record struct {
		Small  int8  `json:"small"`
		Count  uint  `json:"count"`
		Any    any   `json:"any"`
		Err    error `json:"err"`
		Number float64
		Table  map[string]any `json:"table"`
	}
	for name, body := range map[string][]byte{
		"too large":                  {0x81, 0xa5, 's', 'm', 'a', 'l', 'l', 0xcd, 1, 44},
		"below zero":                 {0x81, 0xa5, 'c', 'o', 'u', 'n', 't', 0xff},
		"a huge number for a float":  {0x81, 0xa6, 'N', 'u', 'm', 'b', 'e', 'r', 0xcf, 255, 0, 0, 0, 0, 0, 0, 0},
		"for an interface":           {0x81, 0xa3, 'e', 'r', 'r', 1},
		"a list for a struct":        {0x91, 1},
		"a time for a map":           {0x81, 0xa5, 't', 'a', 'b', 'l', 'e', 0xd6, 0xff, 0xdf, 255, 255, 255},
		"a float for an int":         {0x81, 0xa5, 's', 'm', 'a', 'l', 'l', 0xca, 0, 0, 0, 0},
		"text that is no such field": {0xa1, 'x'},
	} {
		var te *codec.TypeError
		assert.ErrorAs(t, msgpack.Codec.DecodeInto(body, new(record)), &te, name)
	}
	twice := []byte{0x82, 0xa3, 'a', 'n', 'y', 1, 0xa3, 'a', 'n', 'y', 0xa1, 'x'}
	var de *codec.DecodeError
	assert.ErrorAs(t, msgpack.Codec.DecodeInto(twice, new(record)), &de)
	held := record{Any: "before", Count: 3}
	require.NoError(t, msgpack.Codec.DecodeInto([]byte{0x81, 0xa3, 'a', 'n', 'y', 1}, &held))
	assert.Equal(t, record{Any: int64(1), Count: 3}, held)
}
