package peerpy

import "time"

// Constants of the protocol, as the Python package has them.
const (
	// HeaderSize is the length of every header, in bytes.
	HeaderSize = 128
	// DiscoveryPort is the UDP port that peers answer pings on.
	DiscoveryPort = 1024
	// DefaultTimeout is how long a peer waits for an answer, and how long a
	// connection may be silent before it is pinged.
	DefaultTimeout = 2 * time.Second
	// DefaultBufferSize is the largest piece, in bytes, that a Python peer
	// reads at once.
	DefaultBufferSize = 8192
	// MaxFields is how many fields a header may have here; Python sends at
	// most four.
	MaxFields = 16
)

// The data types that every peer knows.
const (
	TypeRaw   = "raw"   // Python's pickle
	TypeJSON  = "json"  // {"data": value}
	TypeBytes = "bytes" // as they are
)

// Kind is a header's type.
type Kind uint8

// The types of headers. Unknown ones are ignored on a connection.
const (
	KindUnknown Kind = iota
	KindHello
	KindAccept
	KindDeny
	KindData
	KindPing
	KindPong
)

// String returns the type as it stands in the header.
func (k Kind) String() string {
	switch k {
	case KindHello:
		return "HELLO"
	case KindAccept:
		return "ACCEPT"
	case KindDeny:
		return "DENY"
	case KindData:
		return "DATA"
	case KindPing:
		return "PING"
	case KindPong:
		return "PONG"
	}
	return "unknown"
}

// KindOf returns the type of a header. As in Python a header belongs to the
// type whose name it begins with, and case matters. The rest of b is not
// looked at, so b may be shorter than a header, or bad.
func KindOf(b []byte) Kind {
	if len(b) < 4 {
		return KindUnknown
	}
	switch string(b[:4]) {
	case "DATA":
		return KindData
	case "PING":
		return KindPing
	case "PONG":
		return KindPong
	case "DENY":
		return KindDeny
	case "HELL":
		if len(b) >= 5 && b[4] == 'O' {
			return KindHello
		}
	case "ACCE":
		if len(b) >= 6 && b[4] == 'P' && b[5] == 'T' {
			return KindAccept
		}
	}
	return KindUnknown
}

const (
	separator = '|'
	reserved  = "|&="
)

// padding is a header's worth of separators: every header is a beginning of
// its own followed by the end of this.
const padding = "||||||||||||||||||||||||||||||||||||||||||||||||||||||||||||||||" +
	"||||||||||||||||||||||||||||||||||||||||||||||||||||||||||||||||"

// AppendPing appends the PING that Python sends on a silent connection.
func AppendPing(dst []byte) []byte { return appendBare(dst, KindPing) }

// IsPing reports whether b is exactly the header that [AppendPing] appends: a
// Python peer sends it into streams too, where it must be told from data.
func IsPing(b []byte) bool {
	return len(b) == HeaderSize && string(b[:4]) == "PING" && string(b[4:]) == padding[4:]
}

// AppendDeny appends a DENY, after which the connection is closed.
func AppendDeny(dst []byte) []byte { return appendBare(dst, KindDeny) }

// AppendAccept appends an ACCEPT. rx is the version of the marker by which
// peers of this module know each other (docs/protocol.md, section 6); 0 leaves
// it out.
func AppendAccept(dst []byte, rx int) ([]byte, error) {
	if rx == 0 {
		return appendBare(dst, KindAccept), nil
	}
	w := begin(dst, KindAccept)
	w.marker(rx)
	return w.end()
}

// ParseAccept returns the marker of an ACCEPT, 0 when there is none, as in one
// from Python. Fields it does not know are ignored.
func ParseAccept(b []byte) (rx int, err error) {
	r := read(b, KindAccept)
	for r.next() {
		if r.is("rx") {
			rx = r.marker()
		}
	}
	if r.err != nil {
		return 0, r.err
	}
	return rx, nil
}

// appendBare appends a header that is its type and nothing else.
func appendBare(dst []byte, kind Kind) []byte {
	name := kind.String()
	dst = append(dst, name...)
	return append(dst, padding[len(name):]...)
}

// text returns b as a string, without an allocation for what is common.
func text(b []byte) string {
	switch string(b) {
	case TypeRaw:
		return TypeRaw
	case TypeJSON:
		return TypeJSON
	case TypeBytes:
		return TypeBytes
	}
	return string(b)
}
