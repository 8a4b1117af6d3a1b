package operators

import (
	"context"
	"hash/maphash"

	"github.com/rxpeer/rxpeer/stream"
)

// ByKey subscribes to o and delivers each value into the sink of one branch:
// all values with the same key into the same, in their order.
//
//	o:                a1--b1--a2--b2--|
//	To(x, Block(9)):  a1------a2------
//	To(y, Block(9)):  ----b1------b2--
//
// The key's hash chooses the branch, differently for each call of ByKey. The
// policy of that branch alone decides what happens when its queue is full.
//
// When a branch fails, its keys move to the others, and those of the others stay
// where they are. What its queue held is handed over, as by [RoundRobin], before
// further values with these keys; so they keep their order.
//
// All else is as for [Into]. Calls of key are serial; a value may be asked for
// its key again when it is handed over.
//
// RxGo: -. RxJS: -. samber/ro: -.
func ByKey[K comparable, T any](ctx context.Context, o stream.Observable[T], key func(v T) K, branches ...*Branch[T]) *stream.Subscription {
	return fanToOne(ctx, "ByKey", o, branches, func(f *toOne[T]) func(T) *Branch[T] {
		seed := maphash.MakeSeed()
		for i, b := range branches {
			b.salt = maphash.Comparable(seed, i)
		}
		return func(v T) *Branch[T] { return f.highest(maphash.Comparable(seed, key(v))) }
	})
}

// highest returns the open branch with the highest score for a hash: when one
// ends, only that one's keys move (rendezvous hashing).
func (f *toOne[T]) highest(hash uint64) (highest *Branch[T]) {
	var best uint64
	for _, b := range f.open {
		if score := scatter(hash ^ b.salt); highest == nil || score > best {
			highest, best = b, score
		}
	}
	return highest
}

// scatter makes each bit of its result depend on all of x (the finalizer of
// SplitMix64).
func scatter(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
