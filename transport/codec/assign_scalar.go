package codec

import (
	"math"
	"math/big"
	"reflect"
)

// outOfRange is why a number may not fit.
const outOfRange = "out of range"

// scalar puts v into a bool, a number or a string.
func (a *assigner) scalar(dst reflect.Value, v any) error {
	t := dst.Type()
	switch {
	case dst.Kind() == reflect.Bool:
		if b, ok := v.(bool); ok {
			dst.SetBool(b)
			return nil
		}
	case dst.Kind() == reflect.String:
		if s, ok := v.(string); ok {
			dst.SetString(s)
			return nil
		}
	case dst.CanInt():
		switch v := v.(type) {
		case int64:
			if !dst.OverflowInt(v) {
				dst.SetInt(v)
				return nil
			}
			return a.mismatch(v, t, outOfRange)
		case *big.Int:
			return a.mismatch(v, t, outOfRange)
		}
	case dst.CanUint():
		return a.unsigned(dst, v)
	case dst.CanFloat():
		return a.float(dst, v)
	case dst.CanComplex():
		c, ok := v.(complex128)
		if !ok {
			var f float64
			if err := a.float(reflect.ValueOf(&f).Elem(), v); err != nil {
				return a.mismatch(v, t, "")
			}
			c = complex(f, 0)
		}
		if dst.OverflowComplex(c) {
			return a.mismatch(v, t, outOfRange)
		}
		dst.SetComplex(c)
		return nil
	}
	return a.mismatch(v, t, "")
}

func (a *assigner) unsigned(dst reflect.Value, v any) error {
	var u uint64
	switch v := v.(type) {
	case int64:
		if v < 0 {
			return a.mismatch(v, dst.Type(), outOfRange)
		}
		u = uint64(v)
	case *big.Int:
		if !v.IsUint64() {
			return a.mismatch(v, dst.Type(), outOfRange)
		}
		u = v.Uint64()
	default:
		return a.mismatch(v, dst.Type(), "")
	}
	if dst.OverflowUint(u) {
		return a.mismatch(v, dst.Type(), outOfRange)
	}
	dst.SetUint(u)
	return nil
}

// float puts a float or an int into a float, rounded to the nearest.
func (a *assigner) float(dst reflect.Value, v any) error {
	var f float64
	switch v := v.(type) {
	case float64:
		f = v
	case int64:
		f = float64(v)
	case *big.Int:
		f, _ = new(big.Float).SetInt(v).Float64()
		if math.IsInf(f, 0) {
			return a.mismatch(v, dst.Type(), outOfRange)
		}
	default:
		return a.mismatch(v, dst.Type(), "")
	}
	if dst.OverflowFloat(f) {
		return a.mismatch(v, dst.Type(), outOfRange)
	}
	dst.SetFloat(f)
	return nil
}
