package peer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport"
)

var (
	// ErrNotExposed reports that the other side exposes nothing of that name and
	// kind, or does so no longer.
	ErrNotExposed = errors.New("not exposed")
	// ErrRefused reports that the other side refuses this peer.
	ErrRefused = errors.New("refused")
	// ErrType reports that the two sides mean different types by one name, or
	// have no codec in common.
	ErrType = errors.New("the types differ")
	// ErrBusy reports that the other side has as much under way as it allows.
	ErrBusy = errors.New("too much under way")
	// ErrPanic reports that the other side's code panicked.
	ErrPanic = errors.New("panic")
	// ErrExposed reports a name that is exposed already.
	ErrExposed = errors.New("already exposed")
)

// RemoteError is how a stream or a call failed at the other side. It matches
// (see [errors.Is]) the error that Options.Errors has for its code; one of
// ErrNotExposed, ErrRefused, ErrType, ErrBusy and ErrPanic;
// [stream.ErrOverflow], [context.Canceled] or [context.DeadlineExceeded]; or
// nothing but itself.
type RemoteError struct {
	// Peer is the other side, and Name what was asked of it.
	Peer, Name string
	// Code is the kind of failure; from transport.CodeProgram on it is one of the
	// program's own.
	Code transport.Code
	// Text is what the other side says; it may be empty.
	Text string

	meant error
}

// Error says who failed at what, and how.
func (e *RemoteError) Error() string {
	reason := e.Code.String()
	switch {
	case e.Text != "" && (e.Code == transport.CodeFailed || e.Code >= transport.CodeProgram):
		reason = e.Text
	case e.Text != "":
		reason += ": " + e.Text
	}
	return fmt.Sprintf("peer: %q of %s: %s", e.Name, e.Peer, reason)
}

// Unwrap returns the error that the code means, nil if there is none.
func (e *RemoteError) Unwrap() error { return e.meant }

// meanings are the errors that codes mean, which are the same for everybody.
var meanings = []struct {
	code transport.Code
	err  error
}{
	{transport.CodeCancelled, context.Canceled},
	{transport.CodeDeadline, context.DeadlineExceeded},
	{transport.CodePanicked, ErrPanic},
	{transport.CodeOverflow, stream.ErrOverflow},
	{transport.CodeNotFound, ErrNotExposed},
	{transport.CodeRefused, ErrRefused},
	{transport.CodeMismatch, ErrType},
	{transport.CodeBusy, ErrBusy},
}

// toWire returns an error as the other side is told of it; nil for nil.
func (p *Peer) toWire(err error) *transport.RemoteError {
	if err == nil {
		return nil
	}
	if remote, is := errors.AsType[*RemoteError](err); is { // it is passed on
		return &transport.RemoteError{Code: remote.Code, Text: remote.Text}
	}
	if panicked, is := errors.AsType[*stream.PanicError](err); is {
		return &transport.RemoteError{Code: transport.CodePanicked, Text: fmt.Sprint(panicked.Value)}
	}
	for _, number := range slices.Sorted(maps.Keys(p.opts.Errors)) {
		if errors.Is(err, p.opts.Errors[number]) {
			return &transport.RemoteError{Code: transport.CodeProgram + transport.Code(number), Text: err.Error()}
		}
	}
	for _, m := range meanings {
		if errors.Is(err, m.err) {
			text := err.Error()
			if err == m.err {
				text = ""
			}
			return &transport.RemoteError{Code: m.code, Text: text}
		}
	}
	return &transport.RemoteError{Code: transport.CodeFailed, Text: err.Error()}
}

// endStream ends this side's direction of a stream, as the other side is told of err.
func (p *Peer) endStream(st *transport.Stream, err error) {
	if remote := p.toWire(err); remote != nil {
		st.End(remote)
	} else {
		st.End(nil)
	}
}

// fromWire returns what the end of a stream to the other side means to a
// program: err itself, unless the other side says it.
func (c *Connection) fromWire(name string, err error) error {
	var remote *transport.RemoteError
	if _, link := errors.AsType[*transport.CloseError](err); link || !errors.As(err, &remote) {
		return err
	}
	return c.remoteError(name, remote.Code, remote.Text)
}

func (c *Connection) remoteError(name string, code transport.Code, text string) *RemoteError {
	e := &RemoteError{Peer: c.String(), Name: name, Code: code, Text: text}
	if code >= transport.CodeProgram {
		e.meant = c.peer.opts.Errors[int(code-transport.CodeProgram)]
		return e
	}
	for _, m := range meanings {
		if m.code == code {
			e.meant = m.err
		}
	}
	return e
}
