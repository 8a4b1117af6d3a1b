package transport

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/rxpeer/rxpeer/internal/peerpy"
)

// Rejection says what became of a connection that became no link.
type Rejection struct {
	// Remote is where it came from.
	Remote net.Addr
	// Err is a [*ProtocolError] for bad input, a [*TimeoutError] for a HELLO
	// or a decision that did not come in time, a [*DeniedError], [ErrNoAnswer]
	// for a remote that gave up, [ErrCrowded], or [ErrClosed] when the listener
	// was closed.
	Err error
}

// ErrCrowded rejects connections that exceed a [Listener]'s limits.
var ErrCrowded = errors.New("too many at once")

// ListenerStats counts what happened to the connections of a [Listener].
type ListenerStats struct {
	// Connections were accepted from the network.
	Connections uint64
	// Accepted of them became links.
	Accepted uint64
	// Denied were denied by their [Incoming]'s owner.
	Denied uint64
	// Expired were denied because nobody decided.
	Expired uint64
	// Crowded were turned away because of the limits in [Options].
	Crowded uint64
	// Malformed sent something that is no HELLO.
	Malformed uint64
	// Silent sent no whole HELLO in time, or gave up.
	Silent uint64
	// Shaking are in their handshake now, Undecided wait for a decision.
	Shaking, Undecided int
}

// crowdGrace is how long a connection may be silent when others wait for its
// place in the handshake.
const crowdGrace = 250 * time.Millisecond

// Listener accepts connections and reads the offers that they bring. A silent
// connection delays nobody: all shake hands at once, each with a deadline, up
// to Options.Handshakes; when that many do and more come, those which have
// been silent longest are closed.
//
// Before a HELLO is answered a connection is closed with a FIN, never reset.
type Listener struct {
	nl     net.Listener
	opts   Options
	handle func(*Incoming)
	wg     sync.WaitGroup // the accept loop and the handshakes

	mu        sync.Mutex
	closed    bool
	shaking   []*shaking
	undecided map[*Incoming]struct{}
	free      signal // a place in shaking
	stats     ListenerStats
	err       error
	quit      chan struct{} // closed by Close
	done      chan struct{} // closed by accept
}

// shaking is a connection whose HELLO is being read.
type shaking struct {
	conn  net.Conn
	since time.Time // when it was heard last; guarded by the listener's mu
	crowd bool      // it was closed to make place
}

// Listen listens at address and calls handle with each offer that arrives, on
// a goroutine of the offer's own; handle, or somebody it tells, must call
// [Incoming.Accept] or [Incoming.Deny]. ctx bounds this call only. The caller
// closes the listener; links outlive it.
func Listen(ctx context.Context, network Network, address string, handle func(*Incoming), opts *Options) (*Listener, error) {
	o := opts.withDefaults()
	if _, err := o.settings(""); err != nil {
		return nil, err // an identity that no remote would take
	}
	nl, err := network.Listen(ctx, address)
	if err != nil {
		return nil, err
	}
	ln := &Listener{
		nl: nl, opts: o, handle: handle,
		undecided: make(map[*Incoming]struct{}),
		quit:      make(chan struct{}), done: make(chan struct{}),
	}
	ln.wg.Go(ln.accept) // ends when nl closes
	return ln, nil
}

// Addr returns the address that it listens on.
func (ln *Listener) Addr() net.Addr { return ln.nl.Addr() }

// Stats returns the numbers of this moment.
func (ln *Listener) Stats() ListenerStats {
	ln.mu.Lock()
	defer ln.mu.Unlock()
	s := ln.stats
	s.Shaking, s.Undecided = len(ln.shaking), len(ln.undecided)
	return s
}

// Done returns a channel that is closed when no more connections are accepted.
func (ln *Listener) Done() <-chan struct{} { return ln.done }

// Err returns nil until Done is closed; then [ErrClosed] after Close, and
// otherwise the network's error.
func (ln *Listener) Err() error {
	ln.mu.Lock()
	defer ln.mu.Unlock()
	return ln.err
}

// Close stops listening, closes the connections in their handshake, and denies
// the undecided offers. Links live on. It returns when the listener's
// goroutines have ended, except those which run handle; it may be called from
// handle and more than once.
func (ln *Listener) Close() error {
	ln.mu.Lock()
	if ln.closed {
		ln.mu.Unlock()
		ln.wg.Wait()
		return nil
	}
	ln.closed = true
	close(ln.quit)
	pending := make([]*Incoming, 0, len(ln.undecided))
	for in := range ln.undecided {
		pending = append(pending, in)
	}
	for _, s := range ln.shaking {
		_ = s.conn.SetDeadline(time.Unix(1, 0))
	}
	ln.free.wake()
	ln.mu.Unlock()
	err := ln.nl.Close()
	for _, in := range pending {
		_ = in.deny("closing", ErrClosed)
	}
	ln.wg.Wait()
	return err
}

