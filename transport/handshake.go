package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/rxpeer/rxpeer/internal/peerpy"
	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/internal/frame"
)

// The markers of peers of this module (docs/protocol.md, sections 6 and 7).
const (
	rxText   = 1 // it speaks peerpy's wire
	rxNative = 2 // it speaks rxpeer/2 too
)

// marker returns what this side says of itself for such an offer. There are no
// streams of fixed size on rxpeer/2.
func (o *Options) marker(hello Hello) int {
	switch {
	case o.AsPython:
		return 0
	case o.NoNative || hello.Stream:
		return rxText
	}
	return rxNative
}

// Dial connects to a peer and offers it a link as hello says. It blocks until
// the remote accepts or denies, for Options.Handshake at most, or until ctx
// ends; ctx does not bound the link.
//
// Every error is a [*DialError]. It wraps a [*DeniedError] when the remote
// denied the offer, an error that matches [context.DeadlineExceeded] when it
// took too long, [ErrNoAnswer] when the remote closed the connection, a
// [*ProtocolError] when it is no peer, a [*CodecError] when it has no codec for the
// data type (a remote that speaks peerpy's wire has then accepted a connection of
// bytes, which ends at once), and the network's error when nobody
// could be reached. A hello that does not fit into a header, a
// [*HeaderSizeError], whose data type this side has no codec for, a [*CodecError],
// or that a peer could not understand, is an error before anything is sent.
//
// The caller closes the link.
func Dial(ctx context.Context, network Network, address string, hello Hello, opts *Options) (Link, error) {
	o := opts.withDefaults()
	hello.Rx = o.marker(hello)
	offer, err := peerpy.AppendHello(nil, hello.toWire())
	if err == nil {
		_, err = o.settings(hello.DataType)
	}
	if err == nil {
		err = o.canOffer(hello)
	}
	if err == nil && hello.DataSize > o.MaxMessage {
		err = &LimitError{Size: int64(hello.DataSize), Limit: int64(o.MaxMessage)}
	}
	if err != nil {
		if long, is := errors.AsType[*peerpy.HeaderSizeError](err); is {
			err = &HeaderSizeError{Size: long.Size, Limit: peerpy.HeaderSize}
		}
		return nil, &DialError{Address: address, Err: err}
	}
	limited, cancel := context.WithTimeoutCause(ctx, o.Handshake, &TimeoutError{Waiting: "connection"})
	defer cancel()
	conn, err := network.Dial(limited, address)
	if err != nil {
		if limited.Err() != nil {
			err = context.Cause(limited)
		}
		return nil, &DialError{Address: address, Err: err}
	}
	if hello.PeerName, err = nameFrom(hello.PeerName, conn); err == nil {
		offer, err = peerpy.AppendHello(offer[:0], hello.toWire())
	}
	if err != nil {
		hangUp(conn)
		return nil, &DialError{Address: address, Err: err}
	}
	rx, remote, err := shake(limited, conn, hello.DataType, offer, &o)
	if err != nil {
		hangUp(conn)
		return nil, &DialError{Address: address, Err: err}
	}
	if remote != nil {
		return newNativeLink(conn, hello, true, &o, remote), nil
	}
	hello.Rx = min(rx, hello.Rx, rxText)
	return newTextLink(conn, hello, true, &o), nil
}

// canOffer reports whether this side has the codec that hello needs, on the wire
// that it would speak.
func (o *Options) canOffer(hello Hello) error {
	switch known := o.codecs(); {
	case hello.DataType.Valid():
		return nil
	case hello.Rx != rxNative:
		return &CodecError{Type: hello.DataType, Known: plainTypes, Local: true, Text: true}
	case !slices.Contains(known, hello.DataType):
		return &CodecError{Type: hello.DataType, Known: known, Local: true}
	}
	return nil
}

