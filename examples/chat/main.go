// Chat lets people on the local network talk to each other: everybody finds
// everybody, whoever starts first, and hears what the others type.
//
//	go run ./examples/chat --name ada
//	go run ./examples/chat --name bob     # in another terminal, or on another device
//
// Where broadcasts do not get through, join somebody by address:
//
//	go run ./examples/chat --name eve --join 192.168.0.7:54865
//
// It shows how to be found, to keep connections to whoever is there, to
// broadcast, and to notice who comes and goes. Ctrl-C, or the end of the input,
// leaves the room.
package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"log"
	"os"
	"os/signal"
	"os/user"
	"strings"
	"time"

	"github.com/rxpeer/rxpeer/discovery"
	"github.com/rxpeer/rxpeer/peer"
)

// chatPort is where the chats of a network find each other.
const chatPort = 10284

func main() {
	name := flag.String("name", userName(), "what others call you")
	join := flag.String("join", "", "addresses to join, with commas between, instead of looking around")
	port := flag.Uint("port", chatPort, "the UDP port on which chats find each other")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	opts := &peer.Options{Discovery: &discovery.Options{Port: uint16(*port)}}
	addresses := strings.FieldsFunc(*join, func(r rune) bool { return r == ',' || r == ' ' })
	if err := chat(ctx, *name, addresses, opts, os.Stdin, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// userName returns the name of whoever is logged in.
func userName() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "somebody"
}

// chat talks until ctx or the input ends.
func chat(ctx context.Context, name string, join []string, opts *peer.Options, in io.Reader, out io.Writer) error {
	p, err := peer.Open(ctx, opts)
	if err != nil {
		return err
	}
	r := &room{name: name, out: out, missing: make(map[string]bool)}
	r.say("* you are %s, at %s", name, p.Addr())

	who, keep := peer.Static(join...), &peer.KeepOptions{Failed: r.unreachable}
	if len(join) == 0 {
		who, keep = peer.Nearby(func(found discovery.Event) bool {
			return p.Addr().Port() <= found.Addr.Port() // of two who find each other, one connects
		}), nil
	}
	p.Connections().On(context.Background(), r.welcome)
	peer.KeepWith(p, who, keep).On(ctx, func(*peer.Connection) {}) // they are among p.Connections

	spoken := make(chan error, 1)
	go func() { spoken <- r.speak(ctx, p, in) }() // ends with the input
	select {
	case err = <-spoken:
	case <-ctx.Done():
	}
	r.left.Store(true)
	deliver, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return errors.Join(err, p.Shutdown(deliver))
}
