package peer

import (
	"fmt"
	"sync/atomic"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport"
)

// Offer is what another peer proposes when it connects. Its methods are safe
// for concurrent use.
type Offer struct {
	peer     *Peer
	incoming *transport.Incoming
	remote   RemoteInfo
	decided  atomic.Bool
}

// Remote describes who offers, and what.
func (o *Offer) Remote() RemoteInfo { return o.remote }

// String describes the offer in a few words.
func (o *Offer) String() string {
	if name := o.remote.Identity.Name; name != "" {
		return fmt.Sprintf("%s from %q at %s", o.remote.DataType, name, o.remote.Addr)
	}
	return fmt.Sprintf("%s from %s", o.remote.DataType, o.remote.Addr)
}

// Accept establishes the connection, which [Peer.Connections] then emits. It
// does not block for long. Errors are an *[Error] with ErrDecided, ErrFull,
// ErrClosed, or that of the network when the other side has gone.
func (o *Offer) Accept() (*Connection, error) {
	if !o.decided.CompareAndSwap(false, true) {
		return nil, o.fail("accept", ErrDecided)
	}
	c, tell, err := o.accept()
	if err != nil {
		return nil, o.fail("accept", err)
	}
	o.peer.callbacks.run(tell)
	return c, nil
}

func (o *Offer) accept() (c *Connection, tell func(), err error) {
	p := o.peer
	if err := p.registry.reserve(); err != nil {
		reason := err.Error()
		if err == ErrClosed {
			reason = "closing"
		}
		_ = o.incoming.Deny(reason)
		return nil, nil, err
	}
	link, err := o.incoming.Accept()
	if err != nil {
		p.registry.giveBack()
		return nil, nil, err
	}
	return p.establish(link, o.remote, transport.Addr{})
}

// Deny refuses the offer; a Go peer is told the reason, which may be empty.
// Errors are as for Accept.
func (o *Offer) Deny(reason string) error {
	if !o.decided.CompareAndSwap(false, true) {
		return o.fail("deny", ErrDecided)
	}
	if err := o.incoming.Deny(reason); err != nil {
		return o.fail("deny", err)
	}
	return nil
}

func (o *Offer) fail(op string, err error) error {
	if err == transport.ErrClosed {
		err = ErrDecided // by its time running out
	}
	return &Error{Op: op, Peer: o.remote.Addr.String(), Err: err}
}

// decide decides an offer, or leaves it to the subscribers of Offers.
// The listener calls it on a goroutine of the offer's own.
func (p *Peer) decide(incoming *transport.Incoming) {
	p.callbacks.enter()
	defer p.callbacks.leave()
	<-p.ready
	remote := remoteOf(incoming.Hello, incoming.Remote(), incoming.RemoteAddr(), false)
	o := &Offer{peer: p, incoming: incoming, remote: remote}
	p.log.Debug("offer", "peer", remote.Addr, "data_type", remote.DataType)
	tell := func() {}
	switch {
	case remote.Addr == p.addr && remote.Verified:
		_ = o.Deny(ErrSelf.Error())
		return
	case p.opts.Offers == DenyAll:
		_ = o.Deny("accepts no offers")
	case p.opts.Offers == AcceptAll:
		o.decided.Store(true)
		var err error
		if _, tell, err = o.accept(); err != nil {
			p.log.Info("offer not accepted", "peer", remote.Addr, "err", err)
			tell = func() {}
		}
	}
	if p.offers.TryEmit(o) == stream.Overflow {
		p.log.Warn("offer not reported: the subscriber of Offers is too slow", "peer", remote.Addr)
	}
	tell()
}
