package peer

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// RemoteInfo describes the other side of a connection or an offer, and what was
// agreed with it.
type RemoteInfo struct {
	// Addr is where the other peer listens: what it says, or what was dialled.
	Addr transport.Addr
	// Verified says that Addr has the IP address that the connection really
	// comes from, or goes to.
	Verified bool
	// DataType is what the connection carries.
	DataType codec.Type
	// Lenient, Stream and DataSize are those of [ConnectOptions].
	Lenient, Stream bool
	DataSize        int
	// Dialed says that this side dialled.
	Dialed bool
	// Python says that the other side does not say that it is a Go peer.
	Python bool
	// Native says that the connection speaks the native protocol. Only then is
	// there anything in Identity.
	Native bool
	// Identity is what the other side tells of itself. Nobody has verified it.
	Identity transport.Identity
}

// agreed describes the other side, but for its address.
func agreed(h transport.Hello, id transport.Identity, dialed bool) RemoteInfo {
	return RemoteInfo{
		DataType: h.DataType, Lenient: h.Lenient, Stream: h.Stream, DataSize: h.DataSize,
		Dialed: dialed, Python: h.Rx == 0, Native: h.Rx >= 2, Identity: id,
	}
}

func remoteOf(h transport.Hello, id transport.Identity, at net.Addr, dialed bool) RemoteInfo {
	r := agreed(h, id, dialed)
	socket, _ := transport.AddrOf(at) // zero when it is of no network of ours
	name, err := transport.ParseAddr(h.PeerName)
	if err != nil || name.IsUnspecified() {
		name = socket.WithPort(name.Port())
	}
	r.Addr, r.Verified = name, name.Host() == socket.Host()
	return r
}

// Connection is an established connection to another peer. Its methods are
// safe for concurrent use, and may be called from callbacks.
//
// A program may have very many that stand idle: what only some of them need is
// made when somebody asks for it.
type Connection struct {
	peer     *Peer
	link     transport.Link
	codec    codec.Codec    // of its data type
	addr     transport.Addr // of RemoteInfo, as are the next
	verified bool
	seen     bool           // a watcher was told; guarded by the registry
	dialed   transport.Addr // what was dialled, may be a name; zero: the other side did

	faultsAll atomic.Uint64
	callees   callees

	mu     sync.Mutex
	ctx    context.Context // of users: ends with the connection; nil: nobody asked
	end    context.CancelCauseFunc
	why    *transport.CloseError                  // set when it has ended, and the peer has forgotten it
	faults *stream.Subject[*Fault]                // nil: there was none, and nobody asked
	closed *stream.Subject[*transport.CloseError] // nil: nobody asked
	over   bool                                   // it has ended, and its end is told
}

// establish makes a connection of link, for which there is a reserved place.
// The caller calls tell, which runs callbacks.
func (p *Peer) establish(link transport.Link, remote RemoteInfo, dialed transport.Addr) (c *Connection, tell func(), err error) {
	c = &Connection{peer: p, link: link, addr: remote.Addr, verified: remote.Verified, dialed: dialed}
	if c.codec, err = p.codec(remote.DataType); err != nil {
		p.registry.giveBack()
		link.Abort()
		return nil, nil, err // a handshake admits no others
	}
	link.SetTimeout(p.Timeout())
	if tell = p.registry.add(c); tell == nil {
		link.Abort()
		return nil, nil, ErrClosed
	}
	p.log.Info("connected", "peer", remote.Addr, "data_type", remote.DataType, "dialed", remote.Dialed)
	link.OnEnd(c.ended)
	return c, tell, nil
}

// ended is called when the link has ended, on the goroutine that ended it.
func (c *Connection) ended(why *transport.CloseError) {
	c.peer.registry.remove(c)
	c.mu.Lock()
	c.why = why
	end := c.end
	c.mu.Unlock()
	if end != nil {
		end(why)
	}
	c.peer.log.Info("closed", "peer", c.addr, "reason", why.Reason, "err", why.Err)
	c.peer.callbacks.run(func() {
		c.mu.Lock()
		c.over = true
		closed := c.closed
		c.mu.Unlock()
		if closed != nil {
			closed.TryEmit(why)
			closed.Complete()
		}
		c.read()
		c.peer.logs.forget(c)
	})
}

// read completes Faults when the connection has ended and all it brought was
// read.
func (c *Connection) read() {
	c.mu.Lock()
	faults := c.faults
	c.mu.Unlock()
	if faults != nil && c.link.Err() != nil && c.link.Ledger().Waiting == 0 {
		faults.Complete()
	}
}

// dataType returns that of the connection.
func (c *Connection) dataType() codec.Type { return c.codec.Type() }

