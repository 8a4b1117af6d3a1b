package codec

// A parser reads JSON as Python writes and reads it: NaN and Infinity are numbers,
// an escape may be half of a surrogate pair, and of equal keys the last counts.
type parser struct {
	b     []byte
	i     int // the next byte
	depth int // arrays and objects that are open
	budget
}

func newParser(b []byte) parser {
	return parser{b: b, budget: newBudget(JSON, len(b))}
}

// parseObject reads an object into pairs, in its order.
func parseObject(text []byte) (pairs []Pair, err error) {
	p := newParser(text)
	p.blanks()
	if p.i == len(p.b) || p.b[p.i] != '{' {
		return nil, p.fail(p.i, "no object")
	}
	err = p.members(func(key []byte) error {
		k := string(key)
		value, err := p.value(true)
		pairs = append(pairs, Pair{k, value})
		return err
	})
	if p.blanks(); err == nil && p.i < len(p.b) {
		err = p.fail(p.i, "something after the object")
	}
	return pairs, err
}

// skip reads one value and forgets it.
func (p *parser) skip() error {
	_, err := p.value(false)
	return err
}

// value reads one value, and builds it in the untyped form if it is to be kept.
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
		text, err := p.text()
		if !keep || err != nil {
			return nil, err
		}
		return string(text), p.charge(len(text))
	case 't':
		return true, p.word("true")
	case 'f':
		return false, p.word("false")
	case 'n':
		return nil, p.word("null")
	default:
		n, err := p.number()
		if !keep || err != nil {
			return nil, err
		}
		return n.value(), nil
	}
}

func (p *parser) object(keep bool) (any, error) {
	if err := p.enter(keep); err != nil {
		return nil, err
	}
	defer p.leave()
	if !keep {
		return nil, p.members(func([]byte) error { return p.skip() })
	}
	m := make(map[string]any)
	err := p.members(func(key []byte) error {
		if err := p.charge(entryCost + len(key)); err != nil {
			return err
		}
		k := string(key)
		v, err := p.value(true)
		m[k] = v
		return err
	})
	return m, err
}

// members reads an object whose brace is next, and calls member before each value.
// The key is valid until member reads on.
func (p *parser) members(member func(key []byte) error) error {
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
		key, err := p.text()
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

func (p *parser) array(keep bool) (any, error) {
	list := []any{}
	err := p.each(keep, func() error {
		v, err := p.value(keep)
		if keep {
			list = append(list, v)
		}
		return err
	})
	return list, err
}

// each reads an array whose bracket is next, and calls element before each one.
func (p *parser) each(keep bool, element func() error) error {
	if err := p.enter(keep); err != nil {
		return err
	}
	defer p.leave()
	p.i++
	p.blanks()
	if p.take(']') {
		return nil
	}
	for {
		if err := element(); err != nil {
			return err
		}
		p.blanks()
		if p.take(']') {
			return nil
		}
		if !p.take(',') {
			return p.fail(p.i, "no comma or bracket after the element")
		}
	}
}

// enter counts an array or an object, and charges for one that is kept.
func (p *parser) enter(keep bool) error {
	if p.depth == MaxDepth {
		return tooDeep(JSON)
	}
	p.depth++
	if !keep {
		return nil
	}
	return p.charge(containerCost)
}

func (p *parser) leave() { p.depth-- }

// word steps over w.
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

func (p *parser) fail(at int, reason string) error {
	return &DecodeError{Type: JSON, Offset: at, Reason: reason}
}
