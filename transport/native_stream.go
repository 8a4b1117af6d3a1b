package transport

import (
	"context"
	"errors"
	"slices"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport/codec"
	"github.com/rxpeer/rxpeer/transport/internal/frame"
)

// Stream is one of the streams of a link that speaks rxpeer/2: messages in both
// directions, in order, each direction with credit and an end of its own. One
// that is not read slows its remote down, and no other stream; only messages that
// are larger than a quarter of a window share something, the memory for those that
// have not been taken: twice Options.MaxMessage, and one such message to a stream, or
// four while a Send on the link waits.
// [Link.Open] and [Options].Opened make streams; both sides end them.
//
// Every method is safe for concurrent use.
type Stream struct {
	link  *nativeLink
	id    uint32
	about []byte

	in      inbox    // what has come
	window  window   // what may come; guarded by the intake's mutex
	body    assembly // a message that comes in pieces; the reader's
	over    bool     // nothing comes any more; guarded by the intake's mutex
	retired bool     // the link has forgotten it; guarded by the same
	unread  bool     // and the remote was told, as the link closes; guarded by the same
	out     outlet   // what is to go; guarded by the sender's mutex
}

// streamBuffer is how many bytes may wait to be sent on a stream that was opened,
// or on a lane of it, at least: enough to fill every write.
const streamBuffer = 128 << 10

// mostBuffer is how many bytes a lane that drops nothing may have with what it gets
// of the Options.SendBuffer that all streams that were opened have together: enough
// for its sender to go on while the receiver's wake-up is under way. A lane whose
// remote takes much at once, again and again, may have all of it: what waits in there
// is soon gone.
const mostBuffer = 4 * streamBuffer

// sendBuffer returns how many bytes may wait on a lane of the stream.
func (st *Stream) sendBuffer() int {
	if most := st.link.opts.SendBuffer; st.id == dataStream || most < streamBuffer {
		return most
	}
	return streamBuffer
}

// addStream makes a stream on which each side may send so many messages at
// first. The intake's mutex is held.
func (l *nativeLink) addStream(id uint32, about []byte, wants, sends int64) *Stream {
	st := new(Stream)
	l.initStream(st, id, about)
	st.window.messages, st.window.leftMessages = wants, wants
	l.out.mu.Lock()
	st.out.creditMessages = sends
	l.out.mu.Unlock()
	if l.streams == nil {
		l.streams = make(map[uint32]*Stream)
	}
	l.streams[id] = st
	return st
}

// initStream sets up a stream.
func (l *nativeLink) initStream(st *Stream, id uint32, about []byte) {
	st.link, st.id, st.about = l, id, about
	st.in = inbox{intake: &l.intake, link: &l.core, owner: st, types: l.types}
	st.window.init(l.opts)
	l.out.mu.Lock()
	defer l.out.mu.Unlock()
	st.out.init(&l.out, st)
}

// stream returns a stream, nil for one that has ended. A number that was never
// given is an error.
func (l *nativeLink) stream(id uint32) (*Stream, error) {
	l.intake.mu.Lock()
	defer l.intake.mu.Unlock()
	if id == dataStream {
		return &l.data, nil
	}
	if st := l.streams[id]; st != nil {
		return st, nil
	}
	if id > l.highest[l.opener(id)] {
		return nil, &frame.Error{Code: frame.NotFound, Kind: frame.Data, Text: "on a stream that was not opened"}
	}
	return nil, nil
}

// opener returns 0 for the number of a stream that the remote opens, and 1 for
// one of this side's: the dialler's are odd.
func (l *nativeLink) opener(id uint32) int {
	if (id%2 == 1) == l.dialed {
		return 1
	}
	return 0
}

// ErrStreams reports that a link has as many streams open as the remote allows.
var ErrStreams = errors.New("too many streams")

