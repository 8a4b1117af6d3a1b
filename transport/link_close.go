package transport

import (
	"sync"
	"time"
)

// ending is how a link ends. Its mutex is never held while another is taken.
type ending struct {
	mu     sync.Mutex
	cause  *CloseError // the first reason; nil while the link is open
	fin    bool        // our end of the stream was sent
	eof    bool        // the remote's was received
	over   bool        // the connection is closed
	ended  bool        // done is closed
	linger *time.Timer
	until  time.Time // when linger fires
	hooks  []func(*CloseError)
}

// Done returns a channel that is closed when the link has ended: nothing more
// is sent or received. Messages that were received may still wait in the
// inbox.
func (l *Link) Done() <-chan struct{} { return l.done }

// Err returns nil until the link has ended, then a [*CloseError], after an
// orderly close too.
func (l *Link) Err() error {
	select {
	case <-l.done:
		return l.end.cause
	default:
		return nil
	}
}

// Closing reports whether the link has ended or begun to: Send and its kin
// accept nothing more.
func (l *Link) Closing() bool {
	l.end.mu.Lock()
	defer l.end.mu.Unlock()
	return l.end.cause != nil
}

// OnEnd calls f when the link has ended, on the goroutine that ended it, or at
// once when that has happened. f must not block.
func (l *Link) OnEnd(f func(*CloseError)) {
	l.end.mu.Lock()
	if !l.end.ended {
		l.end.hooks = append(l.end.hooks, f)
		l.end.mu.Unlock()
		return
	}
	l.end.mu.Unlock()
	f(l.end.cause)
}

// Close ends the link gracefully: nothing more is accepted, what was accepted
// is sent, and the remote gets an orderly end. It takes linger at most; then,
// or when linger is negative, the connection is reset. Zero means
// [Options.Linger]. Towards a Python peer, which notices nothing else, the end
// is a reset that follows when its kernel has everything.
//
// Close returns when the link has ended and its goroutines have, except one
// that runs a subscriber's callback; it starts none. It may be called from
// such a callback, many times, and by many at once. The error is a
// [*CloseError] when accepted messages were not sent, and nil otherwise.
func (l *Link) Close(linger time.Duration) error {
	l.BeginClose(linger)
	l.readToEnd()
	l.out.waitIdle()
	<-l.done
	if l.end.cause.Undelivered > 0 {
		return l.end.cause
	}
	return nil
}

// BeginClose is the part of Close that does not wait: many links can be closed
// at once by one goroutine. The end comes by itself, linger later at most. Of
// several calls the one that ends first counts.
func (l *Link) BeginClose(linger time.Duration) {
	if linger == 0 {
		linger = l.opts.Linger
	}
	if linger < 0 {
		l.fail(ReasonLocal, ErrAborted)
		return
	}
	if l.begin(ReasonLocal, nil) {
		l.shut(linger)
		return
	}
	l.end.mu.Lock()
	defer l.end.mu.Unlock()
	if until := time.Now().Add(linger); l.end.linger != nil && !l.end.over && until.Before(l.end.until) {
		l.end.until = until
		l.end.linger.Reset(linger)
	}
}

// Abort resets the connection at once. What was not sent is lost. It waits as
// Close does.
func (l *Link) Abort() { _ = l.Close(-1) }

// begin keeps why the link ends. Only the first call does and returns true.
func (l *Link) begin(reason Reason, err error) bool {
	l.end.mu.Lock()
	defer l.end.mu.Unlock()
	if l.end.cause != nil {
		return false
	}
	l.end.cause = &CloseError{Reason: reason, Err: err}
	return true
}

// spoil adds what went wrong to an end that had begun orderly.
func (l *Link) spoil(err error) {
	l.end.mu.Lock()
	defer l.end.mu.Unlock()
	if c := l.end.cause; !l.end.over && c.Err == nil {
		c.Err = err
	}
}

