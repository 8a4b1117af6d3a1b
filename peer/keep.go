package peer

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/rxpeer/rxpeer/discovery"
	"github.com/rxpeer/rxpeer/stream"
)

// Selector says which peers [Keep] keeps connections to.
type Selector struct {
	static  []string
	nearby  func(discovery.Event) bool
	accept  func(RemoteInfo) bool // nil: everybody
	present bool                  // those who are connected
}

// Static selects the peers that listen at these addresses, "ip:port" or
// "host:port".
func Static(addresses ...string) Selector { return Selector{static: addresses} }

// Everyone selects all peers that discovery finds.
func Everyone() Selector { return Nearby(func(discovery.Event) bool { return true }) }

// Nearby selects the peers that discovery finds and accept returns true for.
func Nearby(accept func(found discovery.Event) bool) Selector { return Selector{nearby: accept} }

// Connected selects the peers that are connected, whoever dialled: [Keep] delivers
// the connections that there are, and those that come, and dials nobody.
func Connected() Selector { return Selector{present: true} }

// Named selects the peers that discovery finds and that call themselves so, see
// Options.Name. Nobody verifies names.
func Named(names ...string) Selector {
	return Everyone().Where(func(r RemoteInfo) bool { return slices.Contains(names, r.Identity.Name) })
}

// Where selects, of the peers that s does, those for which accept returns true. It
// is asked when a peer is connected: what the others tell of themselves is known
// then. Connections to others stay open, so that it is not asked again and again,
// but they are not delivered.
func (s Selector) Where(accept func(r RemoteInfo) bool) Selector {
	if before := s.accept; before != nil {
		s.accept = func(r RemoteInfo) bool { return before(r) && accept(r) }
	} else {
		s.accept = accept
	}
	return s
}

// KeepOptions are the options of [KeepWith]. nil means every default.
type KeepOptions struct {
	// Connect are the options of the connections. nil means every default.
	Connect *ConnectOptions

	// MinDelay and MaxDelay bound the time before a peer is dialled again:
	// random between 0 and a limit that starts at MinDelay and doubles with
	// each failure up to MaxDelay (full jitter). 0 means 200 ms and 30 s.
	MinDelay, MaxDelay time.Duration

	// Peers limits how many peers are looked after at once; others are left
	// out and logged. 0 means 256.
	Peers int

	// Failed is called when a peer could not be connected to; it must not
	// block, and may be called by several goroutines at once. nil means that
	// failures are only logged.
	Failed func(address string, err error)
}

// Keep returns the connections to every peer selected, each when it is
// established, and established again when it ended. It dials as long as it has
// a subscriber; each subscription keeps connections of its own accord, but
// those to one peer are shared as [Peer.Connect] says (two peers that dial each
// other at the same moment hold two). Peers that discovery loses are not dialled
// again until it finds them. Connections stay open when the subscription ends,
// which closing the peer does too.
func Keep(p *Peer, s Selector) stream.Observable[*Connection] { return KeepWith(p, s, nil) }

// KeepWith is [Keep] with options.
func KeepWith(p *Peer, s Selector, opts *KeepOptions) stream.Observable[*Connection] {
	var o KeepOptions
	if opts != nil {
		o = *opts
	}
	o.fill()
	return stream.New(func(ctx context.Context, dst stream.Observer[*Connection]) (run func()) {
		return func() {
			ctx, cancel := context.WithCancelCause(ctx)
			defer cancel(nil)
			defer context.AfterFunc(p.life, func() { cancel(ErrClosed) })()
			k := &keeper{peer: p, opts: o, accept: s.accept, out: stream.NewPublish[*Connection](nil), targets: make(map[string]*target)}
			k.out.Attach(context.Background(), &leaving{Stage: stream.Stage[*Connection]{Dst: dst}, left: cancel})
			err := k.run(ctx, s)
			cancel(err)
			k.work.Wait()
			if err == nil || errors.Is(err, ErrClosed) { // the peer's own streams complete with it
				k.out.Complete()
			} else {
				k.out.Abort(err)
			}
		}
	})
}

