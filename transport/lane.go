package transport

import (
	"context"
	"slices"
	"sync"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// Lane is a way into a link with a queue and a policy of its own: what happens
// to a message when the remote, or the network, takes no more for now. [Link].Lane
// makes them.
//
// The methods are safe for concurrent use. Messages keep their order within a
// lane, not between lanes.
type Lane interface {
	// A lane's Send is [Link].Send, but for a full queue: of a lane that blocks it
	// waits for room until ctx ends; otherwise it returns nil and a message is
	// dropped and counted, this one or the oldest that has not begun to be sent;
	// or it returns [stream.ErrOverflow], and the lane has ended. TrySend is the
	// same without waiting: a full lane that blocks is [ErrFull].
	Way

	// Dropped counts the messages that were dropped because of the policy.
	Dropped() uint64

	// Close accepts nothing more. What was accepted is sent.
	Close()
}

// nativeLane is a lane of an rxpeer/2 link.
type nativeLane struct{ nativeWay }

func (l *nativeLink) Lane(t codec.Type, p stream.Policy) Lane { return l.data.Lane(t, p) }

// Lane returns a further way into the stream, as [Link].Lane.
func (st *Stream) Lane(t codec.Type, p stream.Policy) Lane {
	o := &st.link.out
	ln := &lane{st: st, policy: p, most: p.Capacity(), limit: st.sendBuffer()}
	if p.Kind() == stream.KindUnbounded {
		ln.most, ln.limit = 0, int(^uint(0)>>1)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	st.out.others = append(st.out.others, ln)
	return &nativeLane{o.way(ln, t)}
}

func (n *nativeLane) Dropped() uint64 {
	n.o.mu.Lock()
	defer n.o.mu.Unlock()
	return n.ln.dropped
}

func (n *nativeLane) Close() {
	n.o.mu.Lock()
	defer n.o.mu.Unlock()
	n.ln.closed, n.ln.gate = true, true
	n.ln.pass(true)
	n.ln.leave()
}

// leave takes a lane that is closed and empty from its stream. The sender's
// mutex is held.
func (ln *lane) leave() {
	others := ln.st.out.others
	if i := slices.Index(others, ln); i >= 0 && ln.closed && ln.empty() && !ln.busy {
		ln.st.out.others = slices.Delete(others, i, i+1)
	}
}

// textLane is a lane of a link that speaks peerpy's wire: a queue of its own in
// front of the link's.
type textLane struct {
	link   *textLink
	t      codec.Type
	policy stream.Policy

	mu      sync.Mutex
	queue   [][]byte
	running bool // a goroutine sends what is in the queue
	closed  bool
	dropped uint64
}

func (l *textLink) Lane(t codec.Type, p stream.Policy) Lane {
	return &textLane{link: l, t: t, policy: p}
}

func (n *textLane) Send(ctx context.Context, body []byte) error {
	if n.policy.Kind() == stream.KindBlock {
		if err := n.check(); err != nil {
			return err
		}
		return n.link.Send(ctx, n.t, body)
	}
	return n.TrySend(body)
}

func (n *textLane) check() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return ErrClosed
	}
	return nil
}

func (n *textLane) TrySend(body []byte) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return ErrClosed
	}
	if !n.running {
		if err := n.link.TrySend(n.t, body); err != ErrFull || n.policy.Kind() == stream.KindBlock {
			return err
		}
	}
	if unbounded := n.policy.Kind() == stream.KindUnbounded; !unbounded && len(n.queue) >= max(n.policy.Capacity(), 1) {
		switch n.policy.Kind() {
		case stream.KindBlock:
			return ErrFull
		case stream.KindFailWhenFull:
			n.closed = true
			return stream.ErrOverflow
		case stream.KindDropNewest:
			n.drop(1)
			return nil
		}
		n.queue = slices.Delete(n.queue, 0, 1)
		n.drop(1)
	}
	n.queue = append(n.queue, slices.Clone(body))
	if !n.running {
		n.running = true
		go n.run() // ends when the queue is empty, or the link ends
	}
	return nil
}

// drop counts messages that are dropped. mu is held.
func (n *textLane) drop(messages uint64) {
	n.dropped += messages
	n.link.dropped.Add(messages)
}

// run sends what is in the queue.
func (n *textLane) run() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for len(n.queue) > 0 {
		body := n.queue[0]
		n.queue = slices.Delete(n.queue, 0, 1)
		n.mu.Unlock()
		err := n.link.Send(context.Background(), n.t, body)
		n.mu.Lock()
		if err != nil && n.link.Closing() {
			n.drop(uint64(len(n.queue)) + 1)
			n.queue = nil
		}
	}
	n.running = false
}

func (n *textLane) Dropped() uint64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.dropped
}

func (n *textLane) Close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed = true
}
