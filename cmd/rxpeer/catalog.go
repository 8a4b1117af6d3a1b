package main

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
)

// catalog is "rxpeer streams".
type catalog struct {
	Peer string `arg:"" optional:"" help:"Whose streams: the address of a peer, or its name. Those of everybody around without one."`
	Once bool   `help:"Look once and end, as when stdout is no terminal."`
	using
}

// exposedEvent is something that a peer exposes.
type exposedEvent struct {
	Event string `json:"event"`
	Kind  string `json:"kind"` // in a word
	peer.Exposed
	Peer    string `json:"peer"`
	Address string `json:"address"`

	row string // for people
}

func (e exposedEvent) line() string { return e.row }

// titles are those of the columns for people.
var titles = []string{"KIND", "NAME", "TYPE", "PEER", "ADDRESS"}

func (e exposedEvent) cells() []string {
	of := cmp.Or(e.Type, "any")
	if e.Exposed.Kind == peer.KindHandler {
		of += " → " + cmp.Or(e.Reply, "any")
	}
	return []string{e.Kind, e.Name, of, e.Peer, e.Address}
}

// eventsOf returns what the other side of c exposes.
func eventsOf(c *peer.Connection, all []peer.Exposed) []exposedEvent {
	var events []exposedEvent
	for _, e := range all {
		events = append(events, exposedEvent{
			Event: "exposed", Kind: e.Kind.String(), Exposed: e, Peer: c.Remote().Identity.Name, Address: c.String(),
		})
	}
	return events
}

// Validate is called by kong.
func (c *catalog) Validate() error {
	if _, _, err := addressOf(c.Peer); err != nil {
		return err
	}
	return c.using.Validate()
}

// Run prints what is exposed, once, or on a terminal again whenever it changes.
func (c *catalog) Run(ctx context.Context, s *streams) error {
	p, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer p.Close() // nothing is sent
	var only *peer.Connection
	if c.Peer != "" {
		if only, err = c.reach(ctx, p, c.Peer, peer.KindStream, ""); err != nil {
			return err
		}
	}
	if size := sizeOf(s.out.w); size != nil && !c.Once && !s.out.json {
		return c.watch(ctx, p, only, &table{out: s.out.w, size: size, titles: titles})
	}
	if only != nil {
		all, err := c.exposedBy(ctx, only)
		if err != nil {
			return c.notListed(ctx, only, err)
		}
		s.list(eventsOf(only, all))
		return nil
	}
	conns, err := c.around(ctx, p)
	s.list(slices.Concat(each(conns, func(conn *peer.Connection) ([]exposedEvent, bool) {
		all, err := c.exposedBy(ctx, conn)
		return eventsOf(conn, all), err == nil
	})...))
	return err
}

// notListed says why nobody knows what the other side of c exposes; nil when ctx has
// ended.
func (c *catalog) notListed(ctx context.Context, conn *peer.Connection, err error) error {
	switch {
	case ctx.Err() != nil:
		return nil
	case errors.Is(err, context.DeadlineExceeded):
		return unreachable("%s did not answer within %v; wait longer with --timeout", conn, c.Timeout)
	}
	return notServed(conn, 0, "", false, err)
}

// list prints events, for people in columns.
func (s *streams) list(events []exposedEvent) {
	slices.SortFunc(events, byPlace)
	rows := [][]string{titles}
	for _, e := range events {
		rows = append(rows, e.cells())
	}
	lines := columns(rows)
	if len(events) > 0 && !s.out.json {
		s.out.print(rowEvent{lines[0]})
	}
	for i, e := range events {
		e.row = lines[i+1]
		s.out.print(e)
	}
}

func byPlace(a, b exposedEvent) int {
	return cmp.Or(cmp.Compare(a.Peer, b.Peer), cmp.Compare(a.Address, b.Address),
		cmp.Compare(a.Exposed.Kind, b.Exposed.Kind), cmp.Compare(a.Name, b.Name))
}

// listing is what the other side of a connection exposes now.
type listing struct {
	conn   *peer.Connection
	events []exposedEvent
}

// watch draws a table whenever something changes, until ctx ends, or the connection
// if there is only one.
func (c *catalog) watch(ctx context.Context, p *peer.Peer, only *peer.Connection, t *table) error {
	conns := peer.Keep(p, peer.Everyone())
	if only != nil {
		conns = stream.Of(only)
	}
	changes := operators.FlatMap(conns, func(conn *peer.Connection) stream.Observable[listing] {
		now := operators.Map(conn.Exposed(), func(all []peer.Exposed) listing { return listing{conn, eventsOf(conn, all)} })
		return operators.Catch(now, func(err error) stream.Observable[listing] {
			if only != nil {
				return stream.Fail[listing](err)
			}
			return stream.Of(listing{conn: conn})
		})
	}, nil)
	present := make(map[*peer.Connection][]exposedEvent)
	t.draw(nil)
	err := changes.Each(ctx, func(l listing) error {
		if present[l.conn] = l.events; l.events == nil {
			delete(present, l.conn)
		}
		var all []exposedEvent
		for _, events := range present {
			all = append(all, events...)
		}
		slices.SortFunc(all, byPlace)
		var rows [][]string
		for _, e := range all {
			rows = append(rows, e.cells())
		}
		return t.draw(rows)
	})
	switch {
	case ctx.Err() != nil:
		return nil
	case only != nil && err != nil:
		return c.notListed(ctx, only, err)
	case err != nil:
		return notFound(ctx, err)
	}
	return nil
}
