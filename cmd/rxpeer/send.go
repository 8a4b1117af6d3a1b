package main

import (
	"context"
	"io"
	"os"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport"
)

// send is "rxpeer send".
type send struct {
	target
	Values []string `arg:"" optional:"" name:"value" help:"What to send, a message each: JSON, or text if it is none; bytes as they are. Lines of stdin without any. Put -- before values that begin with a dash."`
	File   string   `type:"existingfile" placeholder:"PATH" help:"Send the content of a file as one message."`
}

// Validate is called by kong.
func (c *send) Validate() error {
	if len(c.Values) > 0 && c.File != "" {
		return usage("give values or --file, not both")
	}
	return c.target.Validate()
}

// Run sends everything there is.
func (c *send) Run(ctx context.Context, s *streams) error {
	d, err := c.dial(ctx, s)
	if err != nil {
		return err
	}
	d.drain()
	err = c.sendAll(ctx, d, s)
	if closed := d.close(ctx); err == nil {
		err = closed
	}
	s.out.print(sentEvent{"sent", d.conn.String(), d.conn.Ledger().Written})
	d.printClose(s)
	return err
}

// sendAll sends until there is nothing more, the connection ends, or ctx does.
func (c *send) sendAll(ctx context.Context, d *dialled, s *streams) error {
	live, cancel := d.live(ctx)
	defer cancel()
	source, ofLines, err := c.source(live, d, s)
	if err != nil {
		return err
	}
	broken := false
	err = operators.TryMap(source, c.parse).Each(live, func(v any) error {
		err := d.emit(live, v)
		broken = err != nil
		return err
	})
	switch {
	case err == nil || broken:
		return err
	case d.conn.Err() != nil:
		return d.lost()
	case ctx.Err() != nil && ofLines:
		return nil // nothing was lost: whoever typed wanted to end
	case ctx.Err() != nil:
		return ended("interrupted before everything was sent")
	}
	return notSent(err)
}

// source returns what to send.
func (c *send) source(ctx context.Context, d *dialled, s *streams) (source stream.Observable[[]byte], ofLines bool, err error) {
	switch {
	case c.File != "":
		content, err := readFile(c.File)
		return stream.Of(content), false, err
	case len(c.Values) > 0:
		return operators.Map(stream.Of(c.Values...), func(v string) []byte { return []byte(v) }), false, nil
	}
	s.prompt(d)
	return lines(ctx, s.stdin, noStdin), true, nil
}

// readFile returns the content of a file that can be a message.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, failed("cannot read --file: %v", err)
	}
	defer f.Close()
	tooLarge := usage("--file: %s is larger than %d MiB, the limit of a message", name, transport.DefaultMaxMessage>>20)
	if info, err := f.Stat(); err == nil && info.Size() > transport.DefaultMaxMessage {
		return nil, tooLarge
	}
	content, err := io.ReadAll(io.LimitReader(f, transport.DefaultMaxMessage+1))
	switch {
	case err != nil:
		return nil, failed("cannot read --file: %v", err)
	case len(content) > transport.DefaultMaxMessage:
		return nil, tooLarge
	}
	return content, nil
}
