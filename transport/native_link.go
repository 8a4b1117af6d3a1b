package transport

import (
	"net"
	"slices"
	"sync/atomic"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/internal/frame"
)

// nativeLink is a link that speaks rxpeer/2 (docs/protocol.md, section 7).
// Its messages travel on stream 1, which is there from the beginning; further
// streams are opened by either side.
//
// There are two mutexes: the intake's, for what comes in, and the sender's, for
// what goes out. The second may be taken while the first is held, never the
// other way round; neither is held during a system call or a callback.
type nativeLink struct {
	core
	remote *frame.Settings // its Codecs are the types
	types  []codec.Type    // of the remote, by their number in its frames
	ours   []codec.Type    // the same of this side

	r    nativeReader
	out  sender
	data Stream // the one that is there from the beginning

	encoded atomic.Uint32 // how much memory the last SendFunc needed
	senders atomic.Int32  // Sends that wait

	// Guarded by the intake's mutex.
	streams   map[uint32]*Stream // but for the first; nil until there are any
	highest   [2]uint32          // number of a stream that the remote, and this side, opened
	counted   [2]int             // streams that they have open
	callbacks int                // of Options.Opened that run
	budget    int64              // bytes that messages in pieces may still take
	claims    []*Stream          // that wait for it, first come, first served
	served    []*Stream          // that got it, and must be granted what they spent
	draining  bool               // the link is closing
	received  uint64             // messages of streams that have ended
	taken     uint64
}

// dataStream is the stream that is there from the beginning.
const dataStream = 1

// newNativeLink makes a link of a connection over which settings were
// exchanged and the offer accepted, and starts it.
func newNativeLink(conn net.Conn, hello Hello, dialed bool, opts *Options, remote *frame.Settings) *nativeLink {
	l := &nativeLink{ours: opts.codecs()}
	l.core.init(l, conn, hello, dialed, opts)
	l.types = typesOf(remote.Codecs, l.ours)
	told := *remote
	told.Codecs = nil
	l.remote = &told
	l.budget = 2 * int64(opts.MaxMessage)
	l.r.init(l)
	l.out.init(l)
	l.highest = [2]uint32{dataStream, dataStream}
	l.initStream(&l.data, dataStream, nil)
	l.OnEnd(l.out.tellStreams)
	l.start(l.Timeout())
	return l
}

// typesOf returns names as data types: ours if they are the same, as a rule.
func typesOf(names []string, ours []codec.Type) []codec.Type {
	types := make([]codec.Type, len(names))
	for i, name := range names {
		types[i] = codec.Type(name)
	}
	if slices.Equal(types, ours) {
		return ours
	}
	return types
}

// all is a sequence of the streams. The intake's mutex is held.
func (l *nativeLink) all(yield func(uint32, *Stream) bool) {
	if !yield(dataStream, &l.data) {
		return
	}
	for id, st := range l.streams {
		if !yield(id, st) {
			return
		}
	}
}

func (l *nativeLink) DataSize() int { return 0 }

func (l *nativeLink) Messages() stream.Observable[*Message] { return stream.New(l.data.in.attach) }

// Remote returns what the other side told of itself.
func (l *nativeLink) Remote() Identity { return identityOf(l.remote, l.types) }

// fills is part of the wire.
func (l *nativeLink) fills(s *slab) bool { return l.r.slab == s }

// detach is part of the wire.
func (l *nativeLink) detach() { l.r.detach() }

// inboundOver is part of the wire.
func (l *nativeLink) inboundOver(err error) []*inbox {
	l.intake.mu.Lock()
	defer l.intake.mu.Unlock()
	switch l.intake.role {
	case roleHeld, roleOver:
		return nil // whoever reads will notice
	case roleAsleep:
		guard.forget(&l.core)
	}
	l.intake.over()
	return l.finishAll(err)
}

// finishAll ends every inbox. It returns those whose subscribers must be told,
// since nobody delivers to them: the caller is their consumer now. The intake's
// mutex is held.
func (l *nativeLink) finishAll(err error) (idle []*inbox) {
	for id, st := range l.all {
		in := &st.in
		if id != dataStream && err == nil {
			err = l.closedErr() // in order or not: its source had not ended
		}
		in.finish(err)
		if in.sub != nil && !in.consumer {
			in.consumer = true
			idle = append(idle, in)
		}
	}
	return idle
}
