// Sensors watches this machine: three peers sample its processor, its memory
// and its network; a fourth one finds them, subscribes to their readings and shows
// what each sensor measured in the last seconds. All four run in one process and
// talk to each other over TCP, on the loopback interface.
//
//	go run ./examples/sensors
//
// The same parts run on different devices of a network, as many as you like,
// and find each other:
//
//	go run ./examples/sensors --role sensor
//	go run ./examples/sensors --role aggregator
//
// The pipeline is in aggregate.go. Ctrl-C ends everything, and --for 5s does so
// by itself.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"sync"
	"time"

	"github.com/rxpeer/rxpeer/discovery"
	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/peer"
)

// settings are what the command line says.
type settings struct {
	role   string
	port   uint16        // of discovery; 0: a free one for the demo, else the default
	every  time.Duration // between two samples
	window time.Duration

	loopback bool // the parts meet on this machine only
}

func main() {
	var s settings
	flag.StringVar(&s.role, "role", "demo", "demo runs everything here; sensor and aggregator are its parts")
	port := flag.Uint("port", 0, "the UDP port on which the parts find each other (default 1024, in the demo a free one)")
	flag.DurationVar(&s.every, "every", 200*time.Millisecond, "how often to sample")
	flag.DurationVar(&s.window, "window", 5*time.Second, "how much of the past to show")
	limit := flag.Duration("for", 0, "end after so long (default never)")
	flag.Parse()
	s.port = uint16(*port)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *limit > 0 {
		ctx, stop = context.WithTimeout(ctx, *limit)
		defer stop()
	}
	if err := run(ctx, s, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// run plays a role until ctx ends.
func run(ctx context.Context, s settings, out io.Writer) (err error) {
	switch s.role {
	case "demo":
		err = demo(ctx, s, out)
	case "sensor":
		err = sense(ctx, everything(), s.every, s.options(deviceName()), out)
	case "aggregator":
		err = aggregator(ctx, s, out)
	default:
		return fmt.Errorf("no role %q: choose demo, sensor or aggregator", s.role)
	}
	if ctx.Err() != nil && errors.Is(err, context.Cause(ctx)) {
		return nil // that is how it ends
	}
	return err
}

// options returns those of a part that calls itself so.
func (s *settings) options(name string) *peer.Options {
	if s.loopback {
		return &peer.Options{
			Name:      name,
			Address:   "127.0.0.1",
			Discovery: &discovery.Options{Port: s.port, Interfaces: discovery.Loopback, Interval: time.Second / 5},
		}
	}
	return &peer.Options{Name: name, Discovery: &discovery.Options{Port: s.port}}
}

// deviceName returns the name of this machine.
func deviceName() string {
	name, err := os.Hostname()
	if err != nil {
		return "device"
	}
	return name
}

// demo runs three sensors and an aggregator on this machine, unseen by others.
func demo(ctx context.Context, s settings, out io.Writer) (err error) {
	if s.port == 0 {
		if s.port, err = freePort(); err != nil {
			return err
		}
	}
	s.loopback = true
	ctx, cancel := context.WithCancelCause(ctx)
	var parts sync.WaitGroup
	for name, sample := range map[string]sampler{"processor": processor(), "memory": memory, "network": network()} {
		parts.Go(func() { // ends with ctx
			if err := sense(ctx, sample, s.every, s.options(name), io.Discard); err != nil {
				cancel(err)
			}
		})
	}
	err = aggregator(ctx, s, out)
	cancel(err)
	parts.Wait()
	return err
}

// freePort returns a UDP port that nobody uses.
func freePort() (uint16, error) {
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return 0, err
	}
	defer c.Close()
	return uint16(c.LocalAddr().(*net.UDPAddr).Port), nil
}

// aggregator finds sensors and shows what they measure.
func aggregator(ctx context.Context, s settings, out io.Writer) error {
	opts := s.options("aggregator")
	opts.NoDiscovery = true // it finds, and need not be found
	p, err := peer.Open(ctx, opts)
	if err != nil {
		return err
	}
	defer p.Close()
	t := newTable(out, s.window)
	rows := aggregate(p, peer.Everyone(), s.window)
	return operators.Batch(rows, &operators.BatchOptions[Row]{Time: time.Second / 5}).Each(ctx, t.show)
}
