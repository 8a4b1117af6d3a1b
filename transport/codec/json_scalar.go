package codec

import (
	"bytes"
	"math"
	"math/big"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// text reads a string whose quote is next.
func (p *parser) text(keep bool) (string, error) {
	p.i++
	start := p.i
	for ; p.i < len(p.b); p.i++ {
		switch c := p.b[p.i]; {
		case c == '"':
			p.i++
			if !keep {
				return "", nil
			}
			if err := p.charge(p.i - start); err != nil {
				return "", err
			}
			return string(p.b[start : p.i-1]), nil
		case c == '\\':
			return p.escaped(start, keep)
		case c < ' ':
			return "", p.fail(p.i, "a control character in a string")
		}
	}
	return "", p.fail(p.i, "no end of the string")
}

// escaped reads the rest of a string that began at start and has escapes in it.
func (p *parser) escaped(start int, keep bool) (string, error) {
	out := bytes.Clone(p.b[start:p.i])
	for p.i < len(p.b) {
		c := p.b[p.i]
		switch {
		case c == '"':
			p.i++
			if !keep {
				return "", nil
			}
			if err := p.charge(len(out)); err != nil {
				return "", err
			}
			return string(out), nil
		case c < ' ':
			return "", p.fail(p.i, "a control character in a string")
		case c != '\\':
			out = append(out, c)
			p.i++
			continue
		}
		r, ok := p.escape()
		switch {
		case !ok:
			return "", p.fail(p.i, "an escape that is none")
		case utf16.IsSurrogate(r):
			p.odd = true
			out = appendSurrogate(out, r)
		default:
			out = utf8.AppendRune(out, r)
		}
	}
	return "", p.fail(p.i, "no end of the string")
}

// escape reads an escape whose backslash is next. Two of them may make one rune.
func (p *parser) escape() (rune, bool) {
	if p.i+1 >= len(p.b) {
		return 0, false
	}
	if c := p.b[p.i+1]; c != 'u' {
		at := bytes.IndexByte([]byte(`"\/bfnrt`), c)
		if at < 0 {
			return 0, false
		}
		p.i += 2
		return rune("\"\\/\b\f\n\r\t"[at]), true
	}
	r, ok := hex4(p.b[p.i+2:])
	if !ok {
		return 0, false
	}
	p.i += 6
	if utf16.IsSurrogate(r) && len(p.b)-p.i >= 6 && p.b[p.i] == '\\' && p.b[p.i+1] == 'u' {
		if low, ok := hex4(p.b[p.i+2:]); ok {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				p.i += 6
				return pair, true
			}
		}
	}
	return r, true
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// number reads an int or a float, or what Python writes for floats that are no
// numbers.
func (p *parser) number(keep bool) (any, error) {
	start := p.i
	negative := p.take('-')
	if p.i < len(p.b) {
		switch p.b[p.i] {
		case 'I':
			p.odd = true
			sign := 1
			if negative {
				sign = -1
			}
			return math.Inf(sign), p.word("Infinity")
		case 'N':
			if !negative {
				p.odd = true
				return math.NaN(), p.word("NaN")
			}
		}
	}
	digits := p.digits()
	if digits == 0 || digits > 1 && p.b[p.i-digits] == '0' {
		return nil, p.fail(start, "no value")
	}
	whole := true
	if p.take('.') {
		whole = false
		if p.digits() == 0 {
			return nil, p.fail(p.i, "no digit after the point")
		}
	}
	if p.take('e') || p.take('E') {
		whole = false
		_ = p.take('+') || p.take('-')
		if p.digits() == 0 {
			return nil, p.fail(p.i, "no digit in the exponent")
		}
	}
	if whole && digits > MaxDigits {
		return nil, &LimitError{Type: JSON, What: "digits", Limit: MaxDigits}
	}
	if !keep {
		return nil, nil
	}
	if whole {
		return parseInt(string(p.b[start:p.i])), nil
	}
	f, _ := strconv.ParseFloat(string(p.b[start:p.i]), 64) // out of range is an infinity, as in Python
	return f, nil
}

func (p *parser) digits() int {
	start := p.i
	for p.i < len(p.b) && p.b[p.i] >= '0' && p.b[p.i] <= '9' {
		p.i++
	}
	return p.i - start
}

// parseInt returns the value of decimal digits with or without a sign.
func parseInt(text string) any {
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return i
	}
	i, _ := new(big.Int).SetString(text, 10)
	return i
}
