package codec_test

import (
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/rxpeer/rxpeer/transport/codec"
)

// texts draws strings, with lone surrogates in some.
func texts() *rapid.Generator[string] {
	return rapid.OneOf(rapid.String(), rapid.StringN(0, 5, -1),
		rapid.SampledFrom([]string{"\xed\xa0\x80", "a\xed\xbf\xbfb", "\x00", "\n", "\\u0041", "\u2028", "😀"}))
}

func bigInts() *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		n := new(big.Int).SetBytes(rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "magnitude"))
		if rapid.Bool().Draw(t, "negative") {
			n.Neg(n)
		}
		if n.IsInt64() {
			return n.Int64()
		}
		return n
	})
}

func asAny[T any](g *rapid.Generator[T]) *rapid.Generator[any] {
	return rapid.Map(g, func(v T) any { return v })
}

func jsonScalars() *rapid.Generator[any] {
	return rapid.OneOf(rapid.Just[any](nil), asAny(rapid.Bool()), asAny(rapid.Int64()), asAny(rapid.Float64()),
		asAny(texts()), bigInts())
}

func zones() *rapid.Generator[codec.TimeZone] {
	return rapid.Custom(func(t *rapid.T) codec.TimeZone {
		micros := rapid.Int64Range(-86_399_999_999, 86_399_999_999).Draw(t, "offset")
		return codec.TimeZone{
			Offset: time.Duration(micros) * time.Microsecond,
			Name:   rapid.SampledFrom([]string{"", "X", "CET"}).Draw(t, "name"),
		}
	})
}

// moments draws everything that has to do with time.
func moments() *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		const maxMicros = 251_000_000_000_000_000 // towards the end of the year 9923
		at := time.UnixMicro(rapid.Int64Range(-60_000_000_000_000_000, maxMicros).Draw(t, "at")).UTC()
		clock := codec.TimeOfDay{Hour: at.Hour(), Minute: at.Minute(), Second: at.Second(), Microsecond: at.Nanosecond() / 1000}
		switch rapid.IntRange(0, 6).Draw(t, "kind") {
		case 0:
			offset := rapid.IntRange(-86_399, 86_399).Draw(t, "offset")
			return at.In(codec.TimeZone{Offset: time.Duration(offset) * time.Second}.Location())
		case 1:
			return codec.DateTime{Year: at.Year(), Month: at.Month(), Day: at.Day(),
				Hour: at.Hour(), Minute: at.Minute(), Second: at.Second(), Microsecond: at.Nanosecond() / 1000}
		case 2:
			return codec.Date{Year: at.Year(), Month: at.Month(), Day: at.Day()}
		case 3:
			return clock
		case 4:
			zone := zones().Draw(t, "zone")
			clock.Zone = &zone
			return clock
		case 5:
			return zones().Draw(t, "zone")
		}
		return time.Duration(rapid.Int64().Draw(t, "duration") / 1000 * 1000)
	})
}

func complexes() *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		return complex(rapid.Float64().Draw(t, "real"), rapid.Float64().Draw(t, "imaginary"))
	})
}

// hashables draws what may be a key.
func hashables(depth int) *rapid.Generator[any] {
	choices := []*rapid.Generator[any]{
		jsonScalars(), asAny(rapid.SliceOf(rapid.Byte())), complexes(), moments(),
		asAny(rapid.Map(rapid.SampledFrom([]string{"0", "1.50", "-1E+10", "Infinity", "7", "0.1"}), decimal)),
	}
	if depth > 0 {
		inner := rapid.SliceOfN(hashables(depth-1), 0, 4)
		choices = append(choices,
			rapid.Map(inner, func(list []any) any { return codec.Tuple(list) }),
			rapid.Map(inner, func(list []any) any { return codec.NewFrozenSet(list...) }))
	}
	return rapid.OneOf(choices...)
}

// plainAt draws what a pickle can carry.
func plainAt(depth int) *rapid.Generator[any] {
	choices := []*rapid.Generator[any]{
		hashables(1), asAny(rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) codec.ByteArray { return b })),
	}
	if depth > 0 {
		inner := plainAt(depth - 1)
		choices = append(choices,
			asAny(rapid.SliceOfN(inner, 0, 5)),
			rapid.Map(rapid.SliceOfN(inner, 0, 5), func(list []any) any { return codec.Tuple(list) }),
			rapid.Map(rapid.SliceOfN(hashables(1), 0, 12), func(list []any) any { return codec.NewSet(list...) }),
			rapid.Custom(func(t *rapid.T) any {
				d := &codec.Dict{}
				for range rapid.IntRange(0, 12).Draw(t, "pairs") {
					d.Set(hashables(1).Draw(t, "key"), inner.Draw(t, "value"))
				}
				return d
			}))
	}
	return rapid.OneOf(choices...)
}

func plainValues() *rapid.Generator[any] { return plainAt(3) }

func jsonAt(depth int) *rapid.Generator[any] {
	if depth == 0 {
		return jsonScalars()
	}
	inner := jsonAt(depth - 1)
	return rapid.OneOf(jsonScalars(), asAny(rapid.SliceOfN(inner, 0, 5)), asAny(rapid.MapOfN(texts(), inner, 0, 5)))
}

func TestEveryPlainValueSurvivesRaw(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		v := plainValues().Draw(rt, "value")
		got, err := codecFor(t, codec.Raw).Decode(encoded(t, codec.Raw, v))
		require.NoError(rt, err)
		if !same(v, got) {
			rt.Fatalf("%v became %v", v, got)
		}
	})
}

func TestEveryJSONValueSurvivesJSONAndRaw(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		v := jsonAt(3).Draw(rt, "value")
		got, err := codecFor(t, codec.JSON).Decode(encoded(t, codec.JSON, v))
		require.NoError(rt, err)
		if !same(v, got) {
			rt.Fatalf("%v became %v", v, got)
		}
		if m, ok := v.(map[string]any); ok {
			got, err := into[map[string]any](t, codec.JSON, encoded(t, codec.JSON, m))
			require.NoError(rt, err)
			if !same(m, got) {
				rt.Fatalf("%v became %v", m, got)
			}
		}
	})
}
