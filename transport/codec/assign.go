package codec

import (
	"encoding"
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"time"
)

// An assigner puts what a pickle decoded to into Go variables of any type, by the
// rules that encoding/json has for JSON. What it allocates is charged, since a
// pickle's parts may be shared where Go's copies are not.
type assigner struct {
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
			*p = v.clone()
			return true, a.charge(v.Len() * entryCost)
		}
	case *Set:
		if v, ok := v.(*Set); ok {
			*p = Set{elements: v.elements.clone(), frozen: v.frozen}
			return true, a.charge(v.Len() * entryCost)
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
	if text, ok := v.(string); ok && info.readsText {
		err := dst.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text))
		return true, a.refused(v, dst.Type(), err)
	}
	if info.ownValue && dst.Kind() == reflect.Struct {
		return true, a.mismatch(v, dst.Type(), "")
	}
	return false, nil
}

// refused makes a TypeError of what an UnmarshalJSON or the like returned.
func (a *assigner) refused(v any, t reflect.Type, err error) error {
	if err == nil {
		return nil
	}
	return a.mismatch(v, t, err.Error())
}

func (a *assigner) mismatch(v any, t reflect.Type, reason string) error {
	return &TypeError{Type: Raw, Value: describe(v), Into: t.String(), Reason: reason}
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
