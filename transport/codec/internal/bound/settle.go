package bound

import "reflect"

// Settle puts settle's result in place of every value that an any holds, wherever it
// is in the variable at v, an addressable value. Where nothing can hold one it does
// not look. Parts of a slice between its length and its capacity count too.
func Settle(v reflect.Value, settle func(any) any) {
	if !unbounded(v.Type()) {
		return
	}
	switch v.Kind() {
	case reflect.Interface:
		if v.NumMethod() > 0 || v.IsNil() || !v.CanSet() {
			return
		}
		if settled := settle(v.Interface()); settled != nil {
			v.Set(reflect.ValueOf(settled))
		} else {
			v.SetZero()
		}
	case reflect.Pointer:
		if !v.IsNil() {
			Settle(v.Elem(), settle)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() || f.Anonymous && f.Type.Kind() == reflect.Struct {
				Settle(v.Field(i), settle)
			}
		}
	case reflect.Slice:
		v = v.Slice(0, v.Cap())
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			Settle(v.Index(i), settle)
		}
	case reflect.Map:
		settleMap(v, settle)
	}
}

// settleMap replaces the values of a map, and its keys if they can be an any. Keys
// that become equal are one.
func settleMap(m reflect.Value, settle func(any) any) {
	key, value := reflect.New(m.Type().Key()).Elem(), reflect.New(m.Type().Elem()).Elem()
	keys := unbounded(key.Type())
	for _, k := range m.MapKeys() {
		value.Set(m.MapIndex(k))
		Settle(value, settle)
		if key.Set(k); keys {
			m.SetMapIndex(k, reflect.Value{})
			Settle(key, settle)
		}
		m.SetMapIndex(key, value)
	}
}
