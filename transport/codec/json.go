package codec

import "reflect"

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

func (jsonCodec) Decode(body []byte) (v any, err error) {
	p := newParser(body)
	err = p.envelope(func() (err error) {
		v, err = p.value(true)
		return err
	})
	if err != nil {
		return nil, err
	}
	return v, nil
}

func (jsonCodec) DecodeInto(body []byte, into any) error {
	dst, err := targetOf(JSON, into)
	if err != nil {
		return err
	}
	return jsonInto(body, dst)
}

// jsonInto decodes body into dst in one pass.
func jsonInto(body []byte, dst reflect.Value) error {
	p := newParser(body)
	again := false
	return p.envelope(func() error {
		if again {
			dst.SetZero() // the last "data" counts, and it alone
		}
		again = true
		return p.into(dst)
	})
}

// envelope reads the whole body, and has data read the value of "data" when it is
// next. Of several the last one counts; other keys are skipped.
func (p *parser) envelope(data func() error) error {
	if i, ok := validText(p.b, false); !ok {
		return p.fail(i, "text that is not UTF-8")
	}
	p.blanks()
	if p.i == len(p.b) {
		return p.fail(p.i, "an empty body")
	}
	if p.b[p.i] != '{' {
		return p.fail(p.i, "no object")
	}
	found := false
	var misfit error
	err := p.members(func(key []byte) error {
		if string(key) != "data" {
			return p.skip()
		}
		start := p.i
		err := data()
		found, misfit = true, nil
		if _, ok := err.(*TypeError); ok {
			// What is no JSON is worse; what comes later may fit.
			misfit = err
			p.i, p.depth = start, 0
			return p.skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	p.blanks()
	switch {
	case p.i < len(p.b):
		return p.fail(p.i, "something after the object")
	case !found:
		return &DecodeError{Type: JSON, Offset: p.i, Reason: ErrNoData.Error(), Err: ErrNoData}
	}
	return misfit
}
