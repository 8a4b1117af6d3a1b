package notation

import (
	"encoding/base64"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rxpeer/rxpeer/transport/codec"
)

// Append appends v, a value that a codec decoded, in one line without blanks.
// A value of another type is written as the text that fmt gives it.
func Append(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		return strconv.AppendBool(dst, v)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case *big.Int:
		return v.Append(dst, 10)
	case float64:
		return appendFloat(dst, v)
	case string:
		return appendString(dst, v)
	case []any:
		return appendList(dst, slices.Values(v))
	case map[string]any:
		return appendMap(dst, v)
	case *codec.Dict:
		return appendDict(dst, v)
	}
	return appendTagged(dst, v)
}

func appendTagged(dst []byte, v any) []byte {
	t, write := tagOf(v)
	if write == nil {
		return appendString(dst, fmt.Sprint(v))
	}
	dst = append(dst, '{')
	dst = appendString(dst, string(t))
	dst = append(dst, ':')
	return append(write(dst), '}')
}

// tagOf returns the tag of v, and what writes its content.
func tagOf(v any) (t tag, write func(dst []byte) []byte) {
	text := func(s string) func([]byte) []byte {
		return func(dst []byte) []byte { return appendString(dst, s) }
	}
	switch v := v.(type) {
	case []byte:
		return tagBytes, text(base64.StdEncoding.EncodeToString(v))
	case codec.ByteArray:
		return tagByteArray, text(base64.StdEncoding.EncodeToString(v))
	case codec.Tuple:
		return tagTuple, func(dst []byte) []byte { return appendList(dst, slices.Values(v)) }
	case *codec.Set:
		t = tagSet
		if v.Frozen() {
			t = tagFrozenSet
		}
		return t, func(dst []byte) []byte { return appendList(dst, v.All()) }
	case complex128:
		return tagComplex, func(dst []byte) []byte {
			return appendList(dst, slices.Values([]any{real(v), imag(v)}))
		}
	case codec.Decimal:
		return tagDecimal, text(v.String())
	case time.Time:
		return tagDateTime, text(v.Format(awareLayout))
	case codec.DateTime:
		return tagDateTime, text(v.String())
	case codec.Date:
		return tagDate, text(v.String())
	case codec.TimeOfDay:
		return tagTime, text(v.String())
	case time.Duration:
		return tagTimedelta, func(dst []byte) []byte { return appendSeconds(dst, v) }
	case codec.TimeZone:
		return tagTimezone, func(dst []byte) []byte { return appendZone(dst, v) }
	}
	return "", nil
}

// appendFloat writes f so that it reads as a float again.
func appendFloat(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, `{"$float":"NaN"}`...)
	case math.IsInf(f, 1):
		return append(dst, `{"$float":"Infinity"}`...)
	case math.IsInf(f, -1):
		return append(dst, `{"$float":"-Infinity"}`...)
	}
	if size := math.Abs(f); size != 0 && (size < 1e-4 || size >= 1e16) {
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
	if !slices.Contains(dst[start:], '.') {
		dst = append(dst, ".0"...)
	}
	return dst
}

func appendList(dst []byte, elements func(yield func(any) bool)) []byte {
	dst = append(dst, '[')
	first := true
	for v := range elements {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = Append(dst, v)
	}
	return append(dst, ']')
}

// appendMap writes an object of the json codec, which has no order of its own.
func appendMap(dst []byte, m map[string]any) []byte {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	d := codec.NewDict()
	for _, k := range keys {
		d.Set(k, m[k])
	}
	return appendDict(dst, d)
}

func appendDict(dst []byte, d *codec.Dict) []byte {
	if !plain(d) {
		dst = append(dst, `{"$dict":`...)
		pairs := func(yield func(any) bool) {
			for k, v := range d.All() {
				if !yield([]any{k, v}) {
					return
				}
			}
		}
		return append(appendList(dst, pairs), '}')
	}
	dst = append(dst, '{')
	first := true
	for k, v := range d.All() {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(appendString(dst, k.(string)), ':')
		dst = Append(dst, v)
	}
	return append(dst, '}')
}

// plain reports whether d can be written as an object that does not look like
// a tagged value.
func plain(d *codec.Dict) bool {
	for k := range d.All() {
		text, is := k.(string)
		if !is || d.Len() == 1 && tag(text).known() {
			return false
		}
	}
	return true
}

// appendSeconds writes d exactly.
func appendSeconds(dst []byte, d time.Duration) []byte {
	sign := ""
	n := uint64(d)
	if d < 0 {
		sign, n = "-", -n
	}
	text := fmt.Sprintf("%s%d.%09d", sign, n/1e9, n%1e9)
	text = strings.TrimRight(text, "0")
	if strings.HasSuffix(text, ".") {
		text += "0"
	}
	return append(dst, text...)
}

func appendZone(dst []byte, z codec.TimeZone) []byte {
	dst = appendSeconds(append(dst, `{"offset":`...), z.Offset)
	if z.Name != "" {
		dst = appendString(append(dst, `,"name":`...), z.Name)
	}
	return append(dst, '}')
}
