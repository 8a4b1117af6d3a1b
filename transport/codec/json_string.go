package codec

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// text reads a string whose quote is next. What it returns may be part of the
// input; it is to be used or copied before anything else is done.
func (p *parser) text() ([]byte, error) {
	p.i++
	start := p.i
	for ; p.i < len(p.b); p.i++ {
		switch c := p.b[p.i]; {
		case c == '"':
			p.i++
			return p.b[start : p.i-1], nil
		case c == '\\':
			return p.escaped(start)
		case c < ' ':
			return nil, p.fail(p.i, "a control character in a string")
		}
	}
	return nil, p.fail(p.i, "no end of the string")
}

// escaped reads the rest of a string that began at start and has escapes in it.
func (p *parser) escaped(start int) ([]byte, error) {
	out := bytes.Clone(p.b[start:p.i])
	for p.i < len(p.b) {
		c := p.b[p.i]
		switch {
		case c == '"':
			p.i++
			return out, nil
		case c < ' ':
			return nil, p.fail(p.i, "a control character in a string")
		case c != '\\':
			out = append(out, c)
			p.i++
			continue
		}
		r, ok := p.escape()
		switch {
		case !ok:
			return nil, p.fail(p.i, "an escape that is none")
		case utf16.IsSurrogate(r):
			out = appendSurrogate(out, r)
		default:
			out = utf8.AppendRune(out, r)
		}
	}
	return nil, p.fail(p.i, "no end of the string")
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
