package msgpack_test

import (
	"fmt"

	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/codec/msgpack"
)

func Example() {
	type Reading struct {
		Sensor string  `json:"sensor"`
		Value  float64 `json:"value"`
	}
	encode, err := codec.Encoder[Reading](msgpack.Codec)
	if err != nil {
		panic(err)
	}
	body, _ := encode(nil, Reading{"kitchen", 21.5})
	fmt.Printf("%d bytes: %x\n", len(body), body)
	decode, err := codec.Decoder[Reading](msgpack.Codec)
	if err != nil {
		panic(err)
	}
	fmt.Println(decode(body))
	fmt.Println(msgpack.Codec.Decode(body))
	// Output:
	// 31 bytes: 82a673656e736f72a76b69746368656ea576616c7565cb4035800000000000
	// {kitchen 21.5} <nil>
	// map[sensor:kitchen value:21.5] <nil>
}
