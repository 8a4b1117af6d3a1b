package codec_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/rxpeer/rxpeer/transport/codec"
)

// alike are groups of values that Python calls equal.
var alike = [][]any{
	{nil},
	{int64(1), 1, uint8(1), int32(1), 1.0, float32(1), true, complex(1, 0), big.NewInt(1), decimal("1"), decimal("1.000"), decimal("10E-1")},
	{int64(0), 0.0, math.Copysign(0, -1), false, decimal("-0.00"), decimal("0E+5"), codec.Decimal{}},
	{0.5, decimal("0.5"), decimal("+5e-1"), complex(0.5, 0)},
	{0.1},
	{decimal("0.1"), decimal("0.10")},
	{-0.5, decimal("-0.5")},
	{1e300, exact(1e300), decimal(exact(1e300).String())},
	{uint64(1 << 63), bigInt("0x8000000000000000"), float64(1 << 63)},
	{decimal("1E+5000"), decimal("10E+4999")},
	{decimal("-1E+5000")},
	{math.Inf(1), decimal("Infinity"), decimal("inf")},
	{math.Inf(-1), decimal("-Infinity")},
	{complex(0, 1)},
	{"1", text("1")},
	{""},
	{[]byte("1")},
	{[]byte{}},
	{codec.Tuple{}},
	{codec.Tuple{1, "a"}, codec.Tuple{1.0, "a"}, codec.Tuple{true, text("a")}},
	{codec.Tuple{"a", 1}},
	{codec.Tuple{1, codec.Tuple{"a"}}},
	{codec.Tuple{codec.Tuple{1, "a"}}},
	{codec.NewFrozenSet()},
	{codec.NewFrozenSet(1, 2, "a"), codec.NewFrozenSet("a", 2.0, true)},
	{codec.NewFrozenSet(codec.NewFrozenSet(1, 2, "a"))},
	{codec.NewFrozenSet(codec.Tuple{1, 2})},
	{time.Unix(0, 0), time.Unix(0, 0).UTC(), time.Unix(0, 0).In(time.FixedZone("X", 3600))},
	{codec.DateTime{Year: 1970, Month: 1, Day: 1}, codec.DateTime{Year: 1970, Month: 1, Day: 1, Fold: 1}},
	{codec.Date{Year: 1970, Month: 1, Day: 1}},
	{codec.TimeOfDay{Hour: 1}, codec.TimeOfDay{Hour: 1, Fold: 1}},
	{codec.TimeOfDay{Hour: 1, Zone: &codec.TimeZone{}}, codec.TimeOfDay{Hour: 2, Zone: &codec.TimeZone{Offset: time.Hour, Name: "X"}}},
	{codec.TimeZone{}, codec.TimeZone{Name: "UTC"}},
	{codec.TimeZone{Offset: time.Hour}},
	{time.Duration(1)},
}

type text string

// exact returns the integer that f is.
func exact(f float64) *big.Int {
	i, _ := big.NewFloat(f).Int(nil)
	return i
}

func TestKeysAreEqualWhenPythonSaysSo(t *testing.T) {
	for i, group := range alike {
		for _, a := range group {
			for j, other := range alike {
				for _, b := range other {
					d := codec.NewDict(codec.Pair{Key: a, Value: "found"})
					_, found := d.Get(b)
					assert.Equal(t, i == j, found, "%T %v and %T %v", a, a, b, b)
				}
			}
		}
	}
}

func TestANaNIsEqualToNothing(t *testing.T) {
	nan := math.NaN()
	d := codec.NewDict()
	for _, key := range []any{nan, nan, float32(nan), complex(nan, 0), complex(0, nan), decimal("NaN"), codec.Tuple{nan},
		codec.Tuple{nan}, codec.NewFrozenSet(nan), codec.NewFrozenSet(nan), codec.Tuple{codec.Tuple{nan}}} {
		before := d.Len()
		d.Set(key, 0)
		assert.Equal(t, before+1, d.Len(), "%v", key)
		_, found := d.Get(key)
		assert.False(t, found)
	}
}

