package operators

import (
	"context"
	"fmt"
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// DefaultJoin is how many values of each source a [Join] holds at most when
// nobody chose.
const DefaultJoin = 1 << 16

// JoinOptions bound the memory of [Join]. nil means every default.
type JoinOptions struct {
	// Limit is how many values of each source may be held. 0 means
	// DefaultJoin, negative any number.
	Limit int

	// Evict says what happens when one more had to be held: when set, the
	// oldest of that source is forgotten early, and counts in
	// [stream.Subscription.Dropped]; otherwise the stream ends with
	// [stream.ErrOverflow], as errors.Is tells.
	Evict bool
}

// Join returns f of each two values of left and right that have the same key
// and came within the given time of each other: each pair once, as soon as the
// later one of the two comes.
//
//	left:     a1--b1--------a2--------|
//	right:    ------a3--------a4--b2--|
//	Join(8):  ------A---------B-------|    A = f(a1, a3), B = f(a2, a4)
//
// Pairs of one value come in the order in which its partners came. A key that
// is not equal to itself, as NaN, has no partners. Calls of the functions are
// serial.
//
// It completes when both sources have, or as soon as no further pair can come:
// when one has completed and its values are too old. The first failure of one
// ends it, and detaches the other; pairs that came before it are delivered
// before it.
//
// A value is held as long as a partner may come for it, and opts bound how many
// are. There is no timer: that values are too old is noticed when the next one
// comes, from either source, and only then are they forgotten. Their time is
// when they leave the queue in which 256 of them wait for a subscriber that is
// busy, before the sources do. Where and how sources run is as for [Merge].
//
// Join panics if within is not positive.
//
// RxGo: Join. RxJS: -. samber/ro: -.
func Join[L, R, O any, K comparable](
	left stream.Observable[L], right stream.Observable[R],
	leftKey func(v L) K, rightKey func(v R) K,
	within time.Duration, f func(l L, r R) O, opts *JoinOptions,
) stream.Observable[O] {
	if within <= 0 {
		panic("operators: Join within a time that is not positive")
	}
	var limits JoinOptions
	if opts != nil {
		limits = *opts
	}
	if limits.Limit == 0 {
		limits.Limit = DefaultJoin
	}
	return stream.New(func(ctx context.Context, dst stream.Observer[O]) func() {
		j := &join[L, R, O, K]{
			JoinOptions: limits, f: f, dst: dst,
			leftKey: leftKey, rightKey: rightKey, within: within, begun: time.Now(),
		}
		j.calls = newSerial(ctx, 4, j.add, dst.Done)
		j.calls.down = stream.PatienceOf(dst)
		return together(present(
			attachSide(j.calls, left, first[L, R], func(bool) { j.calls.do(j.leftCompleted) }),
			attachSide(j.calls, right, second[L, R], func(bool) { j.calls.do(j.rightCompleted) }),
		))
	})
}

// join is a subscription to a Join. Times are counted from its begin.
type join[L, R, O any, K comparable] struct {
	JoinOptions
	f        func(l L, r R) O
	dst      stream.Observer[O]
	calls    *serial[either[L, R]]
	leftKey  func(v L) K
	rightKey func(v R) K
	within   time.Duration
	begun    time.Time

	left      joinSide[K, L]
	right     joinSide[K, R]
	leftOver  bool // it has completed
	rightOver bool
}

// add delivers the pairs of v with what is held of the other source.
func (j *join[L, R, O, K]) add(v either[L, R]) (more bool) {
	now := time.Since(j.begun)
	j.left.expire(now - j.within)
	j.right.expire(now - j.within)
	if v.second {
		return j.addRight(v.b, now)
	}
	return j.addLeft(v.a, now)
}

func (j *join[L, R, O, K]) addLeft(l L, now time.Duration) (more bool) {
	key := j.leftKey(l)
	for r := range j.right.with(key) {
		if j.calls.outer.Err() != nil {
			return true // the sources bring the end
		}
		if !j.dst.Next(j.f(l, r)) {
			return false
		}
	}
	switch {
	case j.rightOver:
		j.completeWithout(&j.right)
	case j.makeRoom(&j.left):
		j.left.hold(key, l, now)
	}
	return true
}

func (j *join[L, R, O, K]) addRight(r R, now time.Duration) (more bool) {
	key := j.rightKey(r)
	for l := range j.left.with(key) {
		if j.calls.outer.Err() != nil {
			return true // the sources bring the end
		}
		if !j.dst.Next(j.f(l, r)) {
			return false
		}
	}
	switch {
	case j.leftOver:
		j.completeWithout(&j.left)
	case j.makeRoom(&j.right):
		j.right.hold(key, r, now)
	}
	return true
}

// partners is what is held of either source.
type partners interface {
	len() int
	forget()
}

// makeRoom reports whether one more value may be held with the others.
func (j *join[L, R, O, K]) makeRoom(others partners) bool {
	switch {
	case others.len() != j.Limit:
	case j.Evict:
		others.forget()
		j.calls.drops(1)
	default:
		j.calls.dead = true // pairs would be missing from now on
		j.calls.fail(overflow(fmt.Sprintf("operators: more than the %d values that a Join may hold of a source", j.Limit)))
		return false
	}
	return true
}

func (j *join[L, R, O, K]) leftCompleted() {
	j.leftOver = true
	j.right = joinSide[K, R]{} // nobody comes for them
	j.completeWithout(&j.left)
}

func (j *join[L, R, O, K]) rightCompleted() {
	j.rightOver = true
	j.left = joinSide[K, L]{}
	j.completeWithout(&j.right)
}

// completeWithout completes if nothing is held of a source that has completed.
func (j *join[L, R, O, K]) completeWithout(held partners) {
	if held.len() == 0 {
		j.calls.fail(nil)
	}
}
