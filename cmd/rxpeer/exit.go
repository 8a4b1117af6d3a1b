package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// The exit codes.
const (
	exitOK          = 0
	exitFailed      = 1 // this machine is at fault
	exitUsage       = 2
	exitDenied      = 3
	exitUnreachable = 4
	exitEnded       = 5 // before everything was sent, or received
	exitRemote      = 6 // the other side has no such thing, or failed at it
)

// failure is an error that says in one line what to do, and its exit code.
type failure struct {
	code int
	text string
}

func (f *failure) Error() string { return f.text }

func failed(format string, args ...any) error {
	return &failure{exitFailed, fmt.Sprintf(format, args...)}
}

func usage(format string, args ...any) error {
	return &failure{exitUsage, fmt.Sprintf(format, args...)}
}

func unreachable(format string, args ...any) error {
	return &failure{exitUnreachable, fmt.Sprintf(format, args...)}
}

func ended(format string, args ...any) error {
	return &failure{exitEnded, fmt.Sprintf(format, args...)}
}

func codeOf(err error) int {
	if f := (*failure)(nil); errors.As(err, &f) {
		return f.code
	}
	return exitFailed
}

// notConnected says why there is no connection to address.
func notConnected(address string, timeout time.Duration, err error) error {
	var (
		denied   *transport.DeniedError
		protocol *transport.ProtocolError
	)
	switch {
	case errors.As(err, &denied) && denied.Reason == "":
		return &failure{exitDenied, address + " denied the connection; ask whoever runs it, or try again later"}
	case errors.As(err, &denied):
		return &failure{exitDenied, fmt.Sprintf("%s denied the connection: %q; ask whoever runs it, or try again later", address, denied.Reason)}
	case errors.Is(err, context.Canceled):
		return ended("interrupted before %s had answered; nothing was sent", address)
	case errors.Is(err, context.DeadlineExceeded):
		return unreachable("%s did not answer within %v; check the address, or wait longer with --timeout", address, timeout)
	case errors.Is(err, transport.ErrNoAnswer), errors.As(err, &protocol):
		return unreachable("what listens at %s is no peer; see who is with \"rxpeer discover\"", address)
	case errors.Is(err, peer.ErrSelf):
		return usage("%s is this command's own address; give another one", address)
	}
	return unreachable("cannot reach %s: %s; check the address, or see who is there with \"rxpeer discover\"", address, rootOf(err))
}

// notSent says what is wrong with a value.
func notSent(err error) error {
	var (
		encoded *codec.DataSizeError
		framed  *transport.DataSizeError
		large   *transport.LimitError
	)
	const unfit = "a message of %d bytes does not fit a stream of %d; change --data-size, or leave out --stream"
	switch {
	case errors.As(err, &encoded):
		return usage(unfit, encoded.Size, encoded.Want)
	case errors.As(err, &framed) && framed.Want > 0:
		return usage(unfit, framed.Size, framed.Want)
	case errors.As(err, &large):
		return usage("a message of %d bytes is too large, the limit is %d; send it in parts", large.Size, large.Limit)
	}
	return usage("cannot send this value: %s; try another --type", rootOf(err))
}

// notOpen says why this side cannot be a peer.
func notOpen(err error) error {
	return failed("cannot listen: %s; choose another --address, or another --port for discovery", rootOf(err))
}

// rootOf returns the innermost reason that says something to people.
func rootOf(err error) string {
	var (
		errno syscall.Errno
		dns   *net.DNSError
	)
	switch {
	case errors.As(err, &errno):
		return errno.Error()
	case errors.As(err, &dns):
		return dns.Err
	}
	if e := (*peer.Error)(nil); errors.As(err, &e) {
		err = e.Err
	}
	_, text, prefixed := strings.Cut(err.Error(), ": ")
	if name, _, _ := strings.Cut(err.Error(), ": "); prefixed && slices.Contains(packages, name) {
		return text
	}
	return err.Error()
}

// packages are the names that errors begin with, which say nothing to people.
var packages = []string{"codec", "discovery", "peer", "stream", "transport"}
