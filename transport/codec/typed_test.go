package codec_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/rxpeer/rxpeer/transport/codec"
)

// A level reads and writes itself as text.
type level int

func (l level) MarshalText() ([]byte, error) { return []byte{'L', '0' + byte(l)}, nil }

func (l *level) UnmarshalText(text []byte) error {
	if len(text) != 2 || text[0] != 'L' {
		return errors.New("no level")
	}
	*l = level(text[1] - '0')
	return nil
}

type Base struct {
	ID   int
	Name string `json:"base_name"`
}

type Deep struct {
	ID    int // hidden by Base.ID's lesser depth
	Extra uint16
}

type embedded struct {
	*Deep
	Shown bool
}

// A zoo has a field of every kind that encoding/json knows.
type zoo struct {
	Base
	embedded
	Bool     bool
	I8       int8
	I64      int64 `json:"i64,omitempty"`
	U8       uint8
	U64      uint64 `json:",string"`
	F32      float32
	F64      float64
	Text     string `json:"text,omitempty"`
	Quoted   string `json:"quoted,string"`
	Data     []byte
	Ints     []int
	Array    [2]int16
	Strings  map[string]string
	Numbers  map[int8]float64
	Levels   map[level][]level
	Pointer  *zoo
	Pointers []*int
	Level    level
	At       time.Time `json:",omitzero"`
	Addr     netip.Addr
	Raw      json.RawMessage
	Big      *big.Int
	Number   json.Number
	Skipped  int `json:"-"`
	//lint:ignore U1000 fields that are not exported are left alone
	hidden   int
	Anything any
}

func zoos(depth int) *rapid.Generator[*zoo] {
	return rapid.Custom(func(t *rapid.T) *zoo {
		text := rapid.String()
		z := &zoo{
			Base:    Base{rapid.Int().Draw(t, "ID"), text.Draw(t, "Name")},
			Bool:    rapid.Bool().Draw(t, "Bool"),
			I8:      rapid.Int8().Draw(t, "I8"),
			I64:     rapid.Int64().Draw(t, "I64"),
			U8:      rapid.Uint8().Draw(t, "U8"),
			U64:     rapid.Uint64().Draw(t, "U64"),
			F32:     rapid.Float32().Draw(t, "F32"),
			F64:     rapid.Float64().Draw(t, "F64"),
			Text:    text.Draw(t, "Text"),
			Quoted:  rapid.StringMatching(`[ -~]*`).Draw(t, "Quoted"),
			Data:    rapid.SliceOf(rapid.Byte()).Draw(t, "Data"),
			Ints:    rapid.SliceOf(rapid.Int()).Draw(t, "Ints"),
			Array:   [2]int16{rapid.Int16().Draw(t, "Array0"), rapid.Int16().Draw(t, "Array1")},
			Strings: rapid.MapOf(text, text).Draw(t, "Strings"),
			Numbers: rapid.MapOf(rapid.Int8(), rapid.Float64()).Draw(t, "Numbers"),
			Levels:  map[level][]level{level(rapid.IntRange(0, 9).Draw(t, "Level")): {1, 2}},
			Level:   level(rapid.IntRange(0, 9).Draw(t, "Level")),
			Addr:    netip.AddrFrom4([4]byte{127, 0, 0, rapid.Byte().Draw(t, "Addr")}),
			Raw:     json.RawMessage(rapid.SampledFrom([]string{"null", `{"a":[1]}`, `"x"`}).Draw(t, "Raw")),
			Number:  json.Number(rapid.SampledFrom([]string{"0", "1.50", "-7e3"}).Draw(t, "Number")),
		}
		if rapid.Bool().Draw(t, "Deep") {
			z.Deep = &Deep{Extra: 7}
		}
		if rapid.Bool().Draw(t, "At") {
			z.At = time.UnixMicro(rapid.Int64Range(0, 1<<50).Draw(t, "micros")).UTC()
		}
		if rapid.Bool().Draw(t, "Big") {
			z.Big = new(big.Int).SetBytes(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
			z.Pointers = []*int{nil, new(int)}
			z.Anything = []any{"x", 1.5, nil, true}
		}
		if depth > 0 && rapid.Bool().Draw(t, "Pointer") {
			z.Pointer = zoos(depth-1).Draw(t, "zoo")
		}
		return z
	})
}

// plainJSON is what encoding/json makes of text.
func plainJSON(t require.TestingT, text []byte) any {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	require.NoError(t, d.Decode(&v))
	return normal(v)
}

// normal makes equal numbers equal, and nil slices and maps empty.
func normal(v any) any {
	switch v := v.(type) {
	case json.Number:
		f, _ := new(big.Float).SetPrec(500).SetString(v.String())
		return f.Text('p', 0)
	case []any:
		for i := range v {
			v[i] = normal(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = normal(v[k])
		}
	}
	return v
}

func TestStructsAreReadAsEncodingJSONReadsThem(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		z := zoos(1).Draw(rt, "zoo")
		text, err := json.Marshal(z)
		require.NoError(rt, err)
		var want zoo
		require.NoError(rt, json.Unmarshal(text, &want))

		got, err := into[zoo](t, codec.JSON, []byte(`{"data":`+string(text)+`}`))
		require.NoError(rt, err)
		if !reflect.DeepEqual(want, got) {
			rt.Fatalf("from %s\nwant %+v\ngot  %+v", text, want, got)
		}
	})
}

