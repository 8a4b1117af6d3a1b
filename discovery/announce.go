package discovery

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"github.com/rxpeer/rxpeer/internal/peerpy"
)

// ErrAddress reports a listener that cannot be announced: the protocol is one
// for IPv4 addresses, and for ports that are not 0.
var ErrAddress = errors.New("not an address of an IPv4 listener")

// Announcement answers those who look for peers, until it is closed. Its
// methods are safe for concurrent use.
type Announcement struct {
	listen    netip.AddrPort // an IP address that is not valid means any
	opts      Options
	invisible atomic.Bool
	socket    *socket

	// The goroutine that reads from the socket has these.
	limiter *limiter
	pong    []byte
	wanted  map[netip.Addr]bool // what answersOn has found out
	until   time.Time           // when wanted is out of date
}

// Announce makes a peer that listens on a TCP address known to those who ask.
// It returns when it can be found. ctx bounds the call.
//
// When listen has a specified IP address, only those are answered who come in
// by the interface that carries it, and those on this machine. When it is
// 0.0.0.0 or [::], each one is told the address of the interface that the
// answer leaves by. An answer goes to where the question came from, whatever
// address is written in the question, and leaves from the discovery port.
//
// Errors: [ErrAddress], or that of binding the port: it can be shared with
// peers that allow it, as Python's do.
//
// The caller closes the announcement. It owns one goroutine.
func Announce(ctx context.Context, listen netip.AddrPort, opts *Options) (*Announcement, error) {
	a := &Announcement{opts: opts.settled()}
	ip := listen.Addr().Unmap()
	switch {
	case !ip.IsValid() || listen.Port() == 0 || ip.Is6() && !ip.IsUnspecified():
		return nil, fmt.Errorf("discovery: announce %v: %w", listen, ErrAddress)
	case ip.IsUnspecified():
		ip = netip.Addr{}
	}
	a.listen = netip.AddrPortFrom(ip, listen.Port())
	a.limiter = newLimiter(a.opts.Rate)
	a.invisible.Store(a.opts.Invisible)
	var err error
	if a.socket, err = bind(ctx, netip.AddrPortFrom(netip.IPv4Unspecified(), a.opts.Port), share); err != nil {
		return nil, fmt.Errorf("discovery: announce %v: %w", listen, err)
	}
	a.socket.read(a.answer)
	return a, nil
}

// SetInvisible makes the peer answer nobody, or everybody again. A question
// that is just being answered is not called back.
func (a *Announcement) SetInvisible(invisible bool) { a.invisible.Store(invisible) }

// Invisible reports whether the peer answers nobody.
func (a *Announcement) Invisible() bool { return a.invisible.Load() }

// Close ends the announcement and returns when its goroutine has ended. Those
// who know the peer are not told; they notice that it does not answer. It
// always returns nil, and may be called more than once.
func (a *Announcement) Close() error {
	a.socket.close()
	return nil
}

// answer considers one datagram.
func (a *Announcement) answer(b []byte, from netip.AddrPort) {
	c := a.opts.Counters
	if peerpy.KindOf(b) == peerpy.KindPong {
		return // for a Python peer of this machine, which asks from this port
	}
	if _, err := peerpy.ParseUDPPing(b); err != nil {
		c.Malformed.Add(1)
		return
	}
	if a.invisible.Load() {
		return
	}
	if !a.limiter.allow(time.Now(), from.Addr()) {
		c.Limited.Add(1)
		return
	}
	name, ok := a.name(from)
	if !ok {
		c.Unreachable.Add(1)
		return
	}
	var err error
	if a.pong, err = peerpy.AppendUDPPong(a.pong[:0], name); err == nil {
		err = a.socket.send(a.pong, from)
	}
	if err != nil {
		c.Failed.Add(1)
		a.opts.Logger.Debug("discovery: answer not sent", "to", from, "err", err)
		return
	}
	c.Answered.Add(1)
}

// name returns the listening address as it is told to one who asks, false when
// it is of no use there.
func (a *Announcement) name(asker netip.AddrPort) (netip.AddrPort, bool) {
	local, err := sourceTo(asker)
	if err != nil || !a.answersOn(local) {
		return netip.AddrPort{}, false
	}
	if !a.listen.Addr().IsValid() {
		return netip.AddrPortFrom(local, a.listen.Port()), true
	}
	onThisMachine := asker.Addr().IsLoopback() || asker.Addr() == local
	return a.listen, onThisMachine || local == a.listen.Addr()
}

// answersOn reports whether the interface that carries an address is one to
// answer on. Finding out takes longer than all the rest of an answer, so it is
// done once a second.
func (a *Announcement) answersOn(local netip.Addr) bool {
	if a.opts.Interfaces == nil {
		return true
	}
	if now := time.Now(); now.After(a.until) {
		a.wanted, a.until = make(map[netip.Addr]bool), now.Add(time.Second)
	}
	wanted, known := a.wanted[local]
	if !known {
		wanted = a.wants(local)
		a.wanted[local] = wanted
	}
	return wanted
}

// wants asks the caller about the interface that carries an address.
func (a *Announcement) wants(local netip.Addr) bool {
	interfaces, err := net.Interfaces()
	if err != nil {
		return false
	}
	return slices.ContainsFunc(interfaces, func(i net.Interface) bool {
		prefixes, err := addresses(i)
		return err == nil && a.opts.Interfaces(i) &&
			slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Addr() == local })
	})
}
