package peer

import (
	"bytes"
	"context"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// Message is a message as it is on the wire: for programs that pass messages
// on, store them or show them without a Go type in mind.
type Message struct {
	// Type is the body's data type: that of the connection, or on a lenient one
	// any.
	Type codec.Type
	// Body is the encoded value. Its owner is who has the Message.
	Body []byte

	codec codec.Codec // of a connection whose peer knows more types; nil: by Type
}

// Decode returns the message's value, as [Connection.Data] has it. A Message that
// came from no connection decodes if it is json, bytes or raw. The error is a
// *[Fault].
func (m Message) Decode() (any, error) {
	k, err := m.codec, error(nil)
	if k == nil {
		k, err = codec.For(m.Type)
	}
	if err == nil {
		var v any
		if v, err = k.Decode(m.Body); err == nil {
			return v, nil
		}
	}
	return nil, &Fault{Type: m.Type, Size: len(m.Body), Err: err}
}

// Messages returns what the other side sends, not decoded. It shares the inbox
// of [Connection.Data], and ends as that does; nothing is reported on Faults,
// for nothing is decoded.
func (c *Connection) Messages() stream.Observable[Message] {
	return stream.Lift(c.link.Messages(), func(dst stream.Observer[Message]) stream.Observer[*transport.Message] {
		return &messages{stream.Stage[Message]{Dst: dst}, c}
	})
}

type messages struct {
	stream.Stage[Message]
	conn *Connection
}

func (s *messages) Next(m *transport.Message) bool {
	message := Message{Type: m.Type, Body: bytes.Clone(m.Body)}
	if !m.Type.Valid() {
		message.codec, _ = s.conn.peer.codec(m.Type) // nil: nobody can decode it
	}
	return s.Dst.Next(message)
}

func (s *messages) Done(err error) {
	s.conn.read()
	s.Dst.Done(err)
}

// Send sends a message as it is: its body must be a value of its type, which is
// not checked, and as long as a stream's messages are. Otherwise it is as Emit
// of a sink that [SinkAs] returns. The body may be used again when it returns.
func (c *Connection) Send(ctx context.Context, m Message) error {
	if err := c.link.Send(ctx, m.Type, m.Body); err != nil {
		return &Error{Op: "send", Peer: c.String(), Err: err}
	}
	return nil
}