func TestStructsAreWrittenAsEncodingJSONWritesThem(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		z := zoos(1).Draw(rt, "zoo")
		if z.Ints == nil || z.Data == nil || z.Pointers == nil || z.Pointer != nil {
			z.Ints, z.Data, z.Pointers, z.Pointer = []int{}, []byte{}, []*int{}, nil // null there, empty here
		}
		var want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		require.NoError(rt, e.Encode(z))

		got := encoded(t, codec.JSON, z)
		if w, g := plainJSON(rt, want.Bytes()), plainJSON(rt, got).(map[string]any)["data"]; !reflect.DeepEqual(w, g) {
			rt.Fatalf("want %s\ngot  %s", &want, got)
		}
	})
}

func TestOneStructServesJSONAndRaw(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		z := zoos(1).Draw(rt, "zoo")
		z.Anything, z.Number = nil, "7" // dicts differ, and Python has no 1.50
		if z.Pointer != nil {
			z.Pointer.Anything, z.Pointer.Number = nil, "7"
		}
		viaJSON, err := into[*zoo](t, codec.JSON, encoded(t, codec.JSON, z))
		require.NoError(rt, err)
		viaRaw, err := into[*zoo](t, codec.Raw, encoded(t, codec.Raw, z))
		require.NoError(rt, err)
		if !reflect.DeepEqual(viaJSON, viaRaw) {
			rt.Fatalf("json %+v\nraw  %+v", viaJSON, viaRaw)
		}
	})
}

type sampleStruct struct {
	Sensor string             `json:"sensor"`
	Value  float64            `json:"value"`
	Peak   float32            `json:"peak"`
	Recent []float64          `json:"recent"`
	By     map[string]float64 `json:"by"`
	Next   *sampleStruct      `json:"next"`
}

func TestStructsTakeNaNAndInfinitiesEitherWay(t *testing.T) {
	inf := math.Inf(-1)
	want := sampleStruct{"kitchen", math.NaN(), float32(inf), []float64{1, math.NaN()},
		map[string]float64{"a": math.Inf(1)}, &sampleStruct{Value: math.NaN()}}
	for _, dataType := range []codec.Type{codec.JSON, codec.Raw} {
		encode, err := codec.Encoder[sampleStruct](codecFor(t, dataType))
		require.NoError(t, err)
		body, err := encode(nil, want)
		require.NoError(t, err)
		got, err := into[sampleStruct](t, dataType, body)
		require.NoError(t, err)
		assert.True(t, math.IsNaN(got.Value) && math.IsNaN(got.Recent[1]) && math.IsNaN(got.Next.Value))
		assert.Equal(t, []any{float32(inf), 1.0, math.Inf(1)}, []any{got.Peak, got.Recent[0], got.By["a"]})
	}
}

func TestStringsWithLoneSurrogatesFitTypedFieldsToo(t *testing.T) {
	got, err := into[struct{ S string }](t, codec.JSON, []byte(`{"data":{"S":"\ud800"}}`))
	require.NoError(t, err)
	assert.Equal(t, "\xed\xa0\x80", got.S)
}

