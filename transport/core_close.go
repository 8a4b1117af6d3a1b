package transport

import (
	"sync"
	"time"
)

// ending is how a link ends. Its mutex is never held while another is taken.
type ending struct {
	mu     sync.Mutex
	cause  *CloseError   // the first reason; nil while the link is open
	fin    bool          // our end of the stream was sent
	eof    bool          // the remote's was received
	over   bool          // the connection is closed
	ended  bool          // the link has ended
	done   chan struct{} // closed then; nil: nobody asked
	linger *time.Timer
	until  time.Time // when linger fires
	hooks  []func(*CloseError)
}

func (l *core) Done() <-chan struct{} {
	l.end.mu.Lock()
	defer l.end.mu.Unlock()
	if l.end.done == nil {
		l.end.done = make(chan struct{})
		if l.end.ended {
			close(l.end.done)
		}
	}
	return l.end.done
}

func (l *core) Err() error {
	l.end.mu.Lock()
	defer l.end.mu.Unlock()
	if !l.end.ended {
		return nil
	}
	return l.end.cause
}

func (l *core) Closing() bool {
	l.end.mu.Lock()
	defer l.end.mu.Unlock()
	return l.end.cause != nil
}

func (l *core) OnEnd(f func(*CloseError)) {
	l.end.mu.Lock()
	if !l.end.ended {
		l.end.hooks = append(l.end.hooks, f)
		l.end.mu.Unlock()
		return
	}
	l.end.mu.Unlock()
	f(l.end.cause)
}

func (l *core) Close(linger time.Duration) error {
	l.BeginClose(linger)
	l.readToEnd()
	l.wire.waitIdle()
	<-l.Done()
	if l.end.cause.Undelivered > 0 {
		return l.end.cause
	}
	return nil
}

func (l *core) BeginClose(linger time.Duration) {
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

func (l *core) Abort() { _ = l.Close(-1) }

// begin keeps why the link ends. Only the first call does and returns true.
func (l *core) begin(reason Reason, err error) bool {
	l.end.mu.Lock()
	defer l.end.mu.Unlock()
	if l.end.cause != nil {
		return false
	}
	l.end.cause = &CloseError{Reason: reason, Err: err}
	return true
}

// spoil adds what went wrong to an end that had begun orderly.
func (l *core) spoil(err error) {
	l.end.mu.Lock()
	defer l.end.mu.Unlock()
	if c := l.end.cause; !l.end.over && c.Err == nil {
		c.Err = err
	}
}

// fail ends the link at once. If it was ending already, it ends now.
func (l *core) fail(reason Reason, err error) {
	if !l.begin(reason, err) {
		l.spoil(err)
	}
	l.tearDown(true)
}

// shut accepts nothing more and lets out what waits, for linger at most.
func (l *core) shut(linger time.Duration) {
	l.end.mu.Lock()
	if !l.end.over {
		l.end.until = time.Now().Add(linger)
		l.end.linger = time.AfterFunc(linger, l.lingered)
	}
	l.end.mu.Unlock()
	l.wire.drain()
}

// lingered ends a close that took too long. When our FIN is out the remote
// has, or will get, everything, and is only slow to close its own end.
func (l *core) lingered() {
	l.end.mu.Lock()
	fin := l.end.fin
	l.end.mu.Unlock()
	if !fin {
		l.spoil(ErrLinger)
	}
	l.tearDown(!fin)
}

// tearDown closes the connection, which wakes whoever reads or writes.
func (l *core) tearDown(reset bool) {
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

	idle := l.wire.abandon()
	if reset {
		_ = Reset(l.conn)
	} else {
		_ = l.conn.Close()
	}
	l.mon.stop()
	untold := l.wire.inboundOver(l.inboundErr())
	if idle {
		l.finish()
	}
	tellEnds(untold)
}

// finish ends the link. It is called once, by tearDown or by the writer that
// tearDown interrupted.
func (l *core) finish() {
	lost := l.wire.lost()
	l.end.mu.Lock()
	l.end.cause.Undelivered = lost
	l.end.ended = true
	if l.end.done != nil {
		close(l.end.done)
	}
	hooks := l.end.hooks
	l.end.hooks = nil
	l.end.mu.Unlock()
	for _, f := range hooks {
		f(l.end.cause)
	}
}

// inboundErr returns how the inbound direction ended, for the subscriber.
func (l *core) inboundErr() error {
	l.end.mu.Lock()
	defer l.end.mu.Unlock()
	if l.end.cause == nil || l.end.cause.Err == nil {
		return nil
	}
	return &CloseError{Reason: l.end.cause.Reason, Err: l.end.cause.Err}
}

// closedErr is what a use of the link after its end returns.
func (l *core) closedErr() error {
	l.end.mu.Lock()
	defer l.end.mu.Unlock()
	if l.end.cause == nil {
		return ErrClosed
	}
	return &CloseError{Reason: l.end.cause.Reason, Err: l.end.cause.Err}
}
