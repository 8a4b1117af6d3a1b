package operators

import (
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// DefaultKeys is how many keys [Distinct] remembers when nobody chose.
const DefaultKeys = 1 << 16

// DistinctOptions bound the memory of [Distinct]. nil means every default.
type DistinctOptions[K comparable] struct {
	// Keys is how many keys are remembered. When one more comes, the one that
	// was first seen the longest time ago is forgotten. 0 means DefaultKeys,
	// negative any number.
	Keys int

	// Age is how long a key is remembered after it was first seen. 0 means as
	// long as there is room, as does a negative one.
	Age time.Duration

	// OnEvict is called with each key that is forgotten for lack of room,
	// before its Age is over: from then on a value that has it is delivered
	// again. nil means that nobody wants to know.
	OnEvict func(key K)
}

// Distinct leaves out values whose key has come before.
//
//	o:         1---2---1---3---2---|
//	Distinct:  1---2-------3-------|
//
// It remembers a limited number of keys, for a limited time if you like; a
// value whose key is forgotten is delivered again. A key that does not equal
// itself, such as a NaN, has never come before, and is not remembered.
//
// It is fused: no goroutine, no timer, the order is kept. Keys that are too old
// are forgotten when a value comes. A panic in key or OnEvict ends the
// subscription with a [*stream.PanicError].
//
// RxGo: Distinct. RxJS: distinct. samber/ro: Distinct, DistinctBy.
func Distinct[T any, K comparable](o stream.Observable[T], key func(v T) K, opts *DistinctOptions[K]) stream.Observable[T] {
	var options DistinctOptions[K]
	if opts != nil {
		options = *opts
	}
	if options.Keys == 0 {
		options.Keys = DefaultKeys
	}
	return stream.Lift(o, func(dst stream.Observer[T]) stream.Observer[T] {
		return &distinctStage[T, K]{
			Stage: stream.Stage[T]{Dst: dst}, DistinctOptions: options,
			key: key, begun: time.Now(), seen: map[K]struct{}{},
		}
	})
}

type distinctStage[T any, K comparable] struct {
	stream.Stage[T]
	DistinctOptions[K]
	key   func(v T) K
	begun time.Time
	seen  map[K]struct{}
	order fifo[seenKey[K]] // in which the keys of seen came
}

// seenKey is a key and, if that matters, when it came.
type seenKey[K comparable] struct {
	key K
	at  time.Duration
}

func (s *distinctStage[T, K]) Next(v T) bool { return !s.isNew(s.key(v)) || s.Dst.Next(v) }

// isNew reports whether key is none of those that are remembered, and
// remembers it.
func (s *distinctStage[T, K]) isNew(key K) bool {
	now := s.forgetOld()
	if _, seen := s.seen[key]; seen {
		return false
	}
	if key != key {
		return true // it would never be found
	}
	if s.order.len() == s.Keys {
		oldest := s.order.pop().key
		delete(s.seen, oldest)
		if s.OnEvict != nil {
			s.OnEvict(oldest)
		}
	}
	s.seen[key] = struct{}{}
	s.order.push(seenKey[K]{key, now})
	return true
}

// forgetOld forgets the keys that are too old, and returns the time if that
// matters.
func (s *distinctStage[T, K]) forgetOld() (now time.Duration) {
	if s.Age <= 0 {
		return 0
	}
	now = time.Since(s.begun)
	for s.order.len() > 0 && now-s.order.at(0).at >= s.Age {
		delete(s.seen, s.order.pop().key)
	}
	return now
}

// DistinctUntilChanged leaves out values whose key is that of the value before.
//
//	o:                     1---1---2---2---1---|
//	DistinctUntilChanged:  1-------2-------1---|
//
// It is fused: no goroutine, the order is kept. It holds one key. A panic in
// key ends the subscription with a [*stream.PanicError]. See [Deadband] for
// numbers that hardly change.
//
// RxGo: DistinctUntilChanged. RxJS: distinctUntilChanged, distinctUntilKeyChanged. samber/ro: -.
func DistinctUntilChanged[T any, K comparable](o stream.Observable[T], key func(v T) K) stream.Observable[T] {
	return stream.Fuse(o, func(next func(v T) bool) func(v T) bool {
		var last K
		some := false // there is a last one
		return func(v T) bool {
			k := key(v)
			if some && k == last {
				return true
			}
			last, some = k, true
			return next(v)
		}
	})
}
