package cbor_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/codec/cbor"
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

var huge = new(big.Int).Lsh(big.NewInt(1), 64)

// untyped are values that come back as they were.
var untyped = map[string]any{
	"nil": nil, "true": true, "zero": int64(0), "least": int64(math.MinInt64), "most": int64(math.MaxInt64),
	"big": huge, "bigger below zero": new(big.Int).Neg(huge), "float": 2.5, "infinite": math.Inf(-1), "text": "é", "no UTF-8": "\xff",
	"bytes": []byte{1, 2}, "list": []any{int64(1), nil, []any{}}, "map": map[string]any{"a": map[string]any{}},
	"keys": map[any]any{int64(1): "one", "two": map[string]any{"x": int64(2)}, true: nil},
	"time": time.Date(2026, 3, 29, 2, 30, 0, 5, time.FixedZone("", 3600)),
}

func TestUntypedValuesComeBackAsTheyWere(t *testing.T) {
	for name, v := range untyped {
		body, err := cbor.Codec.Append(nil, v)
		require.NoError(t, err, name)
		got, err := cbor.Codec.Decode(body)
		require.NoError(t, err, name)
		if at, is := v.(time.Time); is {
			assert.True(t, at.Equal(got.(time.Time)))
			_, want := at.Zone()
			_, offset := got.(time.Time).Zone()
			assert.Equal(t, want, offset)
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
	body, err := cbor.Codec.Append(nil, want)
	require.NoError(t, err)
	var got holder
	require.NoError(t, cbor.Codec.DecodeInto(body, &got))
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
	body, err := cbor.Codec.Append(nil, holder{many, numbers})
	require.NoError(t, err)
	var got holder
	require.NoError(t, cbor.Codec.DecodeInto(body, &got))
	assert.Len(t, got.V, 3)
	assert.Len(t, got.F, 2)
}

func TestNullAsAKeyIsNoText(t *testing.T) {
	for what, body := range map[string]string{
		"null":             "\xa1\xf6\x01",
		"undefined":        "\xa1\xf7\x01",
		"in a tag":         "\xa1\xd8\x64\xf6\x01",
		"beside no text":   "\xa2\xf6\x01\x60\x02",
		"inside of others": "\x82\xf6\xa1\x61a\xa1\xf6\x01",
	} {
		want := any(map[any]any{nil: int64(1)})
		switch body[0] {
		case 0xa2:
			want = map[any]any{nil: int64(1), "": int64(2)}
		case 0x82:
			want = []any{nil, map[string]any{"a": want}}
		}
		v, err := cbor.Codec.Decode([]byte(body))
		require.NoError(t, err, what)
		assert.Equal(t, want, v, what)
	}
	target := map[any]any{}
	require.NoError(t, cbor.Codec.DecodeInto([]byte("\xa2\xf9\x7e\x00\x01\xf6\x02"), &target))
	assert.Len(t, target, 2, "what was there already has nothing twice")
	v, err := cbor.Codec.Decode([]byte("\xa1\x60\xf6"))
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"": nil}, v, "a value")
}

func TestATimeAsAKeyIsText(t *testing.T) {
	for what, body := range map[string]string{
		"seconds":             "\xa1\xc1\x002",
		"text":                "\xa1\xc0\x741970-01-01T00:00:00Z2",
		"beside another kind": "\xa2\x01\x02\xc1\x002",
	} {
		v, err := cbor.Codec.Decode([]byte(body))
		require.NoError(t, err, what)
		want := any(map[string]any{"1970-01-01T00:00:00Z": int64(-19)})
		if body[0] == 0xa2 {
			want = map[any]any{int64(1): int64(2), "1970-01-01T00:00:00Z": int64(-19)}
		}
		assert.Equal(t, want, v, what)
	}
}

func TestWhatIsNoValueIsATypedError(t *testing.T) {
	for name, c := range map[string]struct {
		body []byte
		want any
	}{
		"empty":              {nil, new(*codec.DecodeError)},
		"half":               {[]byte{0x82, 1}, new(*codec.DecodeError)},
		"more":               {[]byte{1, 1}, new(*codec.DecodeError)},
		"reserved":           {[]byte{0x1c}, new(*codec.DecodeError)},
		"a huge length":      {[]byte{0x5b, 255, 255, 255, 255, 255, 255, 255, 255}, new(*codec.DecodeError)},
		"a long list":        {[]byte{0x9a, 0x7f, 255, 255, 255}, new(*codec.DecodeError)},
		"a longer list":      {[]byte{0x9b, 0, 0, 255, 255, 255, 255, 255, 255}, new(*codec.DecodeError)},
		"indefinite":         {[]byte{0x9f, 0xff}, new(*codec.UnsupportedError)},
		"a simple value":     {[]byte{0xe0}, new(*codec.UnsupportedError)},
		"a list as key":      {[]byte{0xa1, 0x80, 1}, new(*codec.UnsupportedError)},
		"deep lists":         {bytes.Repeat([]byte{0x81}, 5000), new(*codec.LimitError)},
		"deep tags":          {bytes.Repeat([]byte{0xd8, 100}, 5000), new(*codec.LimitError)},
		"deep maps":          {bytes.Repeat([]byte{0xa1, 0x60}, 5000), new(*codec.LimitError)},
		"a time that is not": {[]byte{0xc0, 0x61, 'x'}, new(*codec.TypeError)},
	} {
		_, err := cbor.Codec.Decode(c.body)
		assert.ErrorAs(t, err, c.want, "%s: %v", name, err)
	}
}

func TestANumberThatDoesNotFitIsATypeErrorWithItsPlace(t *testing.T) {
	type inner struct {
		Small int8 `json:"small"`
	}
	body, err := cbor.Codec.Append(nil, map[string]any{"small": 300})
	require.NoError(t, err)
	var te *codec.TypeError
	require.ErrorAs(t, cbor.Codec.DecodeInto(body, new(inner)), &te)
	assert.Equal(t, ".small", te.Path)
	assert.Equal(t, "int8", te.Into)
	for _, into := range []any{nil, inner{}, (*inner)(nil), new(chan int), new(fmt.Stringer)} {
		require.ErrorAs(t, cbor.Codec.DecodeInto(body, into), &te, "%T", into)
	}
	_, err = cbor.Codec.Append(nil, make(chan int))
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
		_, err := cbor.Codec.Append(nil, v)
		var le *codec.LimitError
		assert.ErrorAs(t, err, &le)
	}
}

func TestABodyCannotAskForMemoryOutOfProportion(t *testing.T) {
	type wide struct{ A [1000]int64 }
	body := append([]byte{0x9a, 0, 16, 0, 0}, bytes.Repeat([]byte{0xa0}, 1<<20)...)
	var le *codec.LimitError
	assert.ErrorAs(t, cbor.Codec.DecodeInto(body, new([]wide)), &le, "8 GB")
	require.NoError(t, cbor.Codec.DecodeInto(body, new([]struct{})))
	var v any
	assert.ErrorAs(t, cbor.Codec.DecodeInto(body, &v), &le)
	body = append([]byte{0x9a, 0, 16, 0, 0}, make([]byte, 1<<20)...)
	require.NoError(t, cbor.Codec.DecodeInto(body, &v), "a million numbers are none of that")
	assert.Len(t, v, 1<<20)
}
