package msgpack

import (
	stdencoding "encoding"
	"fmt"
	"reflect"
	"strings"

	"github.com/vmihailenco/msgpack/v5"

	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/codec/internal/bound"
)

// rules are how the library sees Go's types.
var rules = bound.Rules{Tag: "msgpack", Own: []reflect.Type{
	reflect.TypeFor[msgpack.CustomDecoder](), reflect.TypeFor[msgpack.Unmarshaler](),
	reflect.TypeFor[stdencoding.BinaryUnmarshaler](), reflect.TypeFor[stdencoding.TextUnmarshaler](),
}}

func nameOf(v any) string {
	if v == nil {
		return "nil"
	}
	return fmt.Sprintf("%T", v)
}

// encoding makes an error of package codec of one of the library's.
func encoding(v any, err error) error {
	return &codec.TypeError{Type: Type, Value: nameOf(v), Reason: reason(err)}
}

// decoding does the same for one about a body, which is well-formed, that was to
// become a t.
func decoding(t reflect.Type, err error) error {
	return &codec.TypeError{Type: Type, Value: "a value", Into: t.String(), Reason: reason(err)}
}

// reason returns the library's text without its prefix.
func reason(err error) string { return strings.TrimPrefix(err.Error(), "msgpack: ") }
