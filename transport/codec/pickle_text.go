package codec

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// line runs an opcode whose argument is a line of text, as protocol 0 has them.
func (u *unpickler) line(op byte) error {
	text, err := u.readLine()
	if err != nil {
		return err
	}
	switch op {
	case opInt:
		switch string(text) {
		case "00":
			return u.push(false)
		case "01":
			return u.push(true)
		}
		return u.decimal(text)
	case opLong:
		return u.decimal(bytes.TrimSuffix(text, []byte{'L'}))
	case opFloat:
		f, ok := pythonFloat(string(text))
		if !ok {
			return u.fail("no float")
		}
		return u.push(f)
	case opUnicode:
		s, ok := rawUnicode(text)
		if !ok {
			return u.fail("a \\u escape that is none")
		}
		return u.push(s)
	case opString:
		s, ok := python2String(text)
		if !ok {
			return u.fail("a Python 2 string that is none")
		}
		return u.ascii(s)
	case opGlobal:
		name, err := u.readLine()
		if err != nil {
			return err
		}
		return u.global(string(text), string(name))
	}
	n, err := strconv.ParseUint(string(text), 10, 64)
	if err != nil {
		return u.fail("no memo number")
	}
	if op == opPut {
		return u.put(n)
	}
	return u.get(n)
}

func (u *unpickler) readLine() ([]byte, error) {
	n := bytes.IndexByte(u.b[u.i:], '\n')
	if n < 0 {
		return nil, u.fail("no end of the line")
	}
	text := u.b[u.i : u.i+n]
	u.i += n + 1
	return text, nil
}

// decimal pushes an int written in decimal.
func (u *unpickler) decimal(text []byte) error {
	digits := strings.TrimPrefix(string(text), "-")
	if digits == "" || !allDigits(digits) {
		return u.fail("no int")
	}
	if len(digits) > MaxDigits {
		return &LimitError{Type: Raw, What: "digits", Limit: MaxDigits}
	}
	return u.push(parseInt(string(text)))
}

// pythonFloat reads what Python's repr of a float may be.
func pythonFloat(text string) (float64, bool) {
	switch strings.TrimPrefix(text, "-") {
	case "inf", "nan":
	default:
		if text == "" || strings.Trim(text, "+-.0123456789eE") != "" {
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(strings.TrimPrefix(text, "-"), 64)
	if strings.HasPrefix(text, "-") {
		f = -f
	}
	return f, err == nil
}

// rawUnicode reads Python's raw-unicode-escape: Latin-1 with \uXXXX and
// \UXXXXXXXX.
func rawUnicode(b []byte) (string, bool) {
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		c := b[0]
		if c != '\\' || len(b) < 2 || b[1] != 'u' && b[1] != 'U' {
			out = utf8.AppendRune(out, rune(c))
			b = b[1:]
			continue
		}
		width := 4
		if b[1] == 'U' {
			width = 8
		}
		if len(b) < 2+width {
			return "", false
		}
		n, err := strconv.ParseUint(string(b[2:2+width]), 16, 32)
		if err != nil || n > utf8.MaxRune {
			return "", false
		}
		if r := rune(n); utf16.IsSurrogate(r) {
			out = appendSurrogate(out, r)
		} else {
			out = utf8.AppendRune(out, r)
		}
		b = b[2+width:]
	}
	return string(out), true
}

// python2String reads the repr of a Python 2 str: quotes around ASCII with
// escapes.
func python2String(b []byte) ([]byte, bool) {
	if len(b) < 2 || b[0] != b[len(b)-1] || b[0] != '\'' && b[0] != '"' {
		return nil, false
	}
	b = b[1 : len(b)-1]
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		if b[0] != '\\' {
			out = append(out, b[0])
			b = b[1:]
			continue
		}
		if len(b) < 2 {
			return nil, false
		}
		if b[1] == 'x' {
			if len(b) < 4 {
				return nil, false
			}
			n, err := strconv.ParseUint(string(b[2:4]), 16, 8)
			if err != nil {
				return nil, false
			}
			out = append(out, byte(n))
			b = b[4:]
			continue
		}
		at := strings.IndexByte(`\'"nrt`, b[1])
		if at < 0 {
			return nil, false
		}
		out = append(out, "\\'\"\n\r\t"[at])
		b = b[2:]
	}
	return out, true
}
