package transport

import (
	"errors"
	"fmt"
	"time"

	"github.com/rxpeer/rxpeer/transport/internal/frame"
)

// RemoteError is what the other side of an rxpeer/2 link says when it ends the
// link, or a stream of it, for a reason.
type RemoteError struct {
	// Code is the kind of reason; from CodeProgram on they belong to programs.
	Code Code
	// Text is for people; it may be empty.
	Text string
}

// Error describes the reason.
func (e *RemoteError) Error() string {
	s := "the remote says: " + e.Code.String()
	if e.Text != "" {
		s += fmt.Sprintf(" (%s)", e.Text)
	}
	return s
}

// reasonErr returns what a reason means: nil when it is none.
func reasonErr(r frame.Reason) error {
	if r.Code == frame.OK {
		return nil
	}
	return &RemoteError{Code: Code(r.Code), Text: r.Text}
}

// drain is part of the wire.
func (l *nativeLink) drain() {
	l.intake.mu.Lock()
	l.draining = true
	for _, st := range l.all {
		l.stopUnread(st)
	}
	l.intake.mu.Unlock()
	o := &l.out
	o.mu.Lock()
	o.closed = true
	for _, st := range o.outlets {
		st.out.shut(true)
	}
	o.pushed()
}

// stopUnread tells the remote that nothing more is wanted of a stream that nobody
// reads while the link closes, when half of its window is used up: what the
// remote has for it would have to wait for the end in vain. Less than that is
// let in, for whoever reads it later. Somebody must kick the sender if it did.
// The intake's mutex is held.
func (l *nativeLink) stopUnread(st *Stream) (told bool) {
	in, w := &st.in, &st.window
	if !l.draining || st.over || st.unread || in.sub != nil || in.consumer || w.left > w.size/2 && w.leftMessages > w.messages/2 {
		return false
	}
	st.unread = true
	o := &l.out
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closeGot || o.abandoned {
		return false
	}
	o.control = frame.AppendReason(o.control, frame.Stop, st.id, frame.Reason{Code: frame.Cancelled})
	return true
}

// settleClose takes the next step of an orderly close, if it is its turn: CLOSE
// when everything was sent, then, when the remote's has come too, the end of the
// connection. mu is held, and released.
func (o *sender) settleClose() {
	l := o.link
	if !o.closed || o.busy || o.abandoned || o.failure != nil || o.due() || o.finSent {
		o.mu.Unlock()
		return
	}
	if !o.closeSent {
		if !o.empty() {
			o.mu.Unlock()
			return
		}
		o.closeSent = true
		o.control = frame.AppendReason(o.control, frame.Close, 0, frame.Reason{})
		o.pushed()
		return
	}
	if !o.closeGot {
		o.mu.Unlock()
		return
	}
	o.finSent = true
	o.mu.Unlock()
	l.end.mu.Lock()
	l.end.fin = true
	l.end.mu.Unlock()
	if err := CloseWrite(l.conn); err != nil {
		if errors.Is(err, errors.ErrUnsupported) {
			l.arrivedWhole()
		}
		l.tearDown(false)
	}
}

// remoteCloses deals with the remote's CLOSE: nothing follows it.
func (l *nativeLink) remoteCloses(r frame.Reason) {
	first := l.begin(ReasonRemote, reasonErr(r))
	o := &l.out
	o.mu.Lock()
	o.closeGot, o.closeClean = true, r.Code == frame.OK
	o.mu.Unlock()
	if first {
		l.shut(max(l.opts.Linger, 0))
		return
	}
	o.kick()
}

// remoteClosed reports whether the remote's CLOSE has come.
func (l *nativeLink) remoteClosed() bool {
	l.out.mu.Lock()
	defer l.out.mu.Unlock()
	return l.out.closeGot
}

// arrivedWhole counts everything that was sent as arrived: the remote ended the
// connection in order, which it does behind our CLOSE only.
func (l *nativeLink) arrivedWhole() {
	o := &l.out
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.closeSent || !o.closeClean {
		return
	}
	for _, st := range o.outlets {
		st.out.acked = st.out.sent
	}
	if o.gone != nil {
		o.gone.acked = o.gone.sent
	}
}

// complainTime is how long a remote that broke the protocol is given to read
// why the link ends.
const complainTime = 250 * time.Millisecond

// complain tells the remote what it did wrong. The reader calls it, which reads
// nothing more.
func (l *nativeLink) complain(err error) {
	r := frame.Reason{Code: frame.Protocol, Text: err.Error()}
	switch err := err.(type) {
	case *frame.Error:
		r.Code = err.Code
	case *LimitError:
		r.Code = frame.TooLarge
	}
	o := &l.out
	o.mu.Lock()
	o.closed, o.closeSent = true, true
	o.drop()
	o.control = frame.AppendReason(o.control, frame.Close, 0, r)
	o.pushed()
	_ = l.conn.SetDeadline(time.Now().Add(complainTime))
	l.waitIdle()
	_ = CloseWrite(l.conn)
	waste := newSlab(readSlab)
	defer waste.free()
	for {
		if _, err := l.conn.Read(waste.buf); err != nil {
			return
		}
	}
}
