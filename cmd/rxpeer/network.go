package main

import (
	"errors"
	"net"
	"slices"

	"github.com/rxpeer/rxpeer/discovery"
	"github.com/rxpeer/rxpeer/transport"
)

// network is where peers are found.
type network struct {
	Port      uint16   `default:"1024" help:"The UDP port of discovery (${default})."`
	Interface []string `placeholder:"NAME" help:"Use this network interface for discovery, and no other; may be repeated."`
}

// parseAddr is [transport.ParseAddr] for what users give.
func parseAddr(text string) (transport.Addr, error) {
	addr, err := transport.ParseAddr(text)
	if wrong := (*transport.AddrError)(nil); errors.As(err, &wrong) {
		return addr, usage("%q is no address: it %s", wrong.Addr, wrong.Reason)
	}
	return addr, err
}

// options returns the options of discovery.
func (n *network) options() *discovery.Options {
	return &discovery.Options{Port: n.Port, Interfaces: n.wants()}
}

// Validate is called by kong.
func (n *network) Validate() error {
	for _, name := range n.Interface {
		if _, err := net.InterfaceByName(name); err != nil {
			return usage("--interface: there is none named %q", name)
		}
	}
	if n.Port == 0 {
		return usage("--port must not be 0")
	}
	return nil
}

// wants returns the filter for the chosen interfaces; nil is all of them.
func (n *network) wants() func(net.Interface) bool {
	if len(n.Interface) == 0 {
		return nil
	}
	return func(i net.Interface) bool { return slices.Contains(n.Interface, i.Name) }
}
