package main

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"sync"
	"unicode"
)

// event is something to print: a JSON object by its fields, or a line for
// people.
type event interface {
	// line returns what people read; "" when it is nothing to them.
	line() string
}

// printer prints events, a line each and one after the other. Its methods are
// safe for concurrent use.
type printer struct {
	json   bool
	failed func(error) // is told when nothing can be written any more

	mu sync.Mutex
	w  io.Writer
}

func (p *printer) print(e event) {
	var b []byte
	if p.json {
		b = marshal(e)
	} else if b = []byte(strings.Map(shown, e.line())); len(b) == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, err := p.w.Write(append(b, '\n')); err != nil {
		p.failed(err)
	}
}

// shown keeps what others say from commanding the terminal.
func shown(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return unicode.ReplacementChar
}

// marshal writes e as JSON. Text is not escaped for HTML.
func marshal(e event) []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(e); err != nil {
		panic(err) // events have no fields that cannot be written
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'})
}
