package memory

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// addr is an address of this network, comparable.
type addr struct {
	host string
	port uint16
}

func (addr) Network() string  { return "memory" }
func (a addr) String() string { return net.JoinHostPort(a.host, strconv.Itoa(int(a.port))) }

// parseAddr reads "host:port". The host is "" when it stands for every
// interface.
func parseAddr(s string) (addr, error) {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return addr{}, err
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return addr{}, &net.AddrError{Err: "invalid port", Addr: s}
	}
	if host == Any {
		return addr{}, &net.AddrError{Err: "a pattern is no host", Addr: s}
	}
	return addr{host: canonical(host), port: uint16(n)}, nil
}

// canonical returns the one spelling of a host: IP addresses as package netip
// writes them, names in lower case, "" for the unspecified ones.
func canonical(host string) string {
	ip, err := netip.ParseAddr(host)
	switch {
	case err != nil:
		return strings.ToLower(host)
	case ip.Unmap().IsUnspecified():
		return ""
	}
	return ip.Unmap().String()
}
