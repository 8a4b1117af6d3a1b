package operators

import (
	"context"
	"errors"
	"math"
	"sync"
	"sync/atomic"

	"github.com/rxpeer/rxpeer/stream"
)

// FlatMap merges the sources that f returns for the values of o, as they come
// and go.
//
//	o:        a-----b-----|
//	f(a):     1--2--3--|
//	f(b):           x----#
//	FlatMap:  1--2--(3x)--#
//
// A source that fails, panics or times out ends alone. It completes when o and
// all sources have ended; if sources have failed and there is no OnFailure,
// it ends with their failures instead, joined; the first 16 are kept. A failure
// of o ends the whole, and so does a panic in f. Rx's mergeMap, which one
// source ends, is FailFast.
//
// A source is attached when its value comes, so that a hot one misses nothing
// from then on. When Concurrency sources are live, values of o wait for one to
// end, up to 256; then o does. Calls of f are serial, on the goroutine that
// brings the value or on that of a source that ended.
//
// The order of each source is kept, with a queue as in [Merge], so that
// nothing is lost. Hot sources deliver on their own goroutines; each cold one
// runs on a goroutine that FlatMap owns and that ends with it. One that is
// detached, and does not end, delays the end of the whole and nothing else.
//
// RxGo: FlatMap. RxJS: mergeMap. samber/ro: MergeMap.
func FlatMap[T, U any](o stream.Observable[T], f func(v T) stream.Observable[U], opts *MergeOptions) stream.Observable[U] {
	var options MergeOptions
	if opts != nil {
		options = *opts
	}
	switch {
	case options.Concurrency == 0:
		options.Concurrency = DefaultSources
	case options.Concurrency < 0:
		options.Concurrency = math.MaxInt
	}
	return stream.New(func(ctx context.Context, dst stream.Observer[U]) func() {
		m := &flatMap[T, U]{
			MergeOptions: options, f: f, dst: dst,
			slots: make(chan struct{}, min(options.Concurrency, math.MaxInt32-maxWaiting)+maxWaiting),
		}
		m.calls = newSerial(ctx, 2, dst.Next, m.done)
		m.calls.down = stream.PatienceOf(dst)
		return attachPart(m.calls.ctx, o, &flatMapOuter[T, U]{flatMap: m}, m.calls.leave)
	})
}

// flatMap is a subscription to a FlatMap.
type flatMap[T, U any] struct {
	MergeOptions
	f     func(v T) stream.Observable[U]
	dst   stream.Observer[U]
	calls *serial[U]
	slots chan struct{} // has an element for each value of o whose source has not ended

	mu       sync.Mutex
	waiting  []T // values whose sources may not be attached yet
	live     int
	starting bool // some goroutine is in start
	over     bool // a source has failed that ends the whole

	failures []error // owned by the holder of the role
}

// maxFailures is how many failures of sources are kept for the end.
const maxFailures = 16

// flatMapOuter is where o delivers.
type flatMapOuter[T, U any] struct {
	*flatMap[T, U]
	stream.Patience // of o
	ended           atomic.Bool
}

func (m *flatMapOuter[T, U]) Next(v T) bool {
	select {
	case m.slots <- struct{}{}:
	default:
		if more, ok := m.await(); !ok {
			return more
		}
	}
	m.mu.Lock()
	m.waiting = append(m.waiting, v)
	m.mu.Unlock()
	m.start()
	return !m.calls.closed.Load()
}

// await waits for a slot; when it does not get one it returns what Next has to.
func (m *flatMapOuter[T, U]) await() (more, ok bool) {
	select {
	case m.slots <- struct{}{}:
		return true, true
	case <-m.calls.ctx.Done():
		return false, false
	case <-m.Context().Done():
		m.Miss()
		m.calls.drops(1)
		return true, false
	}
}

func (m *flatMapOuter[T, U]) Done(err error) {
	if m.ended.Swap(true) {
		return
	}
	if err != nil {
		m.calls.fail(err)
	}
	m.calls.leave()
}

// start attaches the sources of values that wait, as many as may be live. It
// is called by a part of calls.
func (m *flatMap[T, U]) start() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.starting {
		return // and whoever does it goes on
	}
	m.starting = true
	defer func() { m.starting = false }()
	for m.live < m.Concurrency && len(m.waiting) > 0 && !m.over && !m.calls.closed.Load() {
		var zero T
		v := m.waiting[0]
		m.waiting[0] = zero
		m.waiting = m.waiting[1:]
		m.live++
		m.open(v)
	}
}

// open attaches the source of v. It is called with m.mu held, and holds it on
// return, but not meanwhile.
func (m *flatMap[T, U]) open(v T) {
	m.mu.Unlock()
	defer m.mu.Lock()
	stream.Protect(ending[U](m.calls.fail), func() { m.attach(m.f(v)) })
}

func (m *flatMap[T, U]) attach(o stream.Observable[U]) {
	in, ctx := &flatMapInner[T, U]{flatMap: m}, m.calls.ctx
	if m.Timeout > 0 {
		in.clock, ctx = newClock(ctx, m.Timeout)
	}
	if m.Policy != nil {
		o = Buffer(o, *m.Policy)
	}
	m.calls.enter()
	m.calls.enter()
	if run := attachPart(ctx, o, in, m.calls.leave); run != nil {
		go run() // ends with its source; a part of calls
	}
}

// detached is called when a source has called Done.
func (m *flatMap[T, U]) detached(err error) {
	m.mu.Lock()
	m.live--
	m.over = m.over || err != nil && m.FailFast
	m.mu.Unlock()
	defer m.calls.do(func() { // also if f ends the goroutine in start
		defer m.calls.leave()
		<-m.slots // not earlier, or ends could queue up without a limit
		if err != nil {
			m.failed(err)
		}
	})
	m.start()
}

// failed deals with the failure of a source, as the holder of the role.
func (m *flatMap[T, U]) failed(err error) {
	switch {
	case m.calls.ctx.Err() != nil: // all have to end
		m.calls.fail(err)
		return
	case m.FailFast:
		m.calls.fail(err)
	case m.OnFailure == nil && len(m.failures) < maxFailures:
		m.failures = append(m.failures, err)
	}
	if m.OnFailure != nil {
		m.OnFailure(err)
	}
}

func (m *flatMap[T, U]) done(err error) {
	if err == nil {
		err = errors.Join(m.failures...)
	}
	m.dst.Done(err)
}

// flatMapInner is where one of the sources delivers.
type flatMapInner[T, U any] struct {
	*flatMap[T, U]
	stream.Patience // of the source
	ended           atomic.Bool
	clock           *clock // nil: it has all the time there is
}

func (m *flatMapInner[T, U]) Next(v U) bool {
	if m.clock == nil {
		return m.calls.nextWithin(&m.Patience, v)
	}
	m.clock.pause()
	defer m.clock.resume()
	return m.calls.nextWithin(&m.Patience, v)
}

func (m *flatMapInner[T, U]) Done(err error) {
	if m.ended.Swap(true) {
		return
	}
	if m.clock != nil {
		m.clock.stop()
	}
	m.detached(err)
}
