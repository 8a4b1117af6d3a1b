package memory

import (
	"math/rand/v2"
	"sync"
	"syscall"
	"time"
)

// pair is one connection: two ends and what lies between them. One mutex
// guards all of it; nothing is called while it is held but this package, so
// that waiting is on conditions only.
//
// The network's mutex may be held when a pair's is taken, never the other way
// round.
type pair struct {
	net    *Network
	number uint64 // of the connections of its network

	mu     sync.Mutex
	ends   [2]conn // the dialler's, the acceptor's
	path   Path
	cut    bool        // nothing arrives
	cutAt  time.Time   // when that began
	giveUp *time.Timer // ends a cut that lasts too long
	over   bool        // both ends are closed
}

// newPair makes and registers a connection. n.mu is held.
func (n *Network) newPair(from, to addr) *pair {
	n.dialled++
	p := &pair{net: n, number: n.dialled, path: n.paths.of(from.host, to.host)}
	p.ends[0].init(p, &p.ends[1], from, to)
	p.ends[1].init(p, &p.ends[0], to, from)
	if n.cuts.of(from.host, to.host) {
		p.setCut(true)
	}
	n.pairs[p] = struct{}{}
	return p
}

func (c *conn) init(p *pair, peer *conn, local, remote addr) {
	c.pair, c.peer, c.local, c.remote = p, peer, local, remote
	c.readable.L, c.writable.L = &p.mu, &p.mu
	seed := p.net.opts.Seed ^ hash(local.String(), remote.String())
	c.reads = *rand.NewPCG(seed, 1)
	c.jitter = *rand.NewPCG(seed, 2)
}

// hash is FNV-1a over two strings, the same in every process.
func hash(a, b string) uint64 {
	h := uint64(14695981039346656037)
	for _, s := range [...]string{a, "\x00", b} {
		for i := range len(s) {
			h = (h ^ uint64(s[i])) * 1099511628211
		}
	}
	return h
}

func (p *pair) setPath(path Path) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.path = path
}

// setCut begins or ends a partition.
func (p *pair) setCut(cut bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over || p.cut == cut {
		return
	}
	p.cut = cut
	if cut {
		p.cutAt = time.Now()
		if t := p.net.opts.Timeout; t > 0 {
			at := p.cutAt
			p.giveUp = time.AfterFunc(t, func() { p.timeout(at) })
		}
		return
	}
	if p.giveUp != nil {
		p.giveUp.Stop()
	}
	p.ends[0].deliver()
	p.ends[1].deliver()
}

// timeout ends the connection when the cut that began at cutAt still lasts.
func (p *pair) timeout(cutAt time.Time) {
	p.mu.Lock()
	still := p.cut && p.cutAt.Equal(cutAt)
	p.mu.Unlock()
	if still {
		p.snap(syscall.ETIMEDOUT)
	}
}

// snap breaks both ends at once, partition or not.
func (p *pair) snap(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return
	}
	p.ends[0].broken(err)
	p.ends[1].broken(err)
}

// release unlocks p after one end was closed, and when it was the second one,
// leaves nothing behind.
func (p *pair) release() {
	last := p.ends[0].closed && p.ends[1].closed && !p.over
	if last {
		p.over = true
		p.ends[0].out.stop()
		p.ends[1].out.stop()
		if p.giveUp != nil {
			p.giveUp.Stop()
		}
	}
	p.mu.Unlock()
	if last {
		p.net.forget(p)
	}
}