// accept takes connections from the network until that ends.
func (ln *Listener) accept() {
	defer close(ln.done)
	var pause time.Duration
	for {
		conn, err := ln.nl.Accept()
		if err != nil {
			if ln.ended(err) {
				return
			}
			// Out of descriptors, as a rule: they come back.
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			select {
			case <-time.After(pause):
			case <-ln.quit:
			}
			continue
		}
		pause = 0
		s := ln.admit(conn)
		if s == nil {
			hangUp(conn)
			continue
		}
		ln.wg.Add(1)
		go ln.shake(s) // ends at its deadline at the latest, or runs handle
	}
}

// ended reports whether an error of Accept is the last.
func (ln *Listener) ended(err error) bool {
	ln.mu.Lock()
	defer ln.mu.Unlock()
	var ne net.Error
	switch {
	case ln.closed:
		ln.err = ErrClosed
	case errors.As(err, &ne) && ne.Timeout(), isTemporary(err):
		return false
	default:
		ln.err = err
	}
	return true
}

// admit finds a place for a connection in its handshake; nil when the listener
// is closed.
func (ln *Listener) admit(conn net.Conn) *shaking {
	ln.mu.Lock()
	defer ln.mu.Unlock()
	ln.stats.Connections++
	for !ln.closed && len(ln.shaking) >= ln.opts.Handshakes {
		oldest := ln.shaking[0]
		for _, s := range ln.shaking {
			if oldest.crowd || !s.crowd && s.since.Before(oldest.since) {
				oldest = s
			}
		}
		free, wait := ln.free.wait(), time.Until(oldest.since.Add(crowdGrace))
		if wait <= 0 && !oldest.crowd {
			oldest.crowd = true
			_ = oldest.conn.SetDeadline(time.Unix(1, 0))
			wait = crowdGrace
		}
		ln.mu.Unlock()
		t := time.NewTimer(max(wait, time.Millisecond))
		select {
		case <-free:
		case <-t.C:
		}
		t.Stop()
		ln.mu.Lock()
	}
	if ln.closed {
		return nil
	}
	s := &shaking{conn: conn, since: time.Now()}
	_ = conn.SetDeadline(s.since.Add(ln.opts.Handshake))
	ln.shaking = append(ln.shaking, s)
	return s
}

// shake reads the HELLO of one connection.
func (ln *Listener) shake(s *shaking) {
	in, err := ln.readHello(s)
	ln.mu.Lock()
	ln.shaking = slices.DeleteFunc(ln.shaking, func(o *shaking) bool { return o == s })
	ln.free.wake()
	if err == nil {
		err = ln.offer(in)
	}
	switch {
	case err == nil:
	case ln.closed:
		err = ErrClosed
	case s.crowd:
		err = ErrCrowded
		fallthrough
	default:
		ln.count(err)
	}
	ln.mu.Unlock()
	if err != nil {
		if in != nil {
			_, _ = s.conn.Write(in.denial("too many offers"))
		}
		hangUp(s.conn)
		ln.wg.Done()
		ln.tell(Rejection{Remote: s.conn.RemoteAddr(), Err: err})
		return
	}
	ln.wg.Done()
	ln.handle(in)
}

// readHello reads and checks one HELLO.
func (ln *Listener) readHello(s *shaking) (*Incoming, error) {
	var b [peerpy.HeaderSize]byte
	if _, err := io.ReadFull(s.conn, b[:]); err != nil {
		return nil, timedOut(noAnswer(err), "HELLO")
	}
	h, err := peerpy.ParseHello(b[:])
	if err != nil {
		return nil, &ProtocolError{Waiting: "a HELLO", Err: err}
	}
	hello := fromWire(h)
	if !hello.DataType.Valid() {
		return nil, &ProtocolError{Waiting: "a HELLO", Err: &DataTypeError{Type: hello.DataType}}
	}
	if h.DataSize > int64(ln.opts.MaxMessage) {
		return nil, &ProtocolError{Waiting: "a HELLO", Err: &LimitError{Size: h.DataSize, Limit: int64(ln.opts.MaxMessage)}}
	}
	hello.Rx = min(hello.Rx, ln.opts.marker(hello))
	in := &Incoming{Hello: hello, ln: ln, conn: s.conn}
	if hello.Rx == rxNative {
		ln.mu.Lock()
		s.since = time.Now()
		ln.mu.Unlock()
		if in.remote, err = introduce(s.conn, &ln.opts); err != nil {
			return nil, timedOut(err, "SETUP")
		}
		if in.Hello.DataType, err = ln.opts.offered(hello, in.remote); err != nil {
			_, _ = s.conn.Write(in.denial(err.Error()))
			return nil, &ProtocolError{Waiting: "a SETUP", Err: err}
		}
	}
	return in, nil
}

// count counts a rejection. mu is held.
func (ln *Listener) count(err error) {
	var malformed *ProtocolError
	switch {
	case errors.Is(err, ErrCrowded):
		ln.stats.Crowded++
	case errors.As(err, &malformed):
		ln.stats.Malformed++
	default:
		ln.stats.Silent++
	}
}

// tell reports a rejection. No mutex is held.
func (ln *Listener) tell(r Rejection) {
	if ln.opts.Rejected != nil {
		ln.opts.Rejected(r)
	}
}