// is reports whether c is what these options ask for.
func (c *Connection) is(o ConnectOptions) bool {
	h := c.link.Hello()
	return h.DataType == o.DataType && h.Lenient == o.Lenient && h.Stream == o.Stream &&
		(o.DataSize == 0 || c.link.DataSize() == 0 || c.link.DataSize() == o.DataSize)
}

// reaches reports whether c is a connection to addr. What another peer says of
// itself counts only if its IP address agrees.
func (c *Connection) reaches(addr transport.Addr) bool {
	dialed := c.link.Dialed()
	return c.dialed == addr && dialed || c.addr == addr && (dialed || c.verified)
}

// Remote describes the other side, and what was agreed with it.
func (c *Connection) Remote() RemoteInfo {
	r := agreed(c.link.Hello(), c.link.Remote(), c.link.Dialed())
	r.Addr, r.Verified = c.addr, c.verified
	return r
}

// Peer returns the peer of this side.
func (c *Connection) Peer() *Peer { return c.peer }

// String names the other side.
func (c *Connection) String() string { return c.addr.String() }

// Data returns what the other side sends: any value that the connection's data
// type can carry; package codec lists them. See [Receive] for typed values.
//
// Data and all of Receive share one bounded inbox, which has one subscriber at
// a time: a second live one ends with [stream.ErrInUse] (use operators.Share).
// Before the first subscription, and between two, values wait there and the
// sender is slowed down. The inbox outlives the connection until it is read.
//
// The stream completes when the connection was closed in order, by either
// side; it fails with a *[transport.CloseError] when it broke off. A message
// that cannot be decoded is skipped and reported on [Connection.Faults].
func (c *Connection) Data() stream.Observable[any] { return Receive[any](c) }

// Faults emits the messages that could not be decoded, and completes when the
// connection has ended and its inbox is read. Up to 16 wait for the first
// subscriber; FaultCount counts them all.
func (c *Connection) Faults() stream.Observable[*Fault] { return c.faulty().AsObservable() }

// faulty returns the subject of Faults.
func (c *Connection) faulty() *stream.Subject[*Fault] {
	c.mu.Lock()
	if c.faults != nil {
		defer c.mu.Unlock()
		return c.faults
	}
	faults := stream.NewPublish[*Fault](&stream.SubjectOptions{WarmUp: 16})
	c.faults = faults
	c.mu.Unlock()
	c.read() // the end may have come before
	return faults
}

// report reports a message that could not be decoded.
func (c *Connection) report(f *Fault) {
	c.faultsAll.Add(1)
	c.faulty().TryEmit(f)
}

// FaultCount returns how many messages could not be decoded.
func (c *Connection) FaultCount() uint64 { return c.faultsAll.Load() }

// Closed emits, when the connection has ended, why, and completes; subscribers
// that come later get that too.
func (c *Connection) Closed() stream.Observable[*transport.CloseError] {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed == nil {
		c.closed = stream.NewAsync[*transport.CloseError](nil)
		if why, is := c.link.Err().(*transport.CloseError); is && c.over {
			c.closed.TryEmit(why) // nobody is subscribed: it is just kept
			c.closed.Complete()
		}
	}
	return c.closed.AsObservable()
}

// Context returns a context that ends with the connection; its cause is then
// the connection's Err.
func (c *Connection) Context() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx == nil {
		c.ctx, c.end = context.WithCancelCause(context.Background())
		if c.why != nil {
			c.end(c.why)
		}
	}
	return c.ctx
}

// Err returns nil until the connection has ended, then a
// *[transport.CloseError] that says why, after an orderly close too.
func (c *Connection) Err() error { return c.link.Err() }

// Ledgers emits the ledger every d, and completes, with a last one, when the
// connection has ended. Less than a millisecond means that.
func (c *Connection) Ledgers(d time.Duration) stream.Observable[transport.Ledger] {
	return stream.FromFunc(func(ctx context.Context, emit func(transport.Ledger) bool) error {
		tick := time.NewTicker(max(d, time.Millisecond))
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				if !emit(c.Ledger()) {
					return nil
				}
			case <-c.link.Done():
				emit(c.Ledger())
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
	})
}

// Ledger returns what became of the messages sent and received so far.
func (c *Connection) Ledger() transport.Ledger { return c.link.Ledger() }

// Close ends the connection gracefully: nothing more is accepted for sending,
// what was accepted is sent, and the other side notices an orderly end. It
// takes Options.Linger at most, then breaks off. It returns when the
// connection has ended, except for callbacks that are running, which may call
// it too. The error is a *[transport.CloseError] when accepted messages were
// not sent.
func (c *Connection) Close() error { return c.link.Close(0) }

// Abort breaks the connection off at once.
func (c *Connection) Abort() { c.link.Abort() }
