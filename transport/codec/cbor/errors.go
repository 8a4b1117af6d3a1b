package cbor

import (
	"errors"
	"reflect"
	"strings"

	"github.com/fxamacker/cbor/v2"

	"github.com/rxpeer/rxpeer/transport/codec"
)

func nameOf(t reflect.Type) string {
	if t == nil {
		return "nil"
	}
	return t.String()
}

// aboutKeys reports whether err may be about a key that is no text.
func aboutKeys(err error) bool {
	wrong, is := errors.AsType[*cbor.UnmarshalTypeError](err)
	return is && wrong.GoType == "string"
}

// encoding makes an error of package codec of one of the library's.
func encoding(v any, err error) error {
	return &codec.TypeError{Type: Type, Value: nameOf(reflect.TypeOf(v)), Reason: reason(err)}
}

// decoding does the same for one about a body that was to become a t.
func decoding(body []byte, t reflect.Type, err error) error {
	if wrong, is := errors.AsType[*cbor.UnmarshalTypeError](err); is {
		te := &codec.TypeError{Type: Type, Value: "a CBOR " + wrong.CBORType, Into: wrong.GoType, Reason: detail(wrong)}
		if wrong.StructFieldName != "" {
			te.Path = wrong.StructFieldName[strings.LastIndexByte(wrong.StructFieldName, '.'):]
		}
		return te
	}
	if _, is := errors.AsType[*cbor.MaxNestedLevelError](err); is {
		return &codec.LimitError{Type: Type, What: "depth", Limit: codec.MaxDepth}
	}
	if _, is := errors.AsType[*cbor.InvalidMapKeyTypeError](err); is {
		return &codec.UnsupportedError{Type: Type, Offset: -1, What: "an array, a map or a byte string as a key"}
	}
	if _, is := errors.AsType[*cbor.IndefiniteLengthError](err); is {
		return &codec.UnsupportedError{Type: Type, Offset: -1, What: "an item of indefinite length"}
	}
	if odd, is := errors.AsType[*cbor.UnacceptableDataItemError](err); is {
		return &codec.UnsupportedError{Type: Type, Offset: -1, What: odd.Message}
	}
	if err := modes().dec.Wellformed(body); err != nil {
		return &codec.DecodeError{Type: Type, Offset: -1, Reason: reason(err), Err: err}
	}
	return &codec.TypeError{Type: Type, Value: "a value", Into: t.String(), Reason: reason(err)}
}

// reason returns the library's text without its prefix.
func reason(err error) string { return strings.TrimPrefix(err.Error(), "cbor: ") }

// detail returns what an UnmarshalTypeError says besides the types.
func detail(err *cbor.UnmarshalTypeError) string {
	_, detail, _ := strings.Cut(err.Error(), " (")
	return strings.TrimSuffix(detail, ")")
}
