package codec

import "reflect"

// A Codec encodes and decodes the bodies of one data type. Its methods keep no
// state and may be called by any number of goroutines.
type Codec interface {
	// Type returns the data type.
	Type() Type

	// Append appends the body for v to dst and returns the extended buffer. A
	// value that the data type cannot carry is a [*TypeError]; nesting beyond
	// [MaxDepth], as in a value that contains itself, and in json an int beyond
	// [MaxDigits] are a [*LimitError]. On an error it returns dst as it was.
	Append(dst []byte, v any) ([]byte, error)

	// Decode returns the value of body in the untyped form that the package
	// comment tells. Errors are [*DecodeError], [*UnsupportedError] and
	// [*LimitError].
	Decode(body []byte) (any, error)

	// DecodeInto decodes body into the variable that into points to, as
	// encoding/json does: what the body does not mention stays. Besides the
	// errors of Decode it returns a [*TypeError] when the value does not fit or
	// into is no pointer; the variable may then be half written.
	DecodeInto(body []byte, into any) error
}

// A Chooser is a Codec that carries only some of Go's types, and knows it before
// there is a value. [Decoder] and [Encoder] ask it once; both methods return nil or
// a [*TypeError].
type Chooser interface {
	Codec

	// CanDecode reports whether bodies can be decoded into variables of type t.
	// An interface, such as any, stands for the untyped form.
	CanDecode(t reflect.Type) error

	// CanEncode reports whether there are values of type t that can be encoded.
	CanEncode(t reflect.Type) error
}

// For returns the codec of one of the data types that every peer knows, or a
// [*DataTypeError].
func For(t Type) (Codec, error) {
	switch t {
	case JSON:
		return jsonCodec{}, nil
	case Bytes:
		return bytesCodec{}, nil
	case Raw:
		return rawCodec{}, nil
	}
	return nil, &DataTypeError{Name: string(t)}
}

// Decoder returns the function that decodes bodies of c into values of type T.
// What can be found out about T is found out here, once. T may be any, for the
// untyped form.
//
// A T that c can never fill, such as anything but a byte slice, a string or any
// on bytes, is a [*TypeError] here already. On bytes a decoded []byte is a copy of
// its own, and that copy is the only allocation.
//
// The function's errors are those of [Codec].
func Decoder[T any](c Codec) (func(body []byte) (T, error), error) {
	target := reflect.TypeFor[T]()
	if chooser, is := c.(Chooser); is {
		if err := chooser.CanDecode(target); err != nil {
			return nil, err
		}
	}
	if target == anyType {
		return untyped[T](c), nil
	}
	var generic func(body []byte, into *T) error
	switch c.(type) {
	case jsonCodec:
		generic = func(body []byte, into *T) error { return jsonInto(body, reflect.ValueOf(into).Elem()) }
	case bytesCodec:
		return bytesDecoder[T]()
	case rawCodec:
		generic = rawInto[T]
	default:
		generic = func(body []byte, into *T) error { return c.DecodeInto(body, into) }
	}
	return func(body []byte) (T, error) {
		var v T
		if err := generic(body, &v); err != nil {
			var zero T
			return zero, err
		}
		return v, nil
	}, nil
}

// untyped decodes into T, which is any.
func untyped[T any](c Codec) func([]byte) (T, error) {
	return func(body []byte) (v T, err error) {
		decoded, err := c.Decode(body)
		if err == nil && decoded != nil {
			v = decoded.(T)
		}
		return v, err
	}
}

// Encoder returns the function that appends the body that c makes of a value of
// type T to dst and returns the extended buffer; on an error it returns dst as it
// was. T may be any.
//
// A T that no value of can be carried, such as a channel, or anything but byte
// slices, strings and any on bytes, is a [*TypeError] here already.
//
// The function's errors are those of [Codec].
func Encoder[T any](c Codec) (func(dst []byte, v T) ([]byte, error), error) {
	target := reflect.TypeFor[T]()
	if chooser, is := c.(Chooser); is {
		if err := chooser.CanEncode(target); err != nil {
			return nil, err
		}
	}
	if _, plain := c.(bytesCodec); plain && target != anyType {
		return bytesEncoder[T]()
	}
	switch target.Kind() {
	case reflect.Chan, reflect.Func, reflect.UnsafePointer:
		return nil, &TypeError{Type: c.Type(), Value: target.String()}
	case reflect.Struct, reflect.Array:
		// By its address, so that methods of *T are found.
		return func(dst []byte, v T) ([]byte, error) { return c.Append(dst, &v) }, nil
	}
	return func(dst []byte, v T) ([]byte, error) { return c.Append(dst, v) }, nil
}

// Fit makes the body dst[start:], encoded as t, exactly size bytes long, as a
// fixed-size stream wants it (docs/protocol.md §3): a shorter json body is padded
// with blanks. Anything else that is not size bytes long is a [*DataSizeError],
// and dst returns as it was.
func Fit(t Type, dst []byte, start, size int) ([]byte, error) {
	have := len(dst) - start
	if have == size {
		return dst, nil
	}
	if have > size || t != JSON {
		return dst, &DataSizeError{Size: have, Want: size}
	}
	for ; have < size; have++ {
		dst = append(dst, ' ')
	}
	return dst, nil
}

// targetOf returns the variable that into points to.
func targetOf(t Type, into any) (reflect.Value, error) {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return v, &TypeError{Type: t, Value: "a value", Into: typeName(into), Reason: "the target is no pointer"}
	}
	return v.Elem(), nil
}

// typeName names the Go type of v in an error.
func typeName(v any) string {
	if v == nil {
		return "nil"
	}
	return reflect.TypeOf(v).String()
}
