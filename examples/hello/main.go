// Hello sends a line from one peer to another, over TCP on this machine.
//
//	go run ./examples/hello
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/rxpeer/rxpeer/peer"
)

func main() {
	ctx := context.Background()
	local := &peer.Options{Address: "127.0.0.1"}
	kitchen, err := peer.Open(ctx, local)
	check(err)
	defer kitchen.Close()
	hall, err := peer.Open(ctx, local)
	check(err)

	conn, err := hall.Connect(ctx, kitchen.Addr().String(), nil)
	check(err)
	check(peer.SinkOf[string](conn).Emit(ctx, "hello from the hall"))
	check(hall.Close()) // what was emitted still arrives

	guest, err := kitchen.Connections().Await(ctx)
	check(err)
	lines := peer.Receive[string](guest).On(ctx, func(line string) { fmt.Println(line) })
	check(lines.Wait(ctx))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
