// Package peertest helps to test programs that use package peer.
package peertest

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// Fits fails t unless values that one side exposes as a Sent are what the other side,
// which calls them a Received, takes them for: the names of the two types agree (see
// [peer.TypeName]), and a value with something in every field that is encoded by c,
// decoded into the other type and encoded again is still the same. So a field that
// one side has renamed, lost, or gave another type is found where both types are
// known, in a test. nil means JSON.
//
// Programs whose names differ on purpose, and say so with ExposeOptions.Type, use
// [FitsAs].
func Fits[Sent, Received any](t testing.TB, c codec.Codec) {
	t.Helper()
	sent, received := peer.TypeName[Sent](), peer.TypeName[Received]()
	if sent != "" && received != "" && sent != received {
		t.Errorf("the types have different names: %s is sent, %s received", sent, received)
	}
	FitsAs[Sent, Received](t, c)
}

// FitsAs is [Fits] without a look at the names.
func FitsAs[Sent, Received any](t testing.TB, c codec.Codec) {
	t.Helper()
	if c == nil {
		c, _ = codec.For(codec.JSON) // there is one
	}
	first, second, err := roundTrip[Sent, Received](c)
	switch {
	case err != nil:
		t.Errorf("%s as %s: %v", peer.TypeName[Sent](), peer.TypeName[Received](), err)
	case !reflect.DeepEqual(first, second):
		t.Errorf("%s is not what %s was:\nsent:     %v\nreceived: %v", peer.TypeName[Received](), peer.TypeName[Sent](), first, second)
	}
}

// roundTrip returns a value as it is sent and as it is when it was received, both in
// the form without types.
func roundTrip[Sent, Received any](c codec.Codec) (first, second any, err error) {
	sample := new(Sent)
	n := 0
	if err = fill(reflect.ValueOf(sample).Elem(), &n, 0); err != nil {
		return nil, nil, err
	}
	body, err := c.Append(nil, sample)
	if err != nil {
		return nil, nil, fmt.Errorf("it cannot be sent: %w", err)
	}
	if first, err = c.Decode(body); err != nil {
		return nil, nil, err
	}
	received := new(Received)
	if err = c.DecodeInto(body, received); err != nil {
		return nil, nil, fmt.Errorf("it cannot be received: %w", err)
	}
	if body, err = c.Append(nil, received); err != nil {
		return nil, nil, err
	}
	second, err = c.Decode(body)
	return first, second, err
}

// deepest is how deep values of types that contain themselves are made.
const deepest = 8

// fill puts something into every part of v, each time something else.
func fill(v reflect.Value, n *int, depth int) error {
	if depth > deepest {
		return nil
	}
	*n++
	if at, is := v.Addr().Interface().(*time.Time); is {
		*at = time.Date(2000, 1, 1, 0, 0, *n, 0, time.UTC)
		return nil
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(*n % 100))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		v.SetUint(uint64(*n % 100))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float64(*n) + 0.5)
	case reflect.String:
		v.SetString(fmt.Sprint("text ", *n))
	case reflect.Interface:
		if v.NumMethod() == 0 {
			v.Set(reflect.ValueOf(fmt.Sprint("any ", *n)))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return fill(v.Elem(), n, depth+1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		return fill(v.Index(0), n, depth+1)
	case reflect.Array:
		for i := range v.Len() {
			if err := fill(v.Index(i), n, depth+1); err != nil {
				return err
			}
		}
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		if err := fill(key, n, depth+1); err != nil {
			return err
		}
		if err := fill(value, n, depth+1); err != nil {
			return err
		}
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() {
				if err := fill(f, n, depth+1); err != nil {
					return err
				}
			}
		}
	default:
		return fmt.Errorf("a %s cannot be sent", v.Type())
	}
	return nil
}
