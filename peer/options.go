package peer

import (
	"log/slog"
	"time"

	"github.com/rxpeer/rxpeer/discovery"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// Defaults of [Options], [ConnectOptions] and [KeepOptions].
const (
	// DefaultTimeout is peerpy's.
	DefaultTimeout = transport.DefaultTimeout
	// DefaultMaxConnections counts connections of both directions.
	DefaultMaxConnections = 512
	// DefaultDataType is peerpy's.
	DefaultDataType = codec.JSON
	// DefaultUnseen counts connections and offers that wait for a subscriber.
	DefaultUnseen = 64
)

// Decider says who decides the offers of others.
type Decider uint8

const (
	// AcceptAll accepts every offer, as peerpy does; Offers reports them.
	AcceptAll Decider = iota
	// DenyAll denies every offer; Offers reports them.
	DenyAll
	// Ask leaves each offer to [Offer.Accept] or [Offer.Deny], through
	// [Peer.Offers]. One that nobody decides in time is denied.
	Ask
)

// Options are the options of a [Peer]. nil means every default. They are
// copied when the peer opens.
type Options struct {
	// Name is what the peer calls itself towards other Go peers, for people: up
	// to 255 bytes. Empty means none.
	Name string

	// Metadata is what else it tells them: up to 32 keys of up to 255 bytes with
	// values of up to 4096. Offers show it before they are decided. It is not
	// secret, and nobody verifies it.
	Metadata map[string]string

	// Address is where to listen: "ip:port", "host:port" or "ip"; port 0, or
	// none, takes a free one. Empty means every interface.
	Address string

	// Network carries the connections. nil means TCP.
	Network transport.Network

	// Timeout bounds a handshake; it is how long a connection may be silent
	// before it is sent a PING, and how long a subscriber may leave a full
	// inbox alone. 0 means 2 s. SetTimeout changes it.
	Timeout time.Duration

	// Decision is how long an offer may wait to be decided. 0 means three
	// quarters of Timeout: 1.5 s, below the 2 s for which Python waits.
	Decision time.Duration

	// Linger is how long closing a connection may take to send what was
	// accepted. 0 means Timeout; negative breaks off at once.
	Linger time.Duration

	// MaxConnections limits the established connections, whoever dialled;
	// further offers are denied. 0 means 512, negative means no limit.
	MaxConnections int

	// Invisible keeps the peer from answering those who look for peers.
	// SetInvisible changes it.
	Invisible bool

	// Offers says who decides about offers.
	Offers Decider

	// StreamOffers says who decides whether a remote may use what is exposed, see
	// [Peer.StreamOffers] and [ExposeOptions].Allow.
	StreamOffers Decider

	// Errors are errors that both sides know, by numbers that they agree on, from
	// 0 on: what is exposed here and fails with one of them, or calls that do,
	// fails at the other side with an error that matches its own of that number. An
	// error that matches several has the smallest of their numbers.
	Errors map[int]error

	// MaxMessage limits a message, in bytes. 0 means 64 MiB.
	MaxMessage int

	// SendBuffer is how many bytes of a connection may wait to be sent, and
	// Inbox how many may wait for a subscriber. 0 means 1 and 2 MiB. Streams with
	// names have 128 KiB each to be sent, and share SendBuffer more. Between Go
	// peers up to 128 KiB wait for a subscriber until it turns out to be fast.
	SendBuffer, Inbox int

	// Window is how many values of a connection with a Go peer may wait for a
	// subscriber, or be on their way, besides the limit of Inbox. With 1 a
	// subscriber always sees fresh values when the other side's sink drops the
	// old ones (see [SinkWith]). 0 means that only Inbox counts.
	Window int

	// AsPython keeps quiet that this is no Python peer: connections of two Go
	// peers then behave as with Python, workarounds for its faults included.
	AsPython bool

	// NoNative keeps connections with Go peers on peerpy's protocol too.
	NoNative bool

	// Discovery are the options of finding and being found: the UDP port, the
	// interfaces, the interval of Neighbors. nil means every default. The
	// peer's own address is excluded in any case.
	Discovery *discovery.Options

	// NoDiscovery switches answering off altogether: no UDP port is bound. The
	// peer can still look for others. It is implied by a Network that is not
	// TCP.
	NoDiscovery bool

	// Codecs are data types that connections with Go peers can carry besides json,
	// bytes and raw: packages cbor, msgpack and protobuf below transport/codec have
	// some, a program may have its own. Up to 13; one whose name is taken, or is no
	// name, is an error of Open. See [codec.NewList].
	Codecs []codec.Codec

	// Logger gets what a peer does and what goes wrong. nil means silent.
	Logger *slog.Logger

	instance [16]byte // of the peer, as long as it runs
}

// linkOptions returns the options of the peer's links.
func (p *Peer) linkOptions() *transport.Options {
	o := &p.opts
	return &transport.Options{
		Opened:  p.opened,
		Timeout: o.Timeout, Linger: o.Linger, Decision: o.Decision,
		MaxMessage: o.MaxMessage, SendBuffer: o.SendBuffer, Inbox: o.Inbox,
		AsPython: o.AsPython, NoNative: o.NoNative, Window: o.Window, Codecs: o.Codecs,
		Identity: transport.Identity{Instance: o.instance, Name: o.Name, Metadata: o.Metadata},
	}
}

// ConnectOptions are the options of one connection. nil means every default.
type ConnectOptions struct {
	// DataType is what the connection carries. Empty means JSON. Another one than
	// json, bytes and raw must be that of one of Options.Codecs on both sides, and
	// carries neither Stream nor Python peers.
	DataType codec.Type

	// Lenient allows both sides to send values of other data types; otherwise
	// one ends the connection. Python peers call the opposite strict.
	Lenient bool

	// Stream makes all messages one size, without headers but for the first:
	// frames of a video, records of a sensor. The first message sets the size.
	Stream bool

	// DataSize is the size of a stream's messages in bytes, when it is known
	// beforehand; JSON is padded with blanks to it. 0 leaves it to the first
	// message. It needs Stream. Python peers ignore it when they dial.
	DataSize int
}
