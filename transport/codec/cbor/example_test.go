package cbor_test

import (
	"fmt"

	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/codec/cbor"
)

func Example() {
	type Reading struct {
		Sensor string  `json:"sensor"`
		Value  float64 `json:"value"`
	}
	encode, err := codec.Encoder[Reading](cbor.Codec)
	if err != nil {
		panic(err)
	}
	body, _ := encode(nil, Reading{"kitchen", 21.5})
	fmt.Printf("%d bytes: %x\n", len(body), body)
	decode, err := codec.Decoder[Reading](cbor.Codec)
	if err != nil {
		panic(err)
	}
	fmt.Println(decode(body))
	fmt.Println(cbor.Codec.Decode(body))
	// Output:
	// 31 bytes: a26673656e736f72676b69746368656e6576616c7565fb4035800000000000
	// {kitchen 21.5} <nil>
	// map[sensor:kitchen value:21.5] <nil>
}
