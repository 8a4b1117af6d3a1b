package operators

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/rxpeer/rxpeer/stream"
)

// SwitchMap returns the values of the newest of the sources that f returns for
// the values of o: a value of o detaches the source of the one before.
//
//	o:          a-----b------|
//	f(a):       1--2---3--4--|
//	f(b):             x--y--z--|
//	SwitchMap:  1--2--x--y--z--|
//
// When o has returned from delivering a value, no value of an older source
// begins any more; those that waited are forgotten. It completes when o and the
// newest source have. The first failure of one of these two ends it at once;
// what becomes of older sources is ignored.
//
// o waits for no queue: a value that is overtaken by the next one before its
// source was attached, because the subscriber is busy, gets none. Nor is a
// source attached while 64 older ones, which have been detached, have not
// ended. Calls of f are serial, on the goroutine that brings the value or on
// one that delivers. Hot sources deliver on their own goroutines; each cold one
// runs on a goroutine that SwitchMap owns and that ends with it. The order of a
// source is kept, with a queue as in [Merge].
//
// RxGo: -. RxJS: switchMap. samber/ro: -.
func SwitchMap[T, U any](o stream.Observable[T], f func(v T) stream.Observable[U]) stream.Observable[U] {
	return stream.New(func(ctx context.Context, dst stream.Observer[U]) func() {
		s := &switchMap[T, U]{f: f, dst: dst, detach: func(error) {}}
		s.calls = newSerial(ctx, 2, s.deliver, dst.Done)
		s.calls.down = stream.PatienceOf(dst)
		return attachPart(s.calls.ctx, o, &switchOuter[T, U]{switchMap: s}, s.calls.leave)
	})
}

// maxDetached is how many sources of a SwitchMap may live at once, all but one
// of them detached.
const maxDetached = 64

// switchMap is a subscription to a SwitchMap.
type switchMap[T, U any] struct {
	f      func(v T) stream.Observable[U]
	dst    stream.Observer[U]
	calls  *serial[switched[U]]
	newest atomic.Uint64 // how many values o has had; written with mu held

	mu     sync.Mutex
	value  T                       // the newest of o
	waits  bool                    // value has no source yet; it is a part of calls
	live   int                     // sources that have not ended
	detach context.CancelCauseFunc // the source that was attached last
}

// switched is a value of the source of the n-th value.
type switched[U any] struct {
	n     uint64
	value U
}

func (s *switchMap[T, U]) deliver(v switched[U]) (more bool) {
	return v.n != s.newest.Load() || s.dst.Next(v.value)
}

// put makes v the value whose source is to be attached.
func (s *switchMap[T, U]) put(v T) (detach context.CancelCauseFunc, waited bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	waited = s.waits
	if !waited {
		s.calls.enter() // before another source, which ends, can take it
	}
	s.value, s.waits = v, true
	s.newest.Add(1)
	return s.detach, waited
}

// take returns the value whose source is to be attached now, if any, and the
// context of that.
func (s *switchMap[T, U]) take() (v T, n uint64, ctx context.Context, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.waits || s.live == maxDetached {
		return v, 0, nil, false
	}
	var zero T
	v, s.value, s.waits = s.value, zero, false
	s.live++
	ctx, s.detach = context.WithCancelCause(s.calls.ctx)
	return v, s.newest.Load(), ctx, true
}

// advance attaches the source of the newest value. It is called by the holder
// of the role.
func (s *switchMap[T, U]) advance() {
	v, n, ctx, ok := s.take()
	if !ok {
		return // it was done already, or is when a source ends
	}
	defer s.calls.leave()
	if s.calls.closed.Load() {
		return
	}
	o := s.f(v)
	s.calls.enter()
	s.calls.enter()
	in := &switchInner[T, U]{switchMap: s, n: n}
	if run := attachPart(ctx, o, in, s.calls.leave); run != nil {
		go run() // ends with its source; a part of calls
	}
}

// ended is called when a source has called Done, and reports whether a value
// waits for that.
func (s *switchMap[T, U]) ended() (waits bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live--
	return s.waits
}

// switchOuter is where o delivers.
type switchOuter[T, U any] struct {
	*switchMap[T, U]
	stream.Patience // of o
	over            atomic.Bool
}

func (s *switchOuter[T, U]) Next(v T) bool {
	detach, waited := s.put(v)
	detach(stream.ErrStopped)
	if !waited {
		s.calls.doWithin(&s.Patience, s.advance)
	}
	return !s.calls.closed.Load()
}

// Done is idempotent, as that of a port.
func (s *switchOuter[T, U]) Done(err error) {
	if s.over.Swap(true) {
		return
	}
	if err != nil {
		s.calls.fail(err)
	}
	s.calls.leave()
}

// switchInner is where the source of the n-th value delivers.
type switchInner[T, U any] struct {
	*switchMap[T, U]
	stream.Patience // of the source
	n               uint64
	over            atomic.Bool
}

func (s *switchInner[T, U]) Next(v U) bool {
	return s.n == s.newest.Load() && s.calls.nextWithin(&s.Patience, switched[U]{s.n, v})
}

// Done is idempotent, as that of a port.
func (s *switchInner[T, U]) Done(err error) {
	if s.over.Swap(true) {
		return
	}
	if err != nil && s.n == s.newest.Load() {
		s.calls.fail(err)
	}
	if s.ended() {
		s.calls.do(s.advance)
	}
	s.calls.leave()
}