// fail ends the link at once. If it was ending already, it ends now.
func (l *Link) fail(reason Reason, err error) {
	if !l.begin(reason, err) {
		l.spoil(err)
	}
	l.tearDown(true)
}

// shut accepts nothing more and lets out what waits, for linger at most.
func (l *Link) shut(linger time.Duration) {
	l.end.mu.Lock()
	if !l.end.over {
		l.end.until = time.Now().Add(linger)
		l.end.linger = time.AfterFunc(linger, l.lingered)
	}
	l.end.mu.Unlock()
	l.in.drain()
	if l.out.shut() {
		l.drained()
	}
}

// drained goes on when everything accepted was written.
func (l *Link) drained() {
	l.end.mu.Lock()
	local := l.end.cause.Reason == ReasonLocal
	eof := l.end.eof
	l.end.mu.Unlock()
	switch {
	case eof:
		l.tearDown(false)
	case l.python() && local:
		l.settle()
	case CloseWrite(l.conn) != nil:
		l.tearDown(false)
	default:
		l.end.mu.Lock()
		l.end.fin = true
		eof = l.end.eof
		l.end.mu.Unlock()
		if eof {
			l.tearDown(false)
		}
	}
}

// Waiting for a Python peer's kernel to have everything.
const (
	settleStep = time.Millisecond
	// settleBlind is how long it may need where the system does not tell.
	settleBlind = 200 * time.Millisecond
)

// settle resets the connection when nothing is left in the send queue: a
// reset drops what is in it, and a FIN before it would keep a Python peer from
// noticing the reset.
func (l *Link) settle() {
	l.end.mu.Lock()
	over := l.end.over
	l.end.mu.Unlock()
	if over {
		return
	}
	switch n, ok := Unsent(l.conn); {
	case ok && n == 0:
		l.tearDown(true)
	case ok:
		time.AfterFunc(settleStep, l.settle)
	default:
		time.AfterFunc(settleBlind, func() { l.tearDown(true) })
	}
}

// lingered ends a close that took too long. When our FIN is out the remote
// has, or will get, everything, and is only slow to close its own end.
func (l *Link) lingered() {
	l.end.mu.Lock()
	fin := l.end.fin
	l.end.mu.Unlock()
	if !fin {
		l.spoil(ErrLinger)
	}
	l.tearDown(!fin)
}

// tearDown closes the connection, which wakes whoever reads or writes.
func (l *Link) tearDown(reset bool) {
	l.end.mu.Lock()
	if l.end.over {
		l.end.mu.Unlock()
		return
	}
	l.end.over = true
	if l.end.linger != nil {
		l.end.linger.Stop()
	}
	l.end.mu.Unlock()

	idle := l.out.abandon()
	if reset {
		_ = Reset(l.conn)
	} else {
		_ = l.conn.Close()
	}
	l.mon.stop()
	l.in.abandon(l.inboundErr())
	if idle {
		l.finish()
	}
}

// finish closes done. It is called once, by tearDown or by the writer that
// tearDown interrupted.
func (l *Link) finish() {
	lost := l.out.lost()
	l.end.mu.Lock()
	l.end.cause.Undelivered = lost
	l.end.ended = true
	hooks := l.end.hooks
	l.end.hooks = nil
	l.end.mu.Unlock()
	close(l.done)
	for _, f := range hooks {
		f(l.end.cause)
	}
}

// inboundErr returns how the inbound direction ended, for the subscriber.
func (l *Link) inboundErr() error {
	l.end.mu.Lock()
	defer l.end.mu.Unlock()
	if l.end.cause == nil || l.end.cause.Err == nil {
		return nil
	}
	return &CloseError{Reason: l.end.cause.Reason, Err: l.end.cause.Err}
}

// closedErr is what a use of the link after its end returns.
func (l *Link) closedErr() error {
	l.end.mu.Lock()
	defer l.end.mu.Unlock()
	if l.end.cause == nil {
		return ErrClosed
	}
	return &CloseError{Reason: l.end.cause.Reason, Err: l.end.cause.Err}
}
