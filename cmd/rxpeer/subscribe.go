package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/rxpeer/rxpeer/peer"
)

// subscribe is "rxpeer subscribe".
type subscribe struct {
	Peer   string  `arg:"" optional:"" help:"Who exposes the stream: the address of a peer, or its name. Everybody around who does, without one."`
	Name   string  `arg:"" optional:"" help:"The name of the stream."`
	Policy policy  `default:"block" placeholder:"block|latest|oldest=N|newest=N" help:"What happens at the source to values that come faster than they are printed: it blocks, or drops all but the latest, the oldest of N that wait, or what is newer than those (${default})."`
	Window int     `placeholder:"N" help:"Let so many values be on their way; 1 for fresh ones. As many as the policy says by default."`
	Rate   float64 `placeholder:"N" help:"Take so many values a second of each source and no more, the newest unless --policy says otherwise."`
	Count  uint64  `placeholder:"N" help:"End after so many values."`
	using
}

// Validate is called by kong.
func (c *subscribe) Validate() error {
	if c.Name == "" {
		c.Peer, c.Name = "", c.Peer // kong knows only arguments that are optional at the end
	}
	switch {
	case c.Name == "":
		return usage("give the name of a stream")
	case c.Window < 0:
		return usage("--window must not be negative")
	case c.Rate < 0:
		return usage("--rate must not be negative")
	}
	if _, _, err := addressOf(c.Peer); err != nil {
		return err
	}
	return c.using.Validate()
}

// valueEvent is a value of a stream.
type valueEvent struct {
	Event  string `json:"event"`
	Peer   string `json:"peer"`
	Name   string `json:"name"`
	Data   noted  `json:"data"`
	origin string // "" when there is only one
}

func (e valueEvent) line() string {
	text := dataEvent{Data: e.Data, only: true}.line()
	if e.origin != "" {
		return e.origin + "> " + text
	}
	return text
}

// droppedEvent says that a source has dropped values.
type droppedEvent struct {
	Event  string `json:"event"`
	Peer   string `json:"peer"`
	Values uint64 `json:"values"`
}

func (e droppedEvent) line() string {
	if e.Values == 1 {
		return e.Peer + " dropped a value"
	}
	return fmt.Sprintf("%s dropped %d values", e.Peer, e.Values)
}

// failEvent says that one of several sources has failed.
type failEvent struct {
	Event string `json:"event"`
	Peer  string `json:"peer"`
	Error string `json:"error"`
}

func (e failEvent) line() string { return e.Error }

// errEnough ends a subscription that has all it wants.
var errEnough = errors.New("enough")

// Run prints values until their source ends, or ctx does.
func (c *subscribe) Run(ctx context.Context, s *streams) error {
	p, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer p.Close() // nothing is sent
	var only *peer.Connection
	if c.Peer != "" {
		if only, err = c.reach(ctx, p, c.Peer, peer.KindStream, c.Name); err != nil {
			return err
		}
	}
	want, stop := context.WithCancel(ctx)
	defer stop()
	r := &reception{
		subscribe: c, streams: s, want: want, stop: stop,
		titles: make(map[string]string), dropped: make(map[string]uint64),
	}
	values := r.ofAll(p)
	if only != nil {
		values = r.of(only)
	}
	err = values.Each(ctx, r.take)
	r.summary()
	switch {
	case err == nil, errors.Is(err, errEnough), ctx.Err() != nil:
		return nil
	case only == nil:
		return notFound(ctx, err)
	}
	return notServed(only, peer.KindStream, c.Name, r.count > 0, err)
}
