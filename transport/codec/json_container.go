package codec

import (
	"encoding"
	"reflect"
)

func (p *parser) intoStruct(dst reflect.Value) error {
	if err := p.enter(true); err != nil {
		return err
	}
	defer p.leave()
	info := infoOf(dst.Type())
	return p.members(func(key []byte) error {
		f := info.fieldFor(key)
		if f == nil {
			return p.skip()
		}
		field, ok := f.of(dst)
		if !ok {
			return within(p.misfit(dst.Type(), embeddedNil), "."+f.name)
		}
		if f.quoted && p.i < len(p.b) && p.b[p.i] == '"' {
			return within(p.intoQuoted(field), "."+f.name)
		}
		if err := p.into(field); err != nil {
			return within(err, "."+f.name)
		}
		return nil
	})
}

// intoQuoted reads a value that stands in a string, as the tag ",string" says.
func (p *parser) intoQuoted(dst reflect.Value) error {
	start := p.i
	text, err := p.text()
	if err != nil {
		return err
	}
	inner := newParser(text)
	if err := inner.into(dst); err != nil || inner.i < len(text) {
		p.i = start
		return p.misfit(dst.Type(), "no such value in the string")
	}
	return nil
}

func (p *parser) intoMap(dst reflect.Value) error {
	if err := p.enter(true); err != nil {
		return err
	}
	defer p.leave()
	t := dst.Type()
	if dst.IsNil() {
		dst.Set(reflect.MakeMap(t))
	}
	key, value := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
	cost := entryCost + int(t.Key().Size()+t.Elem().Size())
	return p.members(func(text []byte) error {
		if err := p.charge(cost + len(text)); err != nil {
			return err
		}
		key.SetZero()
		value.SetZero()
		step := string(text)
		if err := p.intoKey(key, text); err != nil {
			return within(err, stepTo(step))
		}
		if err := p.into(value); err != nil {
			return within(err, stepTo(step))
		}
		dst.SetMapIndex(key, value)
		return nil
	})
}

// intoKey sets a map's key, which is text in JSON, that of numbers too.
func (p *parser) intoKey(dst reflect.Value, text []byte) error {
	if dst.Kind() == reflect.String {
		dst.SetString(string(text))
		return nil
	}
	if dst.Type() == anyType {
		dst.Set(reflect.ValueOf(string(text)))
		return nil
	}
	if infoOf(dst.Type()).readsText && dst.Kind() != reflect.Pointer {
		err := dst.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText(text)
		if err == nil {
			return nil
		}
		return &TypeError{Type: JSON, Value: "a key", Into: dst.Type().String(), Reason: err.Error()}
	}
	if dst.Kind() == reflect.Bool || dst.CanInt() || dst.CanUint() || dst.CanFloat() {
		inner := newParser(text)
		if err := inner.into(dst); err == nil && inner.i == len(text) && text[0] != 'n' {
			return nil
		}
	}
	return &TypeError{Type: JSON, Value: "a key", Into: dst.Type().String()}
}

// intoSlice makes a new slice: whoever holds the old one keeps it.
func (p *parser) intoSlice(dst reflect.Value) error {
	size := int(dst.Type().Elem().Size())
	dst.Set(reflect.MakeSlice(dst.Type(), 0, 0))
	n := 0
	return p.each(true, func() error {
		if err := p.charge(size); err != nil {
			return err
		}
		if n == dst.Cap() {
			dst.Grow(1)
		}
		dst.SetLen(n + 1)
		if err := p.into(dst.Index(n)); err != nil {
			return within(err, stepAt(n))
		}
		n++
		return nil
	})
}

// intoArray fills what is there: more elements are dropped, missing ones are zero.
func (p *parser) intoArray(dst reflect.Value) error {
	dst.SetZero()
	n := 0
	return p.each(true, func() error {
		if n == dst.Len() {
			return p.skip()
		}
		if err := p.into(dst.Index(n)); err != nil {
			return within(err, stepAt(n))
		}
		n++
		return nil
	})
}
