package peer

import (
	"context"
	"slices"
	"sync"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// Broadcast sends v over every present connection, encoded once per data type.
// It waits for nobody: a connection whose send queue is full misses v, and so
// does one that cannot carry it. Those who did not get it are listed in a
// *[BroadcastError]; nil means that all did. When ctx has ended, all miss it.
//
// On a connection the values that one goroutine broadcasts, and those that it
// emits to sinks without a policy, keep their order. Connections that speak the
// native protocol share the memory of what they have not sent.
func (p *Peer) Broadcast(ctx context.Context, v any) error {
	if p.closing.Load() {
		return &Error{Op: "broadcast", Err: ErrClosed}
	}
	var missed []Miss
	err := context.Cause(ctx)
	for _, to := range p.registry.everybody() {
		if err != nil {
			missed = to.missAll(missed, err)
		} else {
			missed = p.logs.send(missed, v, to)
		}
	}
	if len(missed) > 0 {
		return &BroadcastError{Missed: missed}
	}
	return nil
}

// kind is what connections have in common that get the same bytes: a data type,
// and a size if their messages have one.
type kind struct {
	dataType codec.Type
	size     int
}

// audience is the connections of a kind. It is not changed once it is made.
type audience struct {
	kind
	codec       codec.Codec
	connections []*Connection
	links       []transport.Link
}

// missAll appends that all of a miss something.
func (a *audience) missAll(missed []Miss, err error) []Miss {
	for _, c := range a.connections {
		missed = append(missed, Miss{Connection: c, Err: err})
	}
	return missed
}

// everybody returns the present connections as audiences, which are grouped again
// when connections have come or gone.
func (r *registry) everybody() []*audience {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.audiences != nil {
		return r.audiences
	}
	all, settled := audiences(r.present)
	if settled {
		r.audiences = all
	}
	return all
}

// audiences groups connections: as a rule there is one group. The groups are not
// settled as long as a connection may get a size.
func audiences(connections []*Connection) (all []*audience, settled bool) {
	var a *audience
	settled = true
	for i, c := range connections {
		k := kind{c.dataType(), c.link.DataSize()}
		settled = settled && (k.size > 0 || !c.link.Hello().Stream)
		if a == nil || a.kind != k {
			if at := slices.IndexFunc(all, func(other *audience) bool { return other.kind == k }); at >= 0 {
				a = all[at]
			} else {
				left := len(connections) - i
				a = &audience{k, c.codec, make([]*Connection, 0, left), make([]transport.Link, 0, left)}
				all = append(all, a)
			}
		}
		a.connections, a.links = append(a.connections, c), append(a.links, c.link)
	}
	return all, settled
}

// logs are a peer's logs of what was broadcast. The zero value has none.
type logs struct {
	mu     sync.Mutex
	byKind map[kind]*transport.Log
}

// of returns the log of a kind. Of connections whose messages have one size, which
// others choose, none is kept: they share nothing.
func (l *logs) of(k kind) *transport.Log {
	if k.size > 0 {
		return transport.NewLog(k.dataType)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	log := l.byKind[k]
	if log == nil {
		if l.byKind == nil {
			l.byKind = make(map[kind]*transport.Log)
		}
		log = transport.NewLog(k.dataType)
		l.byKind[k] = log
	}
	return log
}

// forget lets go of a connection that has ended.
func (l *logs) forget(c *Connection) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, log := range l.byKind {
		log.Forget(c.link)
	}
}

// send sends v to an audience, and appends who misses it.
func (l *logs) send(missed []Miss, v any, to *audience) []Miss {
	buf := buffers.Get().(*[]byte)
	body, err := to.codec.Append((*buf)[:0], v)
	if err == nil && to.size > 0 {
		body, err = codec.Fit(to.dataType, body, 0, to.size)
	}
	if err != nil {
		return to.missAll(missed, err)
	}
	for _, m := range l.of(to.kind).Send(body, to.links) {
		if m.Err == transport.ErrFull {
			m.Err = stream.ErrOverflow
		}
		missed = append(missed, Miss{Connection: to.connections[m.Index], Err: m.Err})
	}
	if *buf = body[:0]; cap(body) <= mostKept {
		buffers.Put(buf)
	}
	return missed
}
