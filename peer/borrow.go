package peer

import (
	"bytes"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// View is a message that is lent: its bytes lie in the connection's memory, and
// are valid until Next returns. After that they are overwritten, and the View is
// one of another message; in a build with the race detector the bytes are
// overwritten at once, so that a use of them shows.
type View struct {
	m *transport.Message // of the link: the next message overwrites it
}

// Type returns the body's data type.
func (v View) Type() codec.Type { return v.m.Type }

// Bytes returns the body where it lies. It is valid until Next returns.
func (v View) Bytes() []byte { return v.m.Body }

// Clone returns a copy of the body, to keep.
func (v View) Clone() []byte { return bytes.Clone(v.m.Body) }

// Borrow returns what the other side sends without decoding or copying it: for
// programs that look at much and keep little. It shares the inbox of
// [Connection.Data], and ends as that does. Operators that keep values, such as
// those with a queue, must not get views: map them to something of their own
// first.
func Borrow(c *Connection) stream.Observable[View] {
	return stream.Lift(c.link.Messages(), func(dst stream.Observer[View]) stream.Observer[*transport.Message] {
		return &borrower{Stage: stream.Stage[View]{Dst: dst}, next: stream.NextOf(dst), conn: c}
	})
}

type borrower struct {
	stream.Stage[View]
	next func(v View) bool // of Dst
	conn *Connection
}

func (b *borrower) Next(m *transport.Message) bool { return b.next(View{m}) }

// NextFunc is for [stream.NextOf].
func (b *borrower) NextFunc() func(m *transport.Message) bool {
	next := b.next
	return func(m *transport.Message) bool { return next(View{m}) }
}

func (b *borrower) Done(err error) {
	b.conn.read()
	b.Dst.Done(err)
}