func (l *nativeLink) Open(about []byte, opts *OpenOptions) (*Stream, error) {
	wants := l.opts.windowMessages()
	if opts != nil && opts.Window > 0 {
		wants = int64(min(opts.Window, manyMessages))
	}
	if len(about) > frame.MaxOpen {
		return nil, &LimitError{Size: int64(len(about)), Limit: frame.MaxOpen}
	}
	l.intake.mu.Lock()
	defer l.out.kick()
	defer l.intake.mu.Unlock()
	if l.intake.role == roleOver {
		return nil, l.closedErr()
	}
	if uint64(l.counted[1]) >= l.remote.MaxStreams {
		return nil, ErrStreams
	}
	id := l.highest[1] + 2
	if l.highest[1] == dataStream && !l.dialed {
		id = dataStream + 1
	}
	o := &l.out
	o.mu.Lock()
	if o.closed {
		o.mu.Unlock()
		return nil, l.closedErr()
	}
	o.control, _ = frame.AppendOpen(o.control, id, frame.Opening{Messages: uint64(wants), About: about}) // its length is right
	o.mu.Unlock()
	l.highest[1] = id
	l.counted[1]++
	return l.addStream(id, about, wants, int64(min(l.remote.Messages, maxCredit))), nil
}

// remoteOpens is for streams that the remote opens.
func (l *nativeLink) remoteOpens(id uint32, opening frame.Opening) error {
	l.intake.mu.Lock()
	if l.opener(id) == 1 || id <= l.highest[0] {
		l.intake.mu.Unlock()
		return &frame.Error{Code: frame.Protocol, Kind: frame.Open, Text: "a number that is not its turn"}
	}
	if l.counted[0] >= l.opts.Streams {
		l.intake.mu.Unlock()
		return &frame.Error{Code: frame.TooLarge, Kind: frame.Open, Text: "too many streams"}
	}
	l.highest[0] = id
	if l.opts.Opened == nil {
		l.intake.mu.Unlock()
		return l.out.refuse(id, frame.Reason{Code: frame.NotFound})
	}
	if l.callbacks >= l.opts.Streams {
		l.intake.mu.Unlock()
		return l.out.refuse(id, frame.Reason{Code: frame.Busy, Text: "streams that have ended"})
	}
	l.counted[0]++
	l.callbacks++
	st := l.addStream(id, slices.Clone(opening.About), l.opts.windowMessages(), int64(min(opening.Messages, maxCredit)))
	l.intake.mu.Unlock()
	go func() { // ends with the callback
		defer func() {
			l.intake.mu.Lock()
			l.callbacks--
			l.intake.mu.Unlock()
		}()
		l.opts.Opened(l, st)
	}()
	return nil
}

// mostControl limits the frames that a remote can bring about without reading
// them, in bytes.
const mostControl = 64 << 10

// refuse ends both directions of a stream that was not made.
func (o *sender) refuse(id uint32, r frame.Reason) error {
	o.mu.Lock()
	if o.closeSent {
		o.mu.Unlock()
		return nil
	}
	if len(o.control) > mostControl {
		o.mu.Unlock()
		return &frame.Error{Code: frame.TooLarge, Kind: frame.Open, Text: "more of them than answers are read"}
	}
	o.control = frame.AppendReason(o.control, frame.Stop, id, r)
	o.control = frame.AppendReason(o.control, frame.End, id, r)
	o.pushed()
	return nil
}

// OpenOptions are the options of [Link.Open]. nil means every default.
type OpenOptions struct {
	// Window is how many messages may wait for the subscriber of the stream, or be
	// on their way to it, besides the limit of [Options.Inbox]. Zero means
	// [Options.Window].
	Window int
}

// About returns what the stream was opened with.
func (st *Stream) About() []byte { return st.about }

// Messages returns what the remote sends on the stream, as [Link.Messages]: one
// subscriber at a time. It ends when the remote ends the direction, with a
// [*RemoteError] if it says that it failed, and when the link ends.
func (st *Stream) Messages() stream.Observable[*Message] { return stream.New(st.in.attach) }

// Send sends on the stream, as [Link].Send. When the remote wants no more it
// returns a [*StopError].
func (st *Stream) Send(ctx context.Context, t codec.Type, body []byte) error {
	return st.link.out.send(ctx, true, &st.out.main, t, body)
}

// TrySend is Send without waiting: a full queue is [ErrFull].
func (st *Stream) TrySend(t codec.Type, body []byte) error {
	return st.link.out.send(context.Background(), false, &st.out.main, t, body)
}