func TestADictKeepsTheOrderAndTheFirstSpellingOfItsKeys(t *testing.T) {
	for _, size := range []int{3, 100} { // without an index and with one
		d := codec.NewDict()
		for i := range size {
			d.Set(i, i)
		}
		d.Set(1.0, "new")
		assert.Equal(t, size, d.Len())
		i := 0
		for k, v := range d.All() {
			assert.Equal(t, i, k)
			if i == 1 {
				assert.Equal(t, "new", v)
			}
			i++
		}
		assert.True(t, d.Delete(true))
		assert.False(t, d.Delete(1))
		assert.False(t, d.Delete([]any{}))
		assert.Equal(t, size-1, d.Len())
		_, found := d.Get(1)
		assert.False(t, found)
		v, found := d.Get(2)
		assert.True(t, found)
		assert.Equal(t, 2, v)
		for range d.All() {
			break
		}
	}
}

func TestTheZeroDictAndSetAreReadyToUse(t *testing.T) {
	var d codec.Dict
	_, found := d.Get("x")
	assert.False(t, found)
	d.Set("x", 1)
	assert.Equal(t, "{x: 1}", d.String())
	var s codec.Set
	assert.False(t, s.Has(1))
	s.Add(1)
	assert.True(t, s.Has(1.0))
}

func TestWhatPythonCannotHashIsNoKey(t *testing.T) {
	loop := codec.Tuple{nil}
	loop[0] = loop
	for _, key := range []any{[]any{}, []int{}, codec.NewDict(), codec.NewSet(), (*codec.Set)(nil), codec.ByteArray{}, codec.Tuple{[]any{}},
		codec.Tuple{codec.NewSet()}, map[string]any{}, struct{}{}, make(chan int), loop} {
		d := codec.NewDict()
		assert.Panics(t, func() { d.Set(key, 0) }, "%T", key)
		assert.Panics(t, func() { codec.NewSet(key) }, "%T", key)
		_, found := d.Get(key)
		assert.False(t, found)
	}
}

func TestASetHoldsEachElementOnce(t *testing.T) {
	s := codec.NewSet(1, "a", 1.0, true)
	assert.Equal(t, 2, s.Len())
	assert.Equal(t, "{1, a}", s.String())
	assert.True(t, s.Remove(1))
	assert.False(t, s.Remove(1))
	assert.False(t, s.Frozen())
	for range s.All() {
		break
	}

	frozen := codec.NewFrozenSet(1)
	assert.True(t, frozen.Frozen())
	assert.Panics(t, func() { frozen.Add(2) })
	assert.Panics(t, func() { frozen.Remove(1) })
}

func TestADictBehavesLikeAMapThatKnowsItsOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d, m := codec.NewDict(), map[int]int{}
		var order []int
		rt.Repeat(map[string]func(*rapid.T){
			"set": func(rt *rapid.T) {
				k, v := rapid.IntRange(0, 20).Draw(rt, "key"), rapid.Int().Draw(rt, "value")
				if _, ok := m[k]; !ok {
					order = append(order, k)
				}
				m[k] = v
				d.Set(k, v)
			},
			"delete": func(rt *rapid.T) {
				k := rapid.IntRange(0, 20).Draw(rt, "key")
				_, ok := m[k]
				require.Equal(rt, ok, d.Delete(k))
				delete(m, k)
				for i, o := range order {
					if o == k {
						order = append(order[:i], order[i+1:]...)
						break
					}
				}
			},
			"": func(rt *rapid.T) {
				require.Equal(rt, len(m), d.Len())
				i := 0
				for k, v := range d.All() {
					require.Equal(rt, order[i], k)
					require.Equal(rt, m[order[i]], v)
					i++
				}
			},
		})
	})
}

func TestADictIsAnOrderedObjectInJSON(t *testing.T) {
	body := []byte(`{"data": {"z": 1, "a": {"y": [], "b": 2}, "\u20ac": null}}`)
	d, err := into[*codec.Dict](t, codec.JSON, body)
	require.NoError(t, err)
	assert.Equal(t, string(body)[:20], string(encoded(t, codec.JSON, d))[:20])
	assert.Equal(t, 3, d.Len())

	d = codec.NewDict(codec.Pair{Key: 1, Value: 1}, codec.Pair{Key: nil, Value: 2}, codec.Pair{Key: true, Value: 3}, codec.Pair{Key: 1.5, Value: 4})
	text, err := json.Marshal(d)
	require.NoError(t, err)
	assert.Equal(t, `{"1":3,"null":2,"1.5":4}`, string(text))

	for _, text := range []string{"", "[]", "{", `{"a":1} x`} {
		assert.Error(t, new(codec.Dict).UnmarshalJSON([]byte(text)), text)
	}
}

