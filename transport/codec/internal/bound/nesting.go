package bound

import (
	"reflect"
	"sync"

	"github.com/rxpeer/rxpeer/transport/codec"
)

// Nesting returns a [*codec.LimitError] if v nests deeper than
// [codec.MaxDepth], as a value that contains itself does. Types that cannot, and
// most cannot, cost a look at a map.
func Nesting(t codec.Type, v any) error {
	if tooDeep(reflect.ValueOf(v), 0) {
		return &codec.LimitError{Type: t, What: "depth", Limit: codec.MaxDepth}
	}
	return nil
}

func tooDeep(v reflect.Value, depth int) bool {
	if !v.IsValid() || !unbounded(v.Type()) {
		return false
	}
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		inner := v.Elem()
		if k := inner.Kind(); k == reflect.Pointer || k == reflect.Interface {
			depth++ // these alone could go round for ever
		}
		return depth > codec.MaxDepth || tooDeep(inner, depth)
	}
	if depth++; depth > codec.MaxDepth {
		return true
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); (f.IsExported() || f.Anonymous) && tooDeep(v.Field(i), depth) {
				return true
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if tooDeep(v.Index(i), depth) {
				return true
			}
		}
	case reflect.Map:
		for at := v.MapRange(); at.Next(); {
			if tooDeep(at.Key(), depth) || tooDeep(at.Value(), depth) {
				return true
			}
		}
	}
	return false
}

// unboundeds remembers what unbounded found.
var unboundeds sync.Map // reflect.Type → bool

// unbounded reports whether the type alone does not bound the depth of its values:
// it contains itself, or an interface.
func unbounded(t reflect.Type) bool {
	if known, is := unboundeds.Load(t); is {
		return known.(bool)
	}
	is := recurs(t, nil)
	unboundeds.Store(t, is)
	return is
}

func recurs(t reflect.Type, above []reflect.Type) bool {
	switch t.Kind() {
	case reflect.Interface:
		return true
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map, reflect.Struct:
	default:
		return false
	}
	for _, a := range above {
		if a == t {
			return true
		}
	}
	above = append(above, t)
	switch t.Kind() {
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); (f.IsExported() || f.Anonymous) && recurs(f.Type, above) {
				return true
			}
		}
		return false
	case reflect.Map:
		return recurs(t.Key(), above) || recurs(t.Elem(), above)
	}
	return recurs(t.Elem(), above)
}
