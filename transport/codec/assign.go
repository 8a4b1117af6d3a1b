package codec

import (
	"encoding"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"time"
)

// An assigner puts decoded values into Go variables of any type, by the rules of
// encoding/json. What it allocates is charged, since a pickle's parts may be
// shared where Go's copies are not.
type assigner struct {
	t Type
	budget
}

// assign puts v into dst, which is settable.
func (a *assigner) assign(dst reflect.Value, v any) error {
	if v == nil {
		// None leaves alone what cannot be nil.
		switch dst.Kind() {
		case reflect.Interface, reflect.Pointer, reflect.Map, reflect.Slice:
			dst.SetZero()
		}
		return nil
	}
	t := dst.Type()
	if reflect.TypeOf(v) == t {
		dst.Set(reflect.ValueOf(v))
		return nil
	}
	switch dst.Kind() {
	case reflect.Interface:
		if !reflect.TypeOf(v).Implements(t) {
			return a.mismatch(v, t, "")
		}
		dst.Set(reflect.ValueOf(v))
		return nil
	case reflect.Pointer:
		if dst.IsNil() {
			if err := a.charge(int(t.Elem().Size()) + valueCost); err != nil {
				return err
			}
			dst.Set(reflect.New(t.Elem()))
		}
		return a.assign(dst.Elem(), v)
	}
	if t.PkgPath() != "" || dst.Kind() == reflect.Struct {
		if done, err := a.named(dst, v); done {
			return err
		}
	}
	switch dst.Kind() {
	case reflect.Struct:
		return a.structure(dst, v)
	case reflect.Map:
		return a.mapping(dst, v)
	case reflect.Slice:
		return a.slice(dst, v)
	case reflect.Array:
		return a.array(dst, v)
	}
	return a.scalar(dst, v)
}

// named serves types that say themselves how they are read, and those that take
// another type's values.
func (a *assigner) named(dst reflect.Value, v any) (done bool, err error) {
	switch p := dst.Addr().Interface().(type) {
	case *big.Int:
		switch v := v.(type) {
		case int64:
			p.SetInt64(v)
			return true, nil
		case *big.Int:
			p.Set(v)
			return true, nil
		}
	case *Dict:
		if v, ok := v.(*Dict); ok {
			*p = *v
			return true, nil
		}
	case *Set:
		if v, ok := v.(*Set); ok {
			*p = *v
			return true, nil
		}
	case *time.Time:
		// Python too takes a naive datetime for local time.
		if v, ok := v.(DateTime); ok {
			*p = v.In(time.Local)
			return true, nil
		}
	case *json.Number:
		switch v.(type) {
		case int64, float64, *big.Int:
			text, err := appendJSON(nil, v, 0)
			*p = json.Number(text)
			return true, err
		}
	}
	info := infoOf(dst.Type())
	if a.t == JSON && info.readsJSON {
		text, err := appendJSON(nil, v, 0)
		if err == nil {
			err = dst.Addr().Interface().(json.Unmarshaler).UnmarshalJSON(text)
		}
		return true, a.refused(v, dst.Type(), err)
	}
	if text, ok := v.(string); ok && info.readsText {
		err := dst.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text))
		return true, a.refused(v, dst.Type(), err)
	}
	if info.ownValue && dst.Kind() == reflect.Struct {
		return true, a.mismatch(v, dst.Type(), "")
	}
	return false, nil
}

func (a *assigner) structure(dst reflect.Value, v any) error {
	info := infoOf(dst.Type())
	set := func(key string, value any, wantExact bool) error {
		f, exact, ok := info.fieldFor(key)
		if !ok || exact != wantExact {
			return nil
		}
		return within(a.field(dst, f, value), "."+f.name)
	}
	// Keys in another case count for less than those that match.
	switch v := v.(type) {
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, exact := range []bool{false, true} {
			for _, k := range keys {
				if err := set(k, v[k], exact); err != nil {
					return err
				}
			}
		}
		return nil
	case *Dict:
		for _, exact := range []bool{false, true} {
			for _, p := range v.pairs {
				if k, ok := p.Key.(string); ok {
					if err := set(k, p.Value, exact); err != nil {
						return err
					}
				}
			}
		}
		return nil
	}
	return a.mismatch(v, dst.Type(), "")
}

