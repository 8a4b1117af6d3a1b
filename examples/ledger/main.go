// Ledger is a toy blockchain: nodes that trust nobody agree on one list of blocks.
// Each makes blocks now and then, and passes on those that it hears of from its
// neighbours. When two make one at the same time, the longest chain wins.
//
//	go run ./examples/ledger
//
// All nodes run in one process and talk to each other over TCP, on the loopback
// interface; the last one joins late, and catches up. The pipeline that makes a
// peer a node is in node.go. It ends by itself, or with Ctrl-C.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/rxpeer/rxpeer/discovery"
	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := demo(ctx, os.Stdout); err != nil && ctx.Err() == nil {
		log.Fatal(err)
	}
}

const (
	working = 4 * time.Second        // for so long blocks are made
	mean    = 800 * time.Millisecond // between two of a node
	shown   = working / 8            // how often
)

// demo runs some nodes, and shows what each takes for the last block.
func demo(ctx context.Context, out io.Writer) error {
	port, err := freePort()
	if err != nil {
		return err
	}
	var nodes []*node
	defer func() {
		for _, n := range nodes {
			_ = n.peer.Close()
		}
	}()
	begin := time.Now()
	join := func(name string) error {
		work := labour(rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())), mean)
		n, err := start(ctx, &peer.Options{
			Name:      name,
			Address:   "127.0.0.1",
			Discovery: &discovery.Options{Port: port, Interfaces: discovery.Loopback, Interval: time.Second / 5},
		}, peer.Everyone(), operators.TakeUntil(work, stream.Timer(working-time.Since(begin))))
		if err == nil {
			nodes = append(nodes, n)
		}
		return err
	}

	names := []string{"ada", "bob", "cat", "dan", "eve", "fay", "gus", "hal"}
	last := len(names) - 1
	for _, name := range names[:last] {
		if err := join(name); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "how long each node's chain is, and how its last ID begins; %s joins late\n\n", names[last])
	fmt.Fprintf(out, "         %s\n", strings.Join(names, "      "))
	for range stream.Tick(shown).Values(ctx, stream.Latest()) {
		fmt.Fprintf(out, "%4.1f s", time.Since(begin).Seconds())
		for _, n := range nodes {
			fmt.Fprintf(out, "   %6s", n)
		}
		fmt.Fprintln(out)
		switch passed := time.Since(begin); {
		case len(nodes) == last && passed >= working/2:
			if err := join(names[last]); err != nil {
				return err
			}
		case passed >= working+shown && agree(nodes): // what was made last has had the time to arrive
			chain, others := nodes[last].chain()
			fmt.Fprintf(out, "\nall agree on a chain of %d blocks; %d others lost\n", len(chain), others)
			return nil
		}
	}
	return context.Cause(ctx)
}

// agree reports whether all nodes take the same block for the last one.
func agree(nodes []*node) bool {
	return !slices.ContainsFunc(nodes, func(n *node) bool { return n.last() != nodes[0].last() })
}

// freePort returns a UDP port that nobody uses, for the nodes to find each other.
func freePort() (uint16, error) {
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return 0, err
	}
	defer c.Close()
	return uint16(c.LocalAddr().(*net.UDPAddr).Port), nil
}
