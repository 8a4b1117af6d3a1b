package main

import (
	"context"
	"time"

	"github.com/rxpeer/rxpeer/discovery"
)

// discover is "rxpeer discover".
type discover struct {
	Watch    bool          `help:"Go on, and print who comes and who goes."`
	Wait     time.Duration `default:"500ms" help:"How long to wait for answers (${default})."`
	Interval time.Duration `default:"2s" help:"With --watch, how often to ask (${default})."`
	network
}

// foundEvent and lostEvent say that a peer has come or gone.
type foundEvent struct {
	Event   string `json:"event"`
	Address string `json:"address"`
	watched bool
}

func (e foundEvent) line() string {
	if !e.watched {
		return e.Address
	}
	return "found " + e.Address
}

type lostEvent struct {
	Event   string `json:"event"`
	Address string `json:"address"`
}

func (e lostEvent) line() string { return "lost  " + e.Address }

// Validate is called by kong.
func (d *discover) Validate() error {
	if d.Wait <= 0 || d.Interval <= 0 {
		return usage("--wait and --interval must be positive")
	}
	return d.network.Validate()
}

// Run asks once, or until ctx ends.
func (d *discover) Run(ctx context.Context, s *streams) error {
	opts := d.options()
	opts.Wait, opts.Interval = d.Wait, d.Interval
	ask := d.once
	if d.Watch {
		ask = d.watch
	}
	if err := ask(ctx, opts, s); err != nil {
		return notFound(ctx, err)
	}
	return nil
}

func (d *discover) once(ctx context.Context, opts *discovery.Options, s *streams) error {
	peers, err := discovery.LocalPeers(ctx, opts)
	for _, addr := range peers {
		s.out.print(foundEvent{Event: "found", Address: addr.String()})
	}
	return err
}

func (d *discover) watch(ctx context.Context, opts *discovery.Options, s *streams) error {
	return discovery.Browse(opts).Each(ctx, func(e discovery.Event) error {
		switch e.Kind {
		case discovery.Found:
			s.out.print(foundEvent{"found", e.Addr.String(), true})
		case discovery.Lost:
			s.out.print(lostEvent{"lost", e.Addr.String()})
		}
		return nil
	})
}
