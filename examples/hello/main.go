// Hello gives a stream a name on one peer and subscribes to it on another, over TCP
// on this machine.
//
//	go run ./examples/hello
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
)

// Reading is what a sensor says.
type Reading struct {
	Room    string
	Celsius float64
}

func main() {
	ctx := context.Background()
	local := &peer.Options{Address: "127.0.0.1"}

	kitchen, err := peer.Open(ctx, local)
	check(err)
	defer kitchen.Close()
	readings := stream.Of(Reading{"kitchen", 21.5}, Reading{"kitchen", 22}) // any Observable
	_, err = peer.Expose(kitchen, "temperature", readings, nil)
	check(err)

	hall, err := peer.Open(ctx, local)
	check(err)
	defer hall.Close()
	conn, err := hall.Connect(ctx, kitchen.Addr().String(), nil)
	check(err)
	check(peer.Remote[Reading](conn, "temperature").Each(ctx, func(r Reading) error {
		fmt.Printf("%s: %.1f °C\n", r.Room, r.Celsius)
		return nil
	}))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
