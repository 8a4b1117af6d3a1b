package discovery

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"
)

// LocalPeers asks who is on the local network, and returns the addresses of
// those who answer within [Options.Wait], in order. It asks twice in that
// time, since a broadcast gets lost easily. It is peerpy's get_local_peers.
//
// When ctx ends before, it returns who has answered so far, together with the
// cause of ctx. Otherwise an error means that nobody could be asked:
// [ErrNoInterface], or the errors of the system. That nobody is there is none.
func LocalPeers(ctx context.Context, opts *Options) ([]netip.AddrPort, error) {
	o := opts.settled()
	a := newAsker(o)
	defer a.close()
	peers, err := gather(ctx, a, o)
	if err != nil {
		return peers, fmt.Errorf("discovery: local peers: %w", err)
	}
	return peers, nil
}

func gather(ctx context.Context, p prober, opts Options) ([]netip.AddrPort, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err := p.ask(ctx); err != nil {
		return nil, err
	}
	again, over := time.NewTimer(opts.Wait/2), time.NewTimer(opts.Wait)
	defer again.Stop()
	defer over.Stop()
	peers := make(map[netip.AddrPort]netip.AddrPort)
	var err error
	for waiting := true; waiting; {
		select {
		case s := <-p.answers():
			known, ok := peers[s.peer]
			switch {
			case !ok && opts.Limit >= 0 && len(peers) >= opts.Limit:
				opts.Counters.Overflow.Add(1)
			case !ok || known.Addr().IsLoopback(): // others know it by the other address
				peers[s.peer] = s.addr
			}
		case <-again.C:
			_ = p.ask(ctx) // it worked before, and is reported by the asker
		case <-over.C:
			waiting = false
		case <-ctx.Done():
			waiting, err = false, context.Cause(ctx)
		}
	}
	return slices.SortedFunc(maps.Values(peers), netip.AddrPort.Compare), err
}
