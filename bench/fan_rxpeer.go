package main

import (
	"context"
	"errors"
	"strings"

	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// rxpeerSource is a peer with a connection to each of the child's peers.
type rxpeerSource struct {
	peer  *peer.Peer
	sinks map[*peer.Connection]stream.Sink[[]byte]
}

// open opens it unless it is open.
func (s *rxpeerSource) open(c *far) {
	if s.peer != nil {
		return
	}
	ctx := context.Background()
	p, err := peer.Open(ctx, quiet(nil))
	must(err)
	s.peer, s.sinks = p, make(map[*peer.Connection]stream.Sink[[]byte])
	for _, address := range c.addresses() {
		conn, err := p.Connect(ctx, address, &peer.ConnectOptions{DataType: codec.Bytes})
		must(err)
		s.sinks[conn] = peer.SinkOf[[]byte](conn)
	}
}

func (s *rxpeerSource) close() {
	if s.peer != nil {
		_ = s.peer.Close()
		s.peer = nil
	}
}

// broadcast sends to all, and again to those that missed it because they had no
// room: a sink waits for that.
func (s *rxpeerSource) broadcast(ctx context.Context, body []byte) {
	err := s.peer.Broadcast(ctx, body)
	if err == nil {
		return
	}
	var missed *peer.BroadcastError
	if !errors.As(err, &missed) {
		panic(err)
	}
	for _, m := range missed.Missed {
		if !errors.Is(m.Err, stream.ErrOverflow) {
			panic(m.Err)
		}
		must(s.sinks[m.Connection].Emit(ctx, body))
	}
}

// fanRun returns a candidate that sends each message with send.
func fanRun(name string, size int, send func(s *rxpeerSource, ctx context.Context, body []byte)) candidate {
	var s rxpeerSource
	run := func(n int) int {
		c := child("rxpeer fan")
		s.open(c)
		messages := n / fanConnections
		c.expect(messages, size)
		body := fanMessage(messages, size)
		for i := range messages {
			number(body, i)
			send(&s, context.Background(), body)
		}
		return c.result()
	}
	return candidate{name: name, run: run, done: s.close}
}

func rxpeerFan(size int) candidate {
	return fanRun(ours, size, (*rxpeerSource).broadcast)
}

func rxpeerSinks(size int) candidate {
	return fanRun("rxpeer, a sink each", size, func(s *rxpeerSource, ctx context.Context, body []byte) {
		for _, out := range s.sinks {
			must(out.Emit(ctx, body))
		}
	})
}

// rxpeerFanReceiver has a peer for each connection: two peers share one.
func rxpeerFanReceiver() (string, func(n, size int) (int, error), error) {
	ctx, ends := context.Background(), make(chan outcome, fanConnections)
	var addresses []string
	for range fanConnections {
		p, err := peer.Open(ctx, quiet(nil))
		if err != nil {
			return "", nil, err
		}
		addresses = append(addresses, p.Addr().String())
		p.Connections().On(ctx, func(conn *peer.Connection) {
			t := &fanTaker{ends: ends}
			peer.Borrow(conn).On(ctx, func(v peer.View) { _ = t.take(v.Bytes()) }) // next tells of the error
		})
	}
	return strings.Join(addresses, ","), fanNext(ends), nil
}
