package protobuf_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/codec/protobuf"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func someStruct(t testing.TB) *structpb.Struct {
	s, err := structpb.NewStruct(map[string]any{"sensor": "kitchen", "value": 21.5, "tags": []any{"a", nil, true}})
	require.NoError(t, err)
	return s
}

func TestAMessageComesBackAsItWas(t *testing.T) {
	encode, err := codec.Encoder[*structpb.Struct](protobuf.Codec)
	require.NoError(t, err)
	decode, err := codec.Decoder[*structpb.Struct](protobuf.Codec)
	require.NoError(t, err)
	body, err := encode([]byte("before"), someStruct(t))
	require.NoError(t, err)
	require.Equal(t, "before", string(body[:6]))
	got, err := decode(body[6:])
	require.NoError(t, err)
	assert.True(t, proto.Equal(someStruct(t), got))

	empty, err := encode(nil, nil)
	require.NoError(t, err, "nil is an empty message")
	got, err = decode(empty)
	require.NoError(t, err)
	assert.NotNil(t, got)

	held := wrapperspb.String("before")
	require.NoError(t, protobuf.Codec.DecodeInto(empty, held))
	assert.Empty(t, held.GetValue(), "what was there is replaced")
}

func TestASinkOfAnyCarriesMessages(t *testing.T) {
	encode, err := codec.Encoder[any](protobuf.Codec)
	require.NoError(t, err)
	_, err = codec.Encoder[proto.Message](protobuf.Codec)
	require.NoError(t, err)
	body, err := encode(nil, wrapperspb.Int64(7))
	require.NoError(t, err)
	var got *wrapperspb.Int64Value
	require.NoError(t, protobuf.Codec.DecodeInto(body, &got))
	assert.EqualValues(t, 7, got.GetValue())
	dst, err := encode([]byte("x"), 7)
	var te *codec.TypeError
	assert.ErrorAs(t, err, &te)
	assert.Equal(t, "x", string(dst))
}

func TestWhatIsNoMessageFailsOnceAndEarly(t *testing.T) {
	_, number := codec.Decoder[int](protobuf.Codec)
	_, untyped := codec.Decoder[any](protobuf.Codec)
	_, iface := codec.Decoder[proto.Message](protobuf.Codec)
	_, text := codec.Encoder[string](protobuf.Codec)
	_, value := codec.Encoder[struct{ A int }](protobuf.Codec)
	_, decoded := protobuf.Codec.Decode(nil)
	var none *wrapperspb.StringValue
	for _, err := range []error{
		number, untyped, iface, text, value, decoded,
		protobuf.Codec.DecodeInto(nil, new(int)), protobuf.Codec.DecodeInto(nil, nil), protobuf.Codec.DecodeInto(nil, none),
	} {
		var te *codec.TypeError
		assert.ErrorAs(t, err, &te)
	}
	_, err := protobuf.Codec.Append(nil, wrapperspb.String("\xff"))
	var te *codec.TypeError
	assert.ErrorAs(t, err, &te, "proto3 wants UTF-8")
}

// lists returns a Value of lists in each other.
func lists(depth int) *structpb.Value {
	v := structpb.NewNullValue()
	for range depth {
		v = structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{v}})
	}
	return v
}

func TestABodyIsBoundedInDepthAndMemory(t *testing.T) {
	_, err := protobuf.Codec.Append(nil, lists(codec.MaxDepth))
	var le *codec.LimitError
	require.ErrorAs(t, err, &le)
	round := lists(1)
	round.GetListValue().Values[0] = round
	_, err = protobuf.Codec.Append(nil, round)
	require.ErrorAs(t, err, &le)

	deep, err := proto.Marshal(lists(codec.MaxDepth))
	require.NoError(t, err)
	require.ErrorAs(t, protobuf.Codec.DecodeInto(deep, new(*structpb.Value)), &le)
	assert.Equal(t, "depth", le.What)
	deep, err = protobuf.Codec.Append(nil, lists(codec.MaxDepth/2-1))
	require.NoError(t, err)
	require.NoError(t, protobuf.Codec.DecodeInto(deep, new(*structpb.Value)))

	var many []byte
	for range 3 << 20 {
		many = protowire.AppendBytes(protowire.AppendTag(many, 1, protowire.BytesType), nil)
	}
	require.ErrorAs(t, protobuf.Codec.DecodeInto(many, new(*structpb.ListValue)), &le, "3 million values in 6 MB")
	assert.Equal(t, "decoded size", le.What)
}

func FuzzDecode(f *testing.F) {
	for _, m := range []proto.Message{someStruct(f), timestamppb.Now(), lists(5), wrapperspb.String("é")} {
		body, err := protobuf.Codec.Append(nil, m)
		require.NoError(f, err)
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, m := range []proto.Message{new(structpb.Struct), new(structpb.Value), new(timestamppb.Timestamp), new(wrapperspb.StringValue)} {
			if err := protobuf.Codec.DecodeInto(body, m); err != nil {
				_, malformed := errors.AsType[*codec.DecodeError](err)
				_, limit := errors.AsType[*codec.LimitError](err)
				require.True(t, malformed || limit, "a %T: %v", err, err)
				continue
			}
			again, err := protobuf.Codec.Append(nil, m)
			require.NoError(t, err)
			got := m.ProtoReflect().New().Interface()
			require.NoError(t, protobuf.Codec.DecodeInto(again, got))
			once, err := protobuf.Codec.Append(nil, got)
			require.NoError(t, err)
			require.Len(t, once, len(again))
		}
	})
}

func BenchmarkDecodeStruct(b *testing.B) {
	body, err := protobuf.Codec.Append(nil, someStruct(b))
	require.NoError(b, err)
	decode, err := codec.Decoder[*structpb.Struct](protobuf.Codec)
	require.NoError(b, err)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decode(body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeStruct(b *testing.B) {
	encode, err := codec.Encoder[*structpb.Struct](protobuf.Codec)
	require.NoError(b, err)
	v := someStruct(b)
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		if buf, err = encode(buf[:0], v); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(buf)))
}

func Example() {
	encode, err := codec.Encoder[*wrapperspb.StringValue](protobuf.Codec)
	if err != nil {
		panic(err)
	}
	body, _ := encode(nil, wrapperspb.String("kitchen"))
	fmt.Printf("%x\n", body)
	decode, err := codec.Decoder[*wrapperspb.StringValue](protobuf.Codec)
	if err != nil {
		panic(err)
	}
	v, err := decode(body)
	fmt.Println(v.GetValue(), err)
	_, err = codec.Decoder[any](protobuf.Codec)
	fmt.Println(err)
	// Output:
	// 0a076b69746368656e
	// kitchen <nil>
	// codec: protobuf: cannot put a message into interface {}: it is no pointer to a generated message
}
