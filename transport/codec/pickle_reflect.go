package codec

import (
	"cmp"
	"encoding"
	"math/big"
	"reflect"
	"slices"
	"strings"
)

// reflected appends a value of any other type.
func (e *pickler) reflected(v reflect.Value, depth int) error {
	if !v.IsValid() {
		e.op(opNone)
		return nil
	}
	if v.Type().PkgPath() != "" || v.Kind() == reflect.Struct {
		if done, err := e.named(v, depth); done {
			return err
		}
	}
	switch v.Kind() {
	case reflect.Bool:
		e.bool(v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		e.int(v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		if u := v.Uint(); int64(u) >= 0 {
			e.int(int64(u))
		} else {
			e.big(new(big.Int).SetUint64(u))
		}
	case reflect.Float32, reflect.Float64:
		e.float(v.Float())
	case reflect.Complex64, reflect.Complex128:
		_, err := e.plain(v.Complex(), depth)
		return err
	case reflect.String:
		return e.text(v.String())
	case reflect.Interface:
		if v.IsNil() {
			e.op(opNone)
			return nil
		}
		return e.value(v.Interface(), depth)
	case reflect.Pointer:
		if v.IsNil() {
			e.op(opNone)
			return nil
		}
		if done, err := e.plain(v.Interface(), depth); done {
			return err
		}
		if k := v.Elem().Kind(); k == reflect.Pointer || k == reflect.Interface {
			if depth++; depth > MaxDepth { // it may point to itself
				return tooDeep(Raw)
			}
		}
		return e.reflected(v.Elem(), depth)
	case reflect.Slice:
		if isByteSlice(v.Type()) {
			e.sized(opShortBinBytes, opBinBytes, opBinBytes8, v.Bytes())
			return nil
		}
		return e.array(v, depth, false)
	case reflect.Array:
		return e.array(v, depth, false)
	case reflect.Map:
		return e.anyMap(v, depth)
	case reflect.Struct:
		return e.structure(v, depth)
	default:
		return &TypeError{Type: Raw, Value: v.Type().String()}
	}
	return nil
}

// named serves the types of this package and those that say themselves what their
// text is.
func (e *pickler) named(v reflect.Value, depth int) (done bool, err error) {
	t := v.Type()
	info := infoOf(t)
	if info.ownValue {
		switch t {
		case numberType:
			n, err := numberOf(Raw, v.String())
			if err == nil {
				err = e.value(n, depth)
			}
			return true, err
		case bigIntType, reflect.TypeFor[Dict](), reflect.TypeFor[Set]():
			p := reflect.New(t)
			p.Elem().Set(v)
			v = p
		}
		return true, e.value(v.Interface(), depth)
	}
	if !info.writesText {
		return false, nil
	}
	if k := v.Kind(); (k == reflect.Pointer || k == reflect.Interface) && v.IsNil() {
		e.op(opNone)
		return true, nil
	}
	if v.CanAddr() {
		v = v.Addr()
	}
	m, ok := v.Interface().(encoding.TextMarshaler)
	if !ok {
		return false, nil // a method of *T on a T that has no address
	}
	text, err := m.MarshalText()
	if err != nil {
		return true, &TypeError{Type: Raw, Value: t.String(), Reason: err.Error()}
	}
	return true, e.text(string(text))
}

// array appends a slice or an array: a list, in a key a tuple, but bytes if its
// elements are.
func (e *pickler) array(v reflect.Value, depth int, key bool) error {
	if depth == MaxDepth {
		return tooDeep(Raw)
	}
	n := v.Len()
	if v.Kind() == reflect.Array && isByte(v.Type().Elem()) {
		b := make([]byte, n)
		reflect.Copy(reflect.ValueOf(b), v)
		e.sized(opShortBinBytes, opBinBytes, opBinBytes8, b)
		return nil
	}
	if !key {
		e.op(opEmptyList)
		if n == 0 {
			return nil
		}
	}
	if !key || n > 3 {
		e.op(opMark)
	}
	for i := range n {
		var err error
		if key {
			err = e.key(v.Index(i).Interface(), depth+1)
		} else {
			err = e.reflected(v.Index(i), depth+1)
		}
		if err != nil {
			return within(err, stepAt(i))
		}
	}
	if key {
		e.endTuple(n)
	} else {
		e.op(opAppends)
	}
	return nil
}

// anyMap appends a map, in the order of its keys if they are strings or numbers.
func (e *pickler) anyMap(v reflect.Value, depth int) error {
	if depth == MaxDepth {
		return tooDeep(Raw)
	}
	e.op(opEmptyDict)
	if v.Len() == 0 {
		return nil
	}
	keys := v.MapKeys()
	slices.SortFunc(keys, compareKeys)
	e.op(opMark)
	for _, k := range keys {
		if err := e.key(k.Interface(), depth+1); err != nil {
			return err
		}
		if err := e.reflected(v.MapIndex(k), depth+1); err != nil {
			return within(err, stepToKey(k.Interface()))
		}
	}
	e.op(opSetItems)
	return nil
}

func compareKeys(a, b reflect.Value) int {
	switch {
	case a.Kind() == reflect.String:
		return strings.Compare(a.String(), b.String())
	case a.CanInt():
		return cmp.Compare(a.Int(), b.Int())
	case a.CanUint():
		return cmp.Compare(a.Uint(), b.Uint())
	case a.CanFloat():
		return cmp.Compare(a.Float(), b.Float())
	}
	return 0
}

// structure appends a struct as a dict, keyed as encoding/json would.
func (e *pickler) structure(v reflect.Value, depth int) error {
	if depth == MaxDepth {
		return tooDeep(Raw)
	}
	info := infoOf(v.Type())
	e.op(opEmptyDict, opMark)
	for i := range info.fields {
		f := &info.fields[i]
		fv, ok := f.in(v)
		if !ok {
			continue
		}
		err := e.text(f.name)
		if err == nil {
			err = e.reflected(fv, depth+1)
		}
		if err != nil {
			return within(err, "."+f.name)
		}
	}
	e.op(opSetItems)
	return nil
}
