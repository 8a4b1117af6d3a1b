package operators

import (
	"context"
	"slices"
	"sync"

	"github.com/rxpeer/rxpeer/stream"
)

// Broadcast returns n observables that all have the values of one subscription
// to o, which begins when each of them has a subscriber: nothing of a cold o is
// lost.
//
//	o:       1---2---3---|
//	first:   1---2---3---|
//	second:  1---2---3---|
//
// Where [Share] begins with the first subscriber, Broadcast waits for all: who
// subscribes to one of them only when another one has ended waits for ever. One
// that leaves holds up nobody, not even before the beginning; when all have
// left o is stopped. A further round of subscribers shares a further
// subscription to o.
//
// Each subscriber is called on the goroutine of o, one after the other, and one
// that takes long holds the others back: put a [Buffer] behind it to have the
// policy of your choice. One that stops, fails or panics leaves alone. Order is
// kept. The subscription to o is bounded by no context but by its subscribers.
// A cold o runs on a goroutine that Broadcast owns. Broadcast panics if n is
// less than 1.
//
// RxGo: WithPublishStrategy. RxJS: connectable. samber/ro: Connectable.
func Broadcast[T any](o stream.Observable[T], n int) []stream.Observable[T] {
	if n < 1 {
		panic("operators: Broadcast to less than 1")
	}
	b := &broadcast[T]{source: o, places: n}
	all := make([]stream.Observable[T], n)
	for i := range all {
		all[i] = stream.New(func(ctx context.Context, dst stream.Observer[T]) func() {
			return b.attach(ctx, dst, i)
		})
	}
	return all
}

// broadcast is what the subscribers of a Broadcast have in common.
type broadcast[T any] struct {
	source stream.Observable[T]
	places int

	mu     sync.Mutex
	rounds []*round[T] // those that have not begun
}

// round is one subscription to the source of a Broadcast, or the wait for it.
// Its fields are guarded by broadcast.mu.
type round[T any] struct {
	*shared[T]
	places   []place
	missing  int // places that nobody has taken so far
	arriving int // subscribers that have a place and are not attached yet
}

// place is one of the observables of a Broadcast, in one round.
type place struct {
	came bool // a subscriber has been here
	here bool // and has not left
}

// attach attaches dst to the i-th place of a round that has not begun.
func (b *broadcast[T]) attach(ctx context.Context, dst stream.Observer[T], i int) (run func()) {
	if ctx.Err() != nil {
		dst.Done(context.Cause(ctx))
		return nil
	}
	r := b.enter(i)
	run = r.subject.Attach(ctx, r.subscriber(dst, i))
	if b.arrived(r) {
		r.begin()
	}
	return run
}

// enter takes the i-th place of the oldest round where it is free.
func (b *broadcast[T]) enter(i int) *round[T] {
	b.mu.Lock()
	defer b.mu.Unlock()
	at := slices.IndexFunc(b.rounds, func(r *round[T]) bool { return !r.places[i].here })
	if at < 0 {
		at = len(b.rounds)
		b.rounds = append(b.rounds, b.newRound())
	}
	r := b.rounds[at]
	if !r.places[i].came {
		r.missing--
	}
	r.places[i] = place{came: true, here: true}
	r.subscribers++
	r.arriving++
	return r
}

func (b *broadcast[T]) newRound() *round[T] {
	r := &round[T]{
		shared:  newShared(b.source, stream.NewPublish[T](nil), &b.mu),
		places:  make([]place, b.places),
		missing: b.places,
	}
	r.retire = func(bool) {
		b.rounds = slices.DeleteFunc(b.rounds, func(other *round[T]) bool { return other == r })
	}
	return r
}

// arrived notes that a subscriber of r is attached, and reports whether it is
// the one that makes r begin.
func (b *broadcast[T]) arrived(r *round[T]) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	r.arriving--
	if r.missing > 0 || r.arriving > 0 || r.begun || r.over {
		return false
	}
	r.begun = true
	r.retire(false)
	return true
}

// subscriber returns what is attached for who has the i-th place.
func (r *round[T]) subscriber(dst stream.Observer[T], i int) stream.Observer[T] {
	return stream.AtEnd(dst, func(err error) {
		r.mu.Lock()
		r.places[i].here = false
		r.mu.Unlock()
		r.leave(func() { dst.Done(err) })
	})
}
