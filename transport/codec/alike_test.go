package codec_test

import (
	"math"
	"math/big"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/codec/cbor"
	"github.com/rxpeer/rxpeer/transport/codec/msgpack"
)

type Place struct {
	Room  string `json:"room"`
	Floor int8   `json:"floor,omitempty"`
}

type measurement struct {
	Place
	Sensor  string             `json:"sensor"`
	At      time.Time          `json:"at"`
	Value   float64            `json:"value"`
	Rough   float32            `json:"rough"`
	Raw     []byte             `json:"raw"`
	Tags    []string           `json:"tags"`
	Recent  []float64          `json:"recent"`
	Limits  map[string]float64 `json:"limits"`
	Levels  map[string][]Place `json:"levels"`
	Next    *measurement       `json:"next,omitempty"`
	Count   uint64             `json:"count"`
	Delta   int64              `json:"delta"`
	On      bool               `json:"on"`
	From    netip.Addr         `json:"from"`
	Big     *big.Int           `json:"big"`
	Pair    [2]int             `json:"pair"`
	Skipped string             `json:"-"`
	Any     any                `json:"any"`
}

var morning = time.Date(2026, 3, 29, 7, 30, 0, 123456789, time.UTC)

// measurements are carried alike by all codecs that carry structs.
var measurements = map[string]measurement{
	"zero": {From: netip.MustParseAddr("::1"), At: morning, Big: new(big.Int), Tags: []string{}, Raw: []byte{}, Recent: []float64{},
		Limits: map[string]float64{}, Levels: map[string][]Place{}},
	"full": {
		Place: Place{"kitchen", -2}, Sensor: "térmo", At: morning, Value: 21.5, Rough: 0.25, Raw: []byte{0, 255},
		Tags: []string{"indoor", ""}, Recent: []float64{math.MaxFloat64, -0.5}, Limits: map[string]float64{"min": -40, "": 85},
		Levels: map[string][]Place{"a": {{"hall", 1}, {}}}, Count: math.MaxUint64, Delta: math.MinInt64, On: true,
		From: netip.MustParseAddr("10.0.0.7"), Big: new(big.Int).Lsh(big.NewInt(1), 100), Pair: [2]int{-1, 1 << 30},
		Next: &measurement{Sensor: "next", From: netip.MustParseAddr("::"), At: morning, Big: big.NewInt(-7), Tags: []string{}, Raw: []byte{},
			Recent: []float64{}, Limits: map[string]float64{}, Levels: map[string][]Place{}},
		Any: map[string]any{"list": []any{int64(1), int64(-300), 2.5, "x", nil, true}, "map": map[string]any{"k": int64(1 << 40)}},
	},
}

func allCodecs(t testing.TB) codec.List {
	list, err := codec.NewList(cbor.Codec, msgpack.Codec)
	require.NoError(t, err)
	return list
}

func TestOneStructServesAllCodecsAlike(t *testing.T) {
	for name, v := range measurements {
		for _, c := range allCodecs(t) {
			if c.Type() == codec.Bytes {
				continue
			}
			t.Run(name+" "+string(c.Type()), func(t *testing.T) {
				encode, err := codec.Encoder[measurement](c)
				require.NoError(t, err)
				decode, err := codec.Decoder[measurement](c)
				require.NoError(t, err)
				v.Skipped = "never sent"
				body, err := encode([]byte("before"), v)
				require.NoError(t, err)
				require.Equal(t, "before", string(body[:6]))
				got, err := decode(body[6:])
				require.NoError(t, err)
				sameMeasurement(t, c.Type(), v, got)
			})
		}
	}
}

func sameMeasurement(t *testing.T, of codec.Type, want, got measurement) {
	if of == codec.Raw {
		want.At = want.At.Truncate(time.Microsecond)
		if want.Any != nil {
			want.Any, got.Any = nil, nil // a dict in its order
		}
	}
	assert.True(t, want.At.Equal(got.At), "%s and %s", want.At, got.At)
	assert.Zero(t, got.Skipped)
	assert.Zero(t, want.Big.Cmp(got.Big))
	if want.Next != nil && assert.NotNil(t, got.Next) {
		sameMeasurement(t, of, *want.Next, *got.Next)
	}
	for _, r := range []*measurement{&want, &got} {
		r.At, r.Skipped, r.Big, r.Next = time.Time{}, "", nil, nil
	}
	assert.Equal(t, want, got)
}
