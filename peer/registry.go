package peer

import (
	"context"
	"slices"
	"sync"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport"
)

// registry holds a peer's connections and tells its watchers of new ones.
// Connections are kept by identity: two of the same name are two.
type registry struct {
	mu        sync.Mutex
	limit     int // negative: none
	reserved  int // connections on their way
	present   []*Connection
	audiences []*audience // of them; nil: to be made
	linked    map[transport.Link]*Connection
	arrived   chan struct{} // closed when a connection is added; nil: nobody waits
	unseen    []*Connection // closed before anybody was told of them
	forgot    uint64        // how many fell out of unseen
	watchers  []*stream.Subject[*Connection]
	dialling  map[transport.Addr]chan struct{}
	closed    bool
}

func (r *registry) open(limit int) {
	r.limit, r.dialling = limit, make(map[transport.Addr]chan struct{})
	r.linked = make(map[transport.Link]*Connection)
}

// reserve takes a place for a connection on its way; the caller adds it or
// gives the place back.
func (r *registry) reserve() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed:
		return ErrClosed
	case r.limit >= 0 && len(r.present)+r.reserved >= r.limit:
		return ErrFull
	}
	r.reserved++
	return nil
}

func (r *registry) giveBack() {
	r.mu.Lock()
	r.reserved--
	r.mu.Unlock()
}

// add turns a reserved place into c. The caller calls tell, which tells the
// watchers and may run callbacks. It is nil when the peer has closed.
func (r *registry) add(c *Connection) (tell func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reserved--
	if r.closed {
		return nil
	}
	r.present, r.audiences = append(r.present, c), nil
	r.linked[c.link] = c
	if r.arrived != nil {
		close(r.arrived)
		r.arrived = nil
	}
	watchers := slices.Clone(r.watchers)
	return func() {
		for _, w := range watchers {
			w.TryEmit(c)
		}
	}
}

// await returns the connection of a link, which may be about to be added; nil
// when the link has ended.
func (r *registry) await(link transport.Link) *Connection {
	for {
		r.mu.Lock()
		c := r.linked[link]
		if c != nil {
			r.mu.Unlock()
			return c
		}
		if r.arrived == nil {
			r.arrived = make(chan struct{})
		}
		arrived := r.arrived
		r.mu.Unlock()
		select {
		case <-arrived:
		case <-link.Done():
			return nil
		}
	}
}

// remove forgets c, which has ended.
func (r *registry) remove(c *Connection) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.linked, c.link)
	i := slices.Index(r.present, c)
	if i < 0 {
		return
	}
	r.present, r.audiences = slices.Delete(r.present, i, i+1), nil
	if c.seen {
		return
	}
	if len(r.unseen) == DefaultUnseen {
		r.unseen = slices.Delete(r.unseen, 0, 1)
		r.forgot++
	}
	r.unseen = append(r.unseen, c)
}

func (r *registry) all() []*Connection {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.present)
}

// close lets no more connections in and returns those there are.
func (r *registry) close() []*Connection {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	return slices.Clone(r.present)
}

// complete ends the watchers.
func (r *registry) complete() {
	r.mu.Lock()
	watchers := r.watchers
	r.watchers = nil
	r.mu.Unlock()
	for _, w := range watchers {
		w.Complete()
	}
}

// watch is the attachment of Peer.Connections: each subscriber has an inbox of
// its own, so that what is present, and what comes, reach it once and in order
// without any lock held.
func (r *registry) watch(ctx context.Context, dst stream.Observer[*Connection]) (run func()) {
	r.mu.Lock()
	unseen := slices.DeleteFunc(r.unseen, func(c *Connection) bool { return c.seen })
	first := append(unseen, r.present...)
	r.unseen = nil
	inbox := stream.NewUnicast[*Connection](&stream.SubjectOptions{WarmUp: len(first) + DefaultUnseen})
	for _, c := range first {
		inbox.TryEmit(c) // nobody is subscribed: it is just kept
	}
	if r.closed {
		inbox.Complete()
	} else {
		r.watchers = append(r.watchers, inbox)
	}
	r.mu.Unlock()
	return inbox.Attach(ctx, &watcher{Stage: stream.Stage[*Connection]{Dst: dst}, registry: r, inbox: inbox})
}

// watcher notes who was seen, and forgets the inbox when its subscriber has
// gone.
type watcher struct {
	stream.Stage[*Connection]
	registry *registry
	inbox    *stream.Subject[*Connection]
}

func (w *watcher) Next(c *Connection) bool {
	w.registry.mu.Lock()
	c.seen = true
	w.registry.mu.Unlock()
	return w.Dst.Next(c)
}

func (w *watcher) Done(err error) {
	w.registry.mu.Lock()
	if i := slices.Index(w.registry.watchers, w.inbox); i >= 0 {
		w.registry.watchers = slices.Delete(w.registry.watchers, i, i+1)
	}
	w.registry.mu.Unlock()
	w.Stage.Done(err)
}

// reuse returns a present connection that serves as one to addr with these
// options, and those to addr that are of another kind.
func (r *registry) reuse(addr transport.Addr, opts ConnectOptions) (same *Connection, others []*Connection) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range slices.Backward(r.present) {
		switch {
		case !c.reaches(addr) || c.link.Closing():
		case c.is(opts) && same == nil:
			same = c
		case !c.is(opts) && c.link.Dialed():
			others = append(others, c)
		}
	}
	return same, others
}

// dial makes the caller the only one who dials addr; done is called when that
// is over. Otherwise it returns a channel that is closed then.
func (r *registry) dial(addr transport.Addr) (done func(), busy <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c, is := r.dialling[addr]; is {
		return nil, c
	}
	c := make(chan struct{})
	r.dialling[addr] = c
	return func() {
		r.mu.Lock()
		delete(r.dialling, addr)
		r.mu.Unlock()
		close(c)
	}, nil
}
