package transport

import (
	"runtime/debug"

	"github.com/rxpeer/rxpeer/stream"
)

// thrown deals with a callback that did not return: it panicked with v, or ended
// its goroutine if that is nil. The latter means nothing of one that has yielded. It
// reports whether another goroutine has taken the caller's place.
func (in *inbox) thrown(sub *subscription, calm uint32, v any, s *slab, lent loan) (relieved bool) {
	yielded := sub.flags.Load()&flagYielded != 0
	relieved = in.relieved(sub, calm)
	switch {
	case relieved && v == nil:
	case relieved:
		in.detach(sub, stream.Caught(sub.dst, panicked(v)))
	case yielded && v == nil:
		in.message = Message{}
		go in.resume(s, lent) // as the consumer, in place of this goroutine
	default:
		in.message = Message{}
		in.threw(sub, v, s, lent)
	}
	return relieved
}

// threw ends a subscription whose callback threw v.
func (in *inbox) threw(sub *subscription, v any, s *slab, lent loan) {
	thrown := panicked(v)
	in.stopSub(sub, thrown) // first: its Done may subscribe again
	ending := true
	defer func() {
		if ending {
			go in.resume(s, lent) // as the consumer, in place of this goroutine
		}
	}()
	err := stream.Caught(sub.dst, thrown)
	in.mu.Lock()
	if sub.err == thrown { // nothing else had ended it before
		sub.err = err
	}
	in.mu.Unlock()
	ending = thrown.Goexit // otherwise it may be the subscriber's Done that ended it
}

// panicked describes what recover returned.
func panicked(v any) *stream.PanicError {
	return &stream.PanicError{Value: v, Goexit: v == nil, Stack: debug.Stack()}
}
