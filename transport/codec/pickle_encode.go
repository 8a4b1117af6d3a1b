package codec

import (
	"encoding/binary"
	"math"
	"math/big"
	"reflect"
	"time"
	"unicode/utf8"
)

// A pickler appends a pickle of protocol 4.
type pickler struct {
	b []byte
}

// value appends v. depth counts the containers around v.
func (e *pickler) value(v any, depth int) error {
	switch v := v.(type) {
	case nil:
		e.op(opNone)
	case bool:
		e.bool(v)
	case int:
		e.int(int64(v))
	case int64:
		e.int(v)
	case float64:
		e.float(v)
	case string:
		return e.text(v)
	case []byte:
		e.sized(opShortBinBytes, opBinBytes, opBinBytes8, v)
	case []any:
		return e.list(v, depth)
	case map[string]any:
		return e.stringMap(v, depth)
	case Tuple:
		return e.tuple(v, depth, false)
	default:
		if done, err := e.plain(v, depth); done {
			return err
		}
		return e.reflected(reflect.ValueOf(v), depth)
	}
	return nil
}

// plain appends v if it is of one of the types that decoding yields besides the
// commonest.
func (e *pickler) plain(v any, depth int) (done bool, err error) {
	switch v := v.(type) {
	case *big.Int:
		if v == nil {
			e.op(opNone)
			return true, nil
		}
		e.big(v)
	case complex128:
		e.call("builtins", "complex")
		e.float(real(v))
		e.float(imag(v))
		e.op(opTuple2, opReduce)
	case ByteArray:
		e.call("builtins", "bytearray")
		e.sized(opShortBinBytes, opBinBytes, opBinBytes8, v)
		e.op(opTuple1, opReduce)
	case Decimal:
		e.call("decimal", "Decimal")
		err = e.text(v.String())
		e.op(opTuple1, opReduce)
	case *Dict:
		if v == nil {
			e.op(opNone)
			return true, nil
		}
		return true, e.dict(v, depth)
	case *Set:
		if v == nil {
			e.op(opNone)
			return true, nil
		}
		return true, e.set(v, depth)
	case time.Time:
		return true, e.time(v)
	case time.Duration:
		e.duration(v)
	case DateTime:
		return true, e.dateTime(v)
	case Date:
		return true, e.date(v)
	case TimeOfDay:
		return true, e.clock(v)
	case TimeZone:
		return true, e.zone(v)
	default:
		return false, nil
	}
	return true, err
}

func (e *pickler) op(ops ...byte) { e.b = append(e.b, ops...) }

func (e *pickler) bool(v bool) {
	if v {
		e.op(opNewTrue)
	} else {
		e.op(opNewFalse)
	}
}

func (e *pickler) int(v int64) {
	switch {
	case v >= 0 && v <= math.MaxUint8:
		e.op(opBinInt1, byte(v))
	case v >= 0 && v <= math.MaxUint16:
		e.b = binary.LittleEndian.AppendUint16(append(e.b, opBinInt2), uint16(v))
	case v >= math.MinInt32 && v <= math.MaxInt32:
		e.b = binary.LittleEndian.AppendUint32(append(e.b, opBinInt), uint32(v))
	default:
		e.b = binary.LittleEndian.AppendUint64(append(e.b, opLong1, 8), uint64(v))
	}
}

// big appends v in two's complement, little-endian.
func (e *pickler) big(v *big.Int) {
	if v.IsInt64() {
		e.int(v.Int64())
		return
	}
	magnitude := v
	if v.Sign() < 0 {
		magnitude = new(big.Int).Not(v) // the bits of v, inverted
	}
	n := magnitude.BitLen()/8 + 1
	if n <= math.MaxUint8 {
		e.op(opLong1, byte(n))
	} else {
		e.b = binary.LittleEndian.AppendUint32(append(e.b, opLong4), uint32(n))
	}
	start := len(e.b)
	e.b = append(e.b, make([]byte, n)...)
	digits := e.b[start:]
	magnitude.FillBytes(digits)
	for i, j := 0, n-1; i <= j; i, j = i+1, j-1 {
		digits[i], digits[j] = digits[j], digits[i]
	}
	if v.Sign() < 0 {
		for i := range digits {
			digits[i] = ^digits[i]
		}
	}
}

func (e *pickler) float(v float64) {
	e.b = binary.BigEndian.AppendUint64(append(e.b, opBinFloat), math.Float64bits(v))
}

func (e *pickler) text(s string) error {
	if !utf8.ValidString(s) {
		if _, ok := validText([]byte(s), true); !ok {
			return &TypeError{Type: Raw, Value: "a string", Reason: "it is not UTF-8"}
		}
	}
	e.header(opShortBinUnicode, opBinUnicode, opBinUnicode8, len(s))
	e.b = append(e.b, s...)
	return nil
}

func (e *pickler) sized(short, long, longest byte, b []byte) {
	e.header(short, long, longest, len(b))
	e.b = append(e.b, b...)
}

// header appends the opcode for n bytes, and n.
func (e *pickler) header(short, long, longest byte, n int) {
	switch {
	case n <= math.MaxUint8:
		e.op(short, byte(n))
	case uint64(n) <= math.MaxUint32:
		e.b = binary.LittleEndian.AppendUint32(append(e.b, long), uint32(n))
	default:
		e.b = binary.LittleEndian.AppendUint64(append(e.b, longest), uint64(n))
	}
}

// call appends a global; its arguments and REDUCE follow.
func (e *pickler) call(module, name string) {
	for _, s := range []string{module, name} {
		e.op(opShortBinUnicode, byte(len(s)))
		e.b = append(e.b, s...)
	}
	e.op(opStackGlobal)
}

// key appends v as Python wants keys and elements: what would be a list is a
// tuple, and what Python cannot hash is a [*TypeError].
func (e *pickler) key(v any, depth int) error {
	switch v := v.(type) {
	case Tuple:
		return e.tuple(v, depth, true)
	case *Set:
		if v != nil && !v.frozen {
			return unhashable(v)
		}
	case *Dict, ByteArray:
		return unhashable(v)
	}
	rv := reflect.ValueOf(v)
	for rv.Kind() == reflect.Pointer && !rv.IsNil() && !infoOf(rv.Type().Elem()).ownValue {
		rv = rv.Elem()
	}
	if !rv.IsValid() || infoOf(rv.Type()).ownValue || infoOf(rv.Type()).writesText {
		return e.value(v, depth)
	}
	switch k := rv.Kind(); {
	case k == reflect.Array:
		return e.array(rv, depth, true)
	case k == reflect.Map, k == reflect.Struct, k == reflect.Slice && !isByteSlice(rv.Type()):
		return unhashable(v)
	}
	return e.value(v, depth)
}

func unhashable(v any) error {
	return &TypeError{Type: Raw, Value: "a key of type " + typeName(v), Reason: "Python cannot hash it"}
}
