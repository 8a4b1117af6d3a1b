package discovery

import (
	"net/netip"
	"slices"
)

// table remembers the peers that answer, not more than limit of them.
type table struct {
	limit, misses int // limit less than 0: none
	peers         map[netip.AddrPort]*presence
}

// presence is what is known of one peer.
type presence struct {
	addr   netip.AddrPort // the first it was known by
	missed int            // questions since its latest answer
}

func newTable(opts Options) *table {
	return &table{limit: opts.Limit, misses: opts.Misses, peers: make(map[netip.AddrPort]*presence)}
}

// note notes an answer: news when the peer was not known, full when there is
// no room for it.
func (t *table) note(s sighting) (news, full bool) {
	if p := t.peers[s.peer]; p != nil {
		p.missed = 0
		return false, false
	}
	if t.limit >= 0 && len(t.peers) >= t.limit {
		return false, true
	}
	t.peers[s.peer] = &presence{addr: s.addr}
	return true, false
}

// turn notes that the next question is about to be asked, and returns the
// peers that did not answer too many, in order.
func (t *table) turn() (lost []netip.AddrPort) {
	for key, p := range t.peers {
		if p.missed++; p.missed > t.misses {
			lost = append(lost, p.addr)
			delete(t.peers, key)
		}
	}
	slices.SortFunc(lost, netip.AddrPort.Compare)
	return lost
}
