package codec_test

import (
	"math"
	"math/big"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/rxpeer/rxpeer/transport/codec"
)

func TestMain(m *testing.M) {
	// Local time is UTC only by chance; the tests want a zone that shows.
	time.Local = time.FixedZone("", 2*60*60)
	goleak.VerifyTestMain(m)
}

// codecFor returns the codec of t.
func codecFor(t testing.TB, dataType codec.Type) codec.Codec {
	t.Helper()
	c, err := codec.For(dataType)
	require.NoError(t, err)
	return c
}

// encoded returns the body of v.
func encoded(t testing.TB, dataType codec.Type, v any) []byte {
	t.Helper()
	body, err := codecFor(t, dataType).Append(nil, v)
	require.NoError(t, err)
	return body
}

// into decodes body into a T.
func into[T any](t testing.TB, dataType codec.Type, body []byte) (T, error) {
	t.Helper()
	decode, err := codec.Decoder[T](codecFor(t, dataType))
	require.NoError(t, err)
	return decode(body)
}

// assertSame asserts that two decoded values are alike in type, order, zone and
// sign; unlike ==, a NaN is like another.
func assertSame(t testing.TB, want, got any) bool {
	t.Helper()
	if same(want, got) {
		return true
	}
	return assert.Failf(t, "values differ", "want %T %v\ngot  %T %v", want, want, got, got)
}

func same(a, b any) bool {
	if reflect.TypeOf(a) != reflect.TypeOf(b) {
		return false
	}
	switch a := a.(type) {
	case float64:
		return sameFloat(a, b.(float64))
	case complex128:
		b := b.(complex128)
		return sameFloat(real(a), real(b)) && sameFloat(imag(a), imag(b))
	case *big.Int:
		return a.Cmp(b.(*big.Int)) == 0
	case time.Time:
		b := b.(time.Time)
		nameA, offsetA := a.Zone()
		nameB, offsetB := b.Zone()
		return a.Equal(b) && offsetA == offsetB && nameA == nameB
	case []any:
		return sameList(a, b.([]any))
	case codec.Tuple:
		return sameList(a, b.(codec.Tuple))
	case *codec.Set:
		b := b.(*codec.Set)
		if a.Frozen() != b.Frozen() || a.Len() != b.Len() {
			return false
		}
		for e := range a.All() {
			if !b.Has(e) && e == e {
				return false
			}
		}
		return true
	case *codec.Dict:
		return sameList(flat(a), flat(b.(*codec.Dict)))
	case map[string]any:
		b := b.(map[string]any)
		for k, v := range a {
			if other, ok := b[k]; !ok || !same(v, other) {
				return false
			}
		}
		return len(a) == len(b)
	}
	return reflect.DeepEqual(a, b)
}

func sameFloat(a, b float64) bool {
	return a != a && b != b || math.Float64bits(a) == math.Float64bits(b)
}

func sameList(a, b []any) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !same(a[i], b[i]) {
			return false
		}
	}
	return true
}

func flat(d *codec.Dict) (list []any) {
	for k, v := range d.All() {
		list = append(list, k, v)
	}
	return list
}

func bigInt(text string) *big.Int {
	i, ok := new(big.Int).SetString(text, 0)
	if !ok {
		panic(text)
	}
	return i
}

func TestEachDataTypeHasACodecThatSaysSo(t *testing.T) {
	for _, dataType := range []codec.Type{codec.JSON, codec.Bytes, codec.Raw} {
		parsed, err := codec.Parse(dataType.String())
		require.NoError(t, err)
		assert.Equal(t, dataType, parsed)
		assert.Equal(t, dataType, codecFor(t, dataType).Type())
	}
}

func TestAnUnknownDataTypeIsADataTypeErrorEverywhere(t *testing.T) {
	for _, name := range []string{"", "JSON", "json ", "pickle"} {
		_, fromParse := codec.Parse(name)
		_, fromFor := codec.For(codec.Type(name))
		_, fromList := codec.List{}.Find(codec.Type(name))
		for _, err := range []error{fromParse, fromFor, fromList} {
			var dte *codec.DataTypeError
			require.ErrorAs(t, err, &dte)
			assert.Equal(t, name, dte.Name)
		}
		assert.False(t, codec.Type(name).Valid())
	}
}

func TestFitPadsJSONWithBlanksAndNothingElse(t *testing.T) {
	header := []byte("header")
	body := append(header, `{"data": 1}`...)

	padded, err := codec.Fit(codec.JSON, body, len(header), 16)
	require.NoError(t, err)
	assert.Equal(t, `header{"data": 1}     `, string(padded))
	v, err := codecFor(t, codec.JSON).Decode(padded[len(header):])
	require.NoError(t, err)
	assert.Equal(t, int64(1), v)

	exact, err := codec.Fit(codec.Bytes, []byte("12345"), 0, 5)
	require.NoError(t, err)
	assert.Equal(t, "12345", string(exact))

	for _, c := range []struct {
		dataType codec.Type
		body     string
		want     int
	}{
		{codec.JSON, `{"data": 1}`, 10},
		{codec.Bytes, "1234", 5},
		{codec.Bytes, "123456", 5},
		{codec.Raw, "\x80\x04K\x01.", 6},
	} {
		got, err := codec.Fit(c.dataType, []byte(c.body), 0, c.want)
		var dse *codec.DataSizeError
		require.ErrorAs(t, err, &dse)
		assert.Equal(t, codec.DataSizeError{Size: len(c.body), Want: c.want}, *dse)
		assert.Equal(t, c.body, string(got), "dst returns as it was")
	}
}

