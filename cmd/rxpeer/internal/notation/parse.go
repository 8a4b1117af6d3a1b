package notation

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/rxpeer/rxpeer/transport/codec"
)

// ErrNotJSON reports text that is no JSON.
var ErrNotJSON = errors.New("not JSON")

// Parse reads what [Append] writes, and any other JSON: objects become
// *[codec.Dict]s, in the order in which they are written. Unless tagged is
// set, an object with a tag is an object like every other.
//
// Errors are [ErrNotJSON], a codec's error for a number or a string that it
// does not take, and a tag whose content is not what it has to be.
func Parse(text string, tagged bool) (any, error) {
	if !json.Valid([]byte(text)) {
		return nil, ErrNotJSON
	}
	p := parser{text: text, tagged: tagged}
	v := p.value()
	return v, p.err
}

// parser walks through text that is known to be JSON. After an error what it
// returns does not matter.
type parser struct {
	text   string
	i      int
	tagged bool
	err    error // the first
}

func (p *parser) blanks() {
	for p.i < len(p.text) && (p.text[p.i] == ' ' || p.text[p.i] == '\n' || p.text[p.i] == '\r' || p.text[p.i] == '\t') {
		p.i++
	}
}

// next steps over blanks and c, if c is next.
func (p *parser) next(c byte) bool {
	p.blanks()
	if p.i == len(p.text) || p.text[p.i] != c {
		return false
	}
	p.i++
	return true
}

func (p *parser) fail(err error) any {
	if p.err == nil {
		p.err = err
	}
	return nil
}

func (p *parser) value() any {
	switch {
	case p.next('{'):
		return p.object()
	case p.next('['):
		return p.array()
	}
	return p.leaf()
}

func (p *parser) object() any {
	d := codec.NewDict()
	for !p.next('}') {
		key := p.leaf()
		p.next(':')
		value := p.value()
		if p.err != nil {
			return nil
		}
		d.Set(key, value)
		p.next(',')
	}
	if !p.tagged || d.Len() != 1 {
		return d
	}
	for key, content := range d.All() {
		t := tag(key.(string))
		if !t.known() {
			break
		}
		v, err := t.read(content)
		if err != nil {
			return p.fail(fmt.Errorf("%s: %w", t, err))
		}
		return v
	}
	return d
}

func (p *parser) array() any {
	l := []any{}
	for !p.next(']') {
		l = append(l, p.value())
		if p.err != nil {
			return nil
		}
		p.next(',')
	}
	return l
}

// leaf reads a string, a number or a word, as the json codec does.
func (p *parser) leaf() any {
	p.blanks()
	start := p.i
	if p.text[p.i] == '"' {
		for p.i++; p.text[p.i] != '"'; p.i++ {
			if p.text[p.i] == '\\' {
				p.i++
			}
		}
		p.i++
	} else {
		for p.i < len(p.text) && !delimiter(p.text[p.i]) {
			p.i++
		}
	}
	v, err := leaves.Decode([]byte(`{"data":` + p.text[start:p.i] + `}`))
	if err != nil {
		return p.fail(err)
	}
	return v
}

func delimiter(c byte) bool {
	switch c {
	case ',', ':', ']', '}', ' ', '\n', '\r', '\t':
		return true
	}
	return false
}

// leaves is the codec that knows every number and string of Python's.
var leaves = func() codec.Codec {
	c, _ := codec.For(codec.JSON) // a type that exists
	return c
}()
