package peer

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"github.com/rxpeer/rxpeer/discovery"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// Peer is one participant of the network. [Open] makes it; whoever opened it
// closes it. All its methods are safe for concurrent use, and may be called
// from callbacks, but for [Peer.Shutdown].
type Peer struct {
	opts     Options
	codecs   codec.List
	log      *slog.Logger
	listener *transport.Listener
	announce *discovery.Announcement // nil without discovery
	addr     transport.Addr          // what others are told
	bound    transport.Addr          // what was listened at
	timeout  atomic.Int64

	listening *stream.Subject[transport.Addr]
	stopped   *stream.Subject[transport.Addr]
	offers    *stream.Subject[*Offer]
	registry  registry
	logs      logs

	exposures    exposures
	list         *Exposure // what it is, for those who ask
	streamOffers *stream.Subject[*StreamOffer]
	refused      atomic.Uint64 // streams

	ready     chan struct{} // closed when Open is done; offers may come before
	closing   atomic.Bool
	closed    chan struct{} // Close has done its work
	quit      context.CancelFunc
	life      context.Context // ends when Close begins
	callbacks activity        // whatever may run a callback
}

// Open starts a peer: when it returns, the peer listens, and answers those who
// look for peers unless it is invisible. nil options mean every default.
//
// ctx bounds this call. Errors are an *[Error] with that of the network, a
// *[codec.NameError] for Options.Codecs, or that of
// discovery when its UDP port cannot be bound; Options.NoDiscovery avoids the
// latter.
func Open(ctx context.Context, opts *Options) (*Peer, error) {
	p := &Peer{ready: make(chan struct{}), closed: make(chan struct{}), log: slog.New(slog.DiscardHandler)}
	if opts != nil {
		p.opts = *opts
	}
	p.opts.fill()
	err := p.opts.check()
	if err == nil {
		p.codecs, err = codec.NewList(p.opts.Codecs...)
	}
	if err != nil {
		return nil, &Error{Op: "open", Peer: p.opts.Address, Err: err}
	}
	_, _ = rand.Read(p.opts.instance[:]) // it never fails
	if p.opts.Logger != nil {
		p.log = p.opts.Logger
	}
	p.timeout.Store(int64(p.opts.Timeout))
	life, quit := context.WithCancelCause(context.Background())
	p.life, p.quit = life, func() { quit(errClosing) }
	p.registry.open(p.opts.MaxConnections)
	p.offers = stream.NewPublish[*Offer](&stream.SubjectOptions{WarmUp: DefaultUnseen})
	p.streamOffers = stream.NewPublish[*StreamOffer](&stream.SubjectOptions{WarmUp: DefaultUnseen})
	p.openExposures()
	defer close(p.ready)
	if err := p.listen(ctx); err != nil {
		p.registry.close()
		p.quit()
		return nil, &Error{Op: "open", Peer: p.opts.Address, Err: err}
	}
	p.listening = stream.NewBehavior(p.addr, nil)
	p.stopped = stream.NewAsync[transport.Addr](nil)
	p.log.Info("listening", "addr", p.addr)
	return p, nil
}

