package discovery

import (
	"encoding/binary"
	"net"
	"net/netip"
	"slices"
)

// place is an IPv4 address of this machine to ask from, and whom to ask there.
type place struct {
	addr    netip.Addr
	iface   net.Interface
	targets []netip.Addr
}

// hostAddrs are the addresses that the interfaces of this machine carry.
type hostAddrs map[netip.Addr]struct{}

// has reports whether an address leads to this machine.
func (h hostAddrs) has(addr netip.Addr) bool { return addr.IsLoopback() || h.carries(addr) }

// carries reports whether an interface of this machine has the address.
func (h hostAddrs) carries(addr netip.Addr) bool {
	_, ok := h[addr]
	return ok
}

// survey returns the places to ask from, loopback last, so that a peer of this
// machine is heard first under the address that others know it by; and the
// addresses of this machine, on whatever interface.
func survey(wanted func(net.Interface) bool) (places []place, own hostAddrs, err error) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil, nil, err
	}
	own = make(hostAddrs)
	for _, i := range interfaces {
		prefixes, err := addresses(i)
		if err != nil {
			continue // it went away between the two calls
		}
		ask := asks(i) && (wanted == nil || wanted(i))
		for _, p := range prefixes {
			own[p.Addr()] = struct{}{}
			if !ask || !p.Addr().Is4() {
				continue
			}
			if to := targets(p); len(to) > 0 {
				places = append(places, place{addr: p.Addr(), iface: i, targets: to})
			}
		}
	}
	slices.SortStableFunc(places, func(a, b place) int {
		switch {
		case a.addr.IsLoopback() == b.addr.IsLoopback():
			return 0
		case a.addr.IsLoopback():
			return 1
		}
		return -1
	})
	return places, own, nil
}

// asks reports whether broadcasts can be sent on an interface. Tunnels between
// two points have none.
func asks(i net.Interface) bool {
	return i.Flags&net.FlagUp != 0 && i.Flags&(net.FlagBroadcast|net.FlagLoopback) != 0
}

// addresses returns an interface's addresses with their networks.
func addresses(i net.Interface) ([]netip.Prefix, error) {
	addrs, err := i.Addrs()
	if err != nil {
		return nil, err
	}
	var prefixes []netip.Prefix
	for _, a := range addrs {
		n, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		ip, ok := netip.AddrFromSlice(n.IP)
		bits, size := n.Mask.Size()
		if ip = ip.Unmap(); ok && size == ip.BitLen() {
			prefixes = append(prefixes, netip.PrefixFrom(ip, bits))
		}
	}
	return prefixes, nil
}

// targets returns the addresses that reach everyone on the network of an
// address.
func targets(p netip.Prefix) []netip.Addr {
	var all []netip.Addr
	switch {
	case !p.Addr().IsLoopback():
		all = append(all, netip.AddrFrom4([4]byte{255, 255, 255, 255}))
	case askLoopbackItself:
		all = append(all, p.Addr())
	}
	if p.Bits() > 30 || p.Bits() == 0 {
		return all
	}
	network := binary.BigEndian.Uint32(p.Addr().AsSlice())
	last := binary.BigEndian.AppendUint32(nil, network|(1<<(32-p.Bits())-1))
	directed, _ := netip.AddrFromSlice(last)
	return append(all, directed)
}
