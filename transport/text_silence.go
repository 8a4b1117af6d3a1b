package transport

import "time"

// silence sends a PING when nothing arrived for the timeout, as Python does,
// and ends the link when the remote cannot be heard at all. A Python peer is
// sent one whatever arrives. It is part of the wire.
func (l *textLink) silence(silent time.Duration) (next time.Duration) {
	timeout := l.Timeout()
	if silent < timeout && !l.keepsTalking() {
		return timeout - silent
	}
	if l.unheard(silent, timeout) {
		l.fail(ReasonTimeout, ErrSilent)
		return 0
	}
	if !l.hello.Stream {
		l.control(&l.out.ping)
	}
	return l.pingInterval()
}

// unheard reports whether the remote must be taken for gone. A peer of this
// module answers a PING, so it is gone when it was silent for three timeouts,
// and its system owes an answer too, where that can be known. Of others, and of
// streams, where no PING may be sent, only what is owed tells: for three
// timeouts, which begin when something is sent.
func (l *textLink) unheard(silent, timeout time.Duration) bool {
	if l.park.parked.Load() {
		return false // we are not listening
	}
	limit := patience * timeout
	owed, known := Unanswered(l.conn)
	if l.hello.Stream || l.python() {
		return owed >= limit
	}
	return silent >= limit && (owed > 0 || !known)
}
