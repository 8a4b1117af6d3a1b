package transport

import "time"

// This file is about callbacks that let others go on. A call of Next keeps its
// goroutine, which is the link's reader, for as long as it takes; one that has
// yielded keeps the goroutine alone: a moment later another one delivers in its
// place, and reads.

// Yield tells, during a call of Next of the subscriber to [Stream.Messages] and on
// its goroutine, that the call does not use its message any more and may take long.
// If it does, for 10 to 20 ms or because it waits in a Send on the same link,
// another goroutine delivers what follows meanwhile, the end too, and what the call
// returns means nothing then. So whoever may block, or work long, needs a goroutine
// of its own only if it does. A call that ends its goroutine ends nothing else; one
// that panics ends the subscription, as it does without Yield.
//
// False means that nobody could take over just now: what may take long then belongs
// on another goroutine.
func (st *Stream) Yield() bool {
	in, l := &st.in, st.link
	in.mu.Lock()
	sub := in.current
	lent := sub != nil && in.role == roleLent && in.borrower == in
	if lent {
		in.yields++
		sub.flags.Or(flagYielded)
	}
	in.mu.Unlock()
	if lent {
		l.mon.yielded(&l.core)
	}
	return lent
}

// yielded makes sure that a call of Next that has just yielded is watched.
func (m *monitor) yielded(l *core) {
	if m.brief.Load() {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.off || !m.brief.CompareAndSwap(false, true):
	case m.yield == nil:
		m.yield = time.AfterFunc(yieldTick, l.lookAtYield)
	default:
		m.yield.Reset(yieldTick)
	}
}

// lookAtYield looks at the call of Next that is under way, if it has yielded.
func (l *core) lookAtYield() {
	l.mon.brief.Store(false) // before it looks: who yields now either is seen here or arms again
	in := &l.intake
	in.mu.Lock()
	defer in.mu.Unlock()
	switch {
	case in.role != roleLent || in.borrower.current == nil || in.borrower.current.flags.Load()&flagYielded == 0:
	case in.yielding == in.yields:
		l.relieve()
	default:
		in.yielding = in.yields
		l.mon.yielded(l)
	}
}

// relieve lets another goroutine take the place of the one that delivers with the
// role of reader lent to it, if its call of Next has yielded: all of it, the loan
// too. The intake's mutex is held.
func (l *core) relieve() bool {
	box := l.intake.borrower
	if box.current == nil || !box.current.takeOver() {
		return false
	}
	go box.resume(box.delivers, l.lend(box)) // ends as the reader does
	return true
}

// takeOver takes the subscription from the call of Next that has yielded, unless
// that has just returned.
func (sub *subscription) takeOver() bool {
	for {
		f := sub.flags.Load()
		if f&flagYielded == 0 {
			return false
		}
		if sub.flags.CompareAndSwap(f, f&^flagYielded+relief) {
			return true
		}
	}
}

// relieved reports, to the goroutine that called Next, whether another one has taken
// its place since calm; otherwise that will not happen any more.
func (in *inbox) relieved(sub *subscription, calm uint32) bool {
	for {
		f := sub.flags.Load()
		switch {
		case f&^(relief-1) != calm:
			return true
		case f&flagYielded == 0, sub.flags.CompareAndSwap(f, f&^flagYielded):
			return false
		}
	}
}
