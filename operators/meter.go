package operators

import (
	"context"
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// Meter measures streams: give it to [Metered], of one stream or of several
// that belong together, and read it with Snapshot or Every. Its methods are
// safe for concurrent use.
type Meter struct {
	name string

	mu     sync.Mutex
	ended  MeterSnapshot // of the subscriptions and queues that have ended
	live   map[*measured]struct{}
	queues map[meteredQueue]struct{}
	rate   movingRate
}

// meteredQueue is a queue that a Meter looks at.
type meteredQueue interface {
	Len() int
}

// measured is what is counted of a subscription.
type measured struct {
	values  atomic.Uint64
	dropped func() uint64 // by what is upstream
}

// MeterSnapshot is what a [Meter] has measured so far.
type MeterSnapshot struct {
	// Name is that of the Meter.
	Name string

	// Subscriptions is how many are live.
	Subscriptions int

	// Values is how many values have passed, in all subscriptions.
	Values uint64

	// Rate is how many values pass in a second: a moving average over some
	// 5 s, or since the last Snapshot if that is longer ago.
	Rate float64

	// Queued is how many values wait in the queues of [Buffer] and [ObserveOn]
	// before the Metered, up to the next one.
	Queued int

	// Dropped is how many values all that is before the Metered has dropped,
	// other ones included, see [stream.Subscription.Dropped].
	Dropped uint64

	// Completed, Failed and Stopped are how many subscriptions have ended
	// that way. Those whose context ended count as stopped.
	Completed, Failed, Stopped uint64
}

// NewMeter returns a Meter that has measured nothing.
func NewMeter(name string) *Meter {
	return &Meter{
		name:   name,
		live:   map[*measured]struct{}{},
		queues: map[meteredQueue]struct{}{},
		rate:   movingRate{at: time.Now()},
	}
}

// Snapshot returns what has been measured so far.
func (m *Meter) Snapshot() MeterSnapshot {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.ended
	s.Name, s.Subscriptions = m.name, len(m.live)
	s.Values = m.values()
	s.Rate = m.rate.advance(s.Values)
	for q := range m.queues {
		s.Queued += q.Len()
	}
	for one := range m.live {
		s.Dropped += one.dropped()
	}
	return s
}

// Every returns a Snapshot every time d has passed, the first after d. It does
// not end by itself.
func (m *Meter) Every(d time.Duration) stream.Observable[MeterSnapshot] {
	return Map(stream.Tick(d), func(time.Time) MeterSnapshot { return m.Snapshot() })
}

// values returns how many values have passed. It is called with m.mu held.
func (m *Meter) values() uint64 {
	n := m.ended.Values
	for one := range m.live {
		n += one.values.Load()
	}
	return n
}

// Metered passes everything on and has m measure it.
//
//	o:        a---b---c---|
//	Metered:  a---b---c---|    m: 3 values, 1 completed
//
// m also tells how many values wait in each [Buffer] and [ObserveOn] before, and
// how many were dropped there and by other operators, unless these subscribe in
// a context of their own, as [Share] does.
//
// It is fused: no goroutine, no buffer, the order is kept. A value costs one
// atomic addition, for which subscriptions do not compete.
//
// RxGo: -. RxJS: -. samber/ro: -.
func Metered[T any](o stream.Observable[T], m *Meter) stream.Observable[T] {
	return stream.New(func(ctx context.Context, dst stream.Observer[T]) func() {
		s := &meteredStage[T]{Stage: stream.Stage[T]{Dst: dst}, ctx: ctx, meter: m}
		ctx, s.dropped = stream.CountDrops(ctx)
		m.enter(&s.measured)
		return o.Attach(context.WithValue(ctx, meterKey{}, m), s)
	})
}

type meteredStage[T any] struct {
	stream.Stage[T]
	measured
	ctx   context.Context
	meter *Meter
}

func (s *meteredStage[T]) Next(v T) bool {
	s.values.Add(1)
	return s.Dst.Next(v)
}

func (s *meteredStage[T]) Done(err error) {
	s.meter.leave(s.ctx, &s.measured, err)
	s.Dst.Done(err)
}

// enter notes that a subscription has begun.
func (m *Meter) enter(one *measured) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rate.advance(m.values()) // so that a time without any is not part of the next average
	m.live[one] = struct{}{}
}

// leave notes that it, in ctx, has ended with err.
func (m *Meter) leave(ctx context.Context, one *measured, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.live[one]; !ok {
		return // Done failed, and was called again
	}
	delete(m.live, one)
	m.ended.Values += one.values.Load()
	m.ended.Dropped += one.dropped()
	switch {
	case err == nil:
		m.ended.Completed++
	case isStop(ctx, err):
		m.ended.Stopped++
	default:
		m.ended.Failed++
	}
}

// isStop reports whether err, with which a subscription in ctx has ended, says
// that its subscriber wanted it to end.
func isStop(ctx context.Context, err error) bool {
	return errors.Is(err, stream.ErrStopped) || ctx.Err() != nil && errors.Is(err, context.Cause(ctx))
}

// meterKey is the key of the Meter in the context of a subscription upstream.
type meterKey struct{}

// watchQueue lets the Meter of ctx, if there is one, look at a queue until
// unwatch is called.
func watchQueue(ctx context.Context, q meteredQueue) (unwatch func()) {
	m, _ := ctx.Value(meterKey{}).(*Meter)
	if m == nil {
		return func() {}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.queues[q] = struct{}{}
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.queues, q)
	}
}

// movingRate is a moving average of values per second, which need not be told when a
// value comes.
type movingRate struct {
	at     time.Time // of the last look
	values uint64    // until then
	sum    float64   // of the rates so far, each by its weight
	weight float64   // of them together: how much of the average is known
}

// rateMemory is how long it takes until what was weighs a third.
const rateMemory = 5 * time.Second

// advance returns the average now that there have been so many values.
func (r *movingRate) advance(values uint64) float64 {
	now := time.Now()
	if passed := now.Sub(r.at); passed > 0 {
		seconds := passed.Seconds()
		fresh := -math.Expm1(-seconds / rateMemory.Seconds())
		r.sum += fresh * (float64(values-r.values)/seconds - r.sum)
		r.weight += fresh * (1 - r.weight)
		r.at, r.values = now, values
	}
	if r.weight == 0 {
		return 0
	}
	return r.sum / r.weight
}