func (o *KeepOptions) fill() {
	if o.MinDelay <= 0 {
		o.MinDelay = 200 * time.Millisecond
	}
	if o.MaxDelay <= 0 {
		o.MaxDelay = 30 * time.Second
	}
	if o.Peers <= 0 {
		o.Peers = 256
	}
}

// leaving tells a keeper that its subscriber has gone.
type leaving struct {
	stream.Stage[*Connection]
	left context.CancelCauseFunc
}

func (l *leaving) Next(c *Connection) bool { return l.Dst.Next(c) }

func (l *leaving) Done(err error) {
	l.left(err)
	l.Dst.Done(err)
}

// keeper looks after the connections of one subscription.
type keeper struct {
	peer   *Peer
	opts   KeepOptions
	accept func(RemoteInfo) bool
	out    *stream.Subject[*Connection]
	work   sync.WaitGroup // a goroutine for each target

	mu      sync.Mutex
	targets map[string]*target
}

// target is a peer that is looked after.
type target struct {
	address string
	present bool // selected; guarded by the keeper's mu
	lost    chan struct{}
}

// run starts and stops looking after peers until ctx ends, and returns its
// cause, or the failure of discovery.
func (k *keeper) run(ctx context.Context, s Selector) error {
	for _, address := range s.static {
		k.found(ctx, address)
	}
	if s.present {
		return k.peer.Connections().Each(ctx, func(c *Connection) error {
			if k.accept != nil && !k.accept(c.Remote()) {
				return nil
			}
			return k.out.Emit(ctx, c)
		})
	}
	if s.nearby == nil {
		<-ctx.Done()
		return context.Cause(ctx)
	}
	return k.peer.Neighbors().Each(ctx, func(e discovery.Event) error {
		switch {
		case e.Kind == discovery.Lost:
			k.lost(e.Addr.String())
		case s.nearby(e):
			k.found(ctx, e.Addr.String())
		}
		return nil
	})
}

func (k *keeper) found(ctx context.Context, address string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	t := k.targets[address]
	switch {
	case t != nil && t.present:
		return
	case t != nil:
		t.present, t.lost = true, make(chan struct{})
		return
	case len(k.targets) >= k.opts.Peers:
		k.peer.log.Warn("peer not kept: too many", "peer", address)
		return
	}
	t = &target{address: address, present: true, lost: make(chan struct{})}
	k.targets[address] = t
	k.work.Go(func() { k.keep(ctx, t) }) // ends with ctx, or when t is lost
}

func (k *keeper) lost(address string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if t := k.targets[address]; t != nil && t.present {
		t.present = false
		close(t.lost)
	}
}

// leave forgets t if it is lost; otherwise it returns a channel that closes
// when it is.
func (k *keeper) leave(t *target) (lost <-chan struct{}) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !t.present {
		delete(k.targets, t.address)
		return nil
	}
	return t.lost
}

// keep dials t until it is lost.
func (k *keeper) keep(ctx context.Context, t *target) {
	delay := backoff.NewExponentialBackOff()
	// The library spreads its interval by a factor of 0 to 2.
	delay.InitialInterval, delay.MaxInterval = k.opts.MinDelay/2, k.opts.MaxDelay/2
	delay.Multiplier, delay.RandomizationFactor = 2, 1
	var last *Connection
	for {
		c, err := k.peer.Connect(ctx, t.address, k.opts.Connect)
		switch {
		case errors.Is(err, ErrSelf) || ctx.Err() != nil:
			return
		case err != nil:
			k.failed(t.address, err)
		default:
			started := time.Now()
			if c != last && (k.accept == nil || k.accept(c.Remote())) && k.out.Emit(ctx, c) != nil {
				return
			}
			last = c
			select {
			case <-c.Context().Done():
			case <-ctx.Done():
				return
			}
			if time.Since(started) > k.opts.MaxDelay {
				delay.Reset()
			}
		}
		lost := k.leave(t)
		if lost == nil {
			return
		}
		wait := time.NewTimer(delay.NextBackOff())
		select {
		case <-wait.C:
		case <-lost:
		case <-ctx.Done():
		}
		wait.Stop()
	}
}

func (k *keeper) failed(address string, err error) {
	k.peer.log.Info("not connected", "peer", address, "err", err)
	if k.opts.Failed != nil {
		k.opts.Failed(address, err)
	}
}