func TestIntegersInInterfacesStayIntegers(t *testing.T) {
	type mixed struct {
		Any any
		Map map[string]any
	}
	body := []byte(`{"data":{"Any":9007199254740993,"Map":{"a":[1,2.0]}}}`)
	want := mixed{int64(9007199254740993), map[string]any{"a": []any{int64(1), 2.0}}}
	got, err := into[mixed](t, codec.JSON, body)
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

func TestTheLastDataCountsAndItAlone(t *testing.T) {
	type point struct{ X, Y int }
	for _, body := range []string{
		`{"data":{"X":1,"Y":2},"data":{"X":3}}`,
		`{"data":"no point","data":{"X":3}}`,
	} {
		got, err := into[point](t, codec.JSON, []byte(body))
		require.NoError(t, err)
		assert.Equal(t, point{X: 3}, got)
	}
	var te *codec.TypeError
	_, err := into[point](t, codec.JSON, []byte(`{"data":{"X":3},"data":"no point"}`))
	assert.ErrorAs(t, err, &te)
	var de *codec.DecodeError
	_, err = into[point](t, codec.JSON, []byte(`{"data":"no point"`))
	assert.ErrorAs(t, err, &de, "what is no JSON is that in the first place")
}

func TestDecodeIntoKeepsWhatTheBodyDoesNotMention(t *testing.T) {
	type point struct{ X, Y int }
	for _, dataType := range []codec.Type{codec.JSON, codec.Raw} {
		p := point{1, 2}
		body := encoded(t, dataType, map[string]any{"x": 3, "Z": 4})
		require.NoError(t, codecFor(t, dataType).DecodeInto(body, &p))
		assert.Equal(t, point{3, 2}, p, "and finds fields whatever their case")

		old := []int{1, 2, 3}
		s := old
		require.NoError(t, codecFor(t, dataType).DecodeInto(encoded(t, dataType, []int{9}), &s))
		assert.Equal(t, []int{9}, s)
		assert.Equal(t, []int{1, 2, 3}, old, "a slice is a new one")

		n := 5
		require.NoError(t, codecFor(t, dataType).DecodeInto(encoded(t, dataType, nil), &n))
		assert.Equal(t, 5, n, "None leaves alone what cannot be nil")
	}
}

func TestWhatDoesNotFitIsATypeErrorWithItsPath(t *testing.T) {
	type inner struct {
		List []int8           `json:"list"`
		Map  map[string]uint8 `json:"map"`
	}
	type outer struct {
		In    inner `json:"in"`
		Level level
		Error error
		Big   *big.Int
	}
	check := func(value any, path, what, target string, decode func(codec.Type, []byte) error) {
		t.Helper()
		for _, dataType := range []codec.Type{codec.JSON, codec.Raw} {
			err := decode(dataType, encoded(t, dataType, value))
			var te *codec.TypeError
			if assert.ErrorAs(t, err, &te, "%v into %s", value, target) {
				te.Reason = ""
				assert.Equal(t, codec.TypeError{Type: dataType, Path: path, Value: what, Into: target}, *te)
			}
		}
	}
	intoOuter := func(dataType codec.Type, body []byte) error { _, err := into[outer](t, dataType, body); return err }
	at := func(key string, v any) any { return map[string]any{"in": map[string]any{key: v}} }
	check(at("list", []any{1, 128}), ".in.list[1]", "the int 128", "int8", intoOuter)
	check(at("list", []any{1.0}), ".in.list[0]", "the float 1.0", "int8", intoOuter)
	check(at("list", "x"), ".in.list", "a str", "[]int8", intoOuter)
	check(at("map", map[string]int{"a b": -1}), `.in.map["a b"]`, "the int -1", "uint8", intoOuter)
	check(at("map", map[string]int{"k": 256}), ".in.map.k", "the int 256", "uint8", intoOuter)
	check(at("map", []any{}), ".in.map", "a list", "map[string]uint8", intoOuter)
	check(map[string]any{"Level": "x"}, ".Level", "a str", "codec_test.level", intoOuter)
	check(map[string]any{"Error": "x"}, ".Error", "a str", "error", intoOuter)
	check(map[string]any{"Big": 1.5}, ".Big", "the float 1.5", "big.Int", intoOuter)
	check([]any{}, "", "a list", "codec_test.outer", intoOuter)
	check(bigInt("0x10000000000000000"), "", "an int of 65 bits", "uint64",
		func(d codec.Type, b []byte) error { _, err := into[uint64](t, d, b); return err })
	check(bigInt("0x10000000000000000"), "", "an int of 65 bits", "int",
		func(d codec.Type, b []byte) error { _, err := into[int](t, d, b); return err })
	check(true, "", "the bool true", "int", func(d codec.Type, b []byte) error { _, err := into[int](t, d, b); return err })
	check(1e300, "", "the float 1e+300", "float32",
		func(d codec.Type, b []byte) error { _, err := into[float32](t, d, b); return err })
	check(1, "", "the int 1", "string", func(d codec.Type, b []byte) error { _, err := into[string](t, d, b); return err })
	check(1, "", "the int 1", "bool", func(d codec.Type, b []byte) error { _, err := into[bool](t, d, b); return err })
	check(map[string]int{}, "", "a dict", "[]int", func(d codec.Type, b []byte) error { _, err := into[[]int](t, d, b); return err })
}
