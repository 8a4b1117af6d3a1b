package operators

import (
	"context"
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// SessionOptions bound the memory of [Sessions] and [Bursts]. nil means every
// default.
type SessionOptions struct {
	// Limit is how many values a session may have. 0 means DefaultBatch,
	// negative any number.
	Limit int

	// Keys is how many sessions may go on at once. 0 means DefaultGroups,
	// negative any number.
	Keys int

	// Max is how long a session may go on, from its first value. 0 means as
	// long as values come, as does a negative one.
	Max time.Duration
}

// Session is what came with one key before it fell silent.
type Session[K comparable, T any] struct {
	Key K

	// Values are those of the session, of which there is one at least. The
	// slice belongs to the subscriber.
	Values []T

	// Begin and End are when the first and the last value came.
	Begin, End time.Time
}

// Sessions divides the values by their key, and each key's values where none
// came for gap.
//
//	o:            a1-a2-b1------a3-------|
//	Sessions(6):  ---------A--B-------C--|    A = [a1 a2], B = [b1], C = [a3]
//
// A session comes when it is over: when no value with its key has come for gap,
// when it has as many values or is as old as opts allow, or when another key
// needs its place and none else is silent for longer. The next value of its key
// begins another one. So each value is in exactly one session, in order, and
// nothing is dropped; sessions come in the order of their ends. When o
// completes or fails, those that go on are delivered before the end; when the
// subscription is stopped, or its context ends, they are forgotten.
//
// It holds what opts allow. One timer for all delivers, on its own goroutine;
// values that come meanwhile wait in a queue, and when 256 wait there the
// source does; their time is when they leave it. Calls of key are serial; each
// value with a key that is not equal to itself, as NaN, is a session of its
// own. Sessions panics if gap is not positive.
//
// RxGo: -. RxJS: -. samber/ro: -.
func Sessions[K comparable, T any](o stream.Observable[T], key func(v T) K, gap time.Duration, opts *SessionOptions) stream.Observable[Session[K, T]] {
	if gap <= 0 {
		panic("operators: Sessions with a gap that is not positive")
	}
	var limits SessionOptions
	if opts != nil {
		limits = *opts
	}
	if limits.Limit == 0 {
		limits.Limit = DefaultBatch
	}
	if limits.Keys == 0 {
		limits.Keys = DefaultGroups
	}
	return stream.New(func(ctx context.Context, dst stream.Observer[Session[K, T]]) func() {
		s := &sessions[K, T]{SessionOptions: limits, key: key, gap: gap, dst: dst, live: map[K]*session[K, T]{}}
		s.calls = newClocked(ctx, dst, s.add, s.ring, s.flush)
		return s.calls.attach(o)
	})
}

// Bursts returns the values in slices, divided where none came for gap: the
// values of the only one of [Sessions] that goes on at a time.
//
//	o:          1-2--3---------4-|
//	Bursts(5):  ----------A------(B|)    A = [1 2 3], B = [4]
//
// RxGo: -. RxJS: -. samber/ro: -.
func Bursts[T any](o stream.Observable[T], gap time.Duration, opts *SessionOptions) stream.Observable[[]T] {
	sessions := Sessions(o, func(T) struct{} { return struct{}{} }, gap, opts)
	return Map(sessions, func(s Session[struct{}, T]) []T { return s.Values })
}
