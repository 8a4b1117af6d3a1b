// Hello gives a stream a name on one peer, and subscribes to it on another.
package main

import (
	"context"
	"fmt"

	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
)

func main() {
	ctx, local := context.Background(), &peer.Options{Address: "127.0.0.1"}
	kitchen := must(peer.Open(ctx, local)) // listens, and can be found
	defer kitchen.Close()
	must(peer.Expose(kitchen, "temperature", stream.Of(21.5, 22), nil)) // any Observable
	hall := must(peer.Open(ctx, local))
	defer hall.Close()
	conn := must(hall.Connect(ctx, kitchen.Addr().String(), nil)) // offered, and accepted
	for celsius, err := range peer.Remote[float64](conn, "temperature").Values(ctx, stream.Block(1)) {
		fmt.Println(must(celsius, err), "°C")
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
