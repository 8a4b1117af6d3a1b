package codec

import (
	"encoding/json"
	"reflect"
)

// jsonCodec carries {"data": <value>}.
type jsonCodec struct{}

func (jsonCodec) Type() Type { return JSON }

// Append writes what Python's json.dumps({"data": v}) writes, byte for byte: ASCII
// with \u escapes, a blank after each comma and colon, floats with a point or an
// exponent, NaN and Infinity by these names. So a value has the same size on
// either side of a fixed-size stream.
func (jsonCodec) Append(dst []byte, v any) ([]byte, error) {
	b, err := appendJSON(append(dst, `{"data": `...), v, 0)
	if err != nil {
		return dst, err
	}
	return append(b, '}'), nil
}

func (jsonCodec) Decode(body []byte) (any, error) {
	p := newParser(body)
	data, err := p.envelope(true)
	return data.value, err
}

func (jsonCodec) DecodeInto(body []byte, into any) error {
	dst, err := targetOf(JSON, into)
	if err != nil {
		return err
	}
	return jsonInto(body, into, plainJSON(dst.Type()))
}

// jsonInto decodes body into the variable that into points to. One pass of our
// own checks the syntax and the limits and finds the value; for plain types and
// plain values encoding/json then decodes it straight into the variable. What it
// cannot do (NaN, lone surrogates, untyped integers) goes by way of the untyped
// value, and so does what it refuses, so that errors look the same.
func jsonInto(body []byte, into any, plain bool) error {
	p := newParser(body)
	data, err := p.envelope(!plain)
	if err != nil {
		return err
	}
	if plain {
		text := body[data.start:data.end]
		if !p.odd && json.Unmarshal(text, into) == nil {
			return nil
		}
		p.i = data.start
		if data.value, err = p.value(true); err != nil {
			return err
		}
	}
	a := assigner{t: JSON, budget: newBudget(JSON, len(body))}
	return a.assign(reflect.ValueOf(into).Elem(), data.value)
}

// plainJSON reports whether encoding/json decodes into t what this package
// promises: where there are no interfaces, whose integers would become floats,
// and no big.Int, which it would read at any length.
func plainJSON(t reflect.Type) bool { return plainIn(t, map[reflect.Type]bool{}) }

func plainIn(t reflect.Type, seen map[reflect.Type]bool) bool {
	if seen[t] {
		return true
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Interface:
		return false
	case reflect.Pointer:
		return plainIn(t.Elem(), seen)
	}
	if info := infoOf(t); t != bigIntType && (info.readsJSON || info.readsText) {
		return true
	}
	switch t.Kind() {
	case reflect.Map:
		return plainIn(t.Key(), seen) && plainIn(t.Elem(), seen)
	case reflect.Slice, reflect.Array:
		return plainIn(t.Elem(), seen)
	case reflect.Struct:
		if t == bigIntType {
			return false
		}
		for i := range t.NumField() {
			if !plainIn(t.Field(i).Type, seen) {
				return false
			}
		}
	}
	return true
}
