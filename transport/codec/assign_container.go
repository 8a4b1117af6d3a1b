package codec

import (
	"fmt"
	"reflect"
	"slices"
)

func (a *assigner) structure(dst reflect.Value, v any) error {
	d, ok := v.(*Dict)
	if !ok {
		return a.mismatch(v, dst.Type(), "")
	}
	info := infoOf(dst.Type())
	for _, p := range d.pairs {
		k, ok := p.Key.(string)
		if !ok {
			continue
		}
		f := info.fieldFor([]byte(k))
		if f == nil {
			continue
		}
		field, ok := f.of(dst)
		if !ok {
			return within(a.mismatch(p.Value, dst.Type(), embeddedNil), "."+f.name)
		}
		if err := a.assign(field, p.Value); err != nil {
			return within(err, "."+f.name)
		}
	}
	return nil
}

func (a *assigner) mapping(dst reflect.Value, v any) error {
	t := dst.Type()
	d, ok := v.(*Dict)
	if !ok {
		return a.mismatch(v, t, "")
	}
	if err := a.charge(d.Len() * (int(t.Key().Size()+t.Elem().Size()) + valueCost)); err != nil {
		return err
	}
	if dst.IsNil() {
		dst.Set(reflect.MakeMapWithSize(t, d.Len()))
	}
	key, value := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
	for _, p := range d.pairs {
		key.SetZero()
		value.SetZero()
		err := a.assign(key, p.Key)
		if err == nil && !key.Comparable() {
			err = a.mismatch(p.Key, t.Key(), "Go cannot compare it")
		}
		if err == nil {
			err = a.assign(value, p.Value)
		}
		if err != nil {
			return within(err, stepToKey(p.Key))
		}
		dst.SetMapIndex(key, value)
	}
	return nil
}

func (a *assigner) slice(dst reflect.Value, v any) error {
	t := dst.Type()
	if isByteSlice(t) {
		if data, ok := byteString(v); ok {
			if err := a.charge(len(data)); err != nil {
				return err
			}
			dst.SetBytes(copyOf(data)) // the pickle may share it
			return nil
		}
	}
	list, ok := elements(v)
	if !ok {
		return a.mismatch(v, t, "")
	}
	if err := a.charge(len(list) * int(t.Elem().Size())); err != nil {
		return err
	}
	dst.Set(reflect.MakeSlice(t, len(list), len(list)))
	return a.each(dst, list)
}

// array fills what is there: more elements are dropped, missing ones are zero.
func (a *assigner) array(dst reflect.Value, v any) error {
	t := dst.Type()
	if isByte(t.Elem()) {
		if data, ok := byteString(v); ok {
			if len(data) != t.Len() {
				return a.mismatch(v, t, fmt.Sprintf("there are %d bytes", len(data)))
			}
			reflect.Copy(dst, reflect.ValueOf(data))
			return nil
		}
	}
	list, ok := elements(v)
	if !ok {
		return a.mismatch(v, t, "")
	}
	dst.SetZero()
	return a.each(dst, list[:min(len(list), t.Len())])
}

func (a *assigner) each(dst reflect.Value, list []any) error {
	for i, e := range list {
		if err := a.assign(dst.Index(i), e); err != nil {
			return within(err, stepAt(i))
		}
	}
	return nil
}

// byteString returns the bytes in v.
func byteString(v any) ([]byte, bool) {
	switch v := v.(type) {
	case []byte:
		return v, true
	case ByteArray:
		return v, true
	}
	return nil, false
}

// elements returns what is in a list, a tuple or a set.
func elements(v any) ([]any, bool) {
	switch v := v.(type) {
	case []any:
		return v, true
	case Tuple:
		return v, true
	case *Set:
		return slices.Collect(v.All()), true
	}
	return nil, false
}
