package request

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestRequestsAreThese(t *testing.T) {
	b, err := Append(nil, &Request{
		Kind: Subscribe, Name: "temp", Codec: "json", Type: "Reading", Policy: DropOldest, Capacity: 300,
	})
	require.NoError(t, err)
	assert.Equal(t, "\x01"+"\x01\x04temp"+"\x02\x04json"+"\x03\x07Reading"+"\x05\x03\x02\xac\x02", string(b))
	assert.Equal(t, "\x07\x00x", string(append(AppendCall(nil, 7, CallBegin), 'x')))
	assert.Equal(t, "\x81\x02no", string(AppendFailure(nil, 257, "no")))
}

func TestRequestsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringN(0, -1, MaxName)
		r := &Request{
			Kind: Kind(rapid.IntRange(1, 6).Draw(t, "kind")), Name: text.Draw(t, "name"), Codec: text.Draw(t, "codec"),
			Type: text.Draw(t, "type"), Reply: text.Draw(t, "reply"), Policy: Policy(rapid.IntRange(0, 4).Draw(t, "policy")),
		}
		if r.Policy != 0 {
			r.Capacity = rapid.Uint64().Draw(t, "capacity")
		}
		b, err := Append([]byte("x"), r)
		require.NoError(t, err)
		again, err := Parse(b[1:])
		require.NoError(t, err)
		assert.Equal(t, r, again)
	})
}

func TestUnknownFieldsAreSkipped(t *testing.T) {
	r, err := Parse([]byte("\x02\x01\x01a\x20\x03xyz"))
	require.NoError(t, err)
	assert.Equal(t, &Request{Kind: Send, Name: "a"}, r)
}

func TestBadRequestsAreErrors(t *testing.T) {
	for name, b := range map[string]string{
		"nothing":             "",
		"a field that ends":   "\x01\x01\x05abc",
		"a field without end": "\x01\x01",
		"a field 0":           "\x01\x00\x01a",
		"a field twice":       "\x01\x01\x01a\x01\x01b",
		"fields out of order": "\x01\x02\x01a\x01\x01b",
		"an empty name":       "\x01\x01\x00",
		"a long name":         "\x01\x01\x80\x02" + strings.Repeat("x", 256),
		"no UTF-8":            "\x01\x01\x01\xff",
		"an empty policy":     "\x01\x05\x00",
		"a policy 0":          "\x01\x05\x02\x00\x01",
		"a policy 9":          "\x01\x05\x02\x09\x01",
		"half a policy":       "\x01\x05\x01\x01",
		"a longer policy":     "\x01\x05\x03\x01\x01\x01",
	} {
		_, err := Parse([]byte(b))
		assert.ErrorIs(t, err, ErrMalformed, name)
	}
	_, err := Append(nil, &Request{Name: strings.Repeat("x", MaxName+1)})
	assert.Error(t, err)
	_, err = Append(nil, &Request{Type: "\xff"})
	assert.Error(t, err)
}

func FuzzRequest(f *testing.F) {
	seed, _ := Append(nil, &Request{Kind: Call, Name: "n", Codec: "c", Type: "t", Reply: "r", Policy: Block, Capacity: 1})
	f.Add(seed)
	f.Add([]byte("\x02\x01\x01a\x20\x03xyz"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := Parse(b); err == nil {
			again, err := Append(nil, r)
			require.NoError(t, err)
			second, err := Parse(again)
			require.NoError(t, err)
			assert.Equal(t, r, second)
		}
		if id, what, rest, err := ParseCall(b); err == nil {
			i, w, r, err := ParseCall(append(AppendCall(nil, id, what), rest...))
			require.NoError(t, err)
			assert.Equal(t, []any{id, what, string(rest)}, []any{i, w, string(r)})
		}
		if code, text, err := ParseFailure(b); err == nil {
			c, s, err := ParseFailure(AppendFailure(nil, code, text))
			require.NoError(t, err)
			assert.Equal(t, []any{code, text}, []any{c, s})
		}
	})
}
