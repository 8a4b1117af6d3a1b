package main

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rxpeer/rxpeer/cmd/rxpeer/internal/notation"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// listenEvent and stopEvent begin and end "rxpeer listen".
type listenEvent struct {
	Event   string `json:"event"`
	Address string `json:"address"`
}

func (e listenEvent) line() string { return "listening at " + e.Address }

type stopEvent struct {
	Event   string `json:"event"`
	Address string `json:"address"`
}

func (e stopEvent) line() string { return "stopped" }

// agreement is what two peers have, or would have, agreed on.
type agreement struct {
	Peer     string     `json:"peer"`
	DataType codec.Type `json:"data_type"`
	Lenient  bool       `json:"lenient"`
	Stream   bool       `json:"stream"`
	DataSize int        `json:"data_size,omitempty"`
	Python   bool       `json:"python"`
}

func agreementOf(r peer.RemoteInfo) agreement {
	return agreement{r.Addr.String(), r.DataType, r.Lenient, r.Stream, r.DataSize, r.Python}
}

func (a agreement) String() string {
	words := []string{a.DataType.String()}
	if a.Lenient {
		words = append(words, "lenient")
	}
	switch {
	case a.DataSize > 0:
		words = append(words, fmt.Sprintf("stream of %d bytes", a.DataSize))
	case a.Stream:
		words = append(words, "stream")
	}
	if a.Python {
		words = append(words, "Python")
	}
	return strings.Join(words, ", ")
}

// offerEvent is the offer of another peer, connectEvent a connection that was
// established, whoever dialled. An event of the only connection of a command
// says less to people: they know whom they are talking to.
type offerEvent struct {
	Event string `json:"event"`
	agreement
	Denied bool `json:"denied,omitempty"`
}

func (e offerEvent) line() string {
	if !e.Denied {
		return "" // the connection follows at once
	}
	return fmt.Sprintf("%s denied (%s)", e.Peer, e.agreement)
}

type connectEvent struct {
	Event string `json:"event"`
	agreement
	only bool
}

func (e connectEvent) line() string {
	if e.only {
		return ""
	}
	return fmt.Sprintf("%s connected (%s)", e.Peer, e.agreement)
}

// dataEvent is a message; its data is written in the notation.
type dataEvent struct {
	Event    string     `json:"event"`
	Peer     string     `json:"peer"`
	DataType codec.Type `json:"data_type"`
	Size     int        `json:"size"`
	Data     noted      `json:"data"`
	only     bool
}

// noted is a value that is written in the notation.
type noted struct{ value any }

func (n noted) MarshalJSON() ([]byte, error) { return notation.Append(nil, n.value), nil }

func (e dataEvent) line() string {
	text := textOf(e.Data.value)
	if text == "" {
		text = string(notation.Append(nil, e.Data.value))
	}
	if e.only {
		return text
	}
	return e.Peer + "> " + clip(text, e.Size)
}

// textOf returns strings, and bytes that are text, as they are when that can
// be shown in one line; otherwise "".
func textOf(v any) string {
	s, _ := v.(string)
	if b, is := v.([]byte); is && utf8.Valid(b) {
		s = string(b)
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }) {
		return ""
	}
	return s
}

// longest is how much of a message people are shown, in bytes.
const longest = 1024

func clip(text string, size int) string {
	if len(text) <= longest {
		return text
	}
	end := longest
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return fmt.Sprintf("%s… (%d bytes)", text[:end], size)
}

// faultEvent is a message that could not be decoded.
type faultEvent struct {
	Event    string     `json:"event"`
	Peer     string     `json:"peer"`
	DataType codec.Type `json:"data_type"`
	Size     int        `json:"size"`
	Error    string     `json:"error"`
}

func faultOf(c *peer.Connection, err error) faultEvent {
	e := faultEvent{Event: "fault", Peer: c.String(), Error: err.Error()}
	if f := (*peer.Fault)(nil); errors.As(err, &f) {
		e.DataType, e.Size, e.Error = f.Type, f.Size, f.Err.Error()
	}
	return e
}

func (e faultEvent) line() string {
	return fmt.Sprintf("%s sent %d bytes that were skipped: %s", e.Peer, e.Size, e.Error)
}

// sentEvent says how many messages left the send queue.
type sentEvent struct {
	Event    string `json:"event"`
	Peer     string `json:"peer"`
	Messages uint64 `json:"messages"`
}

func (e sentEvent) line() string {
	if e.Messages == 1 {
		return "sent 1 message to " + e.Peer
	}
	return fmt.Sprintf("sent %d messages to %s", e.Messages, e.Peer)
}

// closeEvent is the end of a connection.
type closeEvent struct {
	Event       string `json:"event"`
	Peer        string `json:"peer"`
	Reason      string `json:"reason"`
	Error       string `json:"error,omitempty"`
	Undelivered int    `json:"undelivered,omitempty"`
	only        bool
}

func closeOf(c *peer.Connection, why *transport.CloseError, only bool) closeEvent {
	e := closeEvent{Event: "close", Peer: c.String(), Reason: why.Reason.String(), Undelivered: why.Undelivered, only: only}
	if why.Err != nil {
		e.Error = why.Err.Error()
	}
	return e
}

func (e closeEvent) line() string {
	if e.only {
		return ""
	}
	text := fmt.Sprintf("%s closed (%s)", e.Peer, e.Reason)
	if e.Error != "" {
		text += ": " + e.Error
	}
	if e.Undelivered > 0 {
		text += fmt.Sprintf(", %d messages not sent", e.Undelivered)
	}
	return text
}
