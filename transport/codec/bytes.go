package codec

import "reflect"

// bytesCodec carries bytes as they are.
type bytesCodec struct{}

func (bytesCodec) Type() Type { return Bytes }

// Append takes byte slices and strings, of named types too, and pointers to them.
func (bytesCodec) Append(dst []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case []byte:
		return append(dst, v...), nil
	case string:
		return append(dst, v...), nil
	}
	rv := reflect.ValueOf(v)
	for rv.Kind() == reflect.Pointer && !rv.IsNil() {
		rv = rv.Elem()
	}
	switch {
	case !rv.IsValid():
	case isByteSlice(rv.Type()):
		return append(dst, rv.Bytes()...), nil
	case rv.Kind() == reflect.String:
		return append(dst, rv.String()...), nil
	}
	return dst, &TypeError{Type: Bytes, Value: typeName(v)}
}

// Decode returns a []byte of its own, never nil.
func (bytesCodec) Decode(body []byte) (any, error) { return copyOf(body), nil }

func (bytesCodec) DecodeInto(body []byte, into any) error {
	switch p := into.(type) {
	case *[]byte:
		if p != nil {
			*p = copyOf(body)
			return nil
		}
	case *string:
		if p != nil {
			*p = string(body)
			return nil
		}
	}
	dst, err := targetOf(Bytes, into)
	if err != nil {
		return err
	}
	switch t := dst.Type(); {
	case t == anyType:
		dst.Set(reflect.ValueOf(copyOf(body)))
	case isByteSlice(t):
		dst.SetBytes(copyOf(body))
	case t.Kind() == reflect.String:
		dst.SetString(string(body))
	default:
		return &TypeError{Type: Bytes, Value: "bytes", Into: t.String()}
	}
	return nil
}

// bytesDecoder finds the decoder for T, without reflection per message for
// []byte and string.
func bytesDecoder[T any]() (func([]byte) (T, error), error) {
	target := reflect.TypeFor[T]()
	var decode any
	switch {
	case target == reflect.TypeFor[[]byte]():
		decode = func(body []byte) ([]byte, error) { return copyOf(body), nil }
	case target == reflect.TypeFor[string]():
		decode = func(body []byte) (string, error) { return string(body), nil }
	case isByteSlice(target), target.Kind() == reflect.String:
		return func(body []byte) (v T, err error) {
			err = bytesCodec{}.DecodeInto(body, &v)
			return v, err
		}, nil
	default:
		return nil, &TypeError{Type: Bytes, Value: "bytes", Into: target.String()}
	}
	return decode.(func([]byte) (T, error)), nil
}

// bytesEncoder is the counterpart of bytesDecoder.
func bytesEncoder[T any]() (func([]byte, T) ([]byte, error), error) {
	target := reflect.TypeFor[T]()
	var encode any
	switch {
	case target == reflect.TypeFor[[]byte]():
		encode = func(dst, v []byte) ([]byte, error) { return append(dst, v...), nil }
	case target == reflect.TypeFor[string]():
		encode = func(dst []byte, v string) ([]byte, error) { return append(dst, v...), nil }
	case isByteSlice(target), target.Kind() == reflect.String:
		return func(dst []byte, v T) ([]byte, error) { return bytesCodec{}.Append(dst, v) }, nil
	default:
		return nil, &TypeError{Type: Bytes, Value: target.String()}
	}
	return encode.(func([]byte, T) ([]byte, error)), nil
}

// copyOf returns a copy of exactly the size of b, in one allocation.
func copyOf(b []byte) []byte {
	c := make([]byte, len(b))
	copy(c, b)
	return c
}

// isByteSlice reports whether t is []byte or a type made of it.
func isByteSlice(t reflect.Type) bool { return t.Kind() == reflect.Slice && isByte(t.Elem()) }

// isByte reports whether t is a byte, and not a small number with a text of its own.
func isByte(t reflect.Type) bool {
	if t.Kind() != reflect.Uint8 || t.PkgPath() == "" {
		return t.Kind() == reflect.Uint8
	}
	info := infoOf(t)
	return !info.writesText && !info.writesJSON && !info.readsText && !info.readsJSON
}
