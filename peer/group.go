package peer

import (
	"context"
	"slices"
	"sync"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/peer/internal/request"
	"github.com/rxpeer/rxpeer/stream"
)

// Membership is this peer's in a group, until Leave or the peer's end. Its methods
// are safe for concurrent use.
type Membership[T any] struct {
	peer     *Peer
	name     string
	exposure *Exposure
	received *stream.Subject[From[T]]

	mu      sync.Mutex
	members []*member[T]                   // in the order in which they were seen
	changes []*stream.Subject[MemberEvent] // of those who watch
	untold  []change
	telling bool // somebody tells
	left    bool
}

// change is something to tell to those who watched when it happened.
type change struct {
	MemberEvent
	to []*stream.Subject[MemberEvent]
}

// member is another peer in the group, over one connection. Between two peers there
// may be several; the first that is ready counts.
type member[T any] struct {
	conn *Connection
	sink *RemoteSink[T] // nil: not ready yet
	end  context.CancelFunc

	// again says that it was listed, or listed again, since the way began to be
	// opened: when that way ends another one is opened.
	again bool
}

// MemberEvent is a peer that joined a group, or left it.
type MemberEvent struct {
	// Connection is that to the member.
	Connection *Connection
	// Left says that it left, or cannot be reached any more. Otherwise it joined.
	Left bool
}

// Group joins a group: all connected peers that have joined one of that name can
// send each other values of type T. Groups span the connections that there are,
// which is for [Keep] to see to, or for the others.
//
// Errors, and the options Codec, Type, Allow, Limit and PerConnection, are those of [Expose].
func Group[T any](p *Peer, name string, opts *ExposeOptions) (*Membership[T], error) {
	opt := opts.orDefault()
	m := &Membership[T]{
		peer: p, name: name, received: stream.NewPublish[From[T]](&stream.SubjectOptions{WarmUp: DefaultUnseen}),
	}
	e, err := exposeSink(p, KindGroup, name, m.receive, opt)
	if err != nil {
		return nil, err
	}
	m.exposure = e
	p.Connections().On(e.life, m.watch)
	context.AfterFunc(e.life, m.ended)
	return m, nil
}

// receive passes on what a member sends.
func (m *Membership[T]) receive(ctx context.Context, from *Connection, in stream.Observable[T]) error {
	return in.Each(ctx, func(v T) error { return m.received.Emit(ctx, From[T]{from, v}) })
}

// Received emits what the others shout, and whisper to this peer. Up to 64 values
// wait for the first subscriber, then the oldest fall out; later a subscriber that
// takes long makes those who send wait. It completes when this peer leaves.
func (m *Membership[T]) Received() stream.Observable[From[T]] { return m.received.AsObservable() }

// watch looks whether the other side of a connection is a member. Who cannot say just
// now is asked again.
func (m *Membership[T]) watch(c *Connection) {
	exposed := operators.Retry(c.Exposed(), &operators.RetryOptions{Retryable: mayRecover})
	exposed.Subscribe(m.exposure.life, &watchMember[T]{m: m, conn: c})
}

// watchMember sees what a peer exposes.
type watchMember[T any] struct {
	m    *Membership[T]
	conn *Connection
}

func (w *watchMember[T]) Next(all []Exposed) bool {
	is := slices.ContainsFunc(all, func(e Exposed) bool { return e.Kind == KindGroup && e.Name == w.m.name })
	if is {
		w.m.found(w.conn)
	} else {
		w.m.lost(w.conn)
	}
	return true
}

func (w *watchMember[T]) Done(error) { w.m.lost(w.conn) }

// found opens a way to a member.
func (m *Membership[T]) found(c *Connection) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.left {
		return
	}
	if o := m.over(c); o != nil {
		o.again = true
		return
	}
	ctx, cancel := context.WithCancel(m.exposure.life)
	o := &member[T]{conn: c, end: cancel}
	m.members = append(m.members, o)
	m.peer.callbacks.run(func() { m.open(ctx, o) }) // ends with the way, or with ctx
}

// over returns the member over c, nil if there is none. mu is held.
func (m *Membership[T]) over(c *Connection) *member[T] {
	if i := slices.IndexFunc(m.members, func(o *member[T]) bool { return o.conn == c }); i >= 0 {
		return m.members[i]
	}
	return nil
}

func (m *Membership[T]) open(ctx context.Context, o *member[T]) {
	what := m.exposure.what
	sink, err := openSink[T](ctx, o.conn, &request.Request{Kind: request.Group, Name: m.name},
		SinkOptions{Type: what.Type, DataType: what.Codec})
	if err != nil {
		m.peer.log.Info("member not reached", "group", m.name, "peer", o.conn.addr, "err", err)
		m.ends(o)
		return
	}
	m.mu.Lock()
	if !slices.Contains(m.members, o) {
		m.mu.Unlock()
		sink.Complete()
		return
	}
	known := m.reached(o.conn) != nil
	o.sink, o.again = sink, true
	m.tell(MemberEvent{Connection: o.conn}, !known)
	select {
	case <-sink.done: // it may have left, and joined again before anybody was told
		m.ends(o)
	case <-ctx.Done():
	}
}

