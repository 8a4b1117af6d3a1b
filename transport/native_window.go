package transport

import (
	"time"

	"github.com/rxpeer/rxpeer/transport/internal/frame"
)

const (
	// nativeCharge is what a message counts for on a stream besides its body:
	// what it costs to keep.
	nativeCharge = 24
	// firstWindow is what a stream begins with, in bytes. It grows up to
	// Options.Inbox while the program takes what comes at once.
	firstWindow = 128 << 10
	// leastWindow is the least that Options.Inbox can bring about.
	leastWindow = 4 << 10
	// manyMessages is how many messages a window has when only bytes count.
	manyMessages = 1 << 16
)

// errCredit reports a remote that sent more than it was granted.
var errCredit = &frame.Error{Code: frame.Credits, Kind: frame.Data, Text: "more than was granted"}

// window is the credit of the remote on one stream. The intake's mutex guards
// it.
//
//	size = left + freed + what waits in the inbox, or is on its way
type window struct {
	size, most   int64 // bytes, now and at most
	messages     int64
	left         int64 // that the remote may send still
	leftMessages int64
	freed        int64 // taken by the program, or in the budget, and not granted again
	freedMessage int64
	taken        uint64 // messages, not told yet
	held         int64  // of the link's budget
	holds        int    // for so many messages
	granted      int64  // when, in core.now's time
	// Granted beyond that, while a Send on the link waits.
	extra, extraMessages int64
}

func (w *window) init(o *Options) {
	w.most = max(int64(o.Inbox), leastWindow)
	w.size = min(w.most, firstWindow)
	w.messages = o.windowMessages()
	w.left, w.leftMessages = w.size, w.messages
}

// spend counts what has come.
func (w *window) spend(bytes, messages int) error {
	w.left -= int64(bytes)
	w.leftMessages -= int64(messages)
	if w.left < 0 || w.leftMessages < 0 {
		return errCredit
	}
	return nil
}

// spendAll counts the messages of s, and takes out of it those for which there
// was no credit.
func (w *window) spendAll(s *slab) error {
	if w.left >= int64(s.charge) && w.leftMessages >= int64(s.count()) {
		return w.spend(s.charge, s.count())
	}
	for i, sp := range s.spans {
		if sp.typ == gapType {
			continue
		}
		if err := w.spend(int(sp.n)+s.overhead, 1); err != nil {
			for _, sp := range s.spans[i:] {
				if sp.typ == gapType {
					s.gaps--
				} else {
					s.charge -= int(sp.n) + s.overhead
				}
			}
			s.spans = s.spans[:i]
			return err
		}
	}
	return nil
}

// due reports whether it is time to grant again: a quarter was taken.
func (w *window) due() bool {
	return w.freed >= max(w.size/4, 1) || w.freedMessage >= max(w.messages/4, 1)
}

// growTime is how fast a quarter of a window must be taken for the window to
// grow: it should last for several round trips, and for as long as a receiver
// may have to wait for its turn.
const growTime = 10 * time.Millisecond

// grant returns what to grant at a moment of core.now's time. A window of which a
// quarter was freed fast is doubled, until what was freed is less than a quarter.
func (w *window) grant(now int64) frame.Grant {
	for freed := w.freed; w.size < w.most && freed >= w.size/4 && now-w.granted < int64(growTime); {
		grow := min(w.size, w.most-w.size)
		w.size += grow
		w.freed += grow
	}
	w.granted = now
	bytes, messages := max(w.freed, 0), max(w.freedMessage, 0)
	g := frame.Grant{Bytes: uint64(bytes), Messages: uint64(messages), Taken: w.taken}
	w.left += bytes
	w.leftMessages += messages
	w.freed -= bytes
	w.freedMessage -= messages
	w.taken = 0
	return g
}

// stretched makes the window larger for as long as a Send on the link waits: two
// peers that answer each other's messages must not both be waiting to send with
// both windows full. It reports whether it did.
func (w *window) stretched() bool {
	if w.extra > 0 || w.left > w.size/2 && w.leftMessages > w.messages/2 {
		return false
	}
	w.extra = (stretch - 1) * w.size
	w.freed += w.extra
	w.extraMessages = (stretch - 1) * w.messages
	w.freedMessage += w.extraMessages
	return true
}

// shrink takes that back, as far as what is taken goes.
func (w *window) shrink() {
	w.freed -= w.extra
	w.freedMessage -= w.extraMessages
	w.extra, w.extraMessages = 0, 0
}

// startWaiting is called by a Send before it waits: somebody must read on, and
// find room, for the remote may be waiting for the same.
func (l *nativeLink) startWaiting() {
	l.intake.mu.Lock()
	l.senders.Add(1)
	settle := l.serve()
	l.grantServed(nil)
	for _, st := range l.all {
		settle = l.stretch(st) || settle
	}
	l.intake.mu.Unlock()
	if settle {
		l.out.kick()
	}
	l.takeOver()
}

// stopWaiting is called after that. The windows shrink when something is taken.
func (l *nativeLink) stopWaiting() { l.senders.Add(-1) }

// stretch makes the window of a stream larger if it is full while a Send waits,
// and queues the CREDIT: somebody calls kick. The intake's mutex is held.
func (l *nativeLink) stretch(st *Stream) (granted bool) {
	if l.senders.Load() == 0 || st.in.size == 0 && !st.in.consumer || !st.window.stretched() {
		return false
	}
	l.out.grant(st, st.window.grant(l.now()))
	return true
}

// attached is called by the inbox.
func (st *Stream) attached(*subscription) {}

// delivered is called by the inbox.
func (st *Stream) delivered(s *slab, n, charge int) (settle bool) {
	w := &st.window
	if st.link.senders.Load() == 0 {
		w.shrink()
	}
	w.freedMessage += int64(n)
	w.taken += uint64(n)
	if st.retired {
		st.link.taken += uint64(n)
	}
	last := st.in.ended && len(st.in.queue) == 0 // and nothing follows that would tell
	if !s.paid {
		w.freed += int64(charge)
		return w.due() || last
	}
	if w.holds > 0 { // or the stream has given up what it held
		body := int64(charge - n*nativeCharge)
		st.link.budget += body
		w.held -= body
		w.holds -= n
	}
	return st.link.serve() || w.due() || last
}

// settled is called by the inbox: it grants what is due.
func (st *Stream) settled() { st.link.settle(st) }

// settle grants what is due on st, and to those whose claim was served.
func (l *nativeLink) settle(st *Stream) {
	l.intake.mu.Lock()
	if st.window.due() || st.in.ended && st.window.taken > 0 {
		l.out.grant(st, st.window.grant(l.now()))
	}
	l.grantServed(st)
	l.intake.mu.Unlock()
	l.out.kick()
}

// grantServed grants what is due to those whose claim was served, but for one that
// was looked at. The intake's mutex is held.
func (l *nativeLink) grantServed(but *Stream) {
	due := l.served
	l.served = nil
	for _, st := range due {
		if st != but && st.window.freed > 0 {
			l.out.grant(st, st.window.grant(l.now()))
		}
	}
}
