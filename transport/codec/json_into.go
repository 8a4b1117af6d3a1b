package codec

import (
	"encoding"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"reflect"
	"strconv"
)

// into reads one value into dst, which is settable, by the rules of encoding/json
// wherever these do not contradict the package comment.
func (p *parser) into(dst reflect.Value) error {
	p.blanks()
	if p.i == len(p.b) {
		return p.fail(p.i, "no value")
	}
	null := p.b[p.i] == 'n'
	switch dst.Kind() {
	case reflect.Pointer:
		if null {
			dst.SetZero()
			return p.word("null")
		}
		if dst.IsNil() {
			if err := p.charge(int(dst.Type().Elem().Size())); err != nil {
				return err
			}
			dst.Set(reflect.New(dst.Type().Elem()))
		}
		return p.into(dst.Elem())
	case reflect.Interface:
		return p.intoInterface(dst)
	}
	if t := dst.Type(); t.PkgPath() != "" || dst.Kind() == reflect.Struct {
		if done, err := p.intoNamed(dst, infoOf(t)); done {
			return err
		}
	}
	if null {
		// It leaves alone what cannot be nil.
		if k := dst.Kind(); k == reflect.Map || k == reflect.Slice {
			dst.SetZero()
		}
		return p.word("null")
	}
	switch c := p.b[p.i]; {
	case c == '{' && dst.Kind() == reflect.Struct:
		return p.intoStruct(dst)
	case c == '{' && dst.Kind() == reflect.Map:
		return p.intoMap(dst)
	case c == '[' && dst.Kind() == reflect.Slice:
		return p.intoSlice(dst)
	case c == '[' && dst.Kind() == reflect.Array:
		return p.intoArray(dst)
	case c == '"' && dst.Kind() == reflect.String:
		text, err := p.text()
		if err == nil {
			err = p.charge(len(text))
		}
		if err == nil {
			dst.SetString(string(text))
		}
		return err
	case c == '"' && isByteSlice(dst.Type()):
		return p.intoBytes(dst)
	case (c == 't' || c == 'f') && dst.Kind() == reflect.Bool:
		dst.SetBool(c == 't')
		return p.word(strconv.FormatBool(c == 't'))
	case c == '{', c == '[', c == '"', c == 't', c == 'f':
		return p.misfit(dst.Type(), "")
	}
	return p.intoNumber(dst)
}

func (p *parser) intoInterface(dst reflect.Value) error {
	if dst.NumMethod() > 0 {
		if p.b[p.i] == 'n' {
			dst.SetZero()
			return p.word("null")
		}
		return p.misfit(dst.Type(), "")
	}
	v, err := p.value(true)
	if err != nil {
		return err
	}
	if v == nil {
		dst.SetZero()
	} else {
		dst.Set(reflect.ValueOf(v))
	}
	return nil
}

// intoNamed serves types that say themselves how they are read.
func (p *parser) intoNamed(dst reflect.Value, info *typeInfo) (done bool, err error) {
	t := dst.Type()
	c := p.b[p.i]
	switch {
	case t == bigIntType && c != 'n':
		if c != '-' && (c < '0' || c > '9') {
			return true, p.misfit(t, "")
		}
		start := p.i
		n, err := p.number()
		if err != nil {
			return true, err
		}
		if !n.whole {
			p.i = start
			return true, p.misfit(t, "")
		}
		dst.Addr().Interface().(*big.Int).SetString(string(n.text), 10)
		return true, nil
	case t == numberType && c != 'n' && c != '"':
		if c != '-' && (c < '0' || c > '9') {
			return true, p.misfit(t, "")
		}
		n, err := p.number()
		dst.SetString(string(n.text))
		return true, err
	case info.readsJSON:
		start := p.i
		if err := p.skip(); err != nil {
			return true, err
		}
		text := p.b[start:p.i]
		err := dst.Addr().Interface().(json.Unmarshaler).UnmarshalJSON(text)
		return true, p.refused(start, t, err)
	case info.readsText && c == '"':
		start := p.i
		text, err := p.text()
		if err != nil {
			return true, err
		}
		err = dst.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText(text)
		return true, p.refused(start, t, err)
	case info.readsText && c != 'n':
		return true, p.misfit(t, "")
	}
	return false, nil
}

// intoBytes reads bytes in base64, as encoding/json has it.
func (p *parser) intoBytes(dst reflect.Value) error {
	start := p.i
	text, err := p.text()
	if err != nil {
		return err
	}
	data, err := base64.StdEncoding.AppendDecode(make([]byte, 0, len(text)/4*3), text)
	if err != nil {
		return p.refused(start, dst.Type(), err)
	}
	dst.SetBytes(data)
	return nil
}

// misfit is the error that the next value does not fit. It reads no more than it
// takes to name it.
func (p *parser) misfit(t reflect.Type, reason string) error {
	if p.i == len(p.b) {
		return p.fail(p.i, "no value")
	}
	var what string
	switch p.b[p.i] {
	case '{':
		what = describe((*Dict)(nil))
	case '[':
		what = describe([]any(nil))
	case '"':
		what = describe("")
	default:
		start := p.i
		v, err := p.value(true)
		if err != nil {
			return err
		}
		p.i = start
		what = describe(v)
	}
	return &TypeError{Type: JSON, Value: what, Into: t.String(), Reason: reason}
}

// refused makes a TypeError of what an UnmarshalJSON or the like said of the value
// at start.
func (p *parser) refused(start int, t reflect.Type, err error) error {
	if err == nil {
		return nil
	}
	p.i = start
	return p.misfit(t, err.Error())
}
