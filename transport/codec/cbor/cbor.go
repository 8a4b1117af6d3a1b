// Package cbor carries CBOR (RFC 8949) as a data type between Go peers:
//
//	p, err := peer.Open(ctx, &peer.Options{Codecs: []codec.Codec{cbor.Codec}})
//	c, err := p.Connect(ctx, address, &peer.ConnectOptions{DataType: cbor.Type})
//
// A body is one data item, written and read by github.com/fxamacker/cbor. Structs
// are maps keyed by their json tags, as on json (a tag named cbor counts first), so
// that one struct serves all data types. Types with MarshalCBOR and UnmarshalCBOR
// read and write themselves; those with MarshalBinary are byte strings, those with
// MarshalText are text; a [time.Time] is text in a tag, to the nanosecond and with
// its offset, in the years 0 to 9999, and the zero one null.
//
// # Values
//
// Untyped decoding yields these Go values, and encoding accepts them back:
//
//	null, undefined       nil
//	true, false           bool
//	integers              int64, *big.Int beyond it
//	bignums (2, 3)        *big.Int; as a key of a map int64, if it is one
//	floats                float64
//	text string           string
//	byte string           []byte
//	array                 []any
//	map                   map[string]any; map[any]any if a key is no text
//	date and time (0, 1)  time.Time; as a key of a map text, as RFC 3339 writes it
//	any other tag         what is in the tag
//
// A nil slice is an empty array and a nil map an empty map; other nils are null.
// Text that is not UTF-8 is carried as it is, like any Go string. A map with arrays,
// maps or byte strings as keys, simple values other than these, and items of
// indefinite length, which take quadratic time, are a [*codec.UnsupportedError].
// What a body asks for in depth and memory is bounded by the limits of package
// codec, before it is decoded.
package cbor

import (
	"bytes"
	"math/big"
	"reflect"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/codec/internal/bound"
)

// Type is the name of the data type.
const Type codec.Type = "cbor"

// Codec is the codec, for peer.Options.Codecs.
var Codec codec.Codec = cborCodec{}

type cborCodec struct{}

func (cborCodec) Type() codec.Type { return Type }

func (cborCodec) Append(dst []byte, v any) ([]byte, error) {
	if err := bound.Nesting(Type, v); err != nil {
		return dst, err
	}
	m := modes()
	buf := bytes.NewBuffer(dst)
	if err := m.enc.MarshalToBuffer(v, buf); err != nil {
		return dst, encoding(v, err)
	}
	return buf.Bytes(), nil
}

func (c cborCodec) Decode(body []byte) (v any, err error) {
	err = c.DecodeInto(body, &v)
	return v, err
}

func (cborCodec) DecodeInto(body []byte, into any) error {
	t := reflect.TypeOf(into)
	if t == nil || t.Kind() != reflect.Pointer || reflect.ValueOf(into).IsNil() {
		return &codec.TypeError{Type: Type, Value: "a value", Into: nameOf(t), Reason: "the target is no pointer"}
	}
	m := modes()
	if err := m.check(body, t.Elem()); err != nil {
		return err
	}
	if !m.rules.Plan(t.Elem()).Untyped() {
		if err := m.dec.Unmarshal(body, into); err != nil {
			return decoding(body, t.Elem(), err)
		}
		return nil
	}
	dst, before := reflect.ValueOf(into).Elem(), reflect.New(t.Elem()).Elem()
	before.Set(dst)
	wide, err := m.hasNullKey(body), error(nil)
	if !wide {
		if err = m.dec.Unmarshal(body, into); err != nil && aboutKeys(err) {
			dst.Set(before) // not to add to what was decoded already
			wide = true
		}
	}
	if wide {
		if err = m.wide.Unmarshal(body, into); err == nil {
			bound.Settle(dst, narrowed)
		}
	}
	if err != nil {
		return decoding(body, t.Elem(), err)
	}
	return nil
}

// check holds a body that could ask for much against the limits.
func (m *mode) check(body []byte, t reflect.Type) error {
	plan := m.rules.Plan(t)
	if plan.Cheap(len(body)) {
		return nil
	}
	if err := m.dec.Wellformed(body); err != nil {
		return decoding(body, t, err)
	}
	return plan.Check(Type, &scanner{b: body}, len(body))
}

// narrowed makes a map[string]any of every map whose keys are all strings.
func narrowed(v any) any {
	switch v := v.(type) {
	case []any:
		for i, e := range v {
			v[i] = narrowed(e)
		}
	case map[any]any:
		narrow, wide := make(map[string]any), make(map[any]any)
		for k, e := range v { // into another map: a NaN would be added to the same
			e = narrowed(e)
			switch key := k.(type) {
			case time.Time: // as a tagged text is among texts
				k = key.UTC().Format(time.RFC3339Nano)
			case *big.Int: // which is another key for each pointer
				if key.IsInt64() {
					k = key.Int64()
				}
			}
			if text, is := k.(string); is {
				narrow[text] = e
			}
			wide[k] = e
		}
		if len(narrow) == len(wide) {
			return narrow
		}
		return wide
	}
	return v
}

// mode is how the library is told to work.
type mode struct {
	enc   cbor.UserBufferEncMode
	dec   cbor.DecMode // maps of strings
	wide  cbor.DecMode // maps of anything
	rules bound.Rules
}
