// Package msgpack carries MessagePack as a data type between Go peers:
//
//	p, err := peer.Open(ctx, &peer.Options{Codecs: []codec.Codec{msgpack.Codec}})
//	c, err := p.Connect(ctx, address, &peer.ConnectOptions{DataType: msgpack.Type})
//
// A body is one value, written and read by github.com/vmihailenco/msgpack. Structs
// are maps keyed by their json tags, as on json (a tag named msgpack counts first), so
// that one struct serves all data types. Types with EncodeMsgpack and DecodeMsgpack,
// or MarshalMsgpack and UnmarshalMsgpack, read and write themselves; those with
// MarshalBinary or MarshalText are binary; a [time.Time] is MessagePack's timestamp,
// to the nanosecond and without its offset.
//
// # Values
//
// Untyped decoding yields these Go values, and encoding accepts them back:
//
//	nil          nil
//	bool         bool
//	int, uint    int64, uint64 beyond it
//	float        float64
//	str          string
//	bin          []byte
//	array        []any
//	map          map[string]any; map[any]any if a key is no str
//	timestamp    time.Time
//
// A nil slice or map is nil. Ints in MessagePack have 64 bits: a [*big.Int] is text,
// which only a variable of that type reads. Strings are carried as they are, UTF-8 or not.
// A map with arrays, maps or bin as keys, and other extensions than the timestamp,
// are a [*codec.UnsupportedError]. What a body asks for in depth and memory is bounded
// by the limits of package codec, before it is decoded; so are numbers that do not fit
// their variables, and keys of structs that come twice, which the library takes.
package msgpack

import (
	"bytes"
	"reflect"

	"github.com/vmihailenco/msgpack/v5"

	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/codec/internal/bound"
)

// Type is the name of the data type.
const Type codec.Type = "msgpack"

// Codec is the codec, for peer.Options.Codecs.
var Codec codec.Codec = msgpackCodec{}

type msgpackCodec struct{}

func (msgpackCodec) Type() codec.Type { return Type }

func (msgpackCodec) Append(dst []byte, v any) ([]byte, error) {
	if err := bound.Nesting(Type, v); err != nil {
		return dst, err
	}
	buf := bytes.NewBuffer(dst)
	e := msgpack.GetEncoder()
	defer msgpack.PutEncoder(e)
	e.Reset(buf)
	e.SetCustomStructTag("json")
	e.UseCompactInts(true)
	if err := e.Encode(v); err != nil {
		return dst, encoding(v, err)
	}
	return buf.Bytes(), nil
}

func (c msgpackCodec) Decode(body []byte) (v any, err error) {
	err = c.DecodeInto(body, &v)
	return v, err
}

func (msgpackCodec) DecodeInto(body []byte, into any) error {
	dst := reflect.ValueOf(into)
	if dst.Kind() != reflect.Pointer || dst.IsNil() {
		return &codec.TypeError{Type: Type, Value: "a value", Into: nameOf(into), Reason: "the target is no pointer"}
	}
	dst = dst.Elem()
	plan := rules.Plan(dst.Type())
	s := scanner{b: body}
	if err := plan.Check(Type, &s, len(body)); err != nil {
		return err
	}
	if s.at < len(body) {
		return &codec.DecodeError{Type: Type, Offset: s.at, Reason: "something after the value"}
	}
	if plan.Untyped() {
		bound.Settle(dst, func(any) any { return nil }) // the library would decode into what is there
	}
	if err := decode(body, dst); err != nil {
		return err
	}
	if plan.Untyped() {
		bound.Settle(dst, common)
	}
	return nil
}

// decode is the library's part.
func decode(body []byte, dst reflect.Value) error {
	d := msgpack.GetDecoder()
	defer msgpack.PutDecoder(d)
	d.Reset(bytes.NewReader(body))
	d.SetCustomStructTag("json")
	d.SetMapDecoder(decodeMap)
	if err := d.DecodeValue(dst); err != nil {
		return decoding(dst.Type(), err)
	}
	return nil
}

// decodeMap makes a map[string]any if all keys are str, otherwise a map[any]any. The
// body was checked: its length is true, and each key can be one.
func decodeMap(d *msgpack.Decoder) (any, error) {
	n, err := d.DecodeMapLen()
	if err != nil {
		return nil, err
	}
	narrow := make(map[string]any, n)
	var wide map[any]any
	for range n {
		key, err := d.DecodeInterface()
		if err != nil {
			return nil, err
		}
		value, err := d.DecodeInterface()
		if err != nil {
			return nil, err
		}
		text, is := key.(string)
		if !is && wide == nil {
			wide = make(map[any]any, n)
			for k, v := range narrow {
				wide[k] = v
			}
		}
		if wide == nil {
			narrow[text] = value
		} else {
			wide[common(key)] = value
		}
	}
	if wide != nil {
		return wide, nil
	}
	return narrow, nil
}

// common turns what the library decodes into the types that all codecs have.
func common(v any) any {
	switch v := v.(type) {
	case int8:
		return int64(v)
	case int16:
		return int64(v)
	case int32:
		return int64(v)
	case uint8:
		return int64(v)
	case uint16:
		return int64(v)
	case uint32:
		return int64(v)
	case uint64:
		if v <= 1<<63-1 {
			return int64(v)
		}
	case float32:
		return float64(v)
	case []any:
		for i, e := range v {
			v[i] = common(e)
		}
	case map[string]any:
		for k, e := range v {
			v[k] = common(e)
		}
	case map[any]any:
		settled := make(map[any]any, len(v)) // a NaN would be added to the same
		for k, e := range v {
			settled[k] = common(e)
		}
		return settled
	}
	return v
}
