package peer

import (
	"context"
	"time"
)

// Close ends the peer: it stops answering and listening, denies undecided
// offers, closes all connections gracefully (see [Connection.Close]) within
// Options.Linger, and completes the peer's observables. It unblocks everyone
// and may be called more than once, by many, and from inside a callback. It
// returns when all of that is done, except for callbacks that are running.
//
// The error is nil unless a connection could not deliver what it had accepted;
// then it is the first such connection's *transport.CloseError.
func (p *Peer) Close() error { return p.end(p.opts.Linger) }

// Shutdown is Close for those who can wait: connections may take until the
// deadline of ctx to deliver what they have accepted, Options.Linger without
// one, and Shutdown returns when the callbacks of the peer's observables and of
// Closed have returned too, or with the cause of ctx. Callbacks that take values
// are waited for with [stream.Subscription.Wait]. It must not be called
// from a callback.
func (p *Peer) Shutdown(ctx context.Context) error {
	linger := p.opts.Linger
	if deadline, ok := ctx.Deadline(); ok {
		linger = max(time.Until(deadline), time.Millisecond)
	}
	err := p.end(linger)
	if err := p.callbacks.wait(ctx); err != nil {
		return err
	}
	return err
}

func (p *Peer) end(linger time.Duration) error {
	if !p.closing.CompareAndSwap(false, true) {
		<-p.closed
		return nil
	}
	defer close(p.closed)
	defer p.callbacks.run(p.announceEnd)
	p.quit()
	if p.announce != nil {
		_ = p.announce.Close()
	}
	_ = p.listener.Close()
	conns := p.registry.close()
	for _, c := range conns {
		c.link.BeginClose(linger)
	}
	var failed error
	for _, c := range conns {
		if err := c.link.Close(linger); err != nil && failed == nil {
			failed = err
		}
	}
	p.log.Info("stopped", "addr", p.addr)
	return failed
}

// announceEnd tells the peer's subscribers.
func (p *Peer) announceEnd() {
	p.stopped.TryEmit(p.addr)
	for _, s := range []interface{ Complete() }{p.listening, p.offers, p.streamOffers, p.exposures.list, p.stopped} {
		s.Complete()
	}
	p.registry.complete()
}
