package bound

import (
	"errors"
	"fmt"
	"math"

	"github.com/rxpeer/rxpeer/transport/codec"
)

// Kind is what an [Item] is.
type Kind uint8

// The kinds of items.
const (
	Nil   Kind = iota
	Plain      // a bool, a float, a time: nothing to look at
	Int        // below zero
	Uint
	Text
	Bytes
	List // its elements follow
	Dict // its keys and values follow
	Tag  // what it is about follows
)

// An Item is what comes next in a body.
type Item struct {
	Kind Kind
	Int  int64
	Uint uint64
	N    int    // elements or pairs
	Text []byte // of Text and Bytes
}

// A Scanner reads a body item by item. Errors are of package codec; the end of the
// body is one too.
type Scanner interface {
	// Next returns the next item.
	Next() (Item, error)
}

// What parts of a decoded value need in Go, in bytes.
const (
	anySize = 16
	anyCost = 32 // what an any points to
)

// mapCost is what a map of n pairs of that size needs.
func mapCost(n, pair int) int {
	slots := 8
	if n > slots {
		slots = 2 * n
	}
	return 64 + slots*(pair+1)
}

// limitOf is how much memory a body of that size may ask for.
func limitOf(size int) int { return max(codec.MaxDecoded, 4*size) }

// Check walks over one value of a body of size bytes and returns an error of
// package codec if it nests too deep, asks for too much memory, or has what the
// library would not notice: a number that does not fit its variable, a list or bytes
// as a key of a Go map, a field twice.
func (p *Plan) Check(t codec.Type, s Scanner, size int) error {
	c := checker{t: t, s: s, left: limitOf(size), limit: limitOf(size)}
	it, err := s.Next()
	if err != nil {
		return err
	}
	return c.value(p, it, 0)
}

type checker struct {
	t           codec.Type
	s           Scanner
	left, limit int
}

func (c *checker) charge(n int) error {
	if c.left -= n; c.left < 0 {
		return &codec.LimitError{Type: c.t, What: "decoded size", Limit: c.limit}
	}
	return nil
}

func (c *checker) value(p *Plan, it Item, depth int) error {
	for p.kind == pointer && it.Kind != Nil {
		if err := c.charge(p.elem.size); err != nil {
			return err
		}
		if p = p.elem; p.kind == pointer {
			depth++ // a type may be a pointer to itself
		}
		if depth > codec.MaxDepth {
			return c.tooDeep()
		}
	}
	switch {
	case it.Kind == Nil:
		return nil
	case p.kind == narrow:
		return c.mismatch(p, it, "it has methods")
	case p.kind == closed:
		return c.mismatch(p, it, "an embedded pointer to an unexported struct")
	case p.kind == dict && it.Kind != Dict && it.Kind != Tag:
		return c.mismatch(p, it, "")
	}
	switch it.Kind {
	case Int, Uint:
		return c.number(p, it)
	case Text, Bytes, Plain:
		return c.charge(anyCost)
	case List, Dict, Tag:
		if depth++; depth > codec.MaxDepth {
			return c.tooDeep()
		}
	}
	switch it.Kind {
	case List:
		return c.list(p, it, depth)
	case Dict:
		return c.dict(p, it, depth)
	case Tag:
		next, err := c.s.Next()
		if err != nil {
			return err
		}
		return c.value(p, next, depth)
	}
	return nil
}

func (c *checker) tooDeep() error {
	return &codec.LimitError{Type: c.t, What: "depth", Limit: codec.MaxDepth}
}

func (c *checker) number(p *Plan, it Item) error {
	fits := true
	switch {
	case p.kind == untyped || p.kind == opaque:
		return c.charge(anyCost)
	case p.kind == floating:
		fits = it.Kind == Int || it.Uint <= math.MaxInt64
	case p.kind == signed && it.Kind == Int:
		fits = it.Int >= math.MinInt64>>(64-p.bits)
	case p.kind == signed:
		fits = it.Uint <= math.MaxInt64>>(64-p.bits)
	case p.kind == unsigned:
		fits = it.Kind == Uint && it.Uint <= math.MaxUint64>>(64-p.bits)
	}
	if !fits {
		return c.mismatch(p, it, "out of range")
	}
	return nil
}

func (c *checker) list(p *Plan, it Item, depth int) error {
	elem := anything
	switch {
	case p.kind == list:
		elem = p.elem
	case p.kind == record && !p.tuple:
		return c.mismatch(p, it, "")
	}
	for i := range it.N {
		next, err := c.s.Next()
		if err != nil {
			return err
		}
		if err = c.charge(elem.size); err == nil {
			err = c.value(elem, next, depth)
		}
		if err != nil {
			return within(err, func() string { return fmt.Sprintf("[%d]", i) })
		}
	}
	return nil
}

func (c *checker) dict(p *Plan, it Item, depth int) error {
	key, elem := anything, anything
	cost := p.extra
	if p.kind == dict {
		key, elem = p.key, p.elem
	}
	if p.kind != record {
		cost = mapCost(it.N, key.size+elem.size)
	}
	if err := c.charge(cost); err != nil {
		return err
	}
	var few [2]uint64 // of which fields there were
	seen := few[:]
	if len(p.fields) > 64*len(few) {
		seen = make([]uint64, (len(p.fields)+63)/64)
	}
	for range it.N {
		k, err := c.s.Next()
		if err != nil {
			return err
		}
		value := elem
		if p.kind == record {
			value = anything
			if f, is := p.field(k); is {
				value = f.plan
				if seen[f.at/64]&(1<<(f.at%64)) != 0 {
					return &codec.DecodeError{Type: c.t, Offset: -1, Reason: fmt.Sprintf("the key %.40q twice", k.Text)}
				}
				seen[f.at/64] |= 1 << (f.at % 64)
			}
		} else if p.kind != opaque && key.kind == untyped && (k.Kind == List || k.Kind == Dict || k.Kind == Bytes) {
			return &codec.UnsupportedError{Type: c.t, Offset: -1, What: "a list, a map or bytes as a key"}
		}
		if err := c.value(key, k, depth); err != nil {
			return err
		}
		next, err := c.s.Next()
		if err == nil {
			err = c.value(value, next, depth)
		}
		if err != nil {
			return within(err, func() string { return stepTo(k) })
		}
	}
	return nil
}

// anything is the plan of an any.
var anything = &Plan{kind: untyped, name: "any", size: anySize}

func (c *checker) mismatch(p *Plan, it Item, reason string) error {
	what := map[Kind]string{Plain: "a value", Text: "text", Bytes: "bytes", List: "a list", Dict: "a map", Tag: "a tag"}[it.Kind]
	switch it.Kind {
	case Int:
		what = fmt.Sprintf("the int %d", it.Int)
	case Uint:
		what = fmt.Sprintf("the int %d", it.Uint)
	}
	return &codec.TypeError{Type: c.t, Value: what, Into: p.name, Reason: reason}
}

// within adds a step to the path of a TypeError on its way up.
func within(err error, step func() string) error {
	if te, is := errors.AsType[*codec.TypeError](err); is {
		te.Path = step() + te.Path
	}
	return err
}

func stepTo(k Item) string {
	switch k.Kind {
	case Text, Bytes:
		return fmt.Sprintf(".%.40s", k.Text)
	case Int:
		return fmt.Sprintf("[%d]", k.Int)
	case Uint:
		return fmt.Sprintf("[%d]", k.Uint)
	}
	return "[?]"
}
