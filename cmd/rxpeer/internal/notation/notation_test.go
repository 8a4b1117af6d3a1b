package notation_test

import (
	"encoding/json"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/rxpeer/rxpeer/cmd/rxpeer/internal/notation"
	"github.com/rxpeer/rxpeer/transport/codec"
)

func huge() *big.Int { n, _ := new(big.Int).SetString("123456789012345678901234567890", 10); return n }

func decimal(text string) codec.Decimal { d, _ := codec.ParseDecimal(text); return d }

var cet = time.FixedZone("", 3600)

// values are pairs of a value and how it is written.
var values = []struct {
	value any
	text  string
}{
	{nil, `null`},
	{true, `true`},
	{int64(-7), `-7`},
	{huge(), `123456789012345678901234567890`},
	{1.0, `1.0`},
	{math.Copysign(0, -1), `-0.0`},
	{0.1, `0.1`},
	{1e300, `1e+300`},
	{1.5e-7, `1.5e-07`},
	{math.Inf(1), `{"$float":"Infinity"}`},
	{math.Inf(-1), `{"$float":"-Infinity"}`},
	{"", `""`},
	{"grüße \"\\\n\t\r", `"grüße \"\\\n\t\r"`},
	{"\x1b[31m\u0085\u202e", `"\u001b[31m\u0085\u202e"`},
	{"\U0001F600\U000E0001", `"😀\udb40\udc01"`},
	{"\xed\xa0\x80", `"\ud800"`},
	{[]any{}, `[]`},
	{[]any{int64(1), "a", []any{nil}}, `[1,"a",[null]]`},
	{codec.NewDict(codec.Pair{Key: "b", Value: int64(1)}, codec.Pair{Key: "a", Value: int64(2)}), `{"b":1,"a":2}`},
	{codec.NewDict(), `{}`},
	{codec.NewDict(codec.Pair{Key: int64(1), Value: "a"}), `{"$dict":[[1,"a"]]}`},
	{codec.NewDict(codec.Pair{Key: "$set", Value: "a"}), `{"$dict":[["$set","a"]]}`},
	{codec.NewDict(codec.Pair{Key: "$inc", Value: "a"}), `{"$inc":"a"}`},
	{[]byte{0, 1, 255}, `{"$bytes":"AAH/"}`},
	{codec.ByteArray("hi"), `{"$bytearray":"aGk="}`},
	{codec.Tuple{int64(1), codec.Tuple{}}, `{"$tuple":[1,{"$tuple":[]}]}`},
	{codec.NewSet(int64(1), "a"), `{"$set":[1,"a"]}`},
	{codec.NewFrozenSet(codec.Tuple{int64(1)}), `{"$frozenset":[{"$tuple":[1]}]}`},
	{complex(1, -2.5), `{"$complex":[1.0,-2.5]}`},
	{decimal("1.50"), `{"$decimal":"1.50"}`},
	{time.Date(2026, 1, 2, 15, 4, 5, 5e8, cet), `{"$datetime":"2026-01-02T15:04:05.5+01:00"}`},
	{time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC), `{"$datetime":"2026-01-02T15:04:05Z"}`},
	{codec.DateTime{Year: 2026, Month: 1, Day: 2, Hour: 15, Microsecond: 7}, `{"$datetime":"2026-01-02T15:00:00.000007"}`},
	{codec.Date{Year: 2026, Month: 1, Day: 2}, `{"$date":"2026-01-02"}`},
	{codec.TimeOfDay{Hour: 15, Zone: &codec.TimeZone{Offset: time.Hour}}, `{"$time":"15:00:00+01:00"}`},
	{90*time.Second + 500*time.Millisecond, `{"$timedelta":90.5}`},
	{-time.Microsecond, `{"$timedelta":-0.000001}`},
	{-36525*24*time.Hour - time.Microsecond, `{"$timedelta":-3155760000.000001}`},
	{codec.TimeZone{Offset: time.Hour, Name: "CET"}, `{"$timezone":{"offset":3600.0,"name":"CET"}}`},
	{codec.TimeZone{}, `{"$timezone":{"offset":0.0}}`},
}

func TestEveryValueIsWrittenAndReadBack(t *testing.T) {
	for _, c := range values {
		text := string(notation.Append(nil, c.value))
		assert.Equal(t, c.text, text)
		assert.True(t, json.Valid([]byte(text)), text)
		back, err := notation.Parse(text, true)
		if assert.NoError(t, err, text) {
			assert.Equal(t, c.value, back, text)
		}
	}
}

func TestNaNIsWrittenAndReadBack(t *testing.T) {
	back, err := notation.Parse(string(notation.Append(nil, math.NaN())), true)
	require.NoError(t, err)
	assert.True(t, math.IsNaN(back.(float64)))
}

func TestTextThatIsNoUTF8IsWrittenAsTheReplacementCharacter(t *testing.T) {
	assert.Equal(t, `"a\ufffdb"`, string(notation.Append(nil, "a\xffb")))
}

func TestObjectsOfTheJSONCodecAreWrittenInTheOrderOfTheirKeys(t *testing.T) {
	assert.Equal(t, `{"a":{"$dict":[["$set",1]]},"b":2}`,
		string(notation.Append(nil, map[string]any{"b": int64(2), "a": map[string]any{"$set": int64(1)}})))
}

func TestAValueOfAnUnknownTypeIsWrittenAsText(t *testing.T) {
	assert.Equal(t, `"[1 2]"`, string(notation.Append(nil, [2]int{1, 2})))
}