func TestAppendAppendsAndLeavesDstAsItWasOnAnError(t *testing.T) {
	for _, dataType := range []codec.Type{codec.JSON, codec.Bytes, codec.Raw} {
		c := codecFor(t, dataType)
		body := encoded(t, dataType, "value")
		after, err := c.Append([]byte("before "), "value")
		require.NoError(t, err)
		assert.Equal(t, "before "+string(body), string(after))

		dst := []byte("before ")
		after, err = c.Append(dst, []any{"value", make(chan int)})
		require.Error(t, err)
		assert.Equal(t, "before ", string(after))
	}
}

func TestResultsDoNotReferToTheBody(t *testing.T) {
	for _, dataType := range []codec.Type{codec.JSON, codec.Bytes, codec.Raw} {
		body := encoded(t, dataType, "some text")
		untyped, err := codecFor(t, dataType).Decode(body)
		require.NoError(t, err)
		text, err := into[string](t, dataType, body)
		require.NoError(t, err)
		data, err := into[[]byte](t, codec.Bytes, body)
		require.NoError(t, err)
		before := string(body)

		clear(body)
		if dataType == codec.Bytes {
			assert.Equal(t, []byte("some text"), untyped)
		} else {
			assert.Equal(t, "some text", untyped)
		}
		assert.Equal(t, "some text", text)
		assert.Equal(t, before, string(data))
	}
}

func TestDecodeIntoWantsAPointer(t *testing.T) {
	for _, dataType := range []codec.Type{codec.JSON, codec.Bytes, codec.Raw} {
		body := encoded(t, dataType, "text")
		for _, target := range []any{nil, "", (*string)(nil), (*[]byte)(nil), 5} {
			var te *codec.TypeError
			assert.ErrorAs(t, codecFor(t, dataType).DecodeInto(body, target), &te)
		}
	}
}

func TestABytesBodyIsTheValue(t *testing.T) {
	type name string
	type hash []byte
	c := codecFor(t, codec.Bytes)
	text, named := "x", name("x")
	for _, v := range []any{[]byte("x"), "x", name("x"), hash("x"), codec.ByteArray("x"), &text, &named} {
		assert.Equal(t, "x", string(encoded(t, codec.Bytes, v)), "%T", v)
	}
	for _, v := range []any{nil, 5, []string{"x"}, (*string)(nil), struct{}{}, [1]byte{'x'}} {
		var te *codec.TypeError
		_, err := c.Append(nil, v)
		assert.ErrorAs(t, err, &te, "%T", v)
	}

	v, err := c.Decode(nil)
	require.NoError(t, err)
	assert.Equal(t, []byte{}, v, "an empty body is legal")

	h, err := into[hash](t, codec.Bytes, []byte("abc"))
	require.NoError(t, err)
	assert.Equal(t, hash("abc"), h)
	n, err := into[name](t, codec.Bytes, []byte("abc"))
	require.NoError(t, err)
	assert.Equal(t, name("abc"), n)
	var a any
	require.NoError(t, c.DecodeInto([]byte("abc"), &a))
	assert.Equal(t, []byte("abc"), a)
	a, err = into[any](t, codec.Bytes, []byte("abc"))
	require.NoError(t, err)
	assert.Equal(t, []byte("abc"), a)
	var te *codec.TypeError
	assert.ErrorAs(t, c.DecodeInto([]byte("abc"), new(int)), &te)
}

func TestATypeThatCannotBeCarriedFailsOnceAndEarly(t *testing.T) {
	_, decoder := codec.Decoder[int](codecFor(t, codec.Bytes))
	_, encoder := codec.Encoder[int](codecFor(t, codec.Bytes))
	_, channel := codec.Encoder[chan int](codecFor(t, codec.JSON))
	_, function := codec.Encoder[func()](codecFor(t, codec.Raw))
	for _, err := range []error{decoder, encoder, channel, function} {
		var te *codec.TypeError
		assert.ErrorAs(t, err, &te)
	}
}

func TestADecodedByteSliceCostsOneAllocation(t *testing.T) {
	decode, err := codec.Decoder[[]byte](codecFor(t, codec.Bytes))
	require.NoError(t, err)
	encode, err := codec.Encoder[[]byte](codecFor(t, codec.Bytes))
	require.NoError(t, err)
	body := make([]byte, 1000)
	buf := make([]byte, 0, len(body))
	assert.Equal(t, 1.0, testing.AllocsPerRun(100, func() { _, _ = decode(body) }))
	assert.Zero(t, testing.AllocsPerRun(100, func() { _, _ = encode(buf, body) }))
}
