package codec_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/transport/codec"
)

// A weekday is a byte that is no byte.
type weekday uint8

func (d weekday) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "day %d", uint8(d)), nil }

func (d *weekday) UnmarshalText(text []byte) error {
	_, err := fmt.Sscanf(string(text), "day %d", (*uint8)(d))
	return err
}

// comes decodes the body of v into a T, by pickle and, if it can carry v, by json.
func comes[T any](t *testing.T, v any, want T) {
	t.Helper()
	for _, dataType := range []codec.Type{codec.JSON, codec.Raw} {
		body, err := codecFor(t, dataType).Append(nil, v)
		if dataType == codec.JSON && err != nil {
			continue
		}
		require.NoError(t, err)
		got, err := into[T](t, dataType, body)
		if assert.NoError(t, err, "%s: %T into %T", dataType, v, want) {
			assert.Equal(t, want, got, "%s: %T into %T", dataType, v, want)
		}
	}
}

func TestValuesFitTheTypesThatCanHoldThem(t *testing.T) {
	comes(t, 5, int8(5))
	comes(t, 5, uint16(5))
	comes(t, uint64(1<<63), uint64(1<<63))
	comes(t, 5, 5.0)
	comes(t, 5, float32(5))
	comes(t, bigInt("0x10000000000000000"), 18446744073709551616.0)
	comes(t, 5, *big.NewInt(5))
	comes(t, bigInt("0x10000000000000000"), *bigInt("0x10000000000000000"))
	comes(t, 7, json.Number("7"))
	comes(t, json.Number("7.5"), 7.5)
	comes(t, json.Number(""), 0)
	comes(t, "x", text("x"))
	comes(t, true, true)
	comes(t, []int{1, 2, 3}, [2]int{1, 2})
	comes(t, []int{1}, [2]int{1, 0})
	comes(t, []byte("ab"), []byte("ab"))
	comes(t, []weekday{1, 2}, []weekday{1, 2})
	comes(t, [2]weekday{1, 2}, [2]weekday{1, 2})
	comes(t, []weekday{1}, []string{"day 1"})
	comes(t, map[weekday]int{1: 2}, map[weekday]int{1: 2})
	comes(t, map[bool]int{true: 2}, map[bool]int{true: 2})
	comes(t, map[float64]int{1.5: 2}, map[float64]int{1.5: 2})
	comes(t, map[uint]int{1: 2}, map[uint]int{1: 2})
	comes(t, map[any]int{"a": 2}, map[any]int{"a": 2})
	comes(t, nil, (*int)(nil))
	comes(t, nil, map[string]int(nil))
	comes(t, nil, 0)
	comes(t, nil, any(nil))
	comes(t, time.Hour, time.Hour)
	comes(t, struct{ time.Time }{time.Unix(0, 0).UTC()}, time.Unix(0, 0).UTC())
}

