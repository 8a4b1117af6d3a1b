package streamtest

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
)

// tick is how much time a character of a diagram stands for.
const tick = time.Millisecond

// diagram is what somebody wrote, understood.
type diagram struct {
	text   string
	marks  []mark // in the order of time
	length time.Duration
}

// mark is something that happens at an instant of a diagram.
type mark struct {
	at     time.Duration
	what   kind
	name   string   // of a value, as it stands there
	parts  []string // of a value in brackets: the names in them
	column int      // where it stands
}

type kind uint8

const (
	value       kind = iota
	completion       // |
	failure          // #
	subscribe        // ^
	unsubscribe      // !
)

// signs are the marks that are no values.
var signs = map[rune]kind{'|': completion, '#': failure, '^': subscribe, '!': unsubscribe}

// notationError says what is wrong with a diagram, and where.
type notationError struct {
	text   string
	column int // counted from 0, in characters
	what   string
}

func (e *notationError) Error() string {
	return fmt.Sprintf("%s\n\t%s\n\t%s^", e.what, e.text, strings.Repeat(" ", e.column))
}

// timeWord matches a word that stands for time that passes.
var timeWord = regexp.MustCompile(`^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$`)

// parser reads a diagram.
type parser struct {
	diagram
	runes []rune
	i     int
	group int // the column of the group that is open; -1: none is
	begun time.Duration
}

// parse reads a diagram of values and an end.
func parse(text string) (diagram, error) {
	p, err := read(text)
	if err != nil {
		return diagram{}, err
	}
	for i, m := range p.marks {
		switch {
		case m.what == subscribe || m.what == unsubscribe:
			return diagram{}, p.wrong(m.column, "%c says when somebody subscribes or stops, and belongs into a diagram of its own", p.runes[m.column])
		case m.what != value && i < len(p.marks)-1:
			return diagram{}, p.wrong(p.marks[i+1].column, "nothing can come after the end")
		}
	}
	return p.diagram, nil
}

// parseSubscription reads a diagram of ^ and !. until is negative when there
// is no !.
func parseSubscription(text string) (from, until time.Duration, err error) {
	p, err := read(text)
	if err != nil {
		return 0, 0, err
	}
	until = -1
	for i, m := range p.marks {
		switch {
		case m.what == subscribe && i == 0:
			from = m.at
		case m.what == unsubscribe && i == len(p.marks)-1:
			until = m.at
		default:
			return 0, 0, p.wrong(m.column, "a subscription is one ^ and then at most one !, with - around")
		}
	}
	return from, until, nil
}

// read reads a diagram, whatever its marks mean.
func read(text string) (*parser, error) {
	p := &parser{diagram: diagram{text: text}, runes: []rune(text), group: -1}
	for p.i < len(p.runes) {
		if err := p.step(); err != nil {
			return nil, err
		}
	}
	if p.group >= 0 {
		return nil, p.wrong(p.group, "a group has no end")
	}
	return p, nil
}

// step reads what stands at p.i.
func (p *parser) step() error {
	c, column := p.runes[p.i], p.i
	if d, n := p.pause(); n > 0 {
		p.i += n
		p.length += d
		return nil
	}
	p.i++
	if unicode.IsSpace(c) {
		return nil
	}
	at := p.length
	if p.group >= 0 {
		at = p.begun
	}
	p.length += tick
	sign, isSign := signs[c]
	switch {
	case c == '-':
		if p.group >= 0 {
			return p.wrong(column, "no time passes in a group")
		}
	case c == '(':
		if p.group >= 0 {
			return p.wrong(column, "a group in a group")
		}
		p.group, p.begun = column, at
	case c == ')':
		if p.group < 0 {
			return p.wrong(column, "no group begins before this")
		}
		p.group = -1
	case c == '[':
		return p.brackets(at, column)
	case c == ']':
		return p.wrong(column, "no [ stands before this")
	case isSign:
		p.marks = append(p.marks, mark{at: at, what: sign, name: string(c), column: column})
	case unicode.IsGraphic(c):
		p.marks = append(p.marks, mark{at: at, name: string(c), column: column})
	default:
		return p.wrong(column, "%q cannot be the name of a value", c)
	}
	return nil
}

// brackets reads a value that has others in it.
func (p *parser) brackets(at time.Duration, column int) error {
	m := mark{at: at, column: column, parts: []string{}}
	for ; p.i < len(p.runes); p.i++ {
		c := p.runes[p.i]
		_, isSign := signs[c]
		switch {
		case unicode.IsSpace(c):
			continue
		case c == ']':
			p.i++
			p.length += tick
			m.name = "[" + strings.Join(m.parts, "") + "]"
			p.marks = append(p.marks, m)
			return nil
		case isSign || strings.ContainsRune("-([)", c) || !unicode.IsGraphic(c):
			return p.wrong(p.i, "only values may stand in brackets")
		}
		p.length += tick
		m.parts = append(m.parts, string(c))
	}
	return p.wrong(column, "a [ without its ]")
}

// pause reads a word between blanks that stands for time: n is its length.
func (p *parser) pause() (d time.Duration, n int) {
	if p.i > 0 && !unicode.IsSpace(p.runes[p.i-1]) || p.group >= 0 {
		return 0, 0
	}
	end := p.i
	for end < len(p.runes) && !unicode.IsSpace(p.runes[end]) {
		end++
	}
	word := string(p.runes[p.i:end])
	if !timeWord.MatchString(word) {
		return 0, 0
	}
	d, err := time.ParseDuration(word)
	if err != nil {
		return 0, 0
	}
	return d, end - p.i
}

func (p *parser) wrong(column int, format string, args ...any) error {
	return &notationError{p.text, column, fmt.Sprintf(format, args...)}
}