// ends is called when the way to a member has ended, or could not be opened.
func (m *Membership[T]) ends(o *member[T]) {
	m.mu.Lock()
	is, again := slices.Contains(m.members, o), o.again
	if !is {
		m.mu.Unlock()
		return
	}
	m.remove(o)
	if again {
		m.found(o.conn)
	}
}

// lost closes the way to what is no member any more.
func (m *Membership[T]) lost(c *Connection) {
	m.mu.Lock()
	if o := m.over(c); o != nil {
		m.remove(o)
	} else {
		m.mu.Unlock()
	}
}

// remove releases mu, and closes the way to a member.
func (m *Membership[T]) remove(o *member[T]) {
	m.members = slices.DeleteFunc(m.members, func(other *member[T]) bool { return other == o })
	m.tell(MemberEvent{Connection: o.conn, Left: true}, o.sink != nil && m.reached(o.conn) == nil)
	o.end()
	if o.sink != nil {
		o.sink.Complete()
	}
}

// reached returns a way to the peer at the other side of c, nil if there is none.
// mu is held.
func (m *Membership[T]) reached(c *Connection) *member[T] {
	for _, o := range m.members {
		if o.sink != nil && o.conn.link.Remote().Instance == c.link.Remote().Instance {
			return o
		}
	}
	return nil
}

// tell releases mu, and tells those who watch of a change if it is one. Of several
// at once one tells for all, so that they keep their order.
func (m *Membership[T]) tell(e MemberEvent, is bool) {
	defer m.mu.Unlock()
	if is {
		m.untold = append(m.untold, change{e, slices.Clone(m.changes)})
	}
	if m.telling {
		return
	}
	m.telling = true
	for len(m.untold) > 0 {
		c := m.untold[0]
		m.untold = m.untold[1:]
		m.mu.Unlock()
		for _, s := range c.to {
			s.TryEmit(c.MemberEvent)
		}
		m.mu.Lock()
	}
	m.telling = false
}

// Members emits the members as they join and leave: to each subscriber first those
// that are there. It completes when this peer leaves.
func (m *Membership[T]) Members() stream.Observable[MemberEvent] {
	return stream.New(func(ctx context.Context, dst stream.Observer[MemberEvent]) (run func()) {
		m.mu.Lock()
		present := m.present()
		inbox := stream.NewUnicast[MemberEvent](&stream.SubjectOptions{WarmUp: len(present) + DefaultUnseen})
		for _, o := range present {
			inbox.TryEmit(MemberEvent{Connection: o.conn}) // it is just kept
		}
		if m.left {
			inbox.Complete()
		} else {
			m.changes = append(m.changes, inbox)
		}
		m.mu.Unlock()
		return inbox.Attach(ctx, stream.AtEnd(dst, func(err error) {
			m.mu.Lock()
			m.changes = slices.DeleteFunc(m.changes, func(s *stream.Subject[MemberEvent]) bool { return s == inbox })
			m.mu.Unlock()
			dst.Done(err)
		}))
	})
}

// present returns one way to each member. mu is held.
func (m *Membership[T]) present() (all []*member[T]) {
	for _, o := range m.members {
		if o.sink != nil && m.reached(o.conn) == o {
			all = append(all, o)
		}
	}
	return all
}

// Present returns a connection to each of the members that are there.
func (m *Membership[T]) Present() (all []*Connection) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, o := range m.present() {
		all = append(all, o.conn)
	}
	return all
}

// Shout sends v to all members. It waits for nobody: those who did not get it,
// since they take nothing for now, are listed in a *[BroadcastError].
func (m *Membership[T]) Shout(v T) error {
	m.mu.Lock()
	left, present := m.left, m.present()
	m.mu.Unlock()
	if left {
		return &Error{Op: "shout", Peer: m.name, Err: ErrClosed}
	}
	failed := &BroadcastError{}
	for _, o := range present {
		if err := o.sink.send(v, func(body []byte) error { return o.sink.way.TrySend(body) }); err != nil {
			failed.Missed = append(failed.Missed, Miss{Connection: o.conn, Err: err})
		}
	}
	if len(failed.Missed) > 0 {
		return failed
	}
	return nil
}

// Whisper sends v to one member, over any connection to it. It waits while that
// one takes nothing, until ctx ends. Errors are an *[Error], with ErrNotExposed
// for a peer that is no member.
func (m *Membership[T]) Whisper(ctx context.Context, to *Connection, v T) error {
	m.mu.Lock()
	o := m.reached(to)
	m.mu.Unlock()
	if o == nil {
		return &Error{Op: "whisper", Peer: to.String(), Err: ErrNotExposed}
	}
	return o.sink.Emit(ctx, v)
}

// Leave leaves the group: the others see it, and what they send does not come any
// more. It may be called more than once.
func (m *Membership[T]) Leave() { m.exposure.Close() }

// ended is called when this peer has left.
func (m *Membership[T]) ended() {
	m.mu.Lock()
	m.left = true
	members, changes := m.members, m.changes
	m.members, m.changes = nil, nil
	m.mu.Unlock()
	for _, o := range members {
		o.end()
		if o.sink != nil {
			o.sink.Complete()
		}
	}
	for _, s := range changes {
		s.Complete()
	}
	m.received.Complete()
}