func TestDecimalsAreWhatPythonTakesForOne(t *testing.T) {
	for _, text := range []string{"0", "1.50", "-1E+10", ".5", "5.", "+0e-7", "Infinity", "-inf", "NaN", "sNaN12", "1e999999999999999999"} {
		d, err := codec.ParseDecimal(text)
		require.NoError(t, err, text)
		assert.Equal(t, text, d.String())
		var back codec.Decimal
		marshalled, err := d.MarshalText()
		require.NoError(t, err)
		require.NoError(t, back.UnmarshalText(marshalled))
		assert.Equal(t, d, back)
		codec.NewSet(d) // has a key, and at once
	}
	for _, text := range []string{"", ".", "-", "1e", "1e+", "1,5", "1_0", " 1", "0x1", "e5", "nano", "infin", "1e9999999999999999999", "١"} {
		_, err := codec.ParseDecimal(text)
		assert.Error(t, err, text)
	}
	for text, want := range map[string]float64{"1.50": 1.5, "-inf": math.Inf(-1), "1E+400": math.Inf(1), "-0": math.Copysign(0, -1), "sNaN7": math.NaN()} {
		assertSame(t, want, decimal(text).Float64())
	}
	assert.Equal(t, "0", fmt.Sprint(codec.Decimal{}))
}

func TestTimesReadAsTheyAreWritten(t *testing.T) {
	zone := &codec.TimeZone{Offset: -90 * time.Minute}
	odd := &codec.TimeZone{Offset: time.Hour + time.Second}
	for want, v := range map[string]interface {
		fmt.Stringer
		MarshalText() ([]byte, error)
	}{
		"2020-02-29":                 codec.Date{Year: 2020, Month: 2, Day: 29},
		"0001-01-01":                 codec.Date{Year: 1, Month: 1, Day: 1},
		"2020-02-29T01:02:03":        codec.DateTime{Year: 2020, Month: 2, Day: 29, Hour: 1, Minute: 2, Second: 3},
		"2020-02-29T01:02:03.000004": codec.DateTime{Year: 2020, Month: 2, Day: 29, Hour: 1, Minute: 2, Second: 3, Microsecond: 4},
		"01:02:03":                   codec.TimeOfDay{Hour: 1, Minute: 2, Second: 3},
		"01:02:03.100000-01:30":      codec.TimeOfDay{Hour: 1, Minute: 2, Second: 3, Microsecond: 100000, Zone: zone},
		"01:02:03+01:00:01":          codec.TimeOfDay{Hour: 1, Minute: 2, Second: 3, Zone: odd},
	} {
		assert.Equal(t, want, v.String())
		text, err := v.MarshalText()
		require.NoError(t, err)
		assert.Equal(t, want, string(text))

		body := encoded(t, codec.JSON, v)
		var back any
		switch v.(type) {
		case codec.Date:
			back, err = into[codec.Date](t, codec.JSON, body)
		case codec.DateTime:
			back, err = into[codec.DateTime](t, codec.JSON, body)
		case codec.TimeOfDay:
			back, err = into[codec.TimeOfDay](t, codec.JSON, body)
		}
		require.NoError(t, err)
		assert.Equal(t, v, back)
	}
	assert.Error(t, new(codec.Date).UnmarshalText([]byte("today")))
	assert.Error(t, new(codec.DateTime).UnmarshalText([]byte("2020-02-30T00:00:00")))
	assert.Error(t, new(codec.TimeOfDay).UnmarshalText([]byte("25:00:00")))

	for want, zone := range map[string]codec.TimeZone{
		"UTC": {}, "CET": {Offset: time.Hour, Name: "CET"}, "UTC-01:30": *zone, "UTC+01:00:01": *odd,
		"UTC+00:00:00.000001": {Offset: time.Microsecond},
	} {
		assert.Equal(t, want, zone.String())
	}
}

func TestANaiveDatetimeIsLocalTime(t *testing.T) {
	naive := codec.DateTime{Year: 2020, Month: 1, Day: 2, Hour: 3, Minute: 4, Second: 5, Microsecond: 6}
	got, err := into[time.Time](t, codec.Raw, encoded(t, codec.Raw, naive))
	require.NoError(t, err)
	assert.Equal(t, time.Date(2020, 1, 2, 3, 4, 5, 6000, time.Local), got)
	assert.Equal(t, time.UTC, naive.In(time.UTC).Location())
}
