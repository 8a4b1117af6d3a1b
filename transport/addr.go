package transport

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// Addr is the place where a peer listens: a host and a TCP port. Two Addrs are
// the same place to this package exactly when they are ==; names are not
// looked up. The zero value is every interface of this machine and any free
// port.
type Addr struct {
	host string // canonical, see hostOf
	port uint16
}

// AddrError reports text that is no address.
type AddrError struct {
	// Addr is the text, at most 64 bytes of it.
	Addr string
	// Reason says what is wrong with it.
	Reason string
}

// Error names the text and the reason.
func (e *AddrError) Error() string {
	return fmt.Sprintf("transport: address %q: %s", e.Addr, e.Reason)
}

// ParseAddr reads "ip:port", "host:port", "[ip6]:port", or any of them without
// the port, which is then 0: a free one to Listen, none to Dial. An empty host
// before a colon is every interface. An IPv4 address written as IPv6
// (::ffff:10.0.0.1) is an IPv4 address, host names become lower case.
//
// The port is decimal, without a sign; service names ("http") are not looked
// up. A host is an IP address with an optional zone, or letters, digits, dots,
// hyphens and underscores; other text ends with an [*AddrError], whatever it
// may contain, so it is safe to give it what a stranger sent.
func ParseAddr(s string) (Addr, error) {
	host, port, err := splitAddr(s)
	if err == "" {
		var a Addr
		if a.host, err = hostOf(host); err == "" {
			if a.port, err = portOf(port); err == "" {
				return a, nil
			}
		}
	}
	return Addr{}, &AddrError{Addr: s[:min(len(s), 64)], Reason: err}
}

// AddrFrom returns the address of an IP address and a port. The zero AddrPort
// gives the zero Addr.
func AddrFrom(ap netip.AddrPort) Addr {
	if !ap.Addr().IsValid() {
		return Addr{port: ap.Port()}
	}
	return Addr{host: ap.Addr().Unmap().String(), port: ap.Port()}
}

// AddrOf returns the address that a listener or a connection names. The error
// is an [*AddrError], as for a Unix socket.
func AddrOf(a net.Addr) (Addr, error) {
	if t, ok := a.(*net.TCPAddr); ok && t != nil {
		return AddrFrom(t.AddrPort()), nil
	}
	if a == nil {
		return Addr{}, &AddrError{Reason: "missing"}
	}
	return ParseAddr(a.String())
}

// Host returns the IP address or name, without brackets; "" is every
// interface.
func (a Addr) Host() string { return a.host }

// Port returns the port; 0 is none, or a free one to Listen.
func (a Addr) Port() uint16 { return a.port }

// WithPort returns the same host with another port.
func (a Addr) WithPort(port uint16) Addr { return Addr{host: a.host, port: port} }

// AddrPort returns a as an IP address and a port. It is false when the host is
// a name or empty.
func (a Addr) AddrPort() (ap netip.AddrPort, ok bool) {
	ip, err := netip.ParseAddr(a.host)
	return netip.AddrPortFrom(ip, a.port), err == nil
}

// IsZero reports whether a is the zero value.
func (a Addr) IsZero() bool { return a == Addr{} }

// IsUnspecified reports whether a stands for every interface: good to listen
// at, nothing to tell to others. An empty host, 0.0.0.0 and :: do.
func (a Addr) IsUnspecified() bool {
	ap, ok := a.AddrPort()
	return a.host == "" || ok && ap.Addr().IsUnspecified()
}

// IsLoopback reports whether only this machine reaches a: 127.0.0.0/8, ::1,
// or the name localhost.
func (a Addr) IsLoopback() bool {
	ap, ok := a.AddrPort()
	return a.host == "localhost" || ok && ap.Addr().IsLoopback()
}

// String returns "host:port", with brackets around an IPv6 address: what
// [ParseAddr] and [Network] take.
func (a Addr) String() string { return net.JoinHostPort(a.host, strconv.Itoa(int(a.port))) }

// MarshalText returns what String returns.
func (a Addr) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText is [ParseAddr].
func (a *Addr) UnmarshalText(text []byte) (err error) {
	*a, err = ParseAddr(string(text))
	return err
}

// splitAddr cuts s into a host without brackets and a port, "0" when there is
// none, or tells why it cannot.
func splitAddr(s string) (host, port, reason string) {
	switch {
	case s == "":
		return "", "", "is empty"
	case s[0] == '[':
		host, rest, ok := strings.Cut(s[1:], "]")
		switch {
		case !ok:
			return "", "", "misses the ] of its [ip6]"
		case !strings.Contains(host, ":"):
			return "", "", "only an IPv6 address stands in brackets"
		case rest == "":
			return host, "0", ""
		case rest[0] != ':':
			return "", "", "has something other than :port after ]"
		}
		return host, rest[1:], ""
	case strings.Count(s, ":") > 1:
		if _, err := netip.ParseAddr(s); err != nil {
			return "", "", "has too many colons; write IPv6 as [ip6]:port"
		}
		return s, "0", ""
	}
	host, port, ok := strings.Cut(s, ":")
	if !ok {
		port = "0"
	}
	return host, port, ""
}

// portOf reads a port, or tells why it cannot.
func portOf(s string) (port uint16, reason string) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, "has a port that is no decimal number"
		}
	}
	if s == "" {
		return 0, "has no port after its colon"
	}
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return 0, "has a port above 65535"
	}
	return uint16(n), ""
}

// hostOf returns the one spelling of a host, or tells why it is none.
func hostOf(s string) (host, reason string) {
	if len(s) > 253 {
		return "", "has a host longer than 253 bytes"
	}
	if s == "" {
		return "", ""
	}
	ip, err := netip.ParseAddr(s)
	name := s
	if err == nil {
		name = ip.Zone()
	}
	for i := range len(name) {
		if !isNameByte(name[i]) {
			return "", "has a host with characters other than letters, digits, dots, hyphens and underscores"
		}
	}
	if err == nil {
		return ip.Unmap().String(), ""
	}
	labels := strings.TrimSuffix(s, ".")
	last := labels[strings.LastIndexByte(labels, '.')+1:]
	if strings.Trim(last, "0123456789") == "" || strings.Contains("."+labels, "..") {
		return "", "has a host that is neither a name nor an IPv4 address"
	}
	return strings.ToLower(s), ""
}

func isNameByte(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || b == '.' || b == '-' || b == '_'
}
