package cbor_test

import (
	"fmt"
	"maps"
	"math"
	"math/big"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/transport/codec/cbor"
)

// zoo has a field of every kind that decoding treats in its own way.
type zoo struct {
	Small   int8             `json:"small"`
	Count   uint16           `json:"count"`
	Real    float32          `json:"real"`
	Any     any              `json:"any"`
	Held    map[any]any      `json:"held"`
	Named   map[string]any   `json:"named"`
	Counts  map[int8][]uint8 `json:"counts"`
	Pointer **zoo            `json:"pointer"`
	Zoos    []zoo            `json:"zoos"`
	At      time.Time        `json:"at"`
	Pair    [2]any           `json:"pair"`
	Err     error            `json:"err"`
	inside
}

type inside struct {
	Deep any `json:"deep"`
}

func FuzzDecode(f *testing.F) {
	for _, v := range untyped {
		body, err := cbor.Codec.Append(nil, v)
		require.NoError(f, err)
		f.Add(body)
	}
	inner := &zoo{Small: 1, Any: "x"}
	body, err := cbor.Codec.Append(nil, zoo{Held: map[any]any{int64(1): nil}, Named: map[string]any{"a": 1}, Pointer: &inner, Zoos: []zoo{{}}, Pair: [2]any{1, 2}})
	require.NoError(f, err)
	f.Add(body)
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, target := range []any{new(zoo), new(map[any]any), new(map[int8]any), new([]int16), new(string), new(*[]zoo), new([4]byte)} {
			if err := cbor.Codec.DecodeInto(body, target); err != nil {
				oneOf(t, err)
			}
		}
		v, err := cbor.Codec.Decode(body)
		if err != nil {
			oneOf(t, err)
			return
		}
		if hasOddTime(v) {
			return
		}
		again, err := cbor.Codec.Append(nil, v)
		require.NoError(t, err)
		w, err := cbor.Codec.Decode(again)
		require.NoError(t, err)
		once, err := cbor.Codec.Append(nil, w)
		require.NoError(t, err)
		require.Len(t, once, len(again)) // the order of a map is nobody's
		require.True(t, same(v, w), "%#v became %#v", v, w)
	})
}

// hasOddTime reports whether v has a time that RFC 3339 has no text for, or the zero
// one, which becomes nil.
func hasOddTime(v any) bool {
	switch v := v.(type) {
	case time.Time:
		return v.IsZero() || v.Year() < 0 || v.Year() > 9999
	case []any:
		return slices.ContainsFunc(v, hasOddTime)
	case map[string]any:
		return slices.ContainsFunc(slices.Collect(maps.Values(v)), hasOddTime)
	case map[any]any:
		return slices.ContainsFunc(slices.Collect(maps.Values(v)), hasOddTime) || slices.ContainsFunc(slices.Collect(maps.Keys(v)), hasOddTime)
	}
	return false
}

// same is DeepEqual, but a NaN is like another, and a time like one in another zone.
func same(v, w any) bool {
	switch v := v.(type) {
	case float64:
		w, is := w.(float64)
		return is && (v == w || math.IsNaN(v) && math.IsNaN(w))
	case time.Time:
		w, is := w.(time.Time)
		return is && v.Equal(w)
	case *big.Int: // a bignum may be small, and becomes an integer
		return fmt.Sprint(v) == fmt.Sprint(w)
	case []any:
		w, is := w.([]any)
		return is && slices.EqualFunc(v, w, same)
	case map[string]any:
		w, is := w.(map[string]any)
		return is && maps.EqualFunc(v, w, same)
	case map[any]any:
		w, is := w.(map[any]any)
		if !is || len(v) != len(w) {
			return false
		}
		for k := range v {
			switch k.(type) {
			case float64, time.Time, *big.Int: // not found again, as NaN, or by another pointer
				return true
			}
		}
		return maps.EqualFunc(v, w, same)
	}
	return reflect.DeepEqual(v, w)
}
