package operators

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/rxpeer/rxpeer/stream"
)

// Zip returns f of the first values of a and b, then of the second ones, and so
// on.
//
//	a:    1---2-------3---|
//	b:    --x---y-z-----|
//	Zip:  --A---B-----C-|    A = 1x, B = 2y, C = 3z
//
// It completes as soon as no further pair can come: when one has completed and
// its values are used up. The first failure of one ends it, and detaches the
// other; pairs that were complete before it are delivered before it, and values
// without a partner are forgotten. Calls of f are serial.
//
// Up to 256 values of each wait for their partner. The source that is faster
// then waits, as long as the subscription lasts: a cold one runs no further, and
// who emits into a hot one is held up, with all its other subscribers. Where
// that must not be, put a [Buffer] that drops behind the source; pairs are then
// of the values that are left.
//
// Where and how sources run is as for [Merge].
//
// RxGo: ZipFromIterable. RxJS: zip. samber/ro: Zip2.
func Zip[A, B, C any](a stream.Observable[A], b stream.Observable[B], f func(a A, b B) C) stream.Observable[C] {
	return stream.New(func(ctx context.Context, dst stream.Observer[C]) func() {
		z := newZip(ctx, dst, 2)
		one, two := newZipSide[A](z), newZipSide[B](z)
		z.sides = []zipped{one, two}
		z.combine = func() C { return f(one.head, two.head) }
		return together(present(one.attach(a), two.attach(b)))
	})
}

// ZipAll is [Zip] for any number of sources of one type: it returns the first
// values of all, in the order of the sources, then the second ones, and so on.
// Each slice belongs to the subscriber. Without sources it completes at once.
//
//	a:       1---2-------3---|
//	b:       --4---5-6-----|
//	ZipAll:  --A---B-----C-|    A = [1 4], B = [2 5], C = [3 6]
//
// RxGo: ZipFromIterable. RxJS: zip. samber/ro: Zip.
func ZipAll[T any](sources ...stream.Observable[T]) stream.Observable[[]T] {
	if len(sources) == 0 {
		return stream.Empty[[]T]()
	}
	sources = slices.Clone(sources)
	return stream.New(func(ctx context.Context, dst stream.Observer[[]T]) func() {
		z := newZip(ctx, dst, len(sources))
		sides := make([]*zipSide[T, []T], len(sources))
		for i := range sources {
			sides[i] = newZipSide[T](z)
			z.sides = append(z.sides, sides[i])
		}
		z.combine = func() []T {
			row := make([]T, len(sides))
			for i, s := range sides {
				row[i] = s.head
			}
			return row
		}
		var runs []func()
		for i, o := range sources {
			runs = append(runs, sides[i].attach(o))
		}
		return together(present(runs...))
	})
}

// zip is a subscription to a Zip or ZipAll.
type zip[O any] struct {
	dst     stream.Observer[O]
	calls   *serial[O]
	combine func() O // of the heads of all sides
	step    func()   // deliver

	mu       sync.Mutex
	sides    []zipped
	filled   int  // sides that have a value
	stepping bool // a step is brought, or being performed
}

// zipped is a side of any type. It is called with zip.mu held.
type zipped interface {
	take()        // makes the oldest value the head
	usedUp() bool // no further value will come
}

func newZip[O any](ctx context.Context, dst stream.Observer[O], sides int) *zip[O] {
	z := &zip[O]{dst: dst}
	z.calls = newSerial[O](ctx, 2*sides, nil, dst.Done)
	z.calls.down = stream.PatienceOf(dst)
	z.step = z.deliver
	return z
}

// deliver delivers the next row, if it is complete, and brings itself once more
// then, so that one step at most waits.
func (z *zip[O]) deliver() {
	if z.calls.dead || z.calls.outer.Err() != nil {
		return
	}
	complete, last := z.nextRow()
	switch {
	case !complete:
	case !z.dst.Next(z.combine()):
		z.calls.stop()
	case last:
		z.calls.fail(nil)
	default:
		z.calls.do(z.step)
	}
}

// nextRow makes the oldest values the heads, if all sides have one.
func (z *zip[O]) nextRow() (complete, last bool) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.filled < len(z.sides) {
		z.stepping = false
		return false, false
	}
	for _, s := range z.sides {
		s.take()
		last = s.usedUp() || last
	}
	return true, last
}

// zipSide is where one source of a Zip delivers.
type zipSide[T, O any] struct {
	*zip[O]
	stream.Patience // of the source
	ended           atomic.Bool
	room            chan struct{} // to the source: look again; has room for one
	head            T             // owned by the holder of the role

	// Guarded by zip.mu.
	values    fifo[T]
	waits     bool // the source does
	completed bool
}

func newZipSide[T, O any](z *zip[O]) *zipSide[T, O] {
	return &zipSide[T, O]{zip: z, room: make(chan struct{}, 1)}
}

func (s *zipSide[T, O]) attach(o stream.Observable[T]) (run func()) {
	return attachPart(s.calls.ctx, o, s, s.calls.leave)
}

func (s *zipSide[T, O]) Next(v T) bool {
	for !s.calls.closed.Load() {
		step, queued := s.push(v)
		switch {
		case step:
			s.calls.doWithin(&s.Patience, s.step)
			return !s.calls.closed.Load()
		case queued:
			return true
		}
		select {
		case <-s.room:
		case <-s.calls.ctx.Done():
			return false
		case <-s.Context().Done():
			s.Miss()
			s.calls.drops(1)
			return true
		}
	}
	return false
}

// push leaves v with the others, if there is room, and reports whether a step
// has to be brought.
func (s *zipSide[T, O]) push(v T) (step, queued bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.values.len() == maxWaiting {
		s.waits = true
		return false, false
	}
	s.values.push(v)
	if s.values.len() == 1 {
		s.filled++
	}
	step = s.filled == len(s.sides) && !s.stepping
	s.stepping = s.stepping || step
	return step, true
}

func (s *zipSide[T, O]) take() {
	s.head = s.values.pop()
	if s.values.len() == 0 {
		s.filled--
	}
	if s.waits {
		s.waits = false
		select {
		case s.room <- struct{}{}:
		default: // the source has given up waiting
		}
	}
}

func (s *zipSide[T, O]) usedUp() bool { return s.completed && s.values.len() == 0 }

// Done is idempotent, as that of a port.
func (s *zipSide[T, O]) Done(err error) {
	if s.ended.Swap(true) {
		return
	}
	if err != nil || s.complete() {
		s.calls.fail(err)
	}
	s.calls.leave()
}

// complete notes that the source has completed, and reports whether its values
// are used up.
func (s *zipSide[T, O]) complete() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.completed = true
	return s.usedUp()
}
