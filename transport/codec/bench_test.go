package codec_test

import (
	"testing"

	"github.com/rxpeer/rxpeer/transport/codec"
)

type reading struct {
	Sensor string    `json:"sensor"`
	At     int64     `json:"at"`
	Value  float64   `json:"value"`
	Tags   []string  `json:"tags"`
	Recent []float64 `json:"recent"`
}

var someReading = reading{"kitchen", 1_700_000_000, 21.5, []string{"indoor", "north"}, []float64{21.5, 21.25, 20.75}}

func benchDecode[T any](b *testing.B, t codec.Type, v any) {
	c, err := codec.For(t)
	if err != nil {
		b.Fatal(err)
	}
	body, err := c.Append(nil, v)
	if err != nil {
		b.Fatal(err)
	}
	decode, err := codec.Decoder[T](c)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decode(body); err != nil {
			b.Fatal(err)
		}
	}
}

func benchEncode[T any](b *testing.B, t codec.Type, v T) {
	c, err := codec.For(t)
	if err != nil {
		b.Fatal(err)
	}
	encode, err := codec.Encoder[T](c)
	if err != nil {
		b.Fatal(err)
	}
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		if buf, err = encode(buf[:0], v); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(buf)))
}

func BenchmarkDecodeBytes(b *testing.B)       { benchDecode[[]byte](b, codec.Bytes, make([]byte, 16)) }
func BenchmarkDecodeJSONInt(b *testing.B)     { benchDecode[int](b, codec.JSON, 1234) }
func BenchmarkDecodeJSONStruct(b *testing.B)  { benchDecode[reading](b, codec.JSON, someReading) }
func BenchmarkDecodeJSONUntyped(b *testing.B) { benchDecode[any](b, codec.JSON, someReading) }
func BenchmarkDecodeRawInt(b *testing.B)      { benchDecode[int64](b, codec.Raw, 1234) }
func BenchmarkDecodeRawStruct(b *testing.B)   { benchDecode[reading](b, codec.Raw, someReading) }
func BenchmarkDecodeRawUntyped(b *testing.B)  { benchDecode[any](b, codec.Raw, someReading) }
func BenchmarkDecodeRawFloats(b *testing.B) {
	benchDecode[[]float64](b, codec.Raw, make([]float64, 1000))
}
func BenchmarkEncodeBytes(b *testing.B)      { benchEncode(b, codec.Bytes, make([]byte, 16)) }
func BenchmarkEncodeJSONStruct(b *testing.B) { benchEncode(b, codec.JSON, someReading) }
func BenchmarkEncodeRawInt(b *testing.B)     { benchEncode(b, codec.Raw, 1234) }
func BenchmarkEncodeRawStruct(b *testing.B)  { benchEncode(b, codec.Raw, someReading) }
func BenchmarkEncodeRawMap(b *testing.B) {
	benchEncode(b, codec.Raw, map[string]any{"a": 1, "b": 2.5, "c": "x"})
}
