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

// settleMap fills a map anew, for a NaN among its keys is not found again. Keys that
// become equal are one.
func settleMap(m reflect.Value, settle func(any) any) {
	pairs := make([][2]reflect.Value, 0, m.Len())
	for at := m.MapRange(); at.Next(); {
		pair := [2]reflect.Value{reflect.New(m.Type().Key()).Elem(), reflect.New(m.Type().Elem()).Elem()}
		pair[0].SetIterKey(at)
		pair[1].SetIterValue(at)
		for _, v := range pair {
			Settle(v, settle)
		}
		pairs = append(pairs, pair)
	}
	m.Clear()
	for _, pair := range pairs {
		m.SetMapIndex(pair[0], pair[1])
	}
}
