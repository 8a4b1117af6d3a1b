package peerpy

import "net/netip"

// AppendUDPPing appends the PING that asks who is there. Python peers send
// their PONG to pinger, wherever the datagram came from, so it is the address
// that the asker reads on. It must be IPv4 with a port: another one ends a
// Python peer's discovery for good.
func AppendUDPPing(dst []byte, pinger netip.AddrPort) ([]byte, error) {
	w := begin(dst, KindPing)
	pinger = unmap(pinger)
	if !pinger.Addr().Is4() || pinger.Addr().IsUnspecified() || pinger.Port() == 0 {
		w.fail("pinger", ErrAddress)
	}
	w.text("pinger", pinger.String())
	return w.end()
}

// ParseUDPPing returns the address that a PING asks to be answered at, which
// may be anybody's: it is not where to send the answer.
func ParseUDPPing(b []byte) (pinger netip.AddrPort, err error) {
	return parseAddress(b, KindPing, "pinger")
}

// AppendUDPPong appends the PONG that tells where a peer listens, which must
// be an address that can be dialled: not the unspecified one, and with a port.
func AppendUDPPong(dst []byte, ponger netip.AddrPort) ([]byte, error) {
	w := begin(dst, KindPong)
	ponger = unmap(ponger)
	if !ponger.IsValid() || ponger.Addr().IsUnspecified() || ponger.Port() == 0 {
		w.fail("ponger", ErrAddress)
	}
	w.text("ponger", ponger.String())
	return w.end()
}

// ParseUDPPong returns the address that a peer says it listens on. A Python
// peer that is bound to 0.0.0.0 says so.
func ParseUDPPong(b []byte) (ponger netip.AddrPort, err error) {
	return parseAddress(b, KindPong, "ponger")
}

// parseAddress returns the only field that a datagram must have.
func parseAddress(b []byte, kind Kind, key string) (addr netip.AddrPort, err error) {
	r := read(b, kind)
	found := false
	for r.next() {
		if !r.is(key) {
			continue
		}
		found = true
		addr, err = netip.ParseAddrPort(string(r.value))
		if err != nil || addr.Port() == 0 {
			r.fail(key, ErrAddress)
		}
	}
	if !found {
		r.fail(key, ErrMissing)
	}
	if r.err != nil {
		return netip.AddrPort{}, r.err
	}
	return unmap(addr), nil
}

// unmap turns an IPv4 address in IPv6 clothes into what it is.
func unmap(addr netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
}
