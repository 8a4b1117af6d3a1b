package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// ErrClosed reports the use of a [Link] or [Listener] that has ended. It
// matches [net.ErrClosed] and [stream.ErrClosed]; so does every [*CloseError].
var ErrClosed error = closedError{}

type closedError struct{}

func (closedError) Error() string { return "transport: closed" }
func (closedError) Is(target error) bool {
	return target == net.ErrClosed || target == stream.ErrClosed
}

// ErrFull reports a message that was not accepted because the send queue had
// no room for it.
var ErrFull = errors.New("transport: send queue full")

var (
	// ErrAborted is the failure of a link that was broken off by this side.
	ErrAborted = errors.New("aborted")
	// ErrLinger is the failure of a link whose send queue did not empty in
	// the time that its close allowed.
	ErrLinger = errors.New("not everything was sent in time")
	// ErrSilent is the failure of a link whose remote cannot be heard.
	ErrSilent = errors.New("the remote is silent")
	// ErrStalled is the failure of a link whose inbox was full for too long.
	ErrStalled = errors.New("the subscriber takes nothing")
)

// Reason is why a link ended.
type Reason uint8

const (
	// ReasonLocal means that this side closed or aborted the link.
	ReasonLocal Reason = iota + 1
	// ReasonRemote means that the remote did.
	ReasonRemote
	// ReasonTimeout means that the remote could not be heard any more.
	ReasonTimeout
	// ReasonViolation means that the remote broke the protocol, or the
	// agreement: Err says how.
	ReasonViolation
	// ReasonOverrun means that the subscriber took nothing from a full inbox
	// for too long.
	ReasonOverrun
	// ReasonFailed means that reading or writing failed.
	ReasonFailed
)

// String returns the reason in one word.
func (r Reason) String() string {
	switch r {
	case ReasonLocal:
		return "local"
	case ReasonRemote:
		return "remote"
	case ReasonTimeout:
		return "timeout"
	case ReasonViolation:
		return "violation"
	case ReasonOverrun:
		return "overrun"
	case ReasonFailed:
		return "failed"
	}
	return "unknown"
}

// CloseError says why a link ended. It matches [net.ErrClosed] and
// [stream.ErrClosed].
type CloseError struct {
	// Reason is the kind of end.
	Reason Reason
	// Err is what went wrong; nil when the close was orderly.
	Err error
	// Undelivered counts the messages that were accepted for sending and not
	// written; on rxpeer/2 those that are not known to have arrived.
	Undelivered int
}

// Error names the reason, the failure and what was lost.
func (e *CloseError) Error() string {
	s := "transport: closed (" + e.Reason.String() + ")"
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	if e.Undelivered > 0 {
		s += ": " + strconv.Itoa(e.Undelivered) + " messages not delivered"
	}
	return s
}

// Unwrap returns what went wrong.
func (e *CloseError) Unwrap() error { return e.Err }

// Is makes every CloseError match [net.ErrClosed] and [stream.ErrClosed].
func (e *CloseError) Is(target error) bool {
	return target == net.ErrClosed || target == stream.ErrClosed
}

// DialError says why [Dial] has no link. Err is the network's own error when
// nobody could be reached, a [*DeniedError], a [*TimeoutError], [ErrNoAnswer],
// a [*ProtocolError], a [*CodecError], or the cause of the context.
type DialError struct {
	// Address is what was dialled.
	Address string
	// Err is the reason.
	Err error
}

// Error names the address and the reason.
func (e *DialError) Error() string { return fmt.Sprintf("transport: dial %s: %v", e.Address, e.Err) }

// Unwrap returns the reason.
func (e *DialError) Unwrap() error { return e.Err }

// ErrNoAnswer reports a remote that closed the connection without answering
// the HELLO: a peer that refuses without a word, or no peer at all.
var ErrNoAnswer = errors.New("closed without an answer")

// DeniedError reports that the remote denied the offer.
type DeniedError struct {
	// Reason is what the remote said; empty when it said nothing, as Python.
	Reason string
}

// Error says that the offer was denied, and why.
func (e *DeniedError) Error() string {
	if e.Reason == "" {
		return "denied"
	}
	return fmt.Sprintf("denied: %q", e.Reason)
}

// TimeoutError reports a handshake that took too long. It matches
// [context.DeadlineExceeded].
type TimeoutError struct {
	// Waiting says for what: "connection", "HELLO", "answer" or "decision".
	Waiting string
}

// Error says what did not come.
func (e *TimeoutError) Error() string { return "no " + e.Waiting + " in time" }

// Timeout makes it a timeout in the sense of [net.Error].
func (*TimeoutError) Timeout() bool { return true }

// Is makes it match context.DeadlineExceeded.
func (*TimeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

// ProtocolError reports bytes that do not belong where they stand.
type ProtocolError struct {
	// Waiting says what should have stood there, such as "DATA".
	Waiting string
	// Err says what is wrong with them.
	Err error
}

// Error says what is wrong.
func (e *ProtocolError) Error() string {
	return fmt.Sprintf("bad input where %s was expected: %v", e.Waiting, e.Err)
}

// Unwrap returns what is wrong.
func (e *ProtocolError) Unwrap() error { return e.Err }

// HeaderSizeError reports a HELLO that does not fit into a header, which only
// a long peer name can bring about.
type HeaderSizeError struct {
	// Size and Limit are in bytes.
	Size, Limit int
}

// Error names both sizes.
func (e *HeaderSizeError) Error() string {
	return fmt.Sprintf("a header of %d bytes, the limit is %d", e.Size, e.Limit)
}

// LimitError reports a message that is larger than Options.MaxMessage.
type LimitError struct {
	// Size and Limit are in bytes.
	Size, Limit int64
}

// Error names both sizes.
func (e *LimitError) Error() string {
	return fmt.Sprintf("transport: message of %d bytes, the limit is %d", e.Size, e.Limit)
}

// DataSizeError reports a message whose size is not the one of its streaming
// connection.
type DataSizeError struct {
	// Size is the message's, Want the stream's, in bytes.
	Size, Want int64
}

// Error names both sizes.
func (e *DataSizeError) Error() string {
	if e.Want == 0 {
		return "transport: an empty message cannot set the size of a stream"
	}
	return fmt.Sprintf("transport: message of %d bytes on a stream of %d", e.Size, e.Want)
}

// CodecError reports an offer of a data type that only some peers know, where one
// of the two sides has no codec for it, or the wire between them cannot carry it.
type CodecError struct {
	// Type is what was offered.
	Type codec.Type
	// Known are the data types that could have been offered.
	Known []codec.Type
	// Local says that it is this side which has no codec for it, or that its own
	// options (AsPython, NoNative, Hello.Stream) ask for peerpy's wire.
	Local bool
	// Text says that the connection speaks peerpy's wire, or would: the other side
	// is a Python peer or stays on that wire.
	Text bool
}

// Error names the data type, and those that are known.
func (e *CodecError) Error() string {
	known := make([]string, len(e.Known))
	for i, t := range e.Known {
		known[i] = string(t)
	}
	who := "the other side"
	switch {
	case e.Text:
		who = "peerpy's wire"
	case e.Local:
		who = "this side"
	}
	return fmt.Sprintf("%s has no codec for %q, only %s", who, e.Type, strings.Join(known, ", "))
}

// DataTypeError reports a message whose type is not the one of its strict
// connection, or not one that exists.
type DataTypeError struct {
	// Type is the message's, Want the connection's.
	Type, Want codec.Type
}

// Error names both types.
func (e *DataTypeError) Error() string {
	return fmt.Sprintf("transport: message of type %q on a connection of %q", e.Type, e.Want)
}
