package peer

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/rxpeer/rxpeer/peer/internal/request"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport"
	"github.com/rxpeer/rxpeer/transport/codec"
)

// Kind is what an [Exposed] name stands for.
type Kind uint8

// The kinds. One name may stand for one of each.
const (
	KindStream  = Kind(request.Subscribe) // values to subscribe to: [Expose], [Remote]
	KindSink    = Kind(request.Send)      // a place for values: [ExposeSink], [OpenSink]
	KindHandler = Kind(request.Call)      // a function: [Handle], [Call]
	KindGroup   = Kind(request.Group)     // membership of a group: [Group]
)

// String returns the kind in one word.
func (k Kind) String() string {
	switch k {
	case KindStream:
		return "stream"
	case KindSink:
		return "sink"
	case KindHandler:
		return "handler"
	case KindGroup:
		return "group"
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Exposed describes something that a peer exposes.
type Exposed struct {
	// Kind and Name identify it.
	Kind Kind   `json:"kind"`
	Name string `json:"name"`
	// Type is the name of the type of its values, of the argument of a handler,
	// and Reply that of a handler's result; see [TypeName]. Empty fits all.
	Type  string `json:"type,omitempty"`
	Reply string `json:"reply,omitempty"`
	// Codec is what the values are encoded in for those who ask for nothing
	// else.
	Codec codec.Type `json:"codec,omitempty"`
}

// String describes it in a few words.
func (e Exposed) String() string {
	s := e.Kind.String() + " " + e.Name
	if e.Type != "" {
		s += " of " + e.Type
	}
	if e.Reply != "" {
		s += " to " + e.Reply
	}
	return s
}

// Exposure is something that a peer exposes under a name, until it is closed or
// the peer is. Its methods are safe for concurrent use.
type Exposure struct {
	peer  *Peer
	what  Exposed
	allow func(*StreamOffer) error
	serve func(s *served) error

	life    context.Context // ends when it is closed, or the peer is
	end     context.CancelCauseFunc
	release func() bool // of the peer's life
	places  places
	dropped atomic.Uint64
	invalid atomic.Uint64
}

// Peer returns the peer that exposes it.
func (e *Exposure) Peer() *Peer { return e.peer }

// What describes it.
func (e *Exposure) What() Exposed { return e.what }

// Active returns how many remote subscriptions, senders or callers it has now.
func (e *Exposure) Active() int { return e.places.active() }

// Dropped counts the values that were dropped because of the policies of remote
// subscriptions: those of a subscription when it has ended.
func (e *Exposure) Dropped() uint64 { return e.dropped.Load() }

// Invalid counts the values that could not be encoded, and were left out.
func (e *Exposure) Invalid() uint64 { return e.invalid.Load() }

// Close takes the name back: those who use it are ended with [ErrNotExposed]. It
// waits for nobody, and may be called more than once.
func (e *Exposure) Close() {
	e.peer.exposures.remove(e)
	e.release()
	e.end(ErrNotExposed)
}

// errClosing ends what a peer does for others when it closes.
var errClosing = fmt.Errorf("%w any more: the peer closes", ErrNotExposed)

// exposures holds what a peer exposes.
type exposures struct {
	list *stream.Subject[[]Exposed] // present and, when it changes, again

	mu      sync.Mutex
	named   map[nameOf]*Exposure
	changed bool // and not told yet
	telling bool // somebody tells
}

type nameOf struct {
	kind Kind
	name string
}

// openExposures makes the list, and exposes it.
func (p *Peer) openExposures() {
	p.exposures.named = make(map[nameOf]*Exposure)
	p.exposures.list = stream.NewBehavior([]Exposed(nil), nil)
	p.list = &Exposure{peer: p, what: Exposed{Codec: codec.JSON}, life: p.life}
	p.list.serve = func(s *served) error { return publish(s, p.exposures.list.AsObservable(), nil) }
}

// Exposed emits what the peer exposes: at once, and again whenever it changes,
// in the order of kinds and names.
func (p *Peer) Exposed() stream.Observable[[]Exposed] { return p.exposures.list.AsObservable() }

// Exposed emits what the other side exposes, as its [Peer.Exposed] does; of
// changes in quick succession perhaps only the last. Only connections of the
// native protocol can tell: on others it fails with [errors.ErrUnsupported].
func (c *Connection) Exposed() stream.Observable[[]Exposed] {
	latest := stream.Latest()
	return subscribeTo[[]Exposed](c, &request.Request{Kind: request.List}, RemoteOptions{Policy: &latest, Codec: codec.JSON})
}

// expose makes an exposure, unless there is one of that kind and name.
func (p *Peer) expose(what Exposed, opts *ExposeOptions, serve func(*served) error) (*Exposure, error) {
	fail := func(err error) (*Exposure, error) {
		return nil, &Error{Op: "expose", Peer: what.Name, Err: err}
	}
	if what.Name == "" {
		return fail(errNoName)
	}
	if _, err := request.Append(nil, &request.Request{Name: what.Name, Type: what.Type, Reply: what.Reply}); err != nil {
		return fail(err)
	}
	e := &Exposure{peer: p, what: what, allow: opts.Allow, serve: serve, places: placesFor(opts)}
	e.life, e.end = context.WithCancelCause(context.Background())
	e.release = context.AfterFunc(p.life, func() { e.end(errClosing) })
	err := ErrClosed
	if !p.closing.Load() {
		err = p.exposures.add(e)
	}
	if err != nil {
		e.release()
		return fail(err)
	}
	return e, nil
}

func (x *exposures) add(e *Exposure) error {
	x.mu.Lock()
	key := nameOf{e.what.Kind, e.what.Name}
	if x.named[key] != nil {
		x.mu.Unlock()
		return ErrExposed
	}
	x.named[key] = e
	x.mu.Unlock()
	x.tell()
	return nil
}

func (x *exposures) remove(e *Exposure) {
	x.mu.Lock()
	key := nameOf{e.what.Kind, e.what.Name}
	is := x.named[key] == e
	if is {
		delete(x.named, key)
	}
	x.mu.Unlock()
	if is {
		x.tell()
	}
}

// tell tells those who watch what is exposed now. Of several at once one tells
// for all, so that the last that is told is true.
func (x *exposures) tell() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.changed = true; x.telling {
		return
	}
	x.telling = true
	for x.changed {
		x.changed = false
		all := make([]Exposed, 0, len(x.named))
		for _, e := range x.named {
			all = append(all, e.what)
		}
		x.mu.Unlock()
		slices.SortFunc(all, func(a, b Exposed) int {
			return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
		})
		x.list.TryEmit(all)
		x.mu.Lock()
	}
	x.telling = false
}

// find returns what a request is for.
func (x *exposures) find(r *request.Request) *Exposure {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.named[nameOf{Kind(r.Kind), r.Name}]
}

// served is a stream that a remote opened for something exposed.
type served struct {
	conn *Connection
	of   *Exposure
	st   *transport.Stream
	req  *request.Request
	ctx  context.Context // ends with the exposure, when the remote wants no more, and with the link
}
