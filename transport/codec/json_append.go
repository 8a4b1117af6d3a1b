package codec

import (
	"encoding/base64"
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// appendJSON appends v as Python's json.dumps writes it. depth counts the
// containers around v.
func appendJSON(b []byte, v any, depth int) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case string:
		return appendJSONString(b, v)
	case int:
		return strconv.AppendInt(b, int64(v), 10), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case float64:
		return appendFloat(b, v, 64), nil
	case *big.Int:
		return appendJSONBig(b, v)
	case []any:
		return appendJSONList(b, v, depth)
	case Tuple:
		return appendJSONList(b, v, depth)
	case map[string]any:
		return appendJSONMap(b, v, depth)
	case *Dict:
		if v == nil {
			return append(b, "null"...), nil
		}
		return appendJSONDict(b, v, depth)
	case []byte:
		return appendBase64(b, v), nil
	}
	return appendJSONValue(b, reflect.ValueOf(v), depth)
}

func appendJSONList(b []byte, list []any, depth int) ([]byte, error) {
	if depth == MaxDepth {
		return b, tooDeep(JSON)
	}
	var err error
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ", "...)
		}
		if b, err = appendJSON(b, v, depth+1); err != nil {
			return b, within(err, stepAt(i))
		}
	}
	return append(b, ']'), nil
}

func appendJSONMap(b []byte, m map[string]any, depth int) ([]byte, error) {
	if depth == MaxDepth {
		return b, tooDeep(JSON)
	}
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var err error
	b = append(b, '{')
	for i, k := range keys {
		if b, err = appendJSONKey(b, i == 0, k); err == nil {
			b, err = appendJSON(b, m[k], depth+1)
		}
		if err != nil {
			return b, within(err, stepTo(k))
		}
	}
	return append(b, '}'), nil
}

func appendJSONDict(b []byte, d *Dict, depth int) ([]byte, error) {
	if depth == MaxDepth {
		return b, tooDeep(JSON)
	}
	b = append(b, '{')
	for i, p := range d.pairs {
		k, err := jsonKey(p.Key)
		if err != nil {
			return b, err
		}
		if b, err = appendJSONKey(b, i == 0, k); err == nil {
			b, err = appendJSON(b, p.Value, depth+1)
		}
		if err != nil {
			return b, within(err, stepTo(k))
		}
	}
	return append(b, '}'), nil
}

// jsonKey is what json.dumps makes of a key that is no text.
func jsonKey(key any) (string, error) {
	switch k := key.(type) {
	case string:
		return k, nil
	case nil, bool, int, int64, float64, *big.Int:
		b, err := appendJSON(nil, k, 0)
		return string(b), err
	}
	return "", &TypeError{Type: JSON, Value: "a key of type " + typeName(key)}
}

func appendJSONKey(b []byte, first bool, key string) ([]byte, error) {
	if !first {
		b = append(b, ", "...)
	}
	b, err := appendJSONString(b, key)
	return append(b, ": "...), err
}

func appendJSONBig(b []byte, v *big.Int) ([]byte, error) {
	if v == nil {
		return append(b, "null"...), nil
	}
	// log2(10) is 3.32: beyond this many bits there are too many digits for sure.
	if v.BitLen() <= MaxDigits*10/3 {
		text := v.Append(nil, 10)
		if len(strings.TrimPrefix(string(text), "-")) <= MaxDigits {
			return append(b, text...), nil
		}
	}
	return b, &LimitError{Type: JSON, What: "digits", Limit: MaxDigits}
}

func appendBase64(b, data []byte) []byte {
	b = append(b, '"')
	return append(base64.StdEncoding.AppendEncode(b, data), '"')
}