// field puts v into a field of dst and allocates embedded structs on the way.
func (a *assigner) field(dst reflect.Value, f *field, v any) error {
	for i, n := range f.index {
		if i > 0 && dst.Kind() == reflect.Pointer {
			if dst.IsNil() {
				if !dst.CanSet() {
					return a.mismatch(v, dst.Type(), "an embedded pointer to an unexported struct is nil")
				}
				dst.Set(reflect.New(dst.Type().Elem()))
			}
			dst = dst.Elem()
		}
		dst = dst.Field(n)
	}
	if text, ok := v.(string); ok && f.quoted && a.t == JSON {
		p := newParser([]byte(text))
		inner, err := p.value(true)
		if err != nil || p.i < len(text) {
			return a.mismatch(v, dst.Type(), "no JSON in the string")
		}
		v = inner
	}
	return a.assign(dst, v)
}

func (a *assigner) mapping(dst reflect.Value, v any) error {
	t := dst.Type()
	n := 0
	switch v := v.(type) {
	case map[string]any:
		n = len(v)
	case *Dict:
		n = v.Len()
	default:
		return a.mismatch(v, t, "")
	}
	if err := a.charge(n * (int(t.Key().Size()+t.Elem().Size()) + valueCost)); err != nil {
		return err
	}
	if dst.IsNil() {
		dst.Set(reflect.MakeMapWithSize(t, n))
	}
	key, value := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
	put := func(k, v any) error {
		key.SetZero()
		value.SetZero()
		err := a.key(key, k)
		if err == nil {
			err = a.assign(value, v)
		}
		if err != nil {
			return within(err, stepTo(fmt.Sprint(k)))
		}
		if !key.Comparable() {
			return a.mismatch(k, t.Key(), "Go cannot compare it")
		}
		dst.SetMapIndex(key, value)
		return nil
	}
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			if err := put(k, e); err != nil {
				return err
			}
		}
	case *Dict:
		for _, p := range v.pairs {
			if err := put(p.Key, p.Value); err != nil {
				return err
			}
		}
	}
	return nil
}

// key assigns a map's key. In JSON every key is text, that of numbers too.
func (a *assigner) key(dst reflect.Value, k any) error {
	text, ok := k.(string)
	if a.t != JSON || !ok || dst.Kind() == reflect.String || infoOf(dst.Type()).readsText {
		return a.assign(dst, k)
	}
	p := newParser([]byte(text))
	n, err := p.value(true)
	if err != nil || p.i < len(text) {
		return a.mismatch(k, dst.Type(), "")
	}
	return a.assign(dst, n)
}

func (a *assigner) slice(dst reflect.Value, v any) error {
	t := dst.Type()
	if isByteSlice(t) {
		if data, ok, err := a.byteString(v, t); ok {
			dst.SetBytes(data)
			return err
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
	if a.t == Raw && t.Elem().Kind() == reflect.Uint8 {
		if data, ok, _ := a.byteString(v, t); ok {
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

// byteString returns the bytes that v is: a copy, for a pickle may share them. In
// JSON they are base64, as encoding/json has it.
func (a *assigner) byteString(v any, t reflect.Type) (data []byte, ok bool, err error) {
	switch v := v.(type) {
	case []byte:
		data = v
	case ByteArray:
		data = v
	case string:
		if a.t != JSON {
			return nil, false, nil
		}
		data, err = base64.StdEncoding.DecodeString(v)
		return data, true, a.refused(v, t, err)
	default:
		return nil, false, nil
	}
	if err := a.charge(len(data)); err != nil {
		return nil, true, err
	}
	return copyOf(data), true, nil
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

// refused makes a TypeError of what an UnmarshalJSON or the like returned.
func (a *assigner) refused(v any, t reflect.Type, err error) error {
	if err == nil {
		return nil
	}
	return a.mismatch(v, t, err.Error())
}

func (a *assigner) mismatch(v any, t reflect.Type, reason string) error {
	return &TypeError{Type: a.t, Value: describe(v), Into: t.String(), Reason: reason}
}

// describe names v by Python's type, with the value where it is short.
func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		return fmt.Sprintf("the bool %t", v)
	case int64:
		return fmt.Sprintf("the int %d", v)
	case *big.Int:
		return fmt.Sprintf("an int of %d bits", v.BitLen())
	case float64:
		return "the float " + string(appendFloat(nil, v, 64))
	case string:
		return "a str"
	case []any:
		return "a list"
	case *Dict, map[string]any:
		return "a dict"
	case []byte:
		return "bytes"
	case *Set:
		if v.frozen {
			return "a frozenset"
		}
		return "a set"
	case time.Time:
		return "an aware datetime"
	case time.Duration:
		return "a timedelta"
	}
	return "a " + strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", v), "codec."))
}
