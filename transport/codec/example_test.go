package codec_test

import (
	"fmt"

	"github.com/rxpeer/rxpeer/transport/codec"
)

func ExampleFor() {
	c, err := codec.For(codec.JSON)
	if err != nil {
		panic(err)
	}
	body, _ := c.Append(nil, map[string]any{"sensor": "kitchen", "value": 21.0})
	fmt.Printf("%s\n", body)
	v, _ := c.Decode(body)
	fmt.Println(v)
	// Output:
	// {"data": {"sensor": "kitchen", "value": 21.0}}
	// map[sensor:kitchen value:21]
}

func ExampleParse() {
	_, err := codec.Parse("xml")
	fmt.Println(err)
	// Output: codec: unknown data type "xml"
}

func ExampleDecoder() {
	type Reading struct {
		Sensor string  `json:"sensor"`
		Value  float64 `json:"value"`
	}
	raw, _ := codec.For(codec.Raw)
	decode, err := codec.Decoder[Reading](raw)
	if err != nil {
		panic(err)
	}
	r, err := decode([]byte("\x80\x04}(\x8c\x06sensor\x8c\x07kitchen\x8c\x05valueK\x15u."))
	fmt.Println(r, err)
	_, err = decode([]byte("\x80\x04}\x8c\x05value\x8c\x04warms."))
	fmt.Println(err)
	// Output:
	// {kitchen 21} <nil>
	// codec: raw: cannot put a str into float64 at .value
}

func ExampleEncoder() {
	json, _ := codec.For(codec.JSON)
	encode, err := codec.Encoder[[]int](json)
	if err != nil {
		panic(err)
	}
	buf := make([]byte, 0, 64) // for every message
	for i := range 2 {
		buf, _ = encode(buf[:0], []int{i, i * i})
		fmt.Printf("%s\n", buf)
	}
	// Output:
	// {"data": [0, 0]}
	// {"data": [1, 1]}
}

func ExampleFit() {
	json, _ := codec.For(codec.JSON)
	encode, _ := codec.Encoder[string](json)
	for _, name := range []string{"Ada", "Augustina"} {
		body, _ := encode(nil, name)
		body, err := codec.Fit(codec.JSON, body, 0, 20)
		fmt.Printf("%q %v\n", body, err)
	}
	// Output:
	// "{\"data\": \"Ada\"}     " <nil>
	// "{\"data\": \"Augustina\"}" codec: body of 21 bytes on a stream of 20
}

func ExampleNewDict() {
	d := codec.NewDict(
		codec.Pair{Key: codec.Tuple{0, 0}, Value: "origin"},
		codec.Pair{Key: 1, Value: "one"},
	)
	d.Set(true, "still one") // as in Python
	fmt.Println(d)
	v, ok := d.Get(codec.Tuple{0, 0})
	fmt.Println(v, ok)
	// Output:
	// {[0 0]: origin, 1: still one}
	// origin true
}

func ExampleNewSet() {
	s := codec.NewSet("a", "b", "a")
	s.Add("c")
	fmt.Println(s, s.Len(), s.Has("b"))
	// Output: {a, b, c} 3 true
}

func ExampleNewFrozenSet() {
	team := codec.NewFrozenSet("Ada", "Grace")
	points := codec.NewDict(codec.Pair{Key: team, Value: 3})
	fmt.Println(points.Get(codec.NewFrozenSet("Grace", "Ada")))
	// Output: 3 true
}

func ExampleParseDecimal() {
	price, _ := codec.ParseDecimal("1.50")
	c, _ := codec.For(codec.Raw)
	body, _ := c.Append(nil, price)
	v, _ := c.Decode(body)
	fmt.Println(v, v.(codec.Decimal).Float64())
	// Output: 1.50 1.5
}