// nameFrom returns the name of a peer that dials over conn: one that listens on
// every interface has the address of the one that is used.
func nameFrom(name string, conn net.Conn) (string, error) {
	listens, err := ParseAddr(name)
	if err != nil || !listens.IsUnspecified() {
		return name, err
	}
	local, err := AddrOf(conn.LocalAddr())
	if err != nil {
		return name, err
	}
	return local.WithPort(listens.Port()).String(), nil
}

// shake sends the offer and waits for the answer. It returns the marker in it,
// or what the remote tells of itself when it speaks rxpeer/2. t is the data type
// that is offered.
func shake(ctx context.Context, conn net.Conn, t codec.Type, offer []byte, o *Options) (rx int, remote *frame.Settings, err error) {
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer func() {
		if !stop() || ctx.Err() != nil {
			if err = context.Cause(ctx); errors.Is(err, context.DeadlineExceeded) {
				err = &TimeoutError{Waiting: "answer"}
			}
		}
	}()
	if _, err := conn.Write(offer); err != nil {
		return 0, nil, noAnswer(err)
	}
	var answer [peerpy.HeaderSize]byte
	if _, err := io.ReadFull(conn, answer[:]); err != nil {
		return 0, nil, noAnswer(err)
	}
	if o.marker(Hello{}) == rxNative && string(answer[:]) == string(setupHeader) {
		remote, err = exchange(conn, t, o)
		return rxNative, remote, err
	}
	switch peerpy.KindOf(answer[:]) {
	case peerpy.KindAccept:
		rx, err := peerpy.ParseAccept(answer[:])
		if err != nil {
			return 0, nil, &ProtocolError{Waiting: "an ACCEPT", Err: err}
		}
		return rx, nil, lacks(t, nil)
	case peerpy.KindDeny:
		return 0, nil, &DeniedError{Reason: denyReason(answer[:])}
	}
	return 0, nil, &ProtocolError{Waiting: "an ACCEPT or DENY", Err: peerpy.ErrKind}
}

// noAnswer returns ErrNoAnswer for the end of a connection.
func noAnswer(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || IsReset(err) {
		return ErrNoAnswer
	}
	return err
}

// hangUp closes a connection that became no link with a FIN: a reset in the
// middle of a handshake would end a Python listener for good. Closing resets
// when unread bytes are there, so they are read first.
func hangUp(conn net.Conn) {
	_ = CloseWrite(conn)
	_ = conn.SetReadDeadline(time.Unix(1, 0))
	if raw := rawOf(conn); raw != nil {
		var waste [1024]byte
		_ = raw.Control(func(fd uintptr) {
			for range 64 {
				if n, _, _ := tryRead(fd, waste[:]); n == 0 {
					return
				}
			}
		})
	}
	_ = conn.Close()
}

// denyPrefix begins a DENY that says why. Python looks at the first word only.
const denyPrefix = "DENY|reason="

// appendDeny appends a DENY with a reason, as much of it as fits.
func appendDeny(dst []byte, reason string) []byte {
	start := len(dst)
	dst = peerpy.AppendDeny(dst)
	if reason == "" {
		return dst
	}
	reason = strings.Map(func(r rune) rune {
		if strings.ContainsRune("|&=", r) || r < ' ' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(reason, "?"))
	room := peerpy.HeaderSize - len(denyPrefix)
	if len(reason) > room {
		reason = strings.ToValidUTF8(reason[:room], "")
	}
	copy(dst[start:], denyPrefix)
	copy(dst[start+len(denyPrefix):], reason)
	return dst
}

// denyReason returns what a DENY says.
func denyReason(b []byte) string {
	reason, found := bytes.CutPrefix(b, []byte(denyPrefix))
	if !found {
		return ""
	}
	reason, _, _ = bytes.Cut(reason, []byte{'|'})
	return strings.ToValidUTF8(string(reason), "?")
}

// timedOut turns a deadline's error into what was waited for.
func timedOut(err error, waiting string) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &TimeoutError{Waiting: waiting}
	}
	return err
}
