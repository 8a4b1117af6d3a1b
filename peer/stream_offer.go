package peer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rxpeer/rxpeer/peer/internal/request"
	"github.com/rxpeer/rxpeer/stream"
)

// StreamOffer is a remote that wants to use something that is exposed: to
// subscribe to a stream, to send to a sink, to call a handler (once for all calls
// on a connection), to send to this member of a group. Its methods are safe for
// concurrent use.
type StreamOffer struct {
	conn *Connection
	what Exposed

	mu      sync.Mutex
	decided bool
	answer  chan error // one that is decided later gets it
}

// Connection is that to the remote.
func (o *StreamOffer) Connection() *Connection { return o.conn }

// What is what it wants to use.
func (o *StreamOffer) What() Exposed { return o.what }

// String describes the offer.
func (o *StreamOffer) String() string { return fmt.Sprintf("%s for %s", o.what, o.conn) }

// Accept lets the remote use it. The error is an *[Error] with ErrDecided.
func (o *StreamOffer) Accept() error { return o.decide(nil) }

// Deny refuses that; the remote is told the reason, which may be empty. The error
// is as for Accept.
func (o *StreamOffer) Deny(reason string) error {
	if reason == "" {
		return o.decide(ErrRefused)
	}
	return o.decide(fmt.Errorf("%w: %s", ErrRefused, reason))
}

func (o *StreamOffer) decide(err error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.decided {
		return &Error{Op: "decide", Peer: o.conn.String(), Err: ErrDecided}
	}
	o.decided = true
	o.answer <- err
	return nil
}

// StreamOffers emits the wishes of others to use what is exposed. With
// Options.StreamOffers set to [Ask] a subscriber decides them; otherwise they are
// decided when they come. Up to 64 wait for the first subscriber, then the oldest
// fall out.
func (p *Peer) StreamOffers() stream.Observable[*StreamOffer] { return p.streamOffers.AsObservable() }

// RefusedStreams counts the streams that others have opened and that were refused:
// for unknown names, other types, by a decision, because of a limit.
func (p *Peer) RefusedStreams() uint64 { return p.refused.Load() }

// offered lets a stream be decided. It returns nil if it may be used.
func (c *Connection) offered(e *Exposure, req *request.Request) error {
	p := c.peer
	o := &StreamOffer{conn: c, what: e.what, answer: make(chan error, 1)}
	if e.allow != nil {
		if err := e.allow(o); err != nil {
			if errors.Is(err, ErrRefused) {
				return err
			}
			return fmt.Errorf("%w: %w", ErrRefused, err)
		}
	}
	switch p.opts.StreamOffers {
	case AcceptAll:
		o.decided = true
	case DenyAll:
		o.decided = true
		o.answer <- ErrRefused
	}
	if p.streamOffers.TryEmit(o) == stream.Overflow {
		p.log.Warn("stream offer not reported: the subscriber is too slow", "peer", c.addr, "name", req.Name)
	}
	if p.opts.StreamOffers == AcceptAll {
		return nil
	}
	ctx, cancel := context.WithTimeout(c.Context(), p.decision())
	defer cancel()
	select {
	case err := <-o.answer:
		return err
	case <-ctx.Done():
		if o.decide(ErrRefused) != nil {
			return <-o.answer
		}
		return fmt.Errorf("%w: nobody decided", ErrRefused)
	}
}

// decision is how long offers wait.
func (p *Peer) decision() time.Duration {
	if p.opts.Decision > 0 {
		return p.opts.Decision
	}
	return p.Timeout() * 3 / 4
}
