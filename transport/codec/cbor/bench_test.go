package cbor_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/codec/cbor"
)

type reading struct {
	Sensor string    `json:"sensor"`
	At     int64     `json:"at"`
	Value  float64   `json:"value"`
	Tags   []string  `json:"tags"`
	Recent []float64 `json:"recent"`
}

var someReading = reading{"kitchen", 1_700_000_000, 21.5, []string{"indoor", "north"}, []float64{21.5, 21.25, 20.75}}

// beside returns the codec, and json's to compare it with.
func beside(b *testing.B) map[string]codec.Codec {
	json, err := codec.For(codec.JSON)
	require.NoError(b, err)
	return map[string]codec.Codec{"cbor": cbor.Codec, "json": json}
}

func benchDecode[T any](b *testing.B) {
	for name, c := range beside(b) {
		b.Run(name, func(b *testing.B) {
			body, err := c.Append(nil, someReading)
			require.NoError(b, err)
			decode, err := codec.Decoder[T](c)
			require.NoError(b, err)
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := decode(body); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDecodeStruct(b *testing.B)  { benchDecode[reading](b) }
func BenchmarkDecodeUntyped(b *testing.B) { benchDecode[any](b) }

func BenchmarkEncodeStruct(b *testing.B) {
	for name, c := range beside(b) {
		b.Run(name, func(b *testing.B) {
			encode, err := codec.Encoder[reading](c)
			require.NoError(b, err)
			var buf []byte
			b.ReportAllocs()
			for b.Loop() {
				if buf, err = encode(buf[:0], someReading); err != nil {
					b.Fatal(err)
				}
			}
			b.SetBytes(int64(len(buf)))
		})
	}
}
