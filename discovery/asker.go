package discovery

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync/atomic"

	"github.com/rxpeer/rxpeer/internal/peerpy"
)

// ErrNoInterface reports that there is no interface to ask on: none is up, or
// [Options.Interfaces] wants none of those that are.
var ErrNoInterface = errors.New("no interface to ask on")

// errUntrusted reports a PONG that names an address which its sender cannot
// speak for.
var errUntrusted = errors.New("not an address of the sender")

// sighting is one answer that could be true.
type sighting struct {
	addr netip.AddrPort // where the peer listens
	peer netip.AddrPort // what it has in common with other answers of that peer
}

// asker asks who is there. Its methods are called by one goroutine; it owns
// one for each place that it asks at.
type asker struct {
	opts   Options
	heard  chan sighting
	own    atomic.Pointer[hostAddrs] // as of the latest question
	voices []*voice
}

// voice asks, and hears the answers, at one place.
type voice struct {
	place
	socket  *socket // nil when it could not be opened
	ping    []byte
	failing bool // already reported
}

func newAsker(opts Options) *asker {
	a := &asker{opts: opts, heard: make(chan sighting)}
	a.own.Store(&hostAddrs{})
	return a
}

// answers returns the channel that answers come by.
func (a *asker) answers() <-chan sighting { return a.heard }

// ask asks once at every place. What fails is counted and logged; the error is
// nil when it did not fail everywhere.
func (a *asker) ask(ctx context.Context) error {
	places, own, err := survey(a.opts.Interfaces)
	if err != nil {
		return err
	}
	a.own.Store(&own)
	a.settle(places)
	if len(a.voices) == 0 {
		return ErrNoInterface
	}
	var errs []error
	for _, v := range a.voices {
		if err := a.askAt(ctx, v); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", v.iface.Name, err))
		}
	}
	if len(errs) < len(a.voices) {
		return nil
	}
	return errors.Join(errs...)
}

// close returns when all goroutines have ended.
func (a *asker) close() {
	for _, v := range a.voices {
		v.close()
	}
	a.voices = nil
}

// settle makes the voices those of the given places.
func (a *asker) settle(places []place) {
	voices := make([]*voice, 0, len(places))
	for _, p := range places {
		i := slices.IndexFunc(a.voices, func(v *voice) bool { return v.at(p) })
		if i < 0 {
			voices = append(voices, &voice{place: p})
			continue
		}
		a.voices[i].place = p
		voices = append(voices, a.voices[i])
	}
	for _, v := range a.voices {
		if !slices.Contains(voices, v) {
			v.close()
		}
	}
	a.voices = voices
}

// askAt asks once at one place. The error is nil when anybody could be asked.
func (a *asker) askAt(ctx context.Context, v *voice) error {
	if v.socket == nil {
		if err := a.open(ctx, v); err != nil {
			a.report(v, 1, err)
			return err
		}
	}
	var errs []error
	for _, to := range v.targets {
		if err := v.socket.send(v.ping, netip.AddrPortFrom(to, a.opts.Port)); err != nil {
			errs = append(errs, err)
		}
	}
	err := errors.Join(errs...)
	a.report(v, len(errs), err)
	if len(errs) < len(v.targets) {
		return nil
	}
	return err
}

// report counts what failed at a place, and logs it when it is news.
func (a *asker) report(v *voice, failed int, err error) {
	a.opts.Counters.Failed.Add(uint64(failed))
	if news := failed > 0; news != v.failing {
		v.failing = news
		if news {
			a.opts.Logger.Warn("discovery: cannot ask on an interface", "interface", v.iface.Name, "addr", v.addr, "err", err)
		} else {
			a.opts.Logger.Info("discovery: can ask on an interface again", "interface", v.iface.Name, "addr", v.addr)
		}
	}
}

// open gives a voice its socket. The question names the address of that, since
// a Python peer sends its answer to the address in the question.
func (a *asker) open(ctx context.Context, v *voice) error {
	s, err := bind(ctx, netip.AddrPortFrom(v.addr, 0), func(fd uintptr) error { return leaveBy(fd, v.iface.Index) })
	if err != nil {
		return err
	}
	if v.ping, err = peerpy.AppendUDPPing(nil, s.addr()); err != nil {
		s.close()
		return err
	}
	v.socket = s
	s.read(func(b []byte, from netip.AddrPort) { a.hear(b, from, s.closed) })
	return nil
}

// hear considers one datagram, on the goroutine that has read it.
func (a *asker) hear(b []byte, from netip.AddrPort, closed <-chan struct{}) {
	own := *a.own.Load()
	addr, err := judge(b, from, own)
	switch {
	case errors.Is(err, errUntrusted):
		a.opts.Counters.Untrusted.Add(1)
		return
	case err != nil:
		a.opts.Counters.Malformed.Add(1)
		return
	case a.opts.excludes(addr, own):
		return
	}
	select {
	case a.heard <- sighting{addr: addr, peer: identity(addr, own)}:
	case <-closed:
	}
}

// at reports whether the voice is the one of a place.
func (v *voice) at(p place) bool { return v.addr == p.addr && v.iface.Index == p.iface.Index }

func (v *voice) close() {
	if v.socket != nil {
		v.socket.close()
	}
}

// judge returns the address that a PONG names, as far as the host that it came
// from can speak for it: an address of that host. The unspecified one, which
// Python peers tell when they are bound so, is replaced by the sender's.
func judge(pong []byte, from netip.AddrPort, own hostAddrs) (netip.AddrPort, error) {
	addr, err := peerpy.ParseUDPPong(pong)
	if err != nil {
		return netip.AddrPort{}, err
	}
	ip, sender := addr.Addr(), from.Addr()
	if ip.IsUnspecified() {
		ip = sender
	}
	if ip != sender && !(own.has(ip) && own.has(sender)) {
		return netip.AddrPort{}, errUntrusted
	}
	if ip.IsMulticast() || ip == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return netip.AddrPort{}, errUntrusted
	}
	return netip.AddrPortFrom(ip, addr.Port()), nil
}

// identity returns what the addresses of one peer have in common. A peer of
// this machine that listens on all addresses tells another one on each
// interface; it is known by its port.
func identity(addr netip.AddrPort, own hostAddrs) netip.AddrPort {
	if own.carries(addr.Addr()) {
		return netip.AddrPortFrom(netip.IPv4Unspecified(), addr.Port())
	}
	return addr
}