// fill sets the defaults.
func (o *Options) fill() {
	if o.Network == nil {
		o.Network = transport.TCP{}
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.MaxConnections == 0 {
		o.MaxConnections = DefaultMaxConnections
	}
	d := discovery.Options{}
	if o.Discovery != nil {
		d = *o.Discovery
	}
	o.Discovery = &d
}

// check finds what makes no sense, and keeps what is the caller's from being changed.
func (o *Options) check() error {
	o.Errors = maps.Clone(o.Errors)
	for number, err := range o.Errors {
		if number < 0 || int64(number) > mostNumber || err == nil {
			return fmt.Errorf("error %d of Options.Errors: numbers go from 0 to %d, and none is of nil", number, mostNumber)
		}
	}
	return nil
}

// mostNumber is the largest number of an error of the program's.
const mostNumber = math.MaxUint32 - int64(transport.CodeProgram)

func (p *Peer) listen(ctx context.Context) error {
	at, err := transport.ParseAddr(p.opts.Address)
	if p.opts.Address == "" {
		at, err = transport.Addr{}, nil
	}
	if err != nil {
		return err
	}
	if p.listener, err = transport.Listen(ctx, p.opts.Network, at.String(), p.decide, p.linkOptions()); err != nil {
		return err
	}
	if p.bound, err = transport.AddrOf(p.listener.Addr()); err == nil {
		p.addr = reachable(p.bound)
		err = p.startAnnouncing(ctx)
	}
	if err != nil {
		_ = p.listener.Close()
	}
	return err
}

// startAnnouncing answers those who look for peers.
func (p *Peer) startAnnouncing(ctx context.Context) error {
	if _, real := p.opts.Network.(transport.TCP); !real {
		return nil // those who look for peers could not reach it
	}
	ap, isIP := p.bound.AddrPort()
	if p.bound.IsUnspecified() {
		ap, isIP = netip.AddrPortFrom(netip.IPv4Unspecified(), p.bound.Port()), true
	}
	if !isIP {
		return nil // not on a network that discovery knows
	}
	p.opts.Discovery.Exclude = append(slices.Clip(p.opts.Discovery.Exclude), ap)
	if p.opts.NoDiscovery || !ap.Addr().Unmap().Is4() {
		return nil
	}
	var err error
	p.announce, err = discovery.Announce(ctx, ap, p.opts.Discovery)
	if err == nil {
		p.announce.SetInvisible(p.opts.Invisible)
	}
	return err
}

// reachable returns the address to tell others for one that is listened at: an
// unspecified one becomes that of the first interface with an IPv4 address
// that others can reach, else loopback.
func reachable(bound transport.Addr) transport.Addr {
	if !bound.IsUnspecified() {
		return bound
	}
	best := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	addrs, _ := net.InterfaceAddrs() // none: loopback
	for _, a := range addrs {
		prefix, err := netip.ParsePrefix(a.String())
		if err == nil && prefix.Addr().Is4() && prefix.Addr().IsGlobalUnicast() {
			best = prefix.Addr()
			break
		}
	}
	return transport.AddrFrom(netip.AddrPortFrom(best, bound.Port()))
}

// Addr returns the address at which others reach the peer. For a peer that
// listens on every interface it is that of the first one that is not loopback;
// peers that find it through another interface are told that one's.
func (p *Peer) Addr() transport.Addr { return p.addr }

// Timeout returns the time that Options.Timeout describes.
func (p *Peer) Timeout() time.Duration { return time.Duration(p.timeout.Load()) }

// SetTimeout changes it, for present and further connections; how long the
// listener waits for offers stays as it was. Less than 1 means the default.
func (p *Peer) SetTimeout(d time.Duration) {
	if d <= 0 {
		d = DefaultTimeout
	}
	p.timeout.Store(int64(d))
	for _, c := range p.registry.all() {
		c.link.SetTimeout(d)
	}
}

// Invisible reports whether the peer keeps from answering those who look for
// peers.
func (p *Peer) Invisible() bool { return p.announce == nil || p.announce.Invisible() }

// SetInvisible changes that. Without discovery a peer stays invisible.
func (p *Peer) SetInvisible(invisible bool) {
	if p.announce != nil {
		p.announce.SetInvisible(invisible)
	}
}

// Listening emits the peer's address: to each subscriber at once, as long as
// the peer listens.
func (p *Peer) Listening() stream.Observable[transport.Addr] { return p.listening.AsObservable() }

// Stopped emits the peer's address when it has stopped, and completes;
// subscribers that come later get that too.
func (p *Peer) Stopped() stream.Observable[transport.Addr] { return p.stopped.AsObservable() }

// Offers emits the offers of others. With [Ask] a subscriber decides them;
// otherwise they are decided when they come. Up to 64 offers wait for the
// first subscriber, then the oldest fall out.
func (p *Peer) Offers() stream.Observable[*Offer] { return p.offers.AsObservable() }

// Connections emits every connection that is established, whoever dialled: to
// each subscriber first the present ones. Connections that closed before
// anybody was told of them wait for a subscriber too, the newest 64.
func (p *Peer) Connections() stream.Observable[*Connection] { return stream.New(p.registry.watch) }

// Neighbors emits the peers around as they come and go, found by discovery.
// Each subscription looks for them itself.
func (p *Peer) Neighbors() stream.Observable[discovery.Event] {
	return discovery.Browse(p.opts.Discovery)
}

// LocalPeers asks once who is around and returns the addresses of those who
// answer within Options.Discovery.Wait, half a second by default.
func (p *Peer) LocalPeers(ctx context.Context) ([]netip.AddrPort, error) {
	return discovery.LocalPeers(ctx, p.opts.Discovery)
}