func TestTagsMeanNothingToPlainJSON(t *testing.T) {
	v, err := notation.Parse(` { "$tuple" : [ 1 , 2.0 ] } `, false)
	require.NoError(t, err)
	assert.Equal(t, codec.NewDict(codec.Pair{Key: "$tuple", Value: []any{int64(1), 2.0}}), v)
}

func TestOfEqualKeysTheLastCounts(t *testing.T) {
	v, err := notation.Parse(`{"a":1,"b":2,"a":3}`, true)
	require.NoError(t, err)
	assert.Equal(t, `{"a":3,"b":2}`, string(notation.Append(nil, v)))
}

func TestTextThatIsNotJSONIsToldFromJSONThatIsWrong(t *testing.T) {
	for _, text := range []string{``, `hello`, `NaN`, `1}, "x": {"y": 2`, `1, "data": 2`, `[1`, `"a`, "\x00"} {
		_, err := notation.Parse(text, true)
		assert.ErrorIs(t, err, notation.ErrNotJSON, text)
	}
	for text, why := range map[string]string{
		`{"$bytes":1}`:                        "$bytes: wants a string",
		`{"$bytes":"*"}`:                      "$bytes: illegal base64",
		`{"$bytearray":[]}`:                   "$bytearray: wants a string",
		`{"$tuple":1}`:                        "$tuple: wants a list",
		`{"$set":[[]]}`:                       "$set: codec:",
		`{"$frozenset":{}}`:                   "$frozenset: wants a list",
		`{"$dict":[1]}`:                       "$dict: wants pairs",
		`{"$dict":[[[],1]]}`:                  "$dict: codec:",
		`{"$float":1}`:                        "$float: wants NaN",
		`{"$float":[]}`:                       "$float: wants NaN",
		`{"$complex":[1]}`:                    "$complex: wants two numbers",
		`{"$complex":[1,""]}`:                 "$complex: wants a number",
		`{"$decimal":"x"}`:                    "$decimal: ",
		`{"$datetime":"x"}`:                   "$datetime: ",
		`{"$date":"x"}`:                       "$date: ",
		`{"$time":1}`:                         "$time: wants a string",
		`{"$timedelta":"1"}`:                  "$timedelta: wants a number",
		`{"$timedelta":1e300}`:                "$timedelta: out of range",
		`{"$timedelta":{"$float":"NaN"}}`:     "$timedelta: out of range",
		`{"$timezone":1}`:                     "$timezone: wants an object",
		`{"$timezone":{"name":"x"}}`:          "$timezone: wants a number",
		`{"$timezone":{"offset":1,"name":1}}`: "$timezone: wants a string",
		`[{"$tuple":[{"$bytes":0}]}, 2]`:      "$bytes: wants a string",
		strings.Repeat("9", 5000):             "digits",
	} {
		_, err := notation.Parse(text, true)
		if assert.Error(t, err, text) {
			assert.NotErrorIs(t, err, notation.ErrNotJSON, text)
			assert.Contains(t, err.Error(), why, text)
		}
	}
}

// plainData draws a value that a pickle can hold.
func plainData(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		leaves := []*rapid.Generator[any]{
			rapid.Just[any](nil), rapid.Bool().AsAny(), rapid.Int64().AsAny(), rapid.String().AsAny(),
			rapid.Float64().AsAny(), rapid.SliceOf(rapid.Byte()).AsAny(),
			rapid.Map(rapid.Int64Range(-1e15, 1e15), func(n int64) any { return time.Duration(n) * time.Microsecond }),
			rapid.Map(rapid.Float64(), func(f float64) any { return complex(f, -f) }),
		}
		if depth == 0 {
			return rapid.OneOf(leaves...).Draw(t, "leaf")
		}
		inner := rapid.SliceOfN(plainData(depth-1), 0, 4)
		return rapid.OneOf(append(leaves,
			inner.AsAny(),
			rapid.Map(inner, func(l []any) any { return codec.Tuple(l) }),
			rapid.Map(rapid.SliceOfN(rapid.Int64(), 0, 4), func(keys []int64) any {
				d := codec.NewDict()
				for _, k := range keys {
					d.Set(k, codec.NewFrozenSet(k))
				}
				return d
			}),
			rapid.Map(rapid.MapOfN(rapid.StringMatching(`\$?[a-z]{0,5}`), plainData(depth-1), 0, 3), func(m map[string]any) any {
				d := codec.NewDict()
				for k, v := range m {
					d.Set(k, v)
				}
				return d
			}),
		)...).Draw(t, "value")
	})
}

func TestWhatIsReadBackIsTheSamePickle(t *testing.T) {
	raw, err := codec.For(codec.Raw)
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		v := plainData(3).Draw(t, "v")
		want, err := raw.Append(nil, v)
		require.NoError(t, err)
		text := string(notation.Append(nil, v))
		require.True(t, json.Valid([]byte(text)), text)
		back, err := notation.Parse(text, true)
		require.NoError(t, err, text)
		got, err := raw.Append(nil, back)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	})
}

func FuzzParseNeverPanicsAndWritesWhatItReads(f *testing.F) {
	for _, c := range values {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := notation.Parse(text, true)
		if err != nil {
			return
		}
		once := string(notation.Append(nil, v))
		again, err := notation.Parse(once, true)
		require.NoError(t, err, once)
		require.Equal(t, once, string(notation.Append(nil, again)))
	})
}
