package protobuf

import (
	"slices"
	"sync"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/rxpeer/rxpeer/transport/codec"
)

// What parts of a message need in Go, in bytes, rounded up.
const (
	messageCost = 64 // besides its fields
	fieldCost   = 24
	entryCost   = 96 // of a map
)

// small bodies have not the bytes to nest too deep, or to name so many empty messages
// that it matters.
const small = 2 * codec.MaxDepth

// check holds a body against the limits. What is not well-formed it leaves to the
// library.
func check(body []byte, d protoreflect.MessageDescriptor) error {
	if len(body) < small {
		return nil
	}
	limit := max(codec.MaxDecoded, 4*len(body))
	c := checker{left: limit, limit: limit}
	_, err := c.message(body, d, 1, 0)
	return err
}

type checker struct{ left, limit int }

func (c *checker) charge(n int) error {
	if c.left -= n; c.left < 0 {
		return &codec.LimitError{Type: Type, What: "decoded size", Limit: c.limit}
	}
	return nil
}

// message reads one message, to the end of b or of the group of that number. It
// returns what follows it.
func (c *checker) message(b []byte, d protoreflect.MessageDescriptor, depth int, group protowire.Number) (rest []byte, err error) {
	if depth > codec.MaxDepth {
		return nil, tooDeep()
	}
	cost := messageCost + fieldCost*d.Fields().Len()
	if d.IsMapEntry() {
		cost = entryCost
	}
	if err := c.charge(cost); err != nil {
		return nil, err
	}
	for len(b) > 0 {
		number, wire, n := protowire.ConsumeTag(b)
		switch {
		case n < 0:
			return nil, nil
		case wire == protowire.EndGroupType:
			if number == group {
				return b[n:], nil
			}
			return nil, nil
		}
		f := fieldOf(d, number)
		if b = b[n:]; wire == protowire.StartGroupType && f != nil && f.Message() != nil {
			if b, err = c.message(b, f.Message(), depth+1, number); err != nil {
				return nil, err
			}
			continue
		}
		size := protowire.ConsumeFieldValue(number, wire, b)
		if size < 0 {
			return nil, nil
		}
		if err := c.field(f, wire, b[:size], depth); err != nil {
			return nil, err
		}
		b = b[size:]
	}
	return nil, nil
}

// field reads what stands in a field, nil if it is not known; groups that are known
// are no part of it.
func (c *checker) field(f protoreflect.FieldDescriptor, wire protowire.Type, value []byte, depth int) error {
	if wire != protowire.BytesType {
		return c.charge(fieldCost + len(value))
	}
	value, _ = protowire.ConsumeBytes(value)
	switch {
	case f == nil, f.Kind() == protoreflect.StringKind, f.Kind() == protoreflect.BytesKind:
		return c.charge(fieldCost + len(value))
	case f.Message() != nil:
		_, err := c.message(value, f.Message(), depth+1, 0)
		return err
	}
	return c.charge(fieldCost + 8*len(value)) // many numbers, packed
}

// fieldOf returns the field or extension of that number, or nil.
func fieldOf(d protoreflect.MessageDescriptor, number protowire.Number) protoreflect.FieldDescriptor {
	if f := d.Fields().ByNumber(number); f != nil {
		return f
	}
	if x, err := protoregistry.GlobalTypes.FindExtensionByNumber(d.FullName(), number); err == nil {
		return x.TypeDescriptor()
	}
	return nil
}

// nesting returns a *codec.LimitError if m nests too deep to be encoded, as a message
// that contains itself does.
func nesting(m protoreflect.Message, depth int) (err error) {
	if !recursive(m.Descriptor()) {
		return nil
	}
	if depth > codec.MaxDepth {
		return tooDeep()
	}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsMap() && f.MapValue().Message() != nil:
			v.Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool {
				err = nesting(v.Message(), depth+1)
				return err == nil
			})
		case f.IsMap() || f.Message() == nil:
		case f.IsList():
			for i := 0; i < v.List().Len() && err == nil; i++ {
				err = nesting(v.List().Get(i).Message(), depth+1)
			}
		default:
			err = nesting(v.Message(), depth+1)
		}
		return err == nil
	})
	return err
}

// recursives remembers what recursive found.
var recursives sync.Map // protoreflect.MessageDescriptor → bool

// recursive reports whether messages of that type may nest without end: a message
// that they contain may contain itself, or has extensions.
func recursive(d protoreflect.MessageDescriptor) bool {
	if known, is := recursives.Load(d); is {
		return known.(bool)
	}
	is := recurs(d, nil)
	recursives.Store(d, is)
	return is
}

func recurs(d protoreflect.MessageDescriptor, above []protoreflect.FullName) bool {
	if slices.Contains(above, d.FullName()) || d.ExtensionRanges().Len() > 0 {
		return true
	}
	above = append(above, d.FullName())
	for i := range d.Fields().Len() {
		if inner := d.Fields().Get(i).Message(); inner != nil && recurs(inner, above) {
			return true
		}
	}
	return false
}

func tooDeep() error {
	return &codec.LimitError{Type: Type, What: "depth", Limit: codec.MaxDepth}
}
