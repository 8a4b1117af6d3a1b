package transport

// sleep lets the sentry wait for what comes next, so that a quiet link needs no
// goroutine, nor the stack that one has grown. It reports whether it does: then
// the role of reader is the caller's no longer, and goes to another goroutine when
// there is something to read, or the connection has ended.
func (l *core) sleep() bool {
	in := &l.intake
	in.mu.Lock()
	if in.closing {
		in.mu.Unlock()
		return false
	}
	in.role = roleAsleep
	in.mu.Unlock()
	l.mon.rest()
	taken := guard.take(l)
	in.mu.Lock()
	defer in.mu.Unlock()
	switch {
	case in.role == roleOver: // meanwhile
		guard.forget(l)
	case !taken:
		in.role = roleHeld
		return false
	}
	return true
}

// wake is called by the sentry.
func (l *core) wake() {
	in := &l.intake
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.role == roleAsleep {
		in.role = roleHeld
		go l.wire.readOn() // ends when the connection does, when it sleeps again, or is taken over
	}
}
