package transport

import (
	"sync/atomic"
	"time"
)

// parking is about a reader that waits because the inbox is full. What is not
// atomic is guarded by the intake's mutex.
type parking struct {
	parked    atomic.Bool   // the reader waits for room
	senders   atomic.Int32  // Sends that wait for room: the limit is larger then
	room      chan struct{} // a token for the parked reader
	draining  bool          // the link is closing: read on, drop what finds no room
	flood     bool          // the remote has closed: take the rest, it is little
	discarded uint64        // messages that found no room while draining
}

// stretch is how many times as much the inbox holds while a Send on the link
// waits: two peers that answer each other's messages must not both be waiting
// to send with both inboxes full.
const stretch = 4

// full reports whether the reader must park. The intake's mutex is held.
func (l *textLink) full() bool {
	limit := l.opts.Inbox
	if l.park.senders.Load() > 0 {
		limit *= stretch
	}
	return l.in.size >= limit && !l.park.draining && !l.park.flood
}

// roomy reports whether a parked reader may go on. The intake's mutex is held.
func (l *textLink) roomy() bool {
	p := &l.park
	return l.in.size <= l.opts.Inbox/2 || p.senders.Load() > 0 && !l.full() || p.draining || p.flood
}

// wakeReader lets a parked reader look again.
func (l *textLink) wakeReader() {
	select {
	case l.park.room <- struct{}{}:
	default:
	}
}

// discards reports whether s finds no room while the link is closing. The
// intake's mutex is held.
func (l *textLink) discards(s *slab) bool {
	p := &l.park
	if !p.draining || p.flood || l.in.size+s.charge <= l.opts.Inbox {
		return false
	}
	p.discarded += uint64(s.left())
	return true
}

// attached is called by the inbox: from now on a stall counts.
func (l *textLink) attached(sub *subscription) {
	if l.park.parked.Load() {
		sub.flags.Store(flagReport)
		l.wakeReader()
	}
}

// delivered is called by the inbox.
func (l *textLink) delivered(s *slab, _, _ int) (settle bool) {
	if s.queued {
		l.in.progress.Add(1)
		if l.park.parked.Load() && l.in.size <= l.opts.Inbox/2 {
			l.wakeReader()
		}
	}
	return false
}

// settled is called by the inbox.
func (l *textLink) settled() {}

// startWaiting is called by a sender before it waits: somebody must read on, or
// the remote may be waiting for the same.
func (l *textLink) startWaiting() {
	l.park.senders.Add(1)
	if l.park.parked.Load() {
		l.wakeReader()
	}
	l.takeOver()
}

// stopWaiting is called after that.
func (l *textLink) stopWaiting() { l.park.senders.Add(-1) }

// parkTick is how often a parked reader looks whether the remote has closed.
const parkTick = 100 * time.Millisecond

// waitForRoom waits until the inbox has room, or the link ends. A stall under a
// subscriber is ErrStalled.
func (l *textLink) waitForRoom() error {
	in := &l.in
	l.park.parked.Store(true)
	defer func() {
		l.mon.heard.Store(l.now())
		in.mu.Lock()
		defer in.mu.Unlock()
		l.park.parked.Store(false)
		if in.sub != nil {
			in.sub.flags.And(^uint32(flagReport))
		}
	}()
	since, seen := l.now(), in.progress.Load()
	tick := time.NewTicker(min(parkTick, max(l.Timeout()/4, time.Millisecond)))
	defer tick.Stop()
	for {
		in.mu.Lock()
		done := l.roomy()
		attached := in.sub != nil || in.consumer
		if in.sub != nil {
			in.sub.flags.Or(flagReport)
		}
		in.mu.Unlock()
		if done {
			return nil
		}
		if p := in.progress.Load(); p != seen || !attached {
			since, seen = l.now(), p
		} else if time.Duration(l.now()-since) >= l.Timeout() {
			return ErrStalled
		}
		if hungUp(l.raw) {
			in.mu.Lock()
			l.park.flood = true // no more than the kernel has buffered
			in.mu.Unlock()
			return nil
		}
		select {
		case <-l.park.room:
		case <-tick.C:
		}
	}
}
