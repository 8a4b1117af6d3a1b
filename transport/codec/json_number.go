package codec

import (
	"math/big"
	"reflect"
	"strconv"
)

// A number is one as it stands in JSON.
type number struct {
	text  []byte // part of the input
	whole bool   // an int, not a float
}

// number reads an int or a float, or what Python writes for floats that are no
// numbers.
func (p *parser) number() (number, error) {
	start := p.i
	negative := p.take('-')
	if p.i < len(p.b) {
		switch c := p.b[p.i]; {
		case c == 'I':
			err := p.word("Infinity")
			return number{text: p.b[start:p.i]}, err
		case c == 'N' && !negative:
			err := p.word("NaN")
			return number{text: p.b[start:p.i]}, err
		}
	}
	digits := p.digits()
	if digits == 0 || digits > 1 && p.b[p.i-digits] == '0' {
		return number{}, p.fail(start, "no value")
	}
	whole := true
	if p.take('.') {
		whole = false
		if p.digits() == 0 {
			return number{}, p.fail(p.i, "no digit after the point")
		}
	}
	if p.take('e') || p.take('E') {
		whole = false
		_ = p.take('+') || p.take('-')
		if p.digits() == 0 {
			return number{}, p.fail(p.i, "no digit in the exponent")
		}
	}
	if whole && digits > MaxDigits {
		return number{}, &LimitError{Type: JSON, What: "digits", Limit: MaxDigits}
	}
	return number{p.b[start:p.i], whole}, nil
}

func (p *parser) digits() int {
	start := p.i
	for p.i < len(p.b) && p.b[p.i] >= '0' && p.b[p.i] <= '9' {
		p.i++
	}
	return p.i - start
}

// value returns n in the untyped form.
func (n number) value() any {
	if n.whole {
		return parseInt(string(n.text))
	}
	return n.float()
}

// float returns the nearest float: an infinity when n is out of range, as in
// Python.
func (n number) float() float64 {
	f, _ := strconv.ParseFloat(string(n.text), 64)
	return f
}

// intoNumber reads a number into a variable of one of Go's number types.
func (p *parser) intoNumber(dst reflect.Value) error {
	start := p.i
	n, err := p.number()
	if err != nil {
		return err
	}
	reason := ""
	switch {
	case dst.CanInt() && n.whole:
		if i, err := strconv.ParseInt(string(n.text), 10, dst.Type().Bits()); err == nil {
			dst.SetInt(i)
			return nil
		}
		reason = outOfRange
	case dst.CanUint() && n.whole:
		text := string(n.text)
		if text == "-0" {
			text = "0"
		}
		if u, err := strconv.ParseUint(text, 10, dst.Type().Bits()); err == nil {
			dst.SetUint(u)
			return nil
		}
		reason = outOfRange
	case dst.CanFloat():
		bits := dst.Type().Bits()
		f, err := strconv.ParseFloat(string(n.text), bits)
		if err == nil || bits == 64 {
			dst.SetFloat(f) // out of range is an infinity, as in Python
			return nil
		}
		reason = outOfRange
	}
	p.i = start
	return p.misfit(dst.Type(), reason)
}

// parseInt returns the value of decimal digits with or without a sign.
func parseInt(text string) any {
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return i
	}
	i, _ := new(big.Int).SetString(text, 10)
	return i
}
