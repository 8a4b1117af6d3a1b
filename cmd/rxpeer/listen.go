package main

import (
	"context"

	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/transport"
)

// listen is "rxpeer listen".
type listen struct {
	Offers string `enum:"accept,deny" default:"accept" placeholder:"accept|deny" help:"Accept or deny what others offer (${default})."`
	Echo   bool   `help:"Send every message back to where it came from."`
	service
}

// Validate is called by kong.
func (l *listen) Validate() error {
	if l.MaxConnections == 0 {
		return usage("--max-connections must not be 0; use --offers deny")
	}
	return l.service.Validate()
}

// Run listens until ctx ends.
func (l *listen) Run(ctx context.Context, s *streams) error {
	opts := l.options()
	if l.Offers == "deny" {
		opts.Offers = peer.DenyAll
	}
	p, err := peer.Open(ctx, opts)
	if err != nil {
		return notOpen(err)
	}
	forever := context.Background() // the peer's end is the end
	p.Listening().On(forever, func(a transport.Addr) {
		s.out.print(listenEvent{"listen", a.String()})
	})
	p.Offers().On(forever, func(o *peer.Offer) {
		s.out.print(offerEvent{"offer", agreementOf(o.Remote()), l.Offers == "deny"})
	})
	p.Connections().On(forever, func(c *peer.Connection) {
		s.out.print(connectEvent{"connect", agreementOf(c.Remote()), false})
		s.follow(c, false, l.answer(c))
	})
	<-ctx.Done()
	grace, cancel := context.WithTimeout(forever, l.Timeout)
	defer cancel()
	_ = p.Shutdown(grace) // what was not delivered is in the events
	if grace.Err() == nil {
		s.following.Wait()
	}
	s.out.print(stopEvent{"stop", p.Addr().String()})
	return nil
}

// answer returns what is done with each message of c.
func (l *listen) answer(c *peer.Connection) func(peer.Message) {
	if !l.Echo {
		return nil
	}
	return func(m peer.Message) {
		_ = c.Send(c.Context(), m) // fails when c has ended, which is printed
	}
}
