package operators

import (
	"context"
	"sync"

	"github.com/rxpeer/rxpeer/stream"
)

// Share lets all subscribers share one subscription to o. It begins with the
// first of them and is stopped when the last has left; the next one begins it
// anew. One that comes later gets the values from then on; see [ShareReplay]
// for older ones.
//
//	o:       1---2---3---4---|
//	first:   1---2---3---4---|
//	second:       ---3---4---|
//
// Rx calls it publish and refCount, too. The values go through a
// [stream.Subject]: each subscriber is called on the goroutine of o, one after
// the other, and one that takes long holds the others back; put a [Buffer]
// behind Share to have the policy of your choice for each. One that stops,
// fails or panics leaves alone. Order is kept.
//
// The subscription to o is bounded by no context but by its subscribers, and
// does not see the values of theirs. A cold o runs on a goroutine that Share
// owns. It has ended when the last subscriber's Done is called.
//
// RxGo: WithPublishStrategy. RxJS: share. samber/ro: Share.
func Share[T any](o stream.Observable[T]) stream.Observable[T] {
	s := &share[T]{source: o, subject: func() *stream.Subject[T] { return stream.NewPublish[T](nil) }}
	return stream.New(s.attach)
}

// share is what the subscribers of a Share or a ShareReplay have in common.
type share[T any] struct {
	source  stream.Observable[T]
	subject func() *stream.Subject[T]
	keeps   bool // one that has completed serves those who come later

	mu      sync.Mutex
	current *shared[T] // nil: the next subscriber begins
}

// attach attaches dst to the current subscription to the source.
func (s *share[T]) attach(ctx context.Context, dst stream.Observer[T]) (run func()) {
	if ctx.Err() != nil { // not for this one should the source begin
		dst.Done(context.Cause(ctx))
		return nil
	}
	s.mu.Lock()
	c := s.current
	begins := c == nil
	if begins {
		c = newShared(s.source, s.subject(), &s.mu)
		c.retire = func(completed bool) {
			if s.current == c && !(completed && s.keeps) {
				s.current = nil
			}
		}
		c.begun = true
		s.current = c
	}
	c.subscribers++
	s.mu.Unlock()

	run = c.subject.Attach(ctx, c.subscriber(dst))
	if begins {
		c.begin()
	}
	return run
}
