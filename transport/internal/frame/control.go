package frame

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"
)

// MaxText is how many bytes of a reason are sent; more are cut off at a
// character.
const MaxText = 1024

// Grant is the payload of a Credit frame: what the receiver can take beyond
// what it granted before, and how many messages the program has taken since
// the last one.
type Grant struct {
	Bytes, Messages, Taken uint64
}

// AppendCredit appends a Credit frame.
func AppendCredit(dst []byte, stream uint32, g Grant) []byte {
	return appendNumbers(dst, Credit, stream, g.Bytes, g.Messages, g.Taken)
}

// ParseCredit parses the payload of a Credit frame.
func ParseCredit(payload []byte) (g Grant, err error) {
	return g, parseNumbers(payload, Credit, &g.Bytes, &g.Messages, &g.Taken)
}

// Loss is the payload of a Gap frame: how many messages the sender dropped
// after the message before, and how many bytes their bodies had.
type Loss struct {
	Messages, Bytes uint64
}

// AppendGap appends a Gap frame.
func AppendGap(dst []byte, stream uint32, l Loss) []byte {
	return appendNumbers(dst, Gap, stream, l.Messages, l.Bytes)
}

// ParseGap parses the payload of a Gap frame.
func ParseGap(payload []byte) (l Loss, err error) {
	if err = parseNumbers(payload, Gap, &l.Messages, &l.Bytes); err == nil && l.Messages == 0 {
		err = &Error{Protocol, Gap, "it tells of nothing"}
	}
	return l, err
}

// Reason is the payload of End, Stop, Close and Deny frames.
type Reason struct {
	Code Code
	Text string
}

// AppendReason appends a frame of such a kind. Text that is not UTF-8 is made
// so.
func AppendReason(dst []byte, kind Kind, stream uint32, r Reason) []byte {
	at := len(dst)
	dst = AppendHeader(dst, Header{Kind: kind, Stream: stream})
	dst = binary.AppendUvarint(dst, uint64(r.Code))
	dst = append(dst, shorten(r.Text)...)
	return finish(dst, at)
}

// ParseReason parses the payload of such a frame.
func ParseReason(kind Kind, payload []byte) (r Reason, err error) {
	code, at := uvarint(payload)
	switch {
	case at <= 0 || code > 1<<32-1:
		return r, &Error{Protocol, kind, "it has no code"}
	case len(payload)-at > MaxText:
		return r, &Error{TooLarge, kind, fmt.Sprintf("a reason of %d bytes", len(payload)-at)}
	case !utf8.Valid(payload[at:]):
		return r, &Error{Protocol, kind, "its reason is not UTF-8"}
	}
	return Reason{Code(code), string(payload[at:])}, nil
}

// MaxOpen is how many bytes an Open frame may say about its stream.
const MaxOpen = 4096

// Opening is the payload of an Open frame: how many messages the remote may send
// on the stream at first, and what it is about.
type Opening struct {
	Messages uint64
	About    []byte
}

// AppendOpen appends an Open frame.
func AppendOpen(dst []byte, stream uint32, o Opening) ([]byte, error) {
	if len(o.About) > MaxOpen {
		return dst, &Error{TooLarge, Open, fmt.Sprintf("%d bytes about a stream, at most %d", len(o.About), MaxOpen)}
	}
	at := len(dst)
	dst = AppendHeader(dst, Header{Kind: Open, Stream: stream})
	dst = binary.AppendUvarint(dst, o.Messages)
	return finish(append(dst, o.About...), at), nil
}

// ParseOpen parses the payload of an Open frame. The result refers to it.
func ParseOpen(payload []byte) (o Opening, err error) {
	messages, at := uvarint(payload)
	switch {
	case at <= 0 || messages < 1:
		return o, &Error{Protocol, Open, "it does not say how many messages it wants"}
	case len(payload)-at > MaxOpen:
		return o, &Error{TooLarge, Open, fmt.Sprintf("%d bytes about a stream, at most %d", len(payload)-at, MaxOpen)}
	}
	return Opening{messages, payload[at:]}, nil
}

// TokenSize is the length of the payload of Ping and Pong, which means
// something to who sent the Ping only.
const TokenSize = 8

// AppendPing appends a Ping, or the Pong that answers it.
func AppendPing(dst []byte, kind Kind, token uint64) []byte {
	dst = AppendHeader(dst, Header{Kind: kind, Length: TokenSize})
	return binary.LittleEndian.AppendUint64(dst, token)
}

// ParsePing parses the payload of a Ping or Pong.
func ParsePing(kind Kind, payload []byte) (token uint64, err error) {
	if len(payload) != TokenSize {
		return 0, &Error{Protocol, kind, fmt.Sprintf("a payload of %d bytes, must be %d", len(payload), TokenSize)}
	}
	return binary.LittleEndian.Uint64(payload), nil
}

// AppendEmpty appends a frame without a payload, such as Accept.
func AppendEmpty(dst []byte, kind Kind, stream uint32) []byte {
	return AppendHeader(dst, Header{Kind: kind, Stream: stream})
}

func appendNumbers(dst []byte, kind Kind, stream uint32, numbers ...uint64) []byte {
	at := len(dst)
	dst = AppendHeader(dst, Header{Kind: kind, Stream: stream})
	for _, n := range numbers {
		dst = binary.AppendUvarint(dst, n)
	}
	return finish(dst, at)
}

// parseNumbers parses a payload of that many numbers and nothing else.
func parseNumbers(payload []byte, kind Kind, numbers ...*uint64) error {
	for _, n := range numbers {
		v, at := uvarint(payload)
		if at <= 0 {
			return &Error{Protocol, kind, fmt.Sprintf("it needs %d numbers", len(numbers))}
		}
		*n, payload = v, payload[at:]
	}
	if len(payload) > 0 {
		return &Error{Protocol, kind, fmt.Sprintf("%d bytes too many", len(payload))}
	}
	return nil
}

// finish writes the length into the header at at.
func finish(dst []byte, at int) []byte {
	n := len(dst) - at - HeaderSize
	dst[at+1], dst[at+2], dst[at+3] = byte(n), byte(n>>8), byte(n>>16)
	return dst
}
