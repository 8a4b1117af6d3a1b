package codec

import "reflect"

// rawCodec carries Python pickles.
type rawCodec struct{}

func (rawCodec) Type() Type { return Raw }

// Append writes protocol 4, which Python 3.4 and later read, without frames and
// without a memo: what a value refers to twice is written twice.
func (rawCodec) Append(dst []byte, v any) ([]byte, error) {
	e := pickler{b: append(dst, opProto, 4)}
	if err := e.value(v, 0); err != nil {
		return dst, err
	}
	return append(e.b, opStop), nil
}

func (rawCodec) Decode(body []byte) (any, error) { return unpickle(body) }

func (rawCodec) DecodeInto(body []byte, into any) error {
	dst, err := targetOf(Raw, into)
	if err != nil {
		return err
	}
	v, err := unpickle(body)
	if err != nil {
		return err
	}
	return assignRaw(dst, v, len(body))
}

// rawInto is DecodeInto without reflection where the decoded value is a T already.
func rawInto[T any](body []byte, into *T) error {
	v, err := unpickle(body)
	if err != nil {
		return err
	}
	if same, ok := v.(T); ok {
		*into = same
		return nil
	}
	return assignRaw(reflect.ValueOf(into).Elem(), v, len(body))
}

func assignRaw(dst reflect.Value, v any, size int) error {
	a := assigner{budget: newBudget(Raw, size)}
	return a.assign(dst, v)
}
