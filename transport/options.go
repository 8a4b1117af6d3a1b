package transport

import (
	"time"

	"github.com/rxpeer/rxpeer/internal/peerpy"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// Defaults of [Options].
const (
	// DefaultTimeout is peerpy's.
	DefaultTimeout = peerpy.DefaultTimeout
	// DefaultMaxMessage is in bytes.
	DefaultMaxMessage = 64 << 20
	// DefaultSendBuffer is in bytes.
	DefaultSendBuffer = 1 << 20
	// DefaultInbox is in bytes.
	DefaultInbox = 2 << 20
	// DefaultHandshakes counts connections.
	DefaultHandshakes = 64
	// DefaultUndecided counts offers.
	DefaultUndecided = 256
	// DefaultStreams counts the streams of a link.
	DefaultStreams = 1024

	mostMessage = 1 << 30 // so that a span can describe it
)

// Options configures links and listeners. nil means every default. They are
// copied when they are used and never written to.
type Options struct {
	// Timeout is how long the remote may be silent before it is sent a PING,
	// and how long a full inbox may stand still under a subscriber before the
	// link ends with [ReasonOverrun]. Zero means 2 s. [Link.SetTimeout]
	// changes it later.
	Timeout time.Duration

	// Handshake is how long a handshake may take: for [Dial] until the remote
	// has answered, for a [Listener] until the HELLO is there. Zero means
	// Timeout.
	Handshake time.Duration

	// Linger is how long a graceful close may take. Zero means Timeout;
	// negative breaks off at once.
	Linger time.Duration

	// MaxMessage limits the body of one message in each direction, in bytes.
	// Zero means 64 MiB; more than 1 GiB is taken for that.
	MaxMessage int

	// SendBuffer is how many bytes, headers included, may wait to be sent
	// before [Link.Send] blocks. A larger message is accepted when nothing
	// waits. Streams of [Link.Open], and lanes of them, have 128 KiB each if that is
	// less, and more out of another SendBuffer that they share. Zero means 1 MiB.
	SendBuffer int

	// Inbox is how many bytes may wait for the subscriber before the remote
	// is slowed down; a message counts as its body and 128 bytes more. While a
	// Send on the link waits for room it is four times as much, so that peers
	// that answer each other's messages do not block one another. On rxpeer/2 it
	// is the largest window of a stream, what is on its way included; a message
	// counts as its body and 24 bytes more; less than 4 KiB means that. A window
	// begins with 128 KiB, and grows while the subscriber takes what comes at
	// once. Zero means 2 MiB.
	Inbox int

	// Window is how many messages may wait for the subscriber of a link or stream
	// that speaks rxpeer/2, or be on their way, besides the limit of Inbox. A
	// subscriber that wants fresh values rather than all of them sets it to 1,
	// and the remote's sink drops the others. Zero means that only bytes count.
	Window int

	// AsPython leaves the rx marker out, so that the remote sees a Python peer
	// and this side treats the remote as one.
	AsPython bool

	// NoNative keeps the link on peerpy's wire with peers of this module too.
	NoNative bool

	// Identity is what this side tells of itself on rxpeer/2. Its Codecs do not
	// count: they are those of the option of that name.
	Identity Identity

	// Codecs are those of this side on rxpeer/2 besides json, bytes and raw: 13 at
	// most. Links carry bodies as they are and call none of them. nil means none;
	// a list that [codec.NewList] does not take is an error of Dial and Listen.
	Codecs []codec.Codec

	// Streams is how many streams the remote may have open on a link. Zero
	// means 1024.
	Streams int

	// Opened is called, on a goroutine of its own, for each stream that the
	// remote opens. nil refuses them.
	Opened func(Link, *Stream)

	// Handshakes is how many connections of a [Listener] may be in their
	// handshake at once. Zero means 64.
	Handshakes int

	// Undecided is how many offers of a [Listener] may wait for Accept or
	// Deny at once; more are denied. Zero means 256.
	Undecided int

	// Decision is how long one offer may wait before it is denied. Zero means
	// three quarters of Timeout.
	Decision time.Duration

	// Rejected is called for each connection to a [Listener] that became no
	// link, on its own goroutine. nil means that they are only counted.
	Rejected func(Rejection)
}

// withDefaults returns a copy in which every field has its value.
func (o *Options) withDefaults() Options {
	var v Options
	if o != nil {
		v = *o
	}
	orElse(&v.Timeout, DefaultTimeout)
	orElse(&v.Handshake, v.Timeout)
	if v.Linger == 0 {
		v.Linger = v.Timeout
	}
	orElse(&v.MaxMessage, DefaultMaxMessage)
	v.MaxMessage = min(v.MaxMessage, mostMessage)
	orElse(&v.SendBuffer, DefaultSendBuffer)
	orElse(&v.Inbox, DefaultInbox)
	orElse(&v.Handshakes, DefaultHandshakes)
	orElse(&v.Undecided, DefaultUndecided)
	orElse(&v.Streams, DefaultStreams)
	orElse(&v.Decision, v.Timeout*3/4)
	return v
}

func orElse[T int | time.Duration](v *T, def T) {
	if *v <= 0 {
		*v = def
	}
}

// Hello is what a dialler offers, and what both ends of a [Link] agreed on.
type Hello struct {
	// PeerName is the address that the dialler listens on, "ip:port".
	PeerName string
	// DataType is what the link carries. One other than json, bytes and raw
	// needs rxpeer/2, and a codec of that name on both sides.
	DataType codec.Type
	// Lenient allows messages of other types.
	Lenient bool
	// Stream says that messages have one size and, but for the first, no
	// headers.
	Stream bool
	// DataSize is the size of a stream's messages in bytes; 0 leaves it to
	// the first message.
	DataSize int
	// Rx is the marker of a peer of this module; 0 is Python. [Dial] sets it.
	Rx int
}

// toWire returns h as the wire has it. A data type that Python does not know goes
// as bytes there: the settings name it.
func (h Hello) toWire() peerpy.Hello {
	t := h.DataType
	if !t.Valid() {
		t = codec.Bytes
	}
	return peerpy.Hello{
		PeerName: h.PeerName, DataType: string(t), Lenient: h.Lenient,
		Stream: h.Stream, DataSize: int64(h.DataSize), Rx: h.Rx,
	}
}

// fromWire is the other way.
func fromWire(h peerpy.Hello) Hello {
	return Hello{
		PeerName: h.PeerName, DataType: codec.Type(h.DataType), Lenient: h.Lenient,
		Stream: h.Stream, DataSize: int(h.DataSize), Rx: h.Rx,
	}
}
