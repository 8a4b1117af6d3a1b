package transport

import (
	"time"

	"github.com/rxpeer/rxpeer/transport/internal/frame"
)

// parseControl deals with a frame that carries no messages.
func (l *nativeLink) parseControl(h frame.Header, payload []byte) error {
	switch h.Kind {
	case frame.Ping:
		token, err := frame.ParsePing(h.Kind, payload)
		if err != nil {
			return err
		}
		l.r.pings.Add(1)
		o := &l.out
		o.mu.Lock()
		o.pong, o.pongToken = true, token
		o.pushed()
		return nil
	case frame.Pong:
		_, err := frame.ParsePing(h.Kind, payload)
		return err
	}
	l.r.stir()
	switch h.Kind {
	case frame.Close:
		r, err := frame.ParseReason(h.Kind, payload)
		if err == nil && l.remoteClosed() {
			err = &frame.Error{Code: frame.Protocol, Kind: h.Kind, Text: "a second one"}
		}
		if err == nil {
			l.r.closed = true
			l.remoteCloses(r)
		}
		return err
	case frame.Setup, frame.Accept, frame.Deny:
		return &frame.Error{Code: frame.Protocol, Kind: h.Kind, Text: "after the handshake"}
	}
	if h.Kind >= frame.Ignorable {
		l.r.unknown.Add(1)
		return nil
	}
	if h.Kind == frame.Open {
		o, err := frame.ParseOpen(payload)
		if err != nil {
			return err
		}
		return l.remoteOpens(h.Stream, o)
	}
	st, err := l.stream(h.Stream)
	if err != nil {
		return err
	}
	return l.parseStream(st, h, payload)
}

// parseStream deals with a frame about a stream; nil is one that has ended.
func (l *nativeLink) parseStream(st *Stream, h frame.Header, payload []byte) error {
	switch h.Kind {
	case frame.Credit:
		g, err := frame.ParseCredit(payload)
		if err != nil || st == nil {
			return err
		}
		return l.out.credited(st, g)
	case frame.Gap:
		loss, err := frame.ParseGap(payload)
		if err != nil || st == nil {
			return err
		}
		if len(l.r.slab.spans) == 0 {
			l.r.of = st
		}
		l.r.slab.addGap(loss.Messages)
		l.r.lost.Add(loss.Messages)
		return nil
	case frame.End, frame.Stop:
		r, err := frame.ParseReason(h.Kind, payload)
		if err != nil || st == nil {
			return err
		}
		if h.Kind == frame.Stop {
			l.out.stop(st, r)
		} else if st.body.total > 0 {
			return &frame.Error{Code: frame.Protocol, Kind: h.Kind, Text: "inside a message"}
		} else {
			l.streamEnds(st, reasonErr(r))
			l.out.mu.Lock()
			l.out.doubt = append(l.out.doubt, st)
			l.out.mu.Unlock()
			l.retire()
		}
		return nil
	}
	return &frame.Error{Code: frame.Protocol, Kind: h.Kind, Text: "not expected"}
}

// credited notes what the remote grants.
func (o *sender) credited(st *Stream, g frame.Grant) error {
	o.mu.Lock()
	out := &st.out
	if g.Taken > out.sent-out.acked {
		o.mu.Unlock()
		return &frame.Error{Code: frame.Protocol, Kind: frame.Credit, Text: "more was taken than sent"}
	}
	if g.Bytes > uint64(maxCredit-max(out.credit, 0)) || g.Messages > uint64(maxCredit-max(out.creditMessages, 0)) {
		o.mu.Unlock()
		return &frame.Error{Code: frame.Protocol, Kind: frame.Credit, Text: "more than can be counted"}
	}
	now := o.link.now()
	out.fast = g.Bytes >= streamBuffer && now-out.granted < int64(growTime)
	out.granted = now
	out.acked += g.Taken
	if out.ended && out.acked == out.sent {
		o.doubt = append(o.doubt, st)
	}
	out.credit += int64(g.Bytes)
	out.creditMessages += int64(g.Messages)
	out.changed.wake()
	out.short = false
	o.relist(out)
	doubt := len(o.doubt) > 0
	o.pushed()
	if doubt {
		o.link.retire()
	}
	return nil
}

// stop gives up what waits for a stream of which the remote wants no more.
func (o *sender) stop(st *Stream, r frame.Reason) {
	o.mu.Lock()
	out := &st.out
	if out.stopped == nil {
		out.stopped = &StopError{Err: reasonErr(r)}
	}
	out.shut(true)
	for _, ln := range out.lanes {
		out.droppedByStop += uint64(ln.clear())
		ln.listed = false
		ln.leave()
	}
	out.lanes, out.short = nil, false
	out.changed.wake()
	o.doubt = append(o.doubt, st)
	tell := out.takeHook()
	why := out.stopped
	o.pushed()
	tell(why)
	o.link.retire()
}

// StopError is what a send returns after the other side of an rxpeer/2 link
// said that it wants no more of it.
type StopError struct {
	// Err is the reason, a [*RemoteError].
	Err error
}

// Error says that, and why.
func (e *StopError) Error() string { return "transport: stopped by the remote: " + e.Err.Error() }

// Unwrap returns the reason.
func (e *StopError) Unwrap() error { return e.Err }

// Is makes it match [stream.ErrClosed] and [net.ErrClosed].
func (e *StopError) Is(target error) bool { return (&CloseError{}).Is(target) }

// streamEnds ends what comes in on a stream, behind what has come.
func (l *nativeLink) streamEnds(st *Stream, err error) {
	in := &st.in
	in.mu.Lock()
	st.over = true
	in.finish(err)
	settle := st.window.due() || st.window.taken > 0
	defer func() {
		if settle {
			l.settle(st)
		}
	}()
	if in.sub == nil || in.consumer {
		in.mu.Unlock()
		return
	}
	in.consumer = true
	in.mu.Unlock()
	go func() { // ends when Done has returned: the reader goes on
		in.mu.Lock()
		in.consume(nil, 0)
	}()
}

// silence is part of the wire: it sends a PING when nothing was heard for the
// timeout, and ends the link after three.
func (l *nativeLink) silence(silent time.Duration) (next time.Duration) {
	l.r.stirred.Store(false)
	timeout := l.Timeout()
	switch {
	case silent < timeout:
		return timeout - silent
	case silent >= patience*timeout && l.gone(silent):
		l.fail(ReasonTimeout, ErrSilent)
		return 0
	}
	o := &l.out
	o.mu.Lock()
	o.ping = true
	o.pushed()
	return timeout
}

// deaf is how many timeouts a remote's program may be silent whose system
// answers: a slow network may need that long for what is on its way already.
const deaf = 10

// gone reports whether a remote must be taken for gone: its system owes an answer,
// where that can be known, or its program is silent for much longer.
func (l *nativeLink) gone(silent time.Duration) bool {
	owed, known := Unanswered(l.conn)
	return owed > 0 || !known || silent >= deaf*l.Timeout()
}
