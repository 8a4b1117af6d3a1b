package codec

import (
	"errors"
	"fmt"
	"strings"
)

// ErrNoData is wrapped by the [*DecodeError] of a json body that is an object
// without the key "data".
var ErrNoData = errors.New(`no "data" in the object`)

// A DataTypeError names a data type that does not exist.
type DataTypeError struct {
	Name string
}

// Error says which name it was.
func (e *DataTypeError) Error() string {
	return fmt.Sprintf("codec: unknown data type %q", e.Name)
}

// A NameError says which codec of a list cannot be there; see [List].
type NameError struct {
	Name   string
	Reason string // such as "named twice"
}

// Error names the codec.
func (e *NameError) Error() string { return fmt.Sprintf("codec: %q: %s", e.Name, e.Reason) }

// A DataSizeError reports a body that does not fit a fixed-size stream.
type DataSizeError struct {
	Size int // of the body, in bytes
	Want int // of every body on that stream, in bytes
}

// Error gives both sizes.
func (e *DataSizeError) Error() string {
	return fmt.Sprintf("codec: body of %d bytes on a stream of %d", e.Size, e.Want)
}

// A DecodeError reports a body that is not well-formed.
type DecodeError struct {
	Type   Type
	Offset int    // in the body, in bytes; -1 where it is not known
	Reason string // what is wrong there
	Err    error  // a sentinel to test for, or nil
}

// Error says what is wrong, and where.
func (e *DecodeError) Error() string {
	if e.Offset < 0 {
		return fmt.Sprintf("codec: %s: %s", e.Type, e.Reason)
	}
	return fmt.Sprintf("codec: %s: %s at byte %d", e.Type, e.Reason, e.Offset)
}

// Unwrap returns e.Err.
func (e *DecodeError) Unwrap() error { return e.Err }

// An UnsupportedError reports a body that Python may be able to read, but that
// is no plain data: a pickle of an object, a function, a structure that contains
// itself.
type UnsupportedError struct {
	Type   Type
	Offset int    // in the body, in bytes; -1 where it is not known
	What   string // such as "opcode BUILD" or "global os.system"
}

// Error names what is not supported.
func (e *UnsupportedError) Error() string {
	if e.Offset < 0 {
		return fmt.Sprintf("codec: %s: %s is not plain data", e.Type, e.What)
	}
	return fmt.Sprintf("codec: %s: %s at byte %d is not plain data", e.Type, e.What, e.Offset)
}

// A LimitError reports a value beyond one of the limits of this package.
type LimitError struct {
	Type  Type
	What  string // "depth", "digits", "decoded size" or "size of keys"
	Limit int
}

// Error names the limit.
func (e *LimitError) Error() string {
	return fmt.Sprintf("codec: %s: %s beyond %d", e.Type, e.What, e.Limit)
}

// A TypeError reports a value that does not fit: a Go value that the data type
// cannot carry, or a decoded one that the Go type cannot hold.
type TypeError struct {
	Type   Type
	Path   string // where in the value, such as .sensors[3].name; empty at the top
	Value  string // what there is
	Into   string // the Go type that was to hold it; empty when encoding
	Reason string // why, where the types alone do not say it
}

// Error says what does not fit, and where.
func (e *TypeError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "codec: %s: cannot ", e.Type)
	if e.Into == "" {
		fmt.Fprintf(&b, "encode %s", e.Value)
	} else {
		fmt.Fprintf(&b, "put %s into %s", e.Value, e.Into)
	}
	if e.Path != "" {
		fmt.Fprintf(&b, " at %s", e.Path)
	}
	if e.Reason != "" {
		fmt.Fprintf(&b, ": %s", e.Reason)
	}
	return b.String()
}

// within adds one step to the path of a TypeError on its way up.
func within(err error, step string) error {
	var te *TypeError
	if errors.As(err, &te) {
		te.Path = step + te.Path
	}
	return err
}

func tooDeep(t Type) error { return &LimitError{Type: t, What: "depth", Limit: MaxDepth} }

// stepToKey is stepTo for a key of any type.
func stepToKey(key any) string {
	if s, ok := key.(string); ok {
		return stepTo(s)
	}
	return stepTo(fmt.Sprint(key))
}

// stepAt is the path's step to an element.
func stepAt(i int) string { return fmt.Sprintf("[%d]", i) }

// stepTo is the path's step to a key.
func stepTo(key string) string {
	if key != "" && len(key) <= 40 && !strings.ContainsFunc(key, func(r rune) bool {
		return r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) {
		return "." + key
	}
	return fmt.Sprintf("[%.40q]", key)
}
