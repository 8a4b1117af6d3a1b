// Hello sends one line from one peer to another.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/rxpeer/rxpeer/peer"
)

func main() {
	ctx := context.Background()
	kitchen, hall := open(ctx), open(ctx)
	defer kitchen.Close()

	conn, err := hall.Connect(ctx, kitchen.Addr().String(), nil)
	if err != nil {
		log.Fatal(err)
	}
	_ = peer.SinkOf[string](conn).Emit(ctx, "hello from "+hall.Addr().String())
	_ = hall.Close() // what was emitted still arrives

	guest, _ := kitchen.Connections().Await(ctx)
	_ = peer.Receive[string](guest).Each(ctx, func(line string) error {
		_, err := fmt.Println(line)
		return err
	})
}

func open(ctx context.Context) *peer.Peer {
	p, err := peer.Open(ctx, &peer.Options{Address: "127.0.0.1"})
	if err != nil {
		log.Fatal(err)
	}
	return p
}
