package main

import (
	"context"
	"time"

	"github.com/rxpeer/rxpeer/operators"
)

// connect is "rxpeer connect".
type connect struct {
	target
	Wait time.Duration `placeholder:"DURATION" help:"How long to go on receiving after the end of stdin; until the other side closes by default."`
}

// Validate is called by kong.
func (c *connect) Validate() error {
	if c.Wait < 0 {
		return usage("--wait must not be negative")
	}
	return c.target.Validate()
}

// Run goes on until either side ends.
func (c *connect) Run(ctx context.Context, s *streams) error {
	d, err := c.dial(ctx, s)
	if err != nil {
		return err
	}
	s.prompt(d)
	s.follow(d.conn, true, nil)
	err = c.exchange(ctx, d, s)
	if closed := d.close(ctx); err == nil {
		err = closed
	}
	s.following.Wait() // what has arrived is still printed
	return err
}

// exchange sends the lines of stdin and waits for the end.
func (c *connect) exchange(ctx context.Context, d *dialled, s *streams) error {
	live, cancel := d.live(ctx)
	defer cancel()
	broken := false
	err := operators.TryMap(lines(live, s.stdin, noStdin), c.parse).Each(live, func(v any) error {
		err := d.emit(live, v)
		broken = err != nil
		return err
	})
	switch {
	case broken:
		return err
	case live.Err() != nil: // either side has ended it
		return nil
	case err != nil:
		return notSent(err)
	}
	if c.Wait > 0 {
		var stop context.CancelFunc
		live, stop = context.WithTimeout(live, c.Wait)
		defer stop()
	}
	<-live.Done()
	return nil
}
