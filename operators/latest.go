package operators

import (
	"context"
	"slices"
	"sync"

	"github.com/rxpeer/rxpeer/stream"
)

// CombineLatest returns f of the latest values of a and b, whenever one of them
// has a new one, from when both have one on.
//
//	a:              1-----2---------|
//	b:              ---x-----y--|
//	CombineLatest:  ---A--B--C------|    A = 1x, B = 2x, C = 2y
//
// It completes when both have, or when one completes without a value; the
// first failure of one ends it, and detaches the other. Values that came before
// a failure are delivered before it. Calls of f are serial.
//
// Where and how sources run, and that they wait while 256 values do, is as for
// [Merge]. So two cold sources run at the same time, and which of their values
// meet is up to chance; what they end with is not.
//
// RxGo: CombineLatest. RxJS: combineLatest. samber/ro: CombineLatest2.
func CombineLatest[A, B, C any](a stream.Observable[A], b stream.Observable[B], f func(a A, b B) C) stream.Observable[C] {
	return stream.New(func(ctx context.Context, dst stream.Observer[C]) func() {
		l := &latest[A, B, C]{f: f, dst: dst}
		s := newSerial(ctx, 4, l.add, dst.Done)
		s.down = stream.PatienceOf(dst)
		completed := func(some bool) {
			if !some {
				s.fail(nil) // nothing can come
			}
		}
		return together(present(
			attachSide(s, a, first[A, B], completed),
			attachSide(s, b, second[A, B], completed),
		))
	})
}

// latest is a subscription to a CombineLatest.
type latest[A, B, C any] struct {
	f            func(a A, b B) C
	dst          stream.Observer[C]
	a            A
	b            B
	someA, someB bool
}

func (l *latest[A, B, C]) add(v either[A, B]) (more bool) {
	if v.second {
		l.b, l.someB = v.b, true
	} else {
		l.a, l.someA = v.a, true
	}
	return !l.someA || !l.someB || l.dst.Next(l.f(l.a, l.b))
}

// CombineLatestAll is [CombineLatest] for any number of sources of one type:
// it returns the latest value of each, in the order of the sources. Each slice
// belongs to the subscriber. Without sources it completes at once.
//
//	a:                 1-----2---------|
//	b:                 ---3-----4--|
//	CombineLatestAll:  ---A--B--C------|    A = [1 3], B = [2 3], C = [2 4]
//
// RxGo: CombineLatest. RxJS: combineLatest. samber/ro: CombineLatestAny.
func CombineLatestAll[T any](sources ...stream.Observable[T]) stream.Observable[[]T] {
	if len(sources) == 0 {
		return stream.Empty[[]T]()
	}
	sources = slices.Clone(sources)
	return stream.New(func(ctx context.Context, dst stream.Observer[[]T]) func() {
		l := &latestAll[T]{dst: dst, values: make([]T, len(sources)), some: make([]bool, len(sources)), missing: len(sources)}
		s := newSerial(ctx, 2*len(sources), l.add, dst.Done)
		s.down = stream.PatienceOf(dst)
		completed := func(some bool) {
			if !some {
				s.fail(nil)
			}
		}
		var runs []func()
		for i, o := range sources {
			runs = append(runs, attachSide(s, o, func(v T) numbered[T] { return numbered[T]{i, v} }, completed))
		}
		return together(present(runs...))
	})
}

// numbered is a value of the source with that number.
type numbered[T any] struct {
	source int
	value  T
}

// latestAll is a subscription to a CombineLatestAll.
type latestAll[T any] struct {
	dst     stream.Observer[[]T]
	values  []T
	some    []bool
	missing int // how many sources have had no value
}

func (l *latestAll[T]) add(v numbered[T]) (more bool) {
	l.values[v.source] = v.value
	if !l.some[v.source] {
		l.some[v.source] = true
		l.missing--
	}
	return l.missing > 0 || l.dst.Next(slices.Clone(l.values))
}

// WithLatestFrom returns f of each value of o and the latest value of other.
// What o has before other has its first is left out.
//
//	o:               1---2---3---4---|
//	other:           --x-------y--|
//	WithLatestFrom:  ----A---B---C---|    A = 2x, B = 3x, C = 4y
//
// It ends with o. A failure of other ends it too, its completion does not: then
// its last value stays. Values that came before a failure are delivered before
// it. Calls of f are serial.
//
// Where and how sources run, and that they wait while 256 values do, is as for
// [Merge], but a cold o, of which nothing should be left out, does not begin
// before a cold other has had its first value or its end.
//
// RxGo: -. RxJS: withLatestFrom. samber/ro: -.
func WithLatestFrom[T, U, V any](o stream.Observable[T], other stream.Observable[U], f func(v T, latest U) V) stream.Observable[V] {
	return stream.New(func(ctx context.Context, dst stream.Observer[V]) func() {
		l := &withLatest[T, U, V]{f: f, dst: dst, ready: make(chan struct{})}
		s := newSerial(ctx, 4, l.add, dst.Done)
		s.down = stream.PatienceOf(dst)
		others := attachPart(s.ctx, other, &readySide[T, U]{side[U, either[T, U]]{serial: s, wrap: second[T, U]}, l.beReady}, func() {
			l.beReady()
			s.leave()
		})
		own := attachSide(s, o, first[T, U], func(bool) { s.fail(nil) })
		if own == nil || others == nil {
			return together(present(own, others))
		}
		return together([]func(){func() {
			select {
			case <-l.ready:
			case <-s.ctx.Done():
			}
			own()
		}, others})
	})
}

// withLatest is a subscription to a WithLatestFrom.
type withLatest[T, U, V any] struct {
	f      func(v T, latest U) V
	dst    stream.Observer[V]
	latest U
	some   bool // there is a latest one

	once  sync.Once
	ready chan struct{} // closed when a cold o may begin
}

func (l *withLatest[T, U, V]) beReady() { l.once.Do(func() { close(l.ready) }) }

func (l *withLatest[T, U, V]) add(v either[T, U]) (more bool) {
	if v.second {
		l.latest, l.some = v.b, true
		return true
	}
	return !l.some || l.dst.Next(l.f(v.a, l.latest))
}

// readySide is where the other source of a WithLatestFrom delivers.
type readySide[T, U any] struct {
	side[U, either[T, U]]
	ready func() // is called after each value, and before the end
}

func (p *readySide[T, U]) Next(v U) bool {
	more := p.side.Next(v)
	p.ready()
	return more
}

func (p *readySide[T, U]) Done(err error) {
	p.ready()
	p.side.Done(err)
}
