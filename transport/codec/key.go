package codec

import (
	"hash/maphash"
	"math"
	"math/big"
	"reflect"
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
	// A compositeKey stands for a tuple or a frozenset: 128 bits of a hash that
	// nobody outside the process can foresee.
	compositeKey [2]uint64
)

// compositeSeeds are the seeds of a compositeKey's halves.
var compositeSeeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}

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
		k, ok := composite(v, depth)
		return k, ok
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

// composite returns the key of a tuple or a frozenset. With a NaN inside it equals
// no other, since a NaN's hash is random.
func composite(v any, depth int) (key compositeKey, ok bool) {
	if depth > MaxDepth {
		return key, false // it contains itself
	}
	var kind string
	switch v := v.(type) {
	case Tuple:
		kind = "tuple"
		for _, e := range v {
			k, ok := keyAt(e, depth+1)
			if !ok {
				return key, false
			}
			h := hashed(k)
			key[0] = key[0]*0x9E3779B97F4A7C15 + h[0]
			key[1] = key[1]*0xC2B2AE3D27D4EB4F + h[1]
		}
	case *Set:
		if v == nil || !v.frozen {
			return key, false
		}
		kind = "frozenset"
		for e := range v.All() {
			k, ok := keyAt(e, depth+1)
			if !ok {
				return key, false
			}
			h := hashed(k) // in a sum, for their order does not count
			key[0] += h[0]
			key[1] += h[1]
		}
	}
	return hashed(struct {
		kind string
		sum  compositeKey
	}{kind, key}), true
}

func hashed[T comparable](v T) compositeKey {
	return compositeKey{
		maphash.Comparable(compositeSeeds[0], v),
		maphash.Comparable(compositeSeeds[1], v),
	}
}
