package codec

import (
	"fmt"
	"unicode/utf8"
)

// A parser reads JSON as Python writes and reads it.
type parser struct {
	b     []byte
	i     int // the next byte
	depth int
	odd   bool // NaN, Infinity or a lone surrogate was met
	budget
}

func newParser(b []byte) *parser {
	return &parser{b: b, budget: newBudget(JSON, len(b))}
}

// A datum is the value of "data".
type datum struct {
	value      any // if it was kept
	start, end int
}

// envelope reads the whole body. The last "data" counts; other keys are skipped.
func (p *parser) envelope(keep bool) (data datum, err error) {
	if i, ok := validText(p.b, false); !ok {
		return data, p.fail(i, "text that is not UTF-8")
	}
	p.blanks()
	if p.i == len(p.b) {
		return data, p.fail(p.i, "an empty body")
	}
	if p.b[p.i] != '{' {
		return data, p.fail(p.i, "no object")
	}
	found := false
	err = p.members(true, func(key string) error {
		start := p.i
		value, err := p.value(keep && key == "data")
		if key == "data" {
			data, found = datum{value, start, p.i}, true
		}
		return err
	})
	if err != nil {
		return datum{}, err
	}
	p.blanks()
	if p.i < len(p.b) {
		return datum{}, p.fail(p.i, "something after the object")
	}
	if !found {
		return datum{}, &DecodeError{Type: JSON, Offset: p.i, Reason: ErrNoData.Error(), Err: ErrNoData}
	}
	return data, nil
}

// parseObject reads an object into pairs, in its order.
func parseObject(text []byte) (pairs []Pair, err error) {
	p := newParser(text)
	p.blanks()
	if p.i == len(p.b) || p.b[p.i] != '{' {
		return nil, p.fail(p.i, "no object")
	}
	err = p.members(true, func(key string) error {
		value, err := p.value(true)
		pairs = append(pairs, Pair{key, value})
		return err
	})
	return pairs, err
}

// value reads one value, and builds it if it is to be kept.
func (p *parser) value(keep bool) (any, error) {
	p.blanks()
	if p.i == len(p.b) {
		return nil, p.fail(p.i, "no value")
	}
	if keep {
		if err := p.charge(valueCost + boxCost); err != nil {
			return nil, err
		}
	}
	switch c := p.b[p.i]; c {
	case '{':
		return p.object(keep)
	case '[':
		return p.array(keep)
	case '"':
		s, err := p.text(keep)
		if !keep || err != nil {
			return nil, err
		}
		return s, nil
	case 't':
		return true, p.word("true")
	case 'f':
		return false, p.word("false")
	case 'n':
		return nil, p.word("null")
	default:
		return p.number(keep)
	}
}

func (p *parser) object(keep bool) (any, error) {
	if err := p.enter(keep); err != nil {
		return nil, err
	}
	defer p.leave()
	if !keep {
		return nil, p.members(false, func(string) error {
			_, err := p.value(false)
			return err
		})
	}
	m := make(map[string]any)
	err := p.members(true, func(key string) error {
		if err := p.charge(entryCost); err != nil {
			return err
		}
		v, err := p.value(true)
		m[key] = v
		return err
	})
	return m, err
}

// members reads an object whose brace is next, and calls member at each value,
// with its key if keys are wanted.
func (p *parser) members(keys bool, member func(key string) error) error {
	p.i++
	p.blanks()
	if p.take('}') {
		return nil
	}
	for {
		p.blanks()
		if p.i == len(p.b) || p.b[p.i] != '"' {
			return p.fail(p.i, "no key")
		}
		key, err := p.key(keys)
		if err != nil {
			return err
		}
		p.blanks()
		if !p.take(':') {
			return p.fail(p.i, "no colon after the key")
		}
		p.blanks()
		if err := member(key); err != nil {
			return err
		}
		p.blanks()
		if p.take('}') {
			return nil
		}
		if !p.take(',') {
			return p.fail(p.i, "no comma or brace after the value")
		}
	}
}

// key reads a key. The one that every body has costs no allocation.
func (p *parser) key(keep bool) (string, error) {
	const data = `"data"`
	if len(p.b)-p.i >= len(data) && string(p.b[p.i:p.i+len(data)]) == data {
		p.i += len(data)
		return "data", nil
	}
	return p.text(keep)
}

func (p *parser) array(keep bool) (any, error) {
	if err := p.enter(keep); err != nil {
		return nil, err
	}
	defer p.leave()
	p.i++
	list := []any{}
	p.blanks()
	if p.take(']') {
		return list, nil
	}
	for {
		v, err := p.value(keep)
		if err != nil {
			return nil, err
		}
		if keep {
			list = append(list, v)
		}
		p.blanks()
		if p.take(']') {
			return list, nil
		}
		if !p.take(',') {
			return nil, p.fail(p.i, "no comma or bracket after the element")
		}
	}
}

func (p *parser) enter(keep bool) error {
	if p.depth == MaxDepth {
		return &LimitError{Type: JSON, What: "depth", Limit: MaxDepth}
	}
	p.depth++
	if keep {
		return p.charge(containerCost)
	}
	return nil
}

func (p *parser) leave() { p.depth-- }

func (p *parser) word(w string) error {
	if len(p.b)-p.i < len(w) || string(p.b[p.i:p.i+len(w)]) != w {
		return p.fail(p.i, "no value")
	}
	p.i += len(w)
	return nil
}

// take steps over c if it is next.
func (p *parser) take(c byte) bool {
	if p.i < len(p.b) && p.b[p.i] == c {
		p.i++
		return true
	}
	return false
}

func (p *parser) blanks() {
	for p.i < len(p.b) && (p.b[p.i] == ' ' || p.b[p.i] == '\n' || p.b[p.i] == '\r' || p.b[p.i] == '\t') {
		p.i++
	}
}

func (p *parser) fail(at int, format string, args ...any) error {
	return &DecodeError{Type: p.t, Offset: at, Reason: fmt.Sprintf(format, args...)}
}

// validText reports whether b is UTF-8, with lone surrogates in three bytes each if
// these are allowed, and where it is not.
func validText(b []byte, surrogates bool) (int, bool) {
	if utf8.Valid(b) {
		return 0, true
	}
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			if !surrogates || surrogateAt(b[i:]) == 0 {
				return i, false
			}
			size = 3
		}
		i += size
	}
	return 0, true
}

// surrogateAt returns the surrogate in the first three bytes of b, or 0.
func surrogateAt[S []byte | string](b S) rune {
	if len(b) < 3 || b[0] != 0xED || b[1] < 0xA0 || b[1] > 0xBF || b[2] < 0x80 || b[2] > 0xBF {
		return 0
	}
	return rune(0xD000) | rune(b[1]&0x3F)<<6 | rune(b[2]&0x3F)
}

// appendSurrogate appends r, a surrogate, as Python's surrogatepass does.
func appendSurrogate(b []byte, r rune) []byte {
	return append(b, 0xED, 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F)
}
