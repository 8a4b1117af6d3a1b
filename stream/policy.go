package stream

import "fmt"

// DefaultQueue is the capacity of queues whose size nobody chose: 256 values.
const DefaultQueue = 256

// Policy says how large the queue of an asynchronous boundary is and what
// happens to a value that comes when it is full. Overflow belongs to each
// subscriber's boundary, never to the source: siblings are not affected,
// except by Block, which holds the source and thereby its siblings back.
//
// The zero value is Block(DefaultQueue).
type Policy struct {
	kind   PolicyKind
	n      int
	onDrop func(v any)
}

// PolicyKind is what a [Policy] does when it is full.
type PolicyKind uint8

// The kinds, which [Block], [DropOldest], [DropNewest], [FailWhenFull] and
// [Unbounded] make.
const (
	KindBlock PolicyKind = iota
	KindDropOldest
	KindDropNewest
	KindFailWhenFull
	KindUnbounded
)

// Kind returns what the policy does when it is full.
func (p Policy) Kind() PolicyKind { return p.kind }

// Block waits until there is room: nothing is lost, and the source, with all
// other subscribers of the same subject, waits for this one. n is the number
// of values that may wait; less than 1 means [DefaultQueue].
func Block(n int) Policy { return Policy{kind: KindBlock, n: capacity(n)} }

// DropOldest makes room by dropping the value that waited longest. n as in
// [Block].
func DropOldest(n int) Policy { return Policy{kind: KindDropOldest, n: capacity(n)} }

// DropNewest drops the value that comes when n values wait. n as in [Block].
func DropNewest(n int) Policy { return Policy{kind: KindDropNewest, n: capacity(n)} }

// Latest keeps only the newest value: DropOldest(1).
func Latest() Policy { return DropOldest(1) }

// FailWhenFull ends the subscription with [ErrOverflow] when a value comes and
// n values wait; those are still delivered. n as in [Block].
func FailWhenFull(n int) Policy { return Policy{kind: KindFailWhenFull, n: capacity(n)} }

// Unbounded never drops and never waits: memory is the only limit. Use it when
// something else bounds the number of values.
func Unbounded() Policy { return Policy{kind: KindUnbounded} }

// OnDrop returns the policy with a function that is called with each value
// that it drops, on the goroutine that delivers, so it must not block. The
// drop is counted whether or not there is one; see [Subscription.Dropped].
func (p Policy) OnDrop(f func(v any)) Policy {
	p.onDrop = f
	return p
}

// Capacity returns how many values may wait; -1 means any number.
func (p Policy) Capacity() int {
	switch {
	case p.kind == KindUnbounded:
		return -1
	case p.n == 0:
		return DefaultQueue
	}
	return p.n
}

// Lossless reports whether the policy never drops a value of a live
// subscription.
func (p Policy) Lossless() bool { return p.kind == KindBlock || p.kind == KindUnbounded }

// String returns the policy as the call that makes it.
func (p Policy) String() string {
	names := [...]string{"Block", "DropOldest", "DropNewest", "FailWhenFull", "Unbounded"}
	if p.kind == KindUnbounded {
		return "Unbounded()"
	}
	return fmt.Sprintf("%s(%d)", names[p.kind], p.Capacity())
}

func capacity(n int) int {
	if n < 1 {
		return DefaultQueue
	}
	return n
}
