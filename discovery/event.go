package discovery

import (
	"fmt"
	"net/netip"
)

// Event is one thing that became known about the presence of a peer.
type Event struct {
	// Kind says what happened.
	Kind Kind
	// Addr is where the peer listens, and what names it: one peer has the same
	// address in all its events.
	Addr netip.AddrPort
	// Via names the source that knows; the one of this package is
	// [ViaBroadcast].
	Via string
}

// ViaBroadcast is the [Event.Via] of what UDP broadcasts have found.
const ViaBroadcast = "broadcast"

// String describes the event in a few words.
func (e Event) String() string { return fmt.Sprintf("%v %v (%s)", e.Kind, e.Addr, e.Via) }

// Kind says what an [Event] reports. Expect kinds that you do not know.
type Kind uint8

const (
	// Found reports a peer that was not known, or was lost.
	Found Kind = iota + 1
	// Lost reports a peer that was found and answers no longer.
	Lost
)

// String returns the kind's name.
func (k Kind) String() string {
	switch k {
	case Found:
		return "found"
	case Lost:
		return "lost"
	}
	return fmt.Sprintf("kind %d", k)
}
