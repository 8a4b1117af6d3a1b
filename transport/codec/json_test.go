package codec_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/transport/codec"
)

func TestJSONIsReadAsPythonReadsIt(t *testing.T) {
	for body, want := range map[string]any{
		`{"data": 1}`:                                    int64(1),
		"\t\r\n {\"data\"\n:\t-0 } \n":                   int64(0),
		`{"data":1.0}`:                                   1.0,
		`{"data":1e2}`:                                   100.0,
		`{"data":1E+400}`:                                math.Inf(1),
		`{"data":-1e400}`:                                math.Inf(-1),
		`{"data":NaN}`:                                   math.NaN(),
		`{"data":[Infinity,-Infinity]}`:                  []any{math.Inf(1), math.Inf(-1)},
		`{"data":9223372036854775808}`:                   bigInt("9223372036854775808"),
		`{"data":"\ud83d\ude00 \uD800 \udC00\ud800"}`:    "😀 \xed\xa0\x80 \xed\xb0\x80\xed\xa0\x80",
		`{"data":"\ud800A"}`:                             "\xed\xa0\x80A",
		`{"data":"é\"\\\/\b\f\n\r\t\u00e9"}`:             "é\"\\/\b\f\n\r\té",
		`{"d\u0061ta":"escaped key"}`:                    "escaped key",
		`{"data":1,"data":"last"}`:                       "last",
		`{"data":[1],"Data":2,"data ":3}`:                []any{int64(1)},
		`{"x":{"data":[{"y":[]}]},"data":null,"z":"\n"}`: nil,
		`{"data":{"a":1,"a":{"b":true,"":false}}}`:       map[string]any{"a": map[string]any{"b": true, "": false}},
		`{"data":[]}`:                                    []any{},
		`{"data":{}}`:                                    map[string]any{},
	} {
		got, err := codecFor(t, codec.JSON).Decode([]byte(body))
		if assert.NoError(t, err, body) {
			assertSame(t, want, got)
		}
	}
}

