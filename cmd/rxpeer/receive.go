package main

import (
	"context"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// message is a value that was received, and what it was received as.
type message struct {
	value    any
	dataType codec.Type
	size     int // in bytes
}

// messages returns what the other side of c sends. Its size is that of the value
// as this side would send it.
func messages(c *peer.Connection) stream.Observable[message] {
	t := c.Remote().DataType
	k, _ := codec.For(t) // a connection's type exists
	return operators.Map(c.Data(), func(v any) message {
		body, _ := k.Append(nil, v) // it was decoded, so it encodes
		return message{value: v, dataType: t, size: len(body)}
	})
}

// follow prints what comes over c, calls handle, unless it is nil, with every
// message, and prints how c ended after the last one. only says that the command has
// no other connection.
func (s *streams) follow(c *peer.Connection, only bool, handle func(message)) {
	s.following.Add(1)
	forever := context.Background() // the connection's end is the end
	c.Faults().On(forever, func(f *peer.Fault) {
		s.out.print(faultEvent{Event: "fault", Peer: c.String(), DataType: f.Type, Size: f.Size, Error: f.Err.Error()})
	})
	messages(c).Subscribe(forever, &follower{streams: s, conn: c, only: only, handle: handle})
}

type follower struct {
	*streams
	conn   *peer.Connection
	only   bool
	handle func(message)
}

func (f *follower) Next(m message) bool {
	f.out.print(dataOf(f.conn.String(), m, f.only))
	if f.handle != nil {
		f.handle(m)
	}
	return true
}

func (f *follower) Done(error) {
	f.conn.Closed().On(context.Background(), func(why *transport.CloseError) {
		f.out.print(closeOf(f.conn, why, f.only))
		f.following.Done()
	})
}
