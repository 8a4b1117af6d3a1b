package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rxpeer/rxpeer/discovery"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/transport"
)

// using is the side of a command that uses what others expose.
type using struct {
	Timeout time.Duration `default:"2s" help:"How long another peer may take to answer, and be silent before it is probed (${default})."`
	Wait    time.Duration `default:"500ms" help:"How long to look for peers (${default})."`
	network
}

// Validate is called by kong.
func (u *using) Validate() error {
	if u.Timeout <= 0 || u.Wait <= 0 {
		return usage("--timeout and --wait must be positive")
	}
	return u.network.Validate()
}

// open starts a peer that nobody finds. The caller closes.
func (u *using) open(ctx context.Context) (*peer.Peer, error) {
	found := u.network.options()
	found.Wait = u.Wait
	p, err := peer.Open(ctx, &peer.Options{Timeout: u.Timeout, Offers: peer.DenyAll, NoDiscovery: true, Discovery: found})
	if err != nil {
		return nil, notOpen(err)
	}
	return p, nil
}

// addressOf returns the address that who is, unless it is a name.
func addressOf(who string) (address string, is bool, err error) {
	if !strings.ContainsRune(who, ':') {
		return "", false, nil
	}
	addr, err := parseAddr(who)
	if err == nil && addr.Port() == 0 {
		err = usage("%q has no port; give IP:PORT, HOST:PORT or the name of a peer", who)
	}
	return who, err == nil, err
}

// reach connects to who, which is an address or the name of a peer around that
// exposes something of that kind and name, or anything if name is empty.
func (u *using) reach(ctx context.Context, p *peer.Peer, who string, kind peer.Kind, name string) (*peer.Connection, error) {
	address, is, err := addressOf(who)
	if err != nil {
		return nil, err
	}
	if is {
		c, err := p.Connect(ctx, address, nil)
		if err != nil {
			return nil, notConnected(address, u.Timeout, err)
		}
		return c, nil
	}
	all, err := u.around(ctx, p)
	if err != nil {
		return nil, err
	}
	named := slices.DeleteFunc(all, func(c *peer.Connection) bool { return c.Remote().Identity.Name != who })
	if len(named) > 1 && name != "" {
		if fit := u.exposing(ctx, named, kind, name); len(fit) > 0 {
			named = fit
		}
	}
	switch len(named) {
	case 0:
		return nil, unreachable("no peer here is called %q; see who is with \"rxpeer streams\", or give an address", who)
	case 1:
		return named[0], nil
	}
	return nil, usage("%d peers are called %q; give an address: %s", len(named), who, listOf(named))
}

func listOf(conns []*peer.Connection) string {
	var addresses []string
	for _, c := range conns {
		addresses = append(addresses, c.String())
	}
	slices.Sort(addresses)
	return strings.Join(addresses, ", ")
}

// around connects to everybody who answers now. Who cannot be connected to is left
// out.
func (u *using) around(ctx context.Context, p *peer.Peer) ([]*peer.Connection, error) {
	addresses, err := p.LocalPeers(ctx)
	if err != nil {
		return nil, notFound(ctx, err)
	}
	return each(addresses, func(a netip.AddrPort) (*peer.Connection, bool) {
		c, err := p.ConnectAddr(ctx, a, nil)
		return c, err == nil
	}), nil
}

// exposing returns those who expose something of that kind and name.
func (u *using) exposing(ctx context.Context, conns []*peer.Connection, kind peer.Kind, name string) []*peer.Connection {
	return each(conns, func(c *peer.Connection) (*peer.Connection, bool) {
		all, err := u.exposedBy(ctx, c)
		return c, err == nil && has(all, kind, name)
	})
}

// exposedBy returns what the other side of c exposes now.
func (u *using) exposedBy(ctx context.Context, c *peer.Connection) ([]peer.Exposed, error) {
	ctx, cancel := context.WithTimeout(ctx, u.Timeout)
	defer cancel()
	return c.Exposed().Await(ctx)
}

func has(all []peer.Exposed, kind peer.Kind, name string) bool {
	return slices.ContainsFunc(all, func(e peer.Exposed) bool { return e.Kind == kind && e.Name == name })
}

// each returns what f makes of all, computed at once and in the same order, without
// that for which f reports false.
func each[T, U any](all []T, f func(T) (U, bool)) []U {
	type result struct {
		value U
		ok    bool
	}
	results := make([]result, len(all))
	var work sync.WaitGroup
	for i, v := range all {
		work.Go(func() { results[i].value, results[i].ok = f(v) }) // ends with f
	}
	work.Wait()
	var values []U
	for _, r := range results {
		if r.ok {
			values = append(values, r.value)
		}
	}
	return values
}

// notFound says why nobody can be looked for; nil when ctx has ended.
func notFound(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return nil
	case errors.Is(err, discovery.ErrNoInterface):
		return failed("there is no network interface to ask on; connect to a network, or choose another --interface")
	}
	return failed("cannot look for peers: %s; try another --port or --interface", rootOf(err))
}

// titleOf returns what c's other side calls itself, or its address.
func titleOf(c *peer.Connection) string {
	if name := c.Remote().Identity.Name; name != "" {
		return name
	}
	return c.String()
}

// notServed says why the other side of c has not done what was asked of it by name,
// or does so no longer.
func notServed(c *peer.Connection, kind peer.Kind, name string, began bool, err error) error {
	who := c.String()
	var (
		remote *peer.RemoteError
		link   *transport.CloseError
		fault  *peer.Fault
	)
	isRemote := errors.As(err, &remote)
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		return &failure{exitRemote, fmt.Sprintf("%s speaks only peerpy's protocol, in which nothing has a name; use \"rxpeer connect\"", who)}
	case errors.As(err, &link):
		return ended("%s ended the connection%s; ask whoever runs it, or try again later", who, reasonOf(c))
	case errors.Is(err, peer.ErrNotExposed) && !began:
		return &failure{exitRemote, fmt.Sprintf("%s exposes no %s named %q; see what it does with \"rxpeer streams %s\"", who, kind, name, who)}
	case errors.Is(err, peer.ErrNotExposed):
		return ended("%s has taken %q back; ask whoever runs it, or try again later", who, name)
	case errors.Is(err, peer.ErrRefused), errors.Is(err, peer.ErrBusy):
		return &failure{exitDenied, fmt.Sprintf("%s denied %q: %s; ask whoever runs it, or try again later", who, name, sayingOf(remote, err))}
	case errors.Is(err, peer.ErrType):
		return usage("%s does not take this for %q: %s", who, name, sayingOf(remote, err))
	case isRemote:
		return &failure{exitRemote, fmt.Sprintf("%q of %s failed: %s", name, who, sayingOf(remote, err))}
	case errors.As(err, &fault):
		return &failure{exitRemote, fmt.Sprintf("%s sent something that cannot be read: %s", who, rootOf(fault.Err))}
	}
	return failed("%s", rootOf(err))
}

// sayingOf returns what the other side says of a failure.
func sayingOf(remote *peer.RemoteError, err error) string {
	switch {
	case remote == nil:
		return rootOf(err)
	case remote.Text == "":
		return remote.Code.String()
	}
	return remote.Text
}
