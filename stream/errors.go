package stream

import (
	"errors"
	"fmt"
	"net"
)

var (
	// ErrStopped ends a subscription that its own observer stopped.
	ErrStopped = errors.New("stream: stopped")
	// ErrClosed reports a value given to a sink that has ended. It matches
	// [net.ErrClosed].
	ErrClosed error = closedError{}
	// ErrAborted is the failure of a sink that was aborted without a reason.
	ErrAborted = errors.New("stream: aborted")
	// ErrInUse ends a second live subscription to a source that serves one.
	ErrInUse = errors.New("stream: already has a subscriber (share it with operators.Share)")
	// ErrOverflow ends a subscription whose FailWhenFull boundary was full.
	ErrOverflow = errors.New("stream: subscriber too slow: its queue is full")
	// ErrEmpty is returned by Await when the stream completes without a value.
	ErrEmpty = errors.New("stream: completed without a value")
)

type closedError struct{}

func (closedError) Error() string        { return "stream: closed" }
func (closedError) Is(target error) bool { return target == net.ErrClosed }

// PanicError ends a subscription whose callback panicked, or called
// [runtime.Goexit] as a failed require does.
type PanicError struct {
	// Value is what was given to panic; nil for runtime.Goexit.
	Value any
	// Goexit is set when the callback ended its goroutine instead.
	Goexit bool
	// Stack is the callback's stack, as [runtime/debug.Stack] formats it.
	Stack []byte
}

// Error describes the panic without its stack.
func (e *PanicError) Error() string {
	if e.Goexit {
		return "stream: callback ended its goroutine (runtime.Goexit)"
	}
	return fmt.Sprintf("stream: callback panicked: %v", e.Value)
}

// Unwrap returns the panic's value when it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// TypeError reports a value whose type is not the one that was asked for.
type TypeError struct {
	// Want and Got name the types as fmt's %T does.
	Want, Got string
}

// Error names both types.
func (e *TypeError) Error() string {
	return fmt.Sprintf("stream: value of type %s where %s was expected", e.Got, e.Want)
}