// OnStop calls f when nothing more can be sent on the stream because the remote
// wants no more of it, with a [*StopError], or because the link has ended, with a
// [*CloseError]: on the goroutine that noticed, or at once when that has happened.
// f must not block. There is one such function: a second call replaces the first.
func (st *Stream) OnStop(f func(why error)) {
	o := &st.link.out
	o.mu.Lock()
	why := st.out.stopped
	if why == nil && o.over == nil {
		st.out.hook = f
		o.mu.Unlock()
		return
	}
	if why == nil {
		why = o.over
	}
	o.mu.Unlock()
	f(why)
}

// takeHook returns the function that OnStop was given, or one that does nothing.
// The sender's mutex is held.
func (o *outlet) takeHook() func(error) {
	f := o.hook
	o.hook = nil
	if f == nil {
		return func(error) {}
	}
	return f
}

// tellStreams is called when the link has ended.
func (o *sender) tellStreams(why *CloseError) {
	var hooks []func(error)
	o.mu.Lock()
	o.over = why
	for _, st := range o.outlets {
		hooks = append(hooks, st.out.takeHook())
	}
	o.mu.Unlock()
	for _, f := range hooks {
		f(why)
	}
}

// End ends this side's direction, behind everything that was accepted. A nil
// error completes it; otherwise the remote gets a [*RemoteError] with its text,
// and with its code if it is one.
func (st *Stream) End(err error) {
	r := frame.Reason{}
	if err != nil {
		r = frame.Reason{Code: frame.Failed, Text: err.Error()}
		if remote, is := errors.AsType[*RemoteError](err); is {
			r = frame.Reason{Code: frame.Code(remote.Code), Text: remote.Text}
		}
	}
	o := &st.link.out
	o.mu.Lock()
	out := &st.out
	if out.ending == nil && out.stopped == nil && !o.closeSent {
		out.ending = &r
		out.shut(true)
		o.relist(out)
	}
	o.pushed()
	o.link.retire()
}

// Stop tells the remote that nothing more is wanted on the stream. What comes
// still is dropped; a subscriber ends with ErrStopped.
func (st *Stream) Stop() {
	l := st.link
	l.intake.mu.Lock()
	if st.over {
		l.intake.mu.Unlock()
		return
	}
	st.over = true
	settle := l.giveUp(st)
	l.intake.mu.Unlock()
	if settle {
		l.settle(st)
	}
	l.streamEnds(st, stream.ErrStopped)
	o := &l.out
	o.mu.Lock()
	if !o.abandoned && !o.closeSent {
		o.control = frame.AppendReason(o.control, frame.Stop, st.id, frame.Reason{Code: frame.Cancelled})
	}
	o.doubt = append(o.doubt, st)
	o.pushed()
	l.retire()
}

// giveUp takes from a stream what it has of the link's budget, or wants of it. It
// reports whether others got it, who must be granted something. The intake's
// mutex is held.
func (l *nativeLink) giveUp(st *Stream) (settle bool) {
	if i := slices.Index(l.claims, st); i >= 0 {
		l.claims = slices.Delete(l.claims, i, i+1)
	}
	l.budget += st.window.held
	st.window.held, st.window.holds = 0, 0
	return l.serve()
}

// retire forgets the streams both directions of which have ended, among those
// of which one has. What was sent must have been acknowledged, unless the remote
// wanted no more.
func (l *nativeLink) retire() {
	l.intake.mu.Lock()
	o := &l.out
	o.mu.Lock()
	var gone *Stream
	for _, st := range o.doubt {
		out := &st.out
		done := out.stopped != nil || out.ended && out.acked == out.sent
		if !st.over || !done || l.streams[st.id] != st {
			continue
		}
		if out.stopped != nil { // the remote drops what is on its way
			out.droppedByStop += out.sent - out.acked
			out.sent = out.acked
		}
		delete(l.streams, st.id)
		st.retired = true
		l.counted[l.opener(st.id)]--
		l.received += st.in.received
		l.taken += st.in.taken
		if o.gone == nil {
			o.gone = new(counts)
		}
		o.gone.add(&out.counts)
		if i := slices.Index(o.outlets, st); i >= 0 {
			o.outlets = slices.Delete(o.outlets, i, i+1)
		}
		if l.giveUp(st) {
			gone = st
		}
	}
	o.doubt = nil
	o.mu.Unlock()
	l.intake.mu.Unlock()
	if gone != nil {
		l.settle(gone)
	}
}
