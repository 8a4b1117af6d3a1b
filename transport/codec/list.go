package codec

import (
	"fmt"
	"slices"
)

// The limits of a [List].
const (
	// MaxCodecs counts json, bytes and raw too.
	MaxCodecs = 16
	// MaxTypeName is in bytes.
	MaxTypeName = 32
)

// A List is the codecs that a peer knows, in an order that stays: their numbers on
// the wire are their places.
type List []Codec

// NewList returns json, bytes, raw, and more. A nil codec, a name that is taken or
// that is no name (1 to 32 of a-z, 0-9, '-', '_' and '.'), and more than 16 codecs in
// all are a [*NameError].
func NewList(more ...Codec) (List, error) {
	list := List{jsonCodec{}, bytesCodec{}, rawCodec{}}
	for i, c := range more {
		if c == nil {
			return nil, &NameError{Reason: fmt.Sprintf("codec %d is nil", i)}
		}
		name := string(c.Type())
		switch _, err := list.Find(c.Type()); {
		case !isName(name):
			return nil, &NameError{Name: name, Reason: "no name of a data type"}
		case err == nil:
			return nil, &NameError{Name: name, Reason: "named twice"}
		case len(list) == MaxCodecs:
			return nil, &NameError{Name: name, Reason: fmt.Sprintf("more than %d codecs", MaxCodecs)}
		}
		list = append(list, c)
	}
	return list, nil
}

// isName keeps to what can stand in every header, and in a URL.
func isName(name string) bool {
	if name == "" || len(name) > MaxTypeName {
		return false
	}
	for _, r := range []byte(name) {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.' {
			return false
		}
	}
	return true
}

// Find returns the codec of t, or a [*DataTypeError].
func (l List) Find(t Type) (Codec, error) {
	if i := slices.IndexFunc(l, func(c Codec) bool { return c.Type() == t }); i >= 0 {
		return l[i], nil
	}
	return nil, &DataTypeError{Name: string(t)}
}

// Types returns the data types of the codecs, in their order.
func (l List) Types() []Type {
	types := make([]Type, len(l))
	for i, c := range l {
		types[i] = c.Type()
	}
	return types
}
