package peer

import (
	"errors"
	"fmt"
	"strings"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
)

var (
	// ErrClosed reports the use of a peer, a connection or a sink that has
	// ended. It matches [net.ErrClosed].
	ErrClosed = stream.ErrClosed
	// ErrSelf reports a connection to the peer's own address.
	ErrSelf = errors.New("own address")
	// ErrFull reports that the peer has Options.MaxConnections already.
	ErrFull = errors.New("too many connections")
	// ErrDecided reports a second decision about an offer, or one that came
	// too late.
	ErrDecided = errors.New("already decided")
)

// Error says which operation of a peer failed, and with whom.
type Error struct {
	// Op is the operation: "open", "connect", "accept", "deny", "send", "expose".
	Op string
	// Peer is the other side, or the address to listen at; may be empty.
	Peer string
	// Err is why: ErrClosed, ErrSelf, ErrFull, ErrDecided, a
	// *transport.DeniedError, a timeout that matches
	// context.DeadlineExceeded, an error of the network or of a codec.
	Err error
}

// Error describes the failure in one line.
func (e *Error) Error() string {
	reason := e.Err.Error()
	var dial *transport.DialError
	if errors.As(e.Err, &dial) {
		reason = dial.Err.Error() // it names the address again
	}
	if e.Peer == "" {
		return fmt.Sprintf("peer: %s: %s", e.Op, reason)
	}
	return fmt.Sprintf("peer: %s %s: %s", e.Op, e.Peer, reason)
}

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }

// Fault is a message that could not be decoded. It was skipped, unless the
// subscriber asked to end on it.
type Fault struct {
	// Name is that of the stream that brought it; empty for the connection's own.
	Name string
	// Type is the message's data type, Size its size in bytes.
	Type codec.Type
	Size int
	// Err is the codec's error.
	Err error
}

// Error describes the fault.
func (f *Fault) Error() string {
	return fmt.Sprintf("peer: %s message of %d bytes: %s", f.Type, f.Size, f.Err)
}

// Unwrap returns the codec's error.
func (f *Fault) Unwrap() error { return f.Err }

// Miss is a connection that did not get a broadcast.
type Miss struct {
	// Connection is the one that was left out.
	Connection *Connection
	// Err is why: ErrClosed, stream.ErrOverflow when its send queue is full,
	// the cause of the context, or the codec's error.
	Err error
}

// BroadcastError lists the connections that did not get a broadcast. The
// others did.
type BroadcastError struct {
	// Missed are those that did not, in no order.
	Missed []Miss
}

// Error names them all.
func (e *BroadcastError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "peer: broadcast missed %d:", len(e.Missed))
	for i, m := range e.Missed {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, " %s (%s)", m.Connection.Remote().Addr, m.Err)
	}
	return b.String()
}

// Unwrap returns the single reasons.
func (e *BroadcastError) Unwrap() []error {
	errs := make([]error, len(e.Missed))
	for i, m := range e.Missed {
		errs[i] = m.Err
	}
	return errs
}
