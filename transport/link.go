package transport

import (
	"context"
	"net"
	"time"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// Message is one message as it came over a link. It is lent with its body: both
// are valid until Next returns, and the next message comes in the same place.
type Message struct {
	// Type is the body's data type.
	Type codec.Type
	// Body lies in the link's memory.
	Body []byte
	// Lost counts the messages that the remote dropped between the one before
	// and this, because of the policy of its sink. It is told on rxpeer/2 only.
	Lost uint64
}

// Link is one established connection, on either of the two wires
// (docs/protocol.md): peerpy's, or rxpeer/2 between two peers of this module.
// [Dial] and [Incoming.Accept] make them.
//
// Inbound messages come out of Messages, outbound ones go in through Send and
// its kin. Every method is safe for concurrent use and may be called from
// inside a subscriber, Send and Close too.
//
// An idle link owns one goroutine, which waits for the socket and holds no
// buffer. The goroutine that read delivers what it read; when a subscriber
// takes long, or sends on the same link and has to wait, a second one goes on
// reading, so that a blocked subscriber never keeps a link from noticing its
// end. Writing takes a goroutine only while something waits to be written.
// All of them end before Close returns, except one that is inside a
// subscriber's callback.
type Link interface {
	// Hello returns what both ends agreed on. Its Rx is 0 when the remote is a
	// Python peer, or is treated as one, and 2 on rxpeer/2.
	Hello() Hello

	// Dialed reports whether this side dialled.
	Dialed() bool

	// LocalAddr returns this end's address.
	LocalAddr() net.Addr

	// RemoteAddr returns the other end's address: of the connection, not of the
	// remote's listener.
	RemoteAddr() net.Addr

	// DataSize returns the size of a stream's messages in bytes, 0 as long as
	// the first message did not set it, and on links that are no streams.
	DataSize() int

	// Timeout returns the time that [Options.Timeout] describes.
	Timeout() time.Duration

	// SetTimeout changes it. Zero or less means the default.
	SetTimeout(d time.Duration)

	// Messages returns what the remote sends. The link keeps one inbox, so it has
	// one subscriber at a time: a second live one ends with [stream.ErrInUse].
	//
	// Before the first subscription, and between two, messages wait in the inbox,
	// and when it is full the remote is slowed down for as long as it takes.
	// Under a subscriber an inbox that stays full, with nothing taken from it for
	// Timeout, ends the link with [ReasonOverrun].
	//
	// Messages are delivered on the goroutine that read them. The inbox outlives
	// the link: who subscribes after the end gets what is left. Then Done is
	// called with nil when the close was orderly, by either side, and with a
	// [*CloseError] otherwise: a broken connection, a violation, an overrun, a
	// timeout, an abort. A panic in a subscriber ends its subscription alone.
	//
	// The messages that a subscriber did not take when it ended wait for the next
	// one. That next one gets its first message when the last Next of its
	// predecessor has returned.
	Messages() stream.Observable[*Message]

	// Send accepts body as one message of type t. It blocks while the send queue
	// is full, until ctx ends; then it returns the cause of ctx, and nothing of
	// the message is sent. A nil error means that the message was accepted and
	// goes out in the order of acceptance, not that it arrived. Send does not keep
	// body.
	//
	// A message that this link cannot carry is an error at once, and nothing is
	// sent: [*DataTypeError] for another type on a strict link, [*DataSizeError]
	// for another size on a stream, [*LimitError]. After the end it returns a
	// [*CloseError].
	//
	// Send may be called from inside a subscriber of the same link: when it has to
	// wait, another goroutine goes on reading, so that two peers that answer each
	// other's messages do not block one another.
	Send(ctx context.Context, t codec.Type, body []byte) error

	// TrySend is Send without waiting: a full queue is [ErrFull], and counted in
	// [Ledger].Refused.
	TrySend(t codec.Type, body []byte) error

	// SendFunc is Send for a message that appendBody appends to dst, so that it is
	// encoded where it is sent from. An error of appendBody is returned, and
	// nothing is sent.
	SendFunc(ctx context.Context, t codec.Type, appendBody func(dst []byte) ([]byte, error)) error

	// TrySendFunc is SendFunc without waiting, as TrySend.
	TrySendFunc(t codec.Type, appendBody func(dst []byte) ([]byte, error)) error

	// SendFrame is Send for a frame. Large ones are not copied.
	SendFrame(ctx context.Context, f *Frame) error

	// TrySendFrame is TrySend for a frame. Large ones are not copied.
	TrySendFrame(f *Frame) error

	// Way returns the way of Send for messages of type t. Whether the link carries
	// that type is for its Send to say.
	Way(t codec.Type) Way

	// Lane returns a further way into the link for messages of type t, with a queue
	// and a policy of its own. Its owner closes it. Of [stream.Policy] everything counts but OnDrop:
	// what is dropped is encoded already.
	Lane(t codec.Type, p stream.Policy) Lane

	// Open opens a further stream on a link that speaks rxpeer/2. What it is
	// about is told to the remote, up to 4096 bytes; its [Options].Opened decides
	// what becomes of it. It does not wait: messages may be sent at once. On
	// peerpy's wire the error is [errors.ErrUnsupported]; [ErrStreams] when there
	// are too many, a [*CloseError] after the end.
	Open(about []byte, opts *OpenOptions) (*Stream, error)

	// Remote returns what the other side told of itself. It is zero on peerpy's
	// wire.
	Remote() Identity

	// Ledger returns the numbers of this moment. The two directions are each
	// consistent in themselves.
	Ledger() Ledger

	// Done returns a channel that is closed when the link has ended: nothing more
	// is sent or received. Messages that were received may still wait in the
	// inbox.
	Done() <-chan struct{}

	// Err returns nil until the link has ended, then a [*CloseError], after an
	// orderly close too.
	Err() error

	// Closing reports whether the link has ended or begun to: Send and its kin
	// accept nothing more.
	Closing() bool

	// OnEnd calls f when the link has ended, on the goroutine that ended it, or at
	// once when that has happened. f must not block.
	OnEnd(f func(*CloseError))

	// Close ends the link gracefully: nothing more is accepted, what was accepted
	// is sent, and the remote gets an orderly end. It takes linger at most; then,
	// or when linger is negative, the connection is reset. Zero means
	// [Options.Linger]. Towards a Python peer, which notices nothing else, the end
	// is a reset that follows when its kernel has everything.
	//
	// Close returns when the link has ended and its goroutines have, except one
	// that runs a subscriber's callback; it starts none. It may be called from
	// such a callback, many times, and by many at once. The error is a
	// [*CloseError] when accepted messages were not sent, and nil otherwise.
	Close(linger time.Duration) error

	// BeginClose is the part of Close that does not wait: many links can be closed
	// at once by one goroutine. The end comes by itself, linger later at most. Of
	// several calls the one that ends first counts.
	BeginClose(linger time.Duration)

	// Abort resets the connection at once. What was not sent is lost. It waits as
	// Close does.
	Abort()
}

// signal is a channel that is closed to wake everybody who waits, and made
// anew when the next one comes to wait. The mutex of its owner guards it.
type signal struct{ c chan struct{} }

// wait returns the channel to wait on, after the mutex is released.
func (s *signal) wait() <-chan struct{} {
	if s.c == nil {
		s.c = make(chan struct{})
	}
	return s.c
}

// wake wakes everybody who waits now.
func (s *signal) wake() {
	if s.c != nil {
		close(s.c)
		s.c = nil
	}
}
