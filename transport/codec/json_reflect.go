package codec

import (
	"cmp"
	"encoding"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// appendJSONValue is appendJSON for what needs reflection.
func appendJSONValue(b []byte, v reflect.Value, depth int) ([]byte, error) {
	if !v.IsValid() {
		return append(b, "null"...), nil
	}
	if t := v.Type(); t.PkgPath() != "" || v.Kind() == reflect.Struct {
		if b, done, err := appendJSONNamed(b, v, depth); done {
			return b, err
		}
	}
	switch v.Kind() {
	case reflect.Bool:
		return strconv.AppendBool(b, v.Bool()), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.AppendInt(b, v.Int(), 10), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return strconv.AppendUint(b, v.Uint(), 10), nil
	case reflect.Float32:
		return appendFloat(b, v.Float(), 32), nil
	case reflect.Float64:
		return appendFloat(b, v.Float(), 64), nil
	case reflect.String:
		return appendJSONString(b, v.String())
	case reflect.Interface:
		if v.IsNil() {
			return append(b, "null"...), nil
		}
		return appendJSON(b, v.Interface(), depth)
	case reflect.Pointer:
		if v.IsNil() {
			return append(b, "null"...), nil
		}
		if k := v.Elem().Kind(); k == reflect.Pointer || k == reflect.Interface {
			if depth++; depth > MaxDepth { // it may point to itself
				return b, tooDeep(JSON)
			}
		}
		return appendJSONValue(b, v.Elem(), depth)
	case reflect.Slice:
		if isByteSlice(v.Type()) {
			return appendBase64(b, v.Bytes()), nil
		}
		return appendJSONArray(b, v, depth)
	case reflect.Array:
		return appendJSONArray(b, v, depth)
	case reflect.Map:
		return appendJSONAnyMap(b, v, depth)
	case reflect.Struct:
		return appendJSONStruct(b, v, depth)
	}
	return b, &TypeError{Type: JSON, Value: v.Type().String()}
}

// appendJSONNamed serves types that say themselves what they are, and those of
// this package.
func appendJSONNamed(b []byte, v reflect.Value, depth int) (_ []byte, done bool, err error) {
	t := v.Type()
	switch t {
	case bigIntType, reflect.TypeFor[Dict](), reflect.TypeFor[Set]():
		p := reflect.New(t)
		p.Elem().Set(v)
		if t == reflect.TypeFor[Set]() {
			return b, true, &TypeError{Type: JSON, Value: t.String()}
		}
		b, err = appendJSON(b, p.Interface(), depth)
		return b, true, err
	case numberType:
		if _, err := numberOf(JSON, v.String()); err != nil {
			return b, true, err
		}
		return append(b, cmp.Or(v.String(), "0")...), true, nil
	}
	info := infoOf(t)
	if !info.writesJSON && !info.writesText {
		return b, false, nil
	}
	if k := v.Kind(); (k == reflect.Pointer || k == reflect.Interface) && v.IsNil() {
		return append(b, "null"...), true, nil
	}
	if v.CanAddr() {
		v = v.Addr()
	}
	switch m := v.Interface().(type) {
	case json.Marshaler:
		text, err := m.MarshalJSON()
		if err == nil {
			err = checkJSON(text)
		}
		if err == nil {
			return append(b, text...), true, nil
		}
		return b, true, &TypeError{Type: JSON, Value: t.String(), Reason: err.Error()}
	case encoding.TextMarshaler:
		text, err := m.MarshalText()
		if err != nil {
			return b, true, &TypeError{Type: JSON, Value: t.String(), Reason: err.Error()}
		}
		b, err = appendJSONString(b, string(text))
		return b, true, err
	}
	return b, false, nil // a method of *T on a T that has no address
}

// numberOf returns the value of a json.Number: 0 for an empty one, as encoding/json
// has it.
func numberOf(t Type, text string) (any, error) {
	text = cmp.Or(text, "0")
	p := newParser([]byte(text))
	n, err := p.number()
	if err != nil || p.i < len(text) {
		return nil, &TypeError{Type: t, Value: "a json.Number", Reason: "it is none"}
	}
	return n.value(), nil
}

// checkJSON reports why text is no JSON value.
func checkJSON(text []byte) error {
	p := newParser(text)
	if i, ok := validText(text, false); !ok {
		return p.fail(i, "text that is not UTF-8")
	}
	if err := p.skip(); err != nil {
		return err
	}
	if p.blanks(); p.i < len(text) {
		return p.fail(p.i, "something after the value")
	}
	return nil
}

func appendJSONArray(b []byte, v reflect.Value, depth int) ([]byte, error) {
	if depth == MaxDepth {
		return b, tooDeep(JSON)
	}
	var err error
	b = append(b, '[')
	for i := range v.Len() {
		if i > 0 {
			b = append(b, ", "...)
		}
		if b, err = appendJSONValue(b, v.Index(i), depth+1); err != nil {
			return b, within(err, stepAt(i))
		}
	}
	return append(b, ']'), nil
}

func appendJSONAnyMap(b []byte, v reflect.Value, depth int) ([]byte, error) {
	if depth == MaxDepth {
		return b, tooDeep(JSON)
	}
	type entry struct {
		key   string
		value reflect.Value
	}
	entries := make([]entry, 0, v.Len())
	for it := v.MapRange(); it.Next(); {
		key, err := mapKeyText(it.Key())
		if err != nil {
			return b, err
		}
		entries = append(entries, entry{key, it.Value()})
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.key, b.key) })
	var err error
	b = append(b, '{')
	for i, e := range entries {
		if b, err = appendJSONKey(b, i == 0, e.key); err == nil {
			b, err = appendJSONValue(b, e.value, depth+1)
		}
		if err != nil {
			return b, within(err, stepTo(e.key))
		}
	}
	return append(b, '}'), nil
}

// mapKeyText is the text of a Go map's key: strings as they are, else what
// MarshalText says, else what json.dumps makes of it.
func mapKeyText(k reflect.Value) (string, error) {
	if k.Kind() == reflect.String {
		return k.String(), nil
	}
	switch key := k.Interface().(type) {
	case encoding.TextMarshaler:
		if k.Kind() == reflect.Pointer && k.IsNil() {
			return "", nil
		}
		text, err := key.MarshalText()
		if err != nil {
			return "", &TypeError{Type: JSON, Value: k.Type().String(), Reason: err.Error()}
		}
		return string(text), nil
	default:
		switch {
		case k.CanInt():
			return strconv.FormatInt(k.Int(), 10), nil
		case k.CanUint():
			return strconv.FormatUint(k.Uint(), 10), nil
		case k.CanFloat():
			return string(appendFloat(nil, k.Float(), k.Type().Bits())), nil
		}
		return jsonKey(key)
	}
}

func appendJSONStruct(b []byte, v reflect.Value, depth int) ([]byte, error) {
	if depth == MaxDepth {
		return b, tooDeep(JSON)
	}
	info := infoOf(v.Type())
	b = append(b, '{')
	first := true
	for i := range info.fields {
		f := &info.fields[i]
		fv, ok := f.in(v)
		if !ok {
			continue
		}
		var err error
		if b, err = appendJSONKey(b, first, f.name); err != nil {
			return b, err
		}
		first = false
		start := len(b)
		if b, err = appendJSONValue(b, fv, depth+1); err != nil {
			return b, within(err, "."+f.name)
		}
		if f.quoted && !(fv.Kind() == reflect.Pointer && fv.IsNil()) {
			text := string(b[start:])
			b, _ = appendJSONString(b[:start], text)
		}
	}
	return append(b, '}'), nil
}
