package transport

import "sync"

// role says who reads from the connection.
type role uint8

const (
	// roleHeld: one goroutine reads, or parks because an inbox is full.
	roleHeld role = iota
	// roleLent: the goroutine that read is delivering; whoever wants may take
	// over.
	roleLent
	// roleAsleep: nothing has come for a while, and the sentry wakes a reader when
	// something does.
	roleAsleep
	// roleOver: nobody reads any more.
	roleOver
)

// intake is the role of reader. Its mutex guards the inboxes of the link too.
type intake struct {
	mu         sync.Mutex
	changed    signal // role became over, or something for a waiting consumer
	role       role
	deliveries uint64 // counts lendings of the role
	borrower   *inbox // to which it was lent last
	yields     uint64 // counts calls of Next that have yielded
	yielding   uint64 // the one that the monitor saw last
	closing    bool   // a Close is reading: the consumer stays until it is done
}

// delivery returns the number of the delivery that is under way with the role
// of reader lent.
func (in *intake) delivery() (n uint64, running bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.deliveries, in.role == roleLent
}

// loan is a lending of the role of reader: its number. 0 is none.
type loan uint64

// lend lends the role of reader for a delivery to the subscriber of box. mu is held.
func (l *core) lend(box *inbox) loan {
	l.intake.role, l.intake.borrower = roleLent, box
	l.intake.deliveries++
	l.mon.delivering(l)
	return loan(l.intake.deliveries)
}

// lent reports whether the role is lent as it was: nobody took over. mu is held.
func (in *intake) lent(as loan) bool {
	return as != 0 && in.role == roleLent && in.deliveries == uint64(as)
}

// over ends the role. mu is held.
func (in *intake) over() {
	in.role = roleOver
	in.changed.wake()
}

// await waits until something has changed. mu is held, and held again.
func (in *intake) await() {
	c := in.changed.wait()
	in.mu.Unlock()
	<-c
	in.mu.Lock()
}

// takeOver lets another goroutine read on while a callback runs.
func (l *core) takeOver() {
	in := &l.intake
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.role == roleLent && !l.relieve() {
		in.role = roleHeld
		l.wire.detach()
		go l.wire.readOn() // ends when the connection does, or is taken over in turn
	}
}

// readToEnd returns when nobody reads from the connection any more. Where a
// callback keeps the reader from noticing the end, it reads itself; the
// callback's goroutine then stays to deliver what comes.
func (l *core) readToEnd() {
	in := &l.intake
	in.mu.Lock()
	for in.role == roleHeld || in.role == roleAsleep {
		in.await()
	}
	if in.role == roleOver {
		in.mu.Unlock()
		return
	}
	in.role, in.closing = roleHeld, true
	l.wire.detach()
	in.mu.Unlock()
	l.wire.readOn()
}
