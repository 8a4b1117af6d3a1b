package codec

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"slices"
	"time"
)

// Keys that are no Go scalars. Each has a type of its own, so that b"a" is not
// "a", and equal Python values have equal keys whatever their Go types.
type (
	bigKey   string // an integer beyond int64, in hexadecimal
	bytesKey string
	zoneKey  struct{ offset time.Duration }
	timeKey  struct {
		sec  int64
		nsec int
	}
	clockKey struct {
		micros int64 // since midnight, in UTC if aware
		aware  bool
	}
	// A compositeKey stands for a tuple or a frozenset. With a NaN inside, nan is
	// one, and the key is equal to no other, as in Python.
	compositeKey struct {
		text string
		nan  float64
	}
)

// keyOf returns what stands for v in a Go map: equal for values that are equal in
// Python, where 1, 1.0 and True are one key. It is false for what Python calls
// unhashable.
func keyOf(v any) (any, bool) { return keyAt(v, 0) }

func keyAt(v any, depth int) (any, bool) {
	switch v := v.(type) {
	case nil, string, int64, Date, time.Duration:
		return v, true
	case bool:
		if v {
			return int64(1), true
		}
		return int64(0), true
	case int:
		return int64(v), true
	case float64:
		return floatKey(v), true
	case complex128:
		if imag(v) == 0 {
			return floatKey(real(v)), true
		}
		return v, true
	case *big.Int:
		return intKey(v), v != nil
	case []byte:
		return bytesKey(v), true
	case Decimal:
		return v.key(), true
	case time.Time:
		return timeKey{v.Unix(), v.Nanosecond()}, true
	case DateTime:
		v.Fold = 0
		return v, true
	case TimeOfDay:
		return v.key(), true
	case TimeZone:
		return zoneKey{v.Offset}, true
	case Tuple, *Set:
		b, nan, ok := appendKey(nil, v, depth)
		if !ok {
			return nil, false
		}
		k := compositeKey{text: string(b)}
		if nan {
			k.nan = math.NaN()
		}
		return k, true
	}
	return kindKey(v)
}

// kindKey serves the Go kinds that decoding never yields.
func kindKey(v any) (any, bool) {
	rv := reflect.ValueOf(v)
	switch {
	case rv.CanInt():
		return rv.Int(), true
	case rv.CanUint():
		return intKey(new(big.Int).SetUint64(rv.Uint())), true
	case rv.CanFloat():
		return floatKey(rv.Float()), true
	case rv.Kind() == reflect.String:
		return rv.String(), true
	case rv.Kind() == reflect.Bool:
		return keyOf(rv.Bool())
	}
	return nil, false
}

func intKey(v *big.Int) any {
	switch {
	case v == nil:
		return nil
	case v.IsInt64():
		return v.Int64()
	}
	return bigKey(v.Text(16))
}

func floatKey(f float64) any {
	if f != math.Trunc(f) || math.IsInf(f, 0) {
		return f // NaN too, which equals nothing
	}
	if f >= -(1<<63) && f < 1<<63 {
		return int64(f)
	}
	i, _ := big.NewFloat(f).Int(nil)
	return bigKey(i.Text(16))
}

// appendKey appends an unambiguous text of v's key.
func appendKey(b []byte, v any, depth int) (_ []byte, nan, ok bool) {
	if depth > MaxDepth {
		return b, false, false // it contains itself
	}
	switch v := v.(type) {
	case Tuple:
		b = binary.AppendUvarint(append(b, '('), uint64(len(v)))
		for _, e := range v {
			var n bool
			if b, n, ok = appendKey(b, e, depth+1); !ok {
				return b, false, false
			}
			nan = nan || n
		}
		return b, nan, true
	case *Set:
		if v == nil || !v.frozen {
			return b, false, false
		}
		parts := make([]string, 0, v.Len())
		for e := range v.All() {
			part, n, ok := appendKey(nil, e, depth+1)
			if !ok {
				return b, false, false
			}
			nan = nan || n
			parts = append(parts, string(part))
		}
		slices.Sort(parts)
		b = binary.AppendUvarint(append(b, '{'), uint64(len(parts)))
		for _, part := range parts {
			b = append(binary.AppendUvarint(b, uint64(len(part))), part...)
		}
		return b, nan, true
	}
	k, ok := keyAt(v, depth)
	if !ok {
		return b, false, false
	}
	switch k := k.(type) {
	case nil:
		return append(b, 'n'), false, true
	case int64:
		return binary.BigEndian.AppendUint64(append(b, 'i'), uint64(k)), false, true
	case float64:
		return binary.BigEndian.AppendUint64(append(b, 'f'), math.Float64bits(k)), k != k, true
	case string:
		return appendText(append(b, 's'), k), false, true
	case bytesKey:
		return appendText(append(b, 'b'), string(k)), false, true
	case complex128:
		nan = k != k
	}
	return appendText(append(b, '*'), fmt.Sprintf("%T %v", k, k)), nan, true
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}
