package operators

import (
	"context"
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// DefaultBatch is how many values make a batch full when nothing else does.
const DefaultBatch = 1024

// BatchOptions say when a batch is delivered: as soon as one of its measures
// is reached. nil means every default.
type BatchOptions[T any] struct {
	// Count is how many values a batch may hold. 0 means DefaultBatch, or any
	// number when Bytes is set; negative means any number.
	Count int

	// Bytes is how large a batch may be, as Size measures its values; only a
	// value that is larger by itself makes it larger. 0 means any size, as does
	// a negative one.
	Bytes int

	// Size returns the size of a value in bytes. Bytes needs it.
	Size func(v T) int

	// Time is how long a batch waits for further values after its first. 0
	// means until it is full, or the stream ends, as does a negative one.
	Time time.Duration
}

// Batch returns the values in slices: by count, by size and by time, whichever
// comes first.
//
//	o:                a-b-c---d-------|
//	Batch(Count: 2):  --[ab]--[cd]----|
//	Batch(Time: 3):   ---[ab][c]-[d]--|
//
// Each slice belongs to the subscriber, and none is empty. What has been
// collected when o completes or fails is delivered before the end; when the
// subscription is stopped or its context ends it is forgotten. Order is kept,
// and so is the number of values: nothing is dropped.
//
// Without Time it is fused: no goroutine. With Time a timer delivers as well,
// on its own goroutine; values that come meanwhile wait in a queue, and when
// 256 wait there the source does. Batch panics when Bytes is set and Size is
// not.
//
// RxGo: BufferWithTimeOrCount. RxJS: bufferTime. samber/ro: BufferWithTimeOrCount.
func Batch[T any](o stream.Observable[T], opts *BatchOptions[T]) stream.Observable[[]T] {
	var limits BatchOptions[T]
	if opts != nil {
		limits = *opts
	}
	if limits.Count == 0 && limits.Bytes <= 0 {
		limits.Count = DefaultBatch
	}
	if limits.Bytes > 0 && limits.Size == nil {
		panic("operators: BatchOptions.Bytes is set, but Size is not")
	}
	return stream.New(func(ctx context.Context, dst stream.Observer[[]T]) func() {
		if limits.Time <= 0 {
			s := &batchStage[T]{tail: newTail(ctx, dst)}
			s.batch = newBatch(limits, &s.tail)
			return o.Attach(ctx, s)
		}
		s := &timedBatch[T]{batch: newBatch(limits, dst)}
		s.start = s.startClock
		s.calls = newClocked(ctx, dst, s.add, s.expire, s.deliver)
		return s.calls.attach(o)
	})
}

// batch is what has been collected of a Batch.
type batch[T any] struct {
	BatchOptions[T]
	dst    stream.Observer[[]T]
	start  func() // is called with the first value of a batch; may be nil
	values []T
	easy   int // with fewer values, one more is just put down
	bytes  int
	hint   int // how many values the last one had
}

func newBatch[T any](limits BatchOptions[T], dst stream.Observer[[]T]) batch[T] {
	return batch[T]{BatchOptions: limits, dst: dst}
}

// adder returns add as a function that does most values by itself.
func (b *batch[T]) adder() func(v T) (more bool) {
	return func(v T) bool {
		n := len(b.values)
		if n >= b.easy {
			return b.add(v)
		}
		b.values = b.values[:n+1]
		b.values[n] = v
		return true
	}
}

// add adds v and delivers what is full.
func (b *batch[T]) add(v T) (more bool) {
	size := 0
	if b.Bytes > 0 {
		size = b.Size(v)
		if len(b.values) > 0 && b.bytes+size > b.Bytes && !b.deliver() {
			return false
		}
	}
	if len(b.values) == 0 {
		b.values = make([]T, 0, b.guess())
		if b.start != nil {
			b.start()
		}
	}
	b.values = append(b.values, v)
	b.bytes += size
	if len(b.values) == b.Count || b.Bytes > 0 && b.bytes >= b.Bytes {
		return b.deliver()
	}
	if b.Bytes <= 0 { // or each value has to be looked at
		b.easy = cap(b.values)
		if b.Count > 0 {
			b.easy = min(b.easy, b.Count-1) // one that makes it full needs care
		}
	}
	return true
}

// guess returns how much room the next batch gets at first.
func (b *batch[T]) guess() int {
	if b.Count > 0 {
		return min(b.Count, max(b.hint, 8))
	}
	return max(b.hint, 8)
}

// deliver delivers what has been collected, if anything.
func (b *batch[T]) deliver() (more bool) {
	values := b.values
	if len(values) == 0 {
		return true
	}
	b.values, b.easy, b.bytes, b.hint = nil, 0, 0, len(values)
	return b.dst.Next(values)
}

// batchStage is a Batch without a clock.
type batchStage[T any] struct {
	tail[[]T]
	batch[T]
}

func (s *batchStage[T]) NextFunc() func(v T) bool { return s.adder() }

func (s *batchStage[T]) Next(v T) bool  { return s.add(v) }
func (s *batchStage[T]) Done(err error) { s.end(err, func() { s.deliver() }) }

// timedBatch is a Batch with a clock. Its timer runs from the first value of a
// batch on.
type timedBatch[T any] struct {
	batch[T]
	calls *clocked[T]
	due   time.Duration // when the batch has to be delivered
}

func (s *timedBatch[T]) startClock() {
	s.due = after(s.calls.now(), s.Time)
	s.calls.wakeBy(s.due)
}

// expire is called when the timer has run out.
func (s *timedBatch[T]) expire() {
	switch {
	case len(s.values) == 0:
	case s.calls.now() < s.due:
		s.calls.wakeBy(s.due)
	case !s.deliver():
		s.calls.stop()
	}
}
