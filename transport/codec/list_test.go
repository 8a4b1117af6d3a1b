package codec_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/transport/codec"
)

// upper is a codec of a program's own: it shouts.
type upper string

func (u upper) Type() codec.Type { return codec.Type(u) }

func (u upper) Append(dst []byte, v any) ([]byte, error) {
	s, is := v.(string)
	if !is {
		return dst, &codec.TypeError{Type: u.Type(), Value: fmt.Sprintf("%T", v)}
	}
	return append(dst, strings.ToUpper(s)...), nil
}

func (upper) Decode(body []byte) (any, error) { return string(body), nil }

func (upper) DecodeInto(body []byte, into any) error {
	*into.(*string) = string(body)
	return nil
}

func (u upper) CanDecode(t reflect.Type) error { return u.CanEncode(t) }

func (u upper) CanEncode(t reflect.Type) error {
	if t.Kind() != reflect.String && t.Kind() != reflect.Interface {
		return &codec.TypeError{Type: u.Type(), Value: t.String()}
	}
	return nil
}

func TestAListHasTheCodecsOfEveryPeerFirst(t *testing.T) {
	list, err := codec.NewList(upper("upper"), upper("x-2.b_c"))
	require.NoError(t, err)
	assert.Equal(t, []codec.Type{codec.JSON, codec.Bytes, codec.Raw, "upper", "x-2.b_c"}, list.Types())
	c, err := list.Find("upper")
	require.NoError(t, err)
	assert.Equal(t, upper("upper"), c)
	_, err = list.Find("UPPER")
	assert.Equal(t, &codec.DataTypeError{Name: "UPPER"}, err)
}

func TestAListTakesNoBadNames(t *testing.T) {
	for name, more := range map[string][]codec.Codec{
		"built in":     {upper("json")},
		"twice":        {upper("a"), upper("b"), upper("a")},
		"empty":        {upper("")},
		"upper case":   {upper("CBOR")},
		"a separator":  {upper("a|b")},
		"no ASCII":     {upper("é")},
		"33 letters":   {upper(strings.Repeat("n", 33))},
		"nil":          {nil},
		"one too many": numbered(14),
	} {
		_, err := codec.NewList(more...)
		_, is := errors.AsType[*codec.NameError](err)
		assert.True(t, is, "%s: %v", name, err)
	}
	list, err := codec.NewList(append(numbered(12), upper(strings.Repeat("n", 32)))...)
	require.NoError(t, err)
	assert.Len(t, list, codec.MaxCodecs)
}

func numbered(n int) (list []codec.Codec) {
	for i := range n {
		list = append(list, upper(fmt.Sprint("c", i)))
	}
	return list
}

func TestACodecOfAProgramHasTypedFunctions(t *testing.T) {
	encode, err := codec.Encoder[string](upper("upper"))
	require.NoError(t, err)
	body, err := encode(nil, "hello")
	require.NoError(t, err)
	decode, err := codec.Decoder[string](upper("upper"))
	require.NoError(t, err)
	v, err := decode(body)
	assert.NoError(t, err)
	assert.Equal(t, "HELLO", v)
	untyped, err := codec.Decoder[any](upper("upper"))
	require.NoError(t, err)
	u, err := untyped(body)
	assert.NoError(t, err)
	assert.Equal(t, "HELLO", u)

	_, decoding := codec.Decoder[int](upper("upper"))
	_, encoding := codec.Encoder[int](upper("upper"))
	for _, err := range []error{decoding, encoding} {
		var te *codec.TypeError
		assert.ErrorAs(t, err, &te)
	}
}

func ExampleNewList() {
	_, err := codec.NewList(upper("json"))
	fmt.Println(err)
	list, err := codec.NewList(upper("upper"))
	fmt.Println(list.Types(), err)
	// Output:
	// codec: "json": named twice
	// [json bytes raw upper] <nil>
}
