package main

import (
	"context"

	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/transport"
)

// follow prints what comes over c, calls handle, unless it is nil, with every
// message, and prints how c ended after the last one. only says that the command has
// no other connection.
func (s *streams) follow(c *peer.Connection, only bool, handle func(peer.Message)) {
	s.following.Add(1)
	// The connection's end is the end.
	c.Messages().Subscribe(context.Background(), &follower{streams: s, conn: c, only: only, handle: handle})
}

type follower struct {
	*streams
	conn   *peer.Connection
	only   bool
	handle func(peer.Message)
}

func (f *follower) Next(m peer.Message) bool {
	v, err := m.Decode()
	if err != nil {
		f.out.print(faultOf(f.conn, err))
		return true
	}
	f.out.print(dataEvent{
		Event: "data", Peer: f.conn.String(), DataType: m.Type, Size: len(m.Body), Data: noted{v}, only: f.only,
	})
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
