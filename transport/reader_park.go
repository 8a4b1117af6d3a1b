package transport

import "time"

// parkTick is how often a parked reader looks whether the remote has closed.
const parkTick = 100 * time.Millisecond

// park waits until the inbox has room, or the link ends. A stall under a
// subscriber is ErrStalled.
func (l *Link) park() error {
	in := &l.in
	in.parked.Store(true)
	defer func() {
		l.mon.heard.Store(l.now())
		in.mu.Lock()
		defer in.mu.Unlock()
		in.parked.Store(false)
		if in.sub != nil {
			in.sub.flags.And(^uint32(flagReport))
		}
	}()
	since, seen := l.now(), in.progress.Load()
	tick := time.NewTicker(min(parkTick, max(l.Timeout()/4, time.Millisecond)))
	defer tick.Stop()
	for {
		in.mu.Lock()
		done := in.roomy()
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
			in.flood = true // no more than the kernel has buffered
			in.mu.Unlock()
			return nil
		}
		select {
		case <-in.room:
		case <-tick.C:
		}
	}
}
