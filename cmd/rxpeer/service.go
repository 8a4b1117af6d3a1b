package main

import (
	"context"
	"os"
	"time"

	"github.com/rxpeer/rxpeer/peer"
)

// service is the side of a command that others find and connect to.
type service struct {
	As             string        `placeholder:"NAME" help:"What this peer calls itself; the name of this machine by default."`
	Address        string        `placeholder:"IP:PORT" help:"Where to listen; every interface and a free port by default."`
	Timeout        time.Duration `default:"2s" help:"How long a handshake may take, and a connection be silent before it is probed (${default})."`
	MaxConnections int           `default:"512" placeholder:"N" help:"Deny connections beyond so many; -1 for no limit (${default})."`
	Invisible      bool          `help:"Do not answer those who look for peers."`
	network
}

// longestName is how long the name of a peer may be, in bytes.
const longestName = 255

// Validate is called by kong.
func (v *service) Validate() error {
	switch {
	case v.Timeout <= 0:
		return usage("--timeout must be positive")
	case v.MaxConnections == 0:
		return usage("--max-connections must not be 0; leave it out, or give -1")
	case len(v.As) > longestName:
		return usage("--as must not be longer than %d bytes", longestName)
	}
	if v.Address != "" {
		if _, err := parseAddr(v.Address); err != nil {
			return err
		}
	}
	return v.network.Validate()
}

// options returns the options of the peer.
func (v *service) options() *peer.Options {
	o := &peer.Options{
		Name: v.As, Address: v.Address, Timeout: v.Timeout, MaxConnections: v.MaxConnections,
		NoDiscovery: v.Invisible, Discovery: v.network.options(),
	}
	if o.Name == "" {
		o.Name, _ = os.Hostname() // or no name
	}
	return o
}

// open starts the peer. The caller shuts it down.
func (v *service) open(ctx context.Context) (*peer.Peer, error) {
	p, err := peer.Open(ctx, v.options())
	if err != nil {
		return nil, notOpen(err)
	}
	return p, nil
}

// shutDown gives what was accepted for sending as long as the timeout.
func (v *service) shutDown(p *peer.Peer) {
	grace, cancel := context.WithTimeout(context.Background(), v.Timeout)
	defer cancel()
	_ = p.Shutdown(grace) // what does not go now is lost
}
