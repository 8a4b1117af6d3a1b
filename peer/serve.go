package peer

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/rxpeer/rxpeer/peer/internal/request"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// errNoName reports a name that is empty.
var errNoName = errors.New("no name")

// opened serves a stream that the remote has opened, until it ends. Links call it
// on a goroutine of the stream's own.
func (p *Peer) opened(link transport.Link, st *transport.Stream) {
	p.callbacks.enter()
	defer p.callbacks.leave()
	c := p.registry.await(link)
	if c == nil {
		return // the link has ended
	}
	var err error
	returned := false
	defer func() { // also when what is exposed ends the goroutine
		if !returned { // nobody else recovers on it
			v := recover()
			err = &stream.PanicError{Value: v, Goexit: v == nil, Stack: debug.Stack()}
			p.log.Error("panic in what is exposed", "peer", c.addr, "err", err)
		}
		if errors.Is(err, errClosing) {
			return // the end of the connection, which is next, tells
		}
		p.endStream(st, err)
		st.Stop() // behind the end, which says why
	}()
	err = c.serve(st)
	returned = true
}

// serve finds out what a stream was opened for, asks whether that may be, and does
// it. It returns how the stream ends.
func (c *Connection) serve(st *transport.Stream) error {
	req, err := request.Parse(st.About())
	if err != nil {
		c.peer.refused.Add(1)
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if req.Kind == request.List {
		return c.serveAs(c.peer.list, st, req)
	}
	e := c.peer.exposures.find(req)
	if err = e.check(req); err == nil {
		err = c.offered(e, req)
	}
	counts := err == nil && e.what.Kind != KindHandler // of that the calls count
	if counts {
		err = e.places.take(c)
		counts = err == nil
	}
	if err != nil {
		c.peer.refused.Add(1)
		c.peer.log.Info("stream refused", "peer", c.addr, "kind", Kind(req.Kind), "name", req.Name, "err", err)
		return err
	}
	if counts {
		defer e.places.leave(c)
	}
	return c.serveAs(e, st, req)
}

// serveAs serves a stream as a user of e.
func (c *Connection) serveAs(e *Exposure, st *transport.Stream, req *request.Request) error {
	ctx, cancel := context.WithCancelCause(e.life)
	defer cancel(nil)
	st.OnStop(cancel)
	return e.serve(&served{conn: c, of: e, st: st, req: req, ctx: ctx})
}

// check reports why a request cannot be for e, which may be nil.
func (e *Exposure) check(req *request.Request) error {
	switch {
	case e == nil:
		return ErrNotExposed
	case !fits(e.what.Type, req.Type):
		return fmt.Errorf("%w: %s here, %s asked for", ErrType, e.what.Type, req.Type)
	case !fits(e.what.Reply, req.Reply):
		return fmt.Errorf("%w: it returns %s, %s asked for", ErrType, e.what.Reply, req.Reply)
	case req.Codec != "":
		if _, err := e.peer.codec(codec.Type(req.Codec)); err != nil {
			return fmt.Errorf("%w: no codec %q here", ErrType, req.Codec)
		}
	}
	return nil
}