func TestPicklesFitWhatJSONHasNoWordFor(t *testing.T) {
	raw := func(v any) []byte { return encoded(t, codec.Raw, v) }
	check := func(want, got any, err error) {
		t.Helper()
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	list, err := into[[]string](t, codec.Raw, raw(codec.Tuple{"a", "b"}))
	check([]string{"a", "b"}, list, err)
	list, err = into[[]string](t, codec.Raw, raw(codec.NewSet("a", "b")))
	check([]string{"a", "b"}, list, err)
	id, err := into[[2]byte](t, codec.Raw, raw([]byte("ab")))
	check([2]byte{'a', 'b'}, id, err)
	mutable, err := into[[]byte](t, codec.Raw, raw(codec.ByteArray("ab")))
	check([]byte("ab"), mutable, err)
	number, err := into[complex64](t, codec.Raw, raw(complex(1, 2)))
	check(complex64(complex(1, 2)), number, err)
	number, err = into[complex64](t, codec.Raw, raw(1.5))
	check(complex64(1.5), number, err)
	dict, err := into[codec.Dict](t, codec.Raw, raw(codec.NewDict(codec.Pair{Key: codec.Tuple{}, Value: "x"})))
	check("{[]: x}", dict.String(), err)
	set, err := into[struct{ S codec.Set }](t, codec.Raw, raw(map[string]any{"S": codec.NewSet(1)}))
	check("{1}", set.S.String(), err)
	corners, err := into[map[[2]int]string](t, codec.Raw, raw(map[[2]int]string{{1, 2}: "x"}))
	check(map[[2]int]string{{1, 2}: "x"}, corners, err)
	stringer, err := into[fmt.Stringer](t, codec.Raw, raw(codec.Date{Year: 2020, Month: 1, Day: 1}))
	check(codec.Date{Year: 2020, Month: 1, Day: 1}, stringer, err)
	price, err := into[*codec.Decimal](t, codec.Raw, raw(decimal("1.50")))
	check("1.50", price.String(), err)

	var te *codec.TypeError
	_, err = into[[3]byte](t, codec.Raw, raw([]byte("ab")))
	assert.ErrorAs(t, err, &te)
	_, err = into[complex64](t, codec.Raw, raw(complex(1e300, 0)))
	assert.ErrorAs(t, err, &te)
	_, err = into[complex64](t, codec.Raw, raw("1"))
	assert.ErrorAs(t, err, &te)
	_, err = into[float64](t, codec.Raw, raw(new(big.Int).Lsh(big.NewInt(1), 2000)))
	assert.ErrorAs(t, err, &te)
	_, err = into[string](t, codec.Raw, raw([]byte("ab")))
	assert.ErrorAs(t, err, &te)
	_, err = into[time.Time](t, codec.Raw, raw(codec.Date{Year: 2020, Month: 1, Day: 1}))
	assert.ErrorAs(t, err, &te)
	_, err = into[map[any]int](t, codec.Raw, raw(codec.NewDict(codec.Pair{Key: codec.Tuple{}, Value: 1})))
	assert.ErrorAs(t, err, &te, "Go cannot compare tuples")
}

func TestDictsThatWereSharedChangeOnTheirOwn(t *testing.T) {
	type twins struct{ A, B codec.Dict }
	body := "}(\x8c\x01A}(K\x01K\x02u\x94\x8c\x01Bh\x00u."
	got, err := into[twins](t, codec.Raw, []byte(body))
	require.NoError(t, err)
	got.A.Set(1, "changed")
	got.A.Set(2, "added")
	assert.Equal(t, "{1: 2}", got.B.String())
}

type hiddenPart struct{ Part int }

func TestAnEmbeddedPointerThatNobodyCanSetIsATypeError(t *testing.T) {
	type whole struct{ *hiddenPart }
	for _, dataType := range []codec.Type{codec.JSON, codec.Raw} {
		var te *codec.TypeError
		body := encoded(t, dataType, map[string]int{"Part": 1})
		assert.ErrorAs(t, codecFor(t, dataType).DecodeInto(body, new(whole)), &te)
		set := whole{&hiddenPart{}}
		require.NoError(t, codecFor(t, dataType).DecodeInto(body, &set))
		assert.Equal(t, 1, set.Part)
	}
	var de *codec.DecodeError
	_, err := into[whole](t, codec.JSON, []byte(`{"data":{"Part":`))
	assert.ErrorAs(t, err, &de)
}

func TestFieldsAreLeftOutAsTheirTagsSay(t *testing.T) {
	type tagged struct {
		Empty  []int     `json:",omitempty"`
		Full   []int     `json:"full,omitempty"`
		Zero   time.Time `json:",omitzero"`
		Whole  struct{}  `json:",omitempty"`
		Flag   *bool     `json:",omitzero"`
		Hidden int       `json:"-"`
		//lint:ignore SA5008 this is how encoding/json names a field "-"
		Dash int `json:"-,"`
	}
	want := `{"data": {"full": [1], "Whole": {}, "-": 5}}`
	v := tagged{Full: []int{1}, Hidden: 1, Dash: 5, Zero: time.Time{}.In(time.FixedZone("X", 60))}
	assert.Equal(t, want, string(encoded(t, codec.JSON, v)))
	raw, err := codecFor(t, codec.Raw).Decode(encoded(t, codec.Raw, v))
	require.NoError(t, err)
	assert.Equal(t, "{full: [1], Whole: {}, -: 5}", raw.(*codec.Dict).String())
}

func TestCodecsAreSafeForConcurrentUse(t *testing.T) {
	type local struct { // a type that nothing has looked at before
		Name string
		List []int
	}
	want := local{"x", []int{1, 2, 3}}
	var wg sync.WaitGroup
	for _, dataType := range []codec.Type{codec.JSON, codec.Raw} {
		encode, err := codec.Encoder[local](codecFor(t, dataType))
		require.NoError(t, err)
		decode, err := codec.Decoder[local](codecFor(t, dataType))
		require.NoError(t, err)
		for range 8 {
			wg.Go(func() {
				for range 100 {
					body, err := encode(nil, want)
					assert.NoError(t, err)
					got, err := decode(body)
					assert.NoError(t, err)
					assert.Equal(t, want, got)
				}
			})
		}
	}
	wg.Wait()
}
