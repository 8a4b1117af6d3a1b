// Package protobuf carries Protocol Buffers as a data type between Go peers:
//
//	p, err := peer.Open(ctx, &peer.Options{Codecs: []codec.Codec{protobuf.Codec}})
//	c, err := p.Connect(ctx, address, &peer.ConnectOptions{DataType: protobuf.Type})
//	readings := peer.Receive[*pb.Reading](c)
//
// A body is one message in the wire format of google.golang.org/protobuf. The body
// does not say which: both sides must mean the same message, or one that its
// evolution made of it.
//
// # Values
//
// Values are messages that protoc generates: pointers to structs that implement
// [proto.Message]. Sinks may also have an interface type, such as proto.Message or
// any, whose values are such pointers. Every other Go type is a [*codec.TypeError] at
// once, and so is untyped decoding, with [codec.Codec.Decode], Connection.Data and
// Message.Decode: nothing can be made of a body without its message's type. A nil
// pointer is an empty message, and decoding never yields one.
//
// Decoding into a message that has something replaces it. Fields that are not known
// are kept, and sent on. Text that is not UTF-8 does not encode (in proto2 it does).
// What a body asks for in depth and memory is bounded by the limits of package codec,
// before it is decoded.
package protobuf

import (
	"reflect"

	"google.golang.org/protobuf/proto"

	"github.com/rxpeer/rxpeer/transport/codec"
)

// Type is the name of the data type.
const Type codec.Type = "protobuf"

// Codec is the codec, for peer.Options.Codecs. It is a [codec.Chooser].
var Codec codec.Codec = protobufCodec{}

type protobufCodec struct{}

var messageType = reflect.TypeFor[proto.Message]()

func (protobufCodec) Type() codec.Type { return Type }

// CanDecode is part of [codec.Chooser].
func (protobufCodec) CanDecode(t reflect.Type) error {
	if t.Kind() != reflect.Pointer || !t.Implements(messageType) {
		return &codec.TypeError{Type: Type, Value: "a message", Into: t.String(), Reason: noMessage}
	}
	return nil
}

// CanEncode is part of [codec.Chooser].
func (protobufCodec) CanEncode(t reflect.Type) error {
	if t.Implements(messageType) || t.Kind() == reflect.Interface {
		return nil
	}
	return &codec.TypeError{Type: Type, Value: t.String(), Reason: noMessage}
}

const noMessage = "it is no pointer to a generated message"

func (protobufCodec) Append(dst []byte, v any) ([]byte, error) {
	m, is := v.(proto.Message)
	if !is {
		return dst, &codec.TypeError{Type: Type, Value: nameOf(v), Reason: noMessage}
	}
	if !isNil(v) {
		if err := nesting(m.ProtoReflect(), 1); err != nil {
			return dst, err
		}
	}
	body, err := proto.MarshalOptions{}.MarshalAppend(dst, m)
	if err != nil {
		return dst, &codec.TypeError{Type: Type, Value: nameOf(v), Reason: err.Error()}
	}
	return body, nil
}

func (protobufCodec) Decode([]byte) (any, error) {
	return nil, &codec.TypeError{Type: Type, Value: "a message", Into: "any", Reason: noMessage}
}

// DecodeInto decodes into a message, or a variable for a pointer to one, which gets a
// new one.
func (c protobufCodec) DecodeInto(body []byte, into any) error {
	if m, is := into.(proto.Message); is && !isNil(into) {
		return unmarshal(body, m)
	}
	dst := reflect.ValueOf(into)
	if dst.Kind() != reflect.Pointer || dst.IsNil() {
		return &codec.TypeError{Type: Type, Value: "a message", Into: nameOf(into), Reason: "the target is no pointer"}
	}
	dst = dst.Elem()
	if err := c.CanDecode(dst.Type()); err != nil {
		return err
	}
	m := reflect.New(dst.Type().Elem())
	if err := unmarshal(body, m.Interface().(proto.Message)); err != nil {
		return err
	}
	dst.Set(m)
	return nil
}

func unmarshal(body []byte, m proto.Message) error {
	if err := check(body, m.ProtoReflect().Descriptor()); err != nil {
		return err
	}
	err := proto.UnmarshalOptions{RecursionLimit: codec.MaxDepth}.Unmarshal(body, m)
	if err != nil {
		return &codec.DecodeError{Type: Type, Offset: -1, Reason: err.Error(), Err: err}
	}
	return nil
}

func isNil(v any) bool {
	rv := reflect.ValueOf(v)
	return rv.Kind() == reflect.Pointer && rv.IsNil()
}

func nameOf(v any) string {
	if v == nil {
		return "nil"
	}
	return reflect.TypeOf(v).String()
}
