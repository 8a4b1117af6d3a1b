// Relay passes measurements through three peers: an edge that has a sensor, a
// gateway that packs what it measures into batches, and an aggregator that takes
// its time for each of them. All three run in one process and talk to each other
// over TCP, on the loopback interface.
//
//	go run ./examples/relay
//
// Each hop has a policy. From the edge to the gateway every sample counts, and few
// may be on their way. From the gateway on there is a choice, and the program shows
// both: with Block the sensor measures no faster than the aggregator works, two
// hops away; with Latest it measures as fast as it can, and the aggregator skips
// what it has no time for.
//
// It ends by itself, or with Ctrl-C.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"time"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
)

const (
	every = 2 * time.Millisecond   // how often the sensor can measure
	batch = 10                     // samples
	work  = 100 * time.Millisecond // that the aggregator has with each batch: five times what it takes to fill one
	each  = 10                     // batches for each policy
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	local := func(string) *peer.Options { return &peer.Options{Address: "127.0.0.1", NoDiscovery: true} }
	if err := run(ctx, local, os.Stdout); err != nil && ctx.Err() == nil {
		log.Fatal(err)
	}
}

// run shows both policies. The peers are opened with the options that at returns.
func run(ctx context.Context, at func(host string) *peer.Options, out io.Writer) error {
	var r relay
	defer r.close()
	if err := r.open(ctx, at); err != nil {
		return err
	}
	for _, policy := range []stream.Policy{stream.Block(1), stream.Latest()} {
		fmt.Fprintf(out, "from the gateway to the aggregator: %s\n", policy)
		before := r.measured.Snapshot().Values
		err := operators.Take(r.reports(policy), each).Each(ctx, func(s Report) error {
			fmt.Fprintf(out, "  samples %4d to %4d   mean %.2f   %2d batches skipped\n", s.First, s.Last, s.Mean, s.Skipped)
			time.Sleep(work)
			return nil
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "  the edge has measured %d samples for that\n", r.measured.Snapshot().Values-before)
	}
	return nil
}

// relay is the three peers.
type relay struct {
	peers     []*peer.Peer
	toGateway *peer.Connection
	measured  *operators.Meter // at the edge
}

// open opens the peers, each of which connects to the one before.
func (r *relay) open(ctx context.Context, at func(host string) *peer.Options) error {
	for _, host := range []string{"edge", "gateway", "aggregator"} {
		p, err := peer.Open(ctx, at(host))
		if err != nil {
			return err
		}
		r.peers = append(r.peers, p)
	}
	edge, gateway, aggregator := r.peers[0], r.peers[1], r.peers[2]

	// Nothing is measured yet: what is exposed runs when somebody subscribes, and
	// what the gateway exposes subscribes to the edge then.
	r.measured = operators.NewMeter("measured")
	if _, err := peer.Expose(edge, "vibration", operators.Metered(vibration(), r.measured), nil); err != nil {
		return err
	}
	toEdge, err := gateway.Connect(ctx, edge.Addr().String(), nil)
	if err != nil {
		return err
	}
	if _, err = peer.Expose(gateway, "batches", batches(toEdge), nil); err != nil {
		return err
	}
	r.toGateway, err = aggregator.Connect(ctx, gateway.Addr().String(), nil)
	return err
}

func (r *relay) close() {
	for _, p := range r.peers {
		_ = p.Close() // whatever was under way is of no use any more
	}
}