func TestWhatIsNoJSONIsADecodeErrorThatSaysWhere(t *testing.T) {
	for _, c := range []struct {
		body   string
		offset int
		reason string
	}{
		{"", 0, "an empty body"},
		{"  \n", 3, "an empty body"},
		{"1", 0, "no object"},
		{`["data"]`, 0, "no object"},
		{"\ufeff{}", 0, "no object"},
		{"{\"data\":\"\xff\"}", 9, "text that is not UTF-8"},
		{"{\"data\":\"\xed\xa0\x80\"}", 9, "text that is not UTF-8"},
		{"{", 1, "no key"},
		{"{data:1}", 1, "no key"},
		{`{"data"}`, 7, "no colon after the key"},
		{`{"data":}`, 8, "no value"},
		{`{"data":1,}`, 10, "no key"},
		{`{"data":1`, 9, "no comma or brace after the value"},
		{`{"data":1 2}`, 10, "no comma or brace after the value"},
		{`{"data":1} x`, 11, "something after the object"},
		{`{"data":1}{}`, 10, "something after the object"},
		{`{"data":[1,]}`, 11, "no value"},
		{`{"data":[1 2]}`, 11, "no comma or bracket after the element"},
		{`{"data":[1`, 10, "no comma or bracket after the element"},
		{`{"data":[`, 9, "no value"},
		{`{"data":tru}`, 8, "no value"},
		{`{"data":nul`, 8, "no value"},
		{`{"data":-NaN}`, 8, "no value"},
		{`{"data":Infinit}`, 8, "no value"},
		{`{"data":+1}`, 8, "no value"},
		{`{"data":01}`, 8, "no value"},
		{`{"data":-}`, 8, "no value"},
		{`{"data":.5}`, 8, "no value"},
		{`{"data":1.}`, 10, "no digit after the point"},
		{`{"data":1e}`, 10, "no digit in the exponent"},
		{`{"data":1e+}`, 11, "no digit in the exponent"},
		{`{"data":0x10}`, 9, "no comma or brace after the value"},
		{`{"data":1_0}`, 9, "no comma or brace after the value"},
		{`{"data":"`, 9, "no end of the string"},
		{`{"data":"\n`, 11, "no end of the string"},
		{"{\"data\":\"a\nb\"}", 10, "a control character in a string"},
		{"{\"data\":\"\\t\n\"}", 11, "a control character in a string"},
		{`{"data":"\x41"}`, 9, "an escape that is none"},
		{`{"data":"\u12g4"}`, 9, "an escape that is none"},
		{`{"data":"\u12`, 9, "an escape that is none"},
		{`{"data":"\`, 9, "an escape that is none"},
		{`{"data":'x'}`, 8, "no value"},
	} {
		_, untyped := codecFor(t, codec.JSON).Decode([]byte(c.body))
		_, typed := into[map[string]int](t, codec.JSON, []byte(c.body))
		for _, err := range []error{untyped, typed} {
			var de *codec.DecodeError
			if assert.ErrorAs(t, err, &de, c.body) {
				assert.Equal(t, codec.DecodeError{Type: codec.JSON, Offset: c.offset, Reason: c.reason}, *de, c.body)
			}
		}
	}
}

func TestAnObjectWithoutDataIsErrNoData(t *testing.T) {
	for _, body := range []string{`{}`, `{"Data": 1}`, `{"x": {"data": 1}}`} {
		_, untyped := codecFor(t, codec.JSON).Decode([]byte(body))
		_, typed := into[int](t, codec.JSON, []byte(body))
		for _, err := range []error{untyped, typed} {
			var de *codec.DecodeError
			assert.ErrorAs(t, err, &de)
			assert.ErrorIs(t, err, codec.ErrNoData)
		}
	}
}

func TestJSONIsBoundedInDepthAndDigits(t *testing.T) {
	nested := func(depth int) []byte {
		return []byte(`{"data":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + "}")
	}
	digits := func(n int) []byte {
		return []byte(`{"data":-` + strings.Repeat("9", n) + "}")
	}
	type list []list
	for _, c := range []struct {
		within, beyond []byte
		what           string
		limit          int
	}{
		{nested(codec.MaxDepth), nested(codec.MaxDepth + 1), "depth", codec.MaxDepth},
		{nested(codec.MaxDepth), nested(1_000_000), "depth", codec.MaxDepth},
		{digits(codec.MaxDigits), digits(codec.MaxDigits + 1), "digits", codec.MaxDigits},
		{digits(codec.MaxDigits), digits(1_000_000), "digits", codec.MaxDigits},
	} {
		v, err := codecFor(t, codec.JSON).Decode(c.within)
		require.NoError(t, err)
		assert.Equal(t, strings.ReplaceAll(string(c.within), `{"data":`, `{"data": `), string(encoded(t, codec.JSON, v)))

		_, untyped := codecFor(t, codec.JSON).Decode(c.beyond)
		_, lists := into[list](t, codec.JSON, c.beyond)
		_, bigs := into[any](t, codec.JSON, c.beyond)
		ignored := fmt.Appendf(nil, `{"ignored":%s,"data":1}`, c.beyond)
		_, skipped := into[int](t, codec.JSON, ignored)
		for _, err := range []error{untyped, bigs, skipped} {
			assertLimit(t, err, c.what, c.limit)
		}
		if c.what == "depth" {
			assertLimit(t, lists, c.what, c.limit)
		}
	}
}

func assertLimit(t *testing.T, err error, what string, limit int) {
	t.Helper()
	var le *codec.LimitError
	if assert.ErrorAs(t, err, &le) {
		assert.Equal(t, what, le.What)
		assert.Equal(t, limit, le.Limit)
	}
}

func TestJSONThatGrowsTooBigIsALimitError(t *testing.T) {
	_, untyped := codecFor(t, codec.JSON).Decode([]byte(`{"data":[` + strings.Repeat("[],", 2_000_000) + "[]]}"))
	_, typed := into[[][codec.MaxDecoded / 2]byte](t, codec.JSON, []byte(`{"data":[[],[],[]]}`))
	assertLimit(t, untyped, "decoded size", codec.MaxDecoded)
	assertLimit(t, typed, "decoded size", codec.MaxDecoded)
}

func TestJSONRefusesWhatPythonRefuses(t *testing.T) {
	type link struct{ Next any }
	loop := &link{}
	loop.Next = loop
	list := make([]any, 1)
	list[0] = list
	var pointer any
	pointer = &pointer
	for _, c := range []struct {
		value any
		path  string
	}{
		{make(chan int), ""},
		{func() {}, ""},
		{complex(1, 2), ""},
		{codec.NewSet(), ""},
		{*codec.NewSet(), ""},
		{"\xff", ""},
		{[]any{1, "\xed\xa0"}, "[1]"},
		{map[string]any{"a": []any{0, make(chan int)}}, ".a[1]"},
		{map[string]chan int{"a b": nil}, `["a b"]`},
		{struct {
			Inner struct {
				C []func() `json:"c"`
			} `json:"inner"`
		}{struct {
			C []func() `json:"c"`
		}{make([]func(), 1)}}, ".inner.c[0]"},
		{codec.NewDict(codec.Pair{Key: codec.Tuple{}, Value: 1}), ""},
		{map[[2]int]int{{}: 1}, ""},
	} {
		_, err := codecFor(t, codec.JSON).Append(nil, c.value)
		var te *codec.TypeError
		if assert.ErrorAs(t, err, &te, "%T", c.value) {
			assert.Equal(t, c.path, te.Path)
			assert.Equal(t, codec.JSON, te.Type)
		}
	}
	for _, v := range []any{loop, list, pointer} {
		for _, dataType := range []codec.Type{codec.JSON, codec.Raw} {
			_, err := codecFor(t, dataType).Append(nil, v)
			assertLimit(t, err, "depth", codec.MaxDepth)
		}
	}
}
