package main

import (
	"context"
	"errors"
	"time"

	"github.com/rxpeer/rxpeer/cmd/rxpeer/internal/notation"
	"github.com/rxpeer/rxpeer/peer"
)

// call is "rxpeer call".
type call struct {
	Peer   string        `arg:"" help:"Who handles the call: the address of a peer, or its name."`
	Name   string        `arg:"" help:"The name of the handler."`
	Value  *string       `arg:"" optional:"" name:"json" help:"The argument: JSON, or text if it is none; null without one. Put -- before one that begins with a dash."`
	Type   string        `enum:"json,bytes" default:"json" placeholder:"json|bytes" help:"What the handler takes and returns (${default})."`
	Within time.Duration `placeholder:"DURATION" help:"How long the call may take; as long as it does by default."`
	using
}

// resultEvent is what a call returned.
type resultEvent struct {
	Event string `json:"event"`
	Peer  string `json:"peer"`
	Name  string `json:"name"`
	Data  noted  `json:"data"`
}

func (e resultEvent) line() string {
	if b, is := e.Data.value.([]byte); is {
		return dataEvent{Data: noted{b}, only: true}.line()
	}
	return string(notation.Append(nil, e.Data.value))
}

// Validate is called by kong.
func (c *call) Validate() error {
	if c.Within < 0 {
		return usage("--within must not be negative")
	}
	if c.Peer != "" { // which kong reports
		if _, _, err := addressOf(c.Peer); err != nil {
			return err
		}
	}
	return c.using.Validate()
}

// Run calls once.
func (c *call) Run(ctx context.Context, s *streams) error {
	var value any
	if c.Value != nil {
		var err error
		if value, err = notation.Parse(*c.Value, false); errors.Is(err, notation.ErrNotJSON) {
			value, err = *c.Value, nil
		}
		if err != nil {
			return notSent(err)
		}
	}
	p, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer p.Close() // nothing is sent any more
	conn, err := c.reach(ctx, p, c.Peer, peer.KindHandler, c.Name)
	if err != nil {
		return err
	}
	within := ctx
	if c.Within > 0 {
		var cancel context.CancelFunc
		within, cancel = context.WithTimeout(ctx, c.Within)
		defer cancel()
	}
	var result any
	if c.Type == "bytes" {
		result, err = peer.Call[[]byte, []byte](within, conn, c.Name, []byte(c.text()))
	} else {
		result, err = peer.Call[any, any](within, conn, c.Name, value)
	}
	switch {
	case ctx.Err() != nil:
		return ended("interrupted before %s had answered; it is told so", conn)
	case within.Err() != nil && errors.Is(err, context.DeadlineExceeded):
		return ended("%s did not answer within %v; wait longer with --within", conn, c.Within)
	case err != nil:
		return notServed(conn, peer.KindHandler, c.Name, false, err)
	}
	s.out.print(resultEvent{"result", conn.String(), c.Name, noted{result}})
	return nil
}

// text returns the argument as it was given.
func (c *call) text() string {
	if c.Value == nil {
		return ""
	}
	return *c.Value
}
