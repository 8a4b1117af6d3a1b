package stream

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Subject is an [Observable] and a [Sink] in one: what is emitted into it goes
// to all its subscribers. The constructors say what a subscriber that comes
// late gets.
//
// Calls of its methods may come from any goroutine, and from inside a
// callback: one of the callers delivers, the others append to a bounded queue
// and return. Subscribers are called on the goroutine that delivers, one after
// the other, without any lock held; one that panics ends alone.
//
// A Subject must not be copied.
type Subject[T any] struct {
	Observable[T]

	role    atomic.Int32 // who may deliver, see role.go
	closing atomic.Bool  // Complete or Abort was called
	limit   int
	kind    kind
	missed  atomic.Uint64

	// Owned by the holder of the role, see delivery.go.
	only   *subscriber[T] // the one subscriber, when there is nothing else to look after
	subs   []*subscriber[T]
	gaps   bool      // some of subs are gone
	memory memory[T] // nil: nothing is remembered
	ended  bool
	err    error

	mu    sync.Mutex
	queue ring[operation[T]] // what came while the role was held
	size  int                // how many of them are values
	room  chan struct{}      // closed when those who wait may look again; nil: none waits
}

// kind is how a subject differs from one that just delivers.
type kind uint8

const (
	plain   kind = iota
	silent       // delivers what it remembers, at the end
	unicast      // has one subscriber at a time, and loses nothing between two
)

// SubjectOptions are the options of all subjects. A nil pointer means every
// default.
type SubjectOptions struct {
	// Queue is how many values may wait while another one is delivered.
	// 0 means DefaultQueue.
	Queue int

	// WarmUp makes the subject keep up to so many values for its first
	// subscriber; when more come the oldest is dropped and counted. 0 keeps
	// none. A Unicast subject always keeps values: there it is the number that
	// may wait for a subscriber, and 0 means DefaultQueue.
	WarmUp int
}

// NewPublish returns a subject whose subscribers get what is emitted after
// they came. After the end they get only the end.
func NewPublish[T any](opts *SubjectOptions) *Subject[T] {
	if opts != nil && opts.WarmUp > 0 {
		return newSubject(plain, opts, &warmUp[T]{limit: opts.WarmUp})
	}
	return newSubject[T](plain, opts, nil)
}

// NewBehavior returns a subject with a current value, at first initial: each
// subscriber gets that and what follows. After the end it gets only the end.
func NewBehavior[T any](initial T, opts *SubjectOptions) *Subject[T] {
	return newSubject(plain, opts, &current[T]{value: initial})
}

// NewReplay returns a subject that repeats to each new subscriber the last n
// values that are not older than age, after the end too. n less than 1 means
// DefaultQueue; an age of 0 means any age.
func NewReplay[T any](n int, age time.Duration, opts *SubjectOptions) *Subject[T] {
	return newSubject(plain, opts, &replay[T]{limit: capacity(n), age: age})
}

// NewAsync returns a subject that delivers only the last value, when it
// completes; later subscribers get it too. After a failure they get only that.
func NewAsync[T any](opts *SubjectOptions) *Subject[T] {
	return newSubject(silent, opts, &final[T]{})
}

// NewUnicast returns a subject for one subscriber at a time; a second one ends
// at once with [ErrInUse]. Values that come before the first, and between two,
// wait for the next, up to SubjectOptions.WarmUp; then Emit waits and TryEmit
// returns Overflow. They survive the end of the subject.
func NewUnicast[T any](opts *SubjectOptions) *Subject[T] {
	limit := DefaultQueue
	if opts != nil {
		limit = capacity(opts.WarmUp)
	}
	return newSubject(unicast, opts, &inbox[T]{limit: limit})
}

func newSubject[T any](k kind, opts *SubjectOptions, m memory[T]) *Subject[T] {
	s := &Subject[T]{limit: DefaultQueue, kind: k, memory: m}
	if opts != nil {
		s.limit = capacity(opts.Queue)
	}
	s.Observable = New(s.subscribe)
	return s
}

// AsObservable returns the subject's observable side, without the sink.
func (s *Subject[T]) AsObservable() Observable[T] { return s.Observable }

// Missed returns how many values the subject itself has lost: those that
// TryEmit found no room for, and those that fell out of a warm-up.
func (s *Subject[T]) Missed() uint64 { return s.missed.Load() }

// Emit delivers v to all subscribers, or, during a delivery, appends it to the
// queue and returns. When the queue is full it waits until ctx ends; a call
// from inside a subscriber's Next then waits for itself, so use TryEmit there.
// See [Sink].
func (s *Subject[T]) Emit(ctx context.Context, v T) error {
	if s.emitOnly(ctx, v) {
		return nil
	}
	return s.emit(ctx, v)
}

// emit is Emit for the general case.
func (s *Subject[T]) emit(ctx context.Context, v T) error {
	var room <-chan struct{}
	for {
		switch s.accept(ctx, v) {
		case full:
		case ended:
			return ErrClosed
		default:
			return nil
		}
		if room == nil {
			room = s.roomSignal() // and look again: nothing after it is missed
			continue
		}
		select {
		case <-room:
			room = nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// EmitAll emits values one after the other, and returns how many were accepted
// before the failure that Emit would return. It keeps the delivery to itself
// meanwhile, so that a value costs little more than a call: a producer that
// has many values at hand should use it.
func (s *Subject[T]) EmitAll(ctx context.Context, values ...T) (n int, err error) {
	for n < len(values) {
		if k := s.emitRun(ctx, values[n:]); k > 0 {
			n += k
			continue
		}
		if err := s.emit(ctx, values[n]); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// TryEmit delivers v to all subscribers, or, during a delivery, appends it to
// the queue. It waits for no queue, but may run subscribers' callbacks.
func (s *Subject[T]) TryEmit(v T) Result {
	if s.emitOnly(noPatience, v) {
		return OK
	}
	switch s.accept(noPatience, v) {
	case full:
		s.missed.Add(1)
		return Overflow
	case missed:
		return Overflow
	case nobody:
		return NoSubscribers
	case ended:
		return Closed
	}
	return OK
}

// accept delivers v, waiting for lossless subscribers until ctx ends, or
// queues it for the holder of the role.
func (s *Subject[T]) accept(ctx context.Context, v T) outcome {
	for !s.closing.Load() {
		if s.role.CompareAndSwap(roleFree, roleHeld) {
			o := s.deliver(ctx, v)
			s.release(ctx)
			return o
		}
		if o, ok := s.enqueue(v); ok {
			return o
		}
	}
	return ended
}

// Complete ends the subject: its subscribers get what was emitted before, then
// the end. Later calls of Complete and Abort do nothing.
func (s *Subject[T]) Complete() { s.end(nil) }

// Abort ends the subject with a failure, [ErrAborted] when err is nil. What
// was emitted before is still delivered.
func (s *Subject[T]) Abort(err error) {
	if err == nil {
		err = ErrAborted
	}
	s.end(err)
}

func (s *Subject[T]) end(err error) {
	if s.closing.CompareAndSwap(false, true) {
		s.do(operation[T]{what: finish, err: err})
	}
}
