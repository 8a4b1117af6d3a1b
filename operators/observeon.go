package operators

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/rxpeer/rxpeer/stream"
)

// ObserveOn delivers the values inside tasks that exec gets to run: on the
// goroutine of a user interface, or in a pool of workers. Meanwhile they wait in
// a queue, as p says.
//
//	o:                     abc-----d---|
//	exec:                  --*-------*--*    * runs a task
//	ObserveOn(Block(9)):   --(abc)---d--|
//
// exec hands a task to whoever runs it and returns; it may be called on any
// goroutine. There is one task at a time: it delivers what waits when it
// begins, and if more has come by its end exec gets another one, so that a fast
// source does not keep others from the executor. Tasks that run on different
// goroutines do so one after the other, and each runs once. If exec runs the
// task itself, the source waits for the subscriber as if there were no queue.
//
// An executor that does not run its tasks stalls the stream: the queue fills
// up, and then p says what happens. Done comes in a task too, but when the
// context ends while no task is running it comes at once, on a goroutine of its
// own. So to cancel always ends the subscription, even when the executor has
// been closed. A panic in exec ends it likewise, with a [*stream.PanicError].
//
// The order is kept. What waits when o completes or fails is still delivered,
// before the end; what waits when the subscription is stopped, or its context
// ends, is forgotten. What the policy drops counts in
// [stream.Subscription.Dropped]. A cold source runs on the goroutine of the
// subscription.
//
// RxGo: -. RxJS: observeOn. samber/ro: -.
func ObserveOn[T any](o stream.Observable[T], exec func(task func()), p stream.Policy) stream.Observable[T] {
	return stream.New(func(ctx context.Context, dst stream.Observer[T]) func() {
		s := &observeOn[T]{dst: dst, exec: exec, outer: ctx, sources: 2}
		s.ctx, s.cancel = context.WithCancelCause(ctx)
		s.queue = stream.NewQueue[T](s.ctx, p)
		s.unwatch = watchQueue(ctx, s.queue)
		s.release = context.AfterFunc(ctx, func() { s.abandon(context.Cause(ctx)) })
		return attachPart(s.ctx, o, &observeOnIntake[T]{Queue: s.queue, out: s}, s.leave)
	})
}

// observeOn is a subscription to an ObserveOn.
type observeOn[T any] struct {
	dst     stream.Observer[T]
	exec    func(task func())
	queue   *stream.Queue[T]
	outer   context.Context // the subscriber's
	ctx     context.Context // of the source and the queue
	cancel  context.CancelCauseFunc
	release func() bool // lets go of outer
	unwatch func()

	batch []T // of the task

	mu      sync.Mutex
	phase   taskPhase
	sources int  // Done of the source, and its run: how many have not returned
	broken  bool // no task can be relied on
}

// taskPhase is what has become of the task.
type taskPhase uint8

const (
	taskNone    taskPhase = iota // there is none
	taskHanded                   // exec has it, or is about to get it
	taskRunning                  // it delivers
	taskOver                     // there will be none: Done was called, or is about to be
)

// observeOnIntake is where the source delivers.
type observeOnIntake[T any] struct {
	*stream.Queue[T]
	out   *observeOn[T]
	ended atomic.Bool
}

func (i *observeOnIntake[T]) Next(v T) bool {
	if !i.Queue.Next(v) {
		return false
	}
	i.out.schedule()
	return true
}

func (i *observeOnIntake[T]) Done(err error) {
	if i.ended.Swap(true) {
		return
	}
	i.Queue.Done(err)
	i.out.leave()
}

// schedule sees to it that there is a task.
func (s *observeOn[T]) schedule() {
	s.mu.Lock()
	needed := s.phase == taskNone
	if needed {
		s.phase = taskHanded
	}
	s.mu.Unlock()
	if needed {
		s.hand()
	}
}

// hand gives exec the task.
func (s *observeOn[T]) hand() {
	stream.Protect(ending[T](s.abandon), func() { s.exec(s.task) })
}

// leave notes that a part of the source is over. After the last of them the
// end is due.
func (s *observeOn[T]) leave() {
	s.mu.Lock()
	s.sources--
	switch {
	case s.sources > 0 || s.phase == taskRunning || s.phase == taskOver:
		s.mu.Unlock()
	case s.broken:
		s.phase = taskOver
		s.mu.Unlock()
		s.finish()
	default:
		s.mu.Unlock()
		s.schedule()
	}
}

// abandon ends the subscription with err, and no task is waited for.
func (s *observeOn[T]) abandon(err error) {
	s.cancel(err)
	s.mu.Lock()
	s.broken = true
	due := s.sources == 0 && (s.phase == taskNone || s.phase == taskHanded)
	if due {
		s.phase = taskOver
	}
	s.mu.Unlock()
	if due {
		s.finish()
	}
}

// task is what exec gets to run.
func (s *observeOn[T]) task() {
	s.mu.Lock()
	due := s.phase == taskHanded
	if due {
		s.phase = taskRunning
	}
	s.mu.Unlock()
	if due {
		defer s.leaveTask() // also if the subscriber ends the goroutine
		stream.Protect(ending[T](s.cancel), s.deliver)
	}
}

// deliver delivers what waits now.
func (s *observeOn[T]) deliver() {
	var zero T
	for n := s.queue.Len(); n > 0; n -= len(s.batch) {
		var more bool
		if s.batch, more = s.queue.Batch(s.batch[:0]); !more {
			return
		}
		for i, v := range s.batch {
			if s.ctx.Err() != nil {
				return
			}
			s.batch[i] = zero
			if !s.dst.Next(v) {
				s.cancel(stream.ErrStopped)
				return
			}
		}
	}
}

// leaveTask decides what comes after a task: another one, the end, or nothing
// yet.
func (s *observeOn[T]) leaveTask() {
	s.mu.Lock()
	switch {
	case s.ctx.Err() == nil && s.queue.Len() > 0:
		s.phase = taskHanded
		s.mu.Unlock()
		s.hand()
	case s.sources == 0:
		s.phase = taskOver
		s.mu.Unlock()
		s.finish()
	default:
		s.phase = taskNone
		s.mu.Unlock()
	}
}

// finish calls Done. The source has let go by now.
func (s *observeOn[T]) finish() {
	s.release()
	s.unwatch()
	_, _ = s.queue.Take() // there is none, so that Err says why
	err := s.queue.Err()
	s.cancel(stream.ErrStopped)
	stream.Protect(ending[T](func(error) {}), func() { s.dst.Done(err) })
}
