package operators

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// DefaultSources is how many sources [FlatMap] and [MergeAll] merge at once
// when nobody chose.
const DefaultSources = 1024

// ErrTimeout is the failure of a source that delivered nothing for too long.
var ErrTimeout = errors.New("operators: no value in time")

// MergeOptions are the options of [FlatMap] and [MergeAll]. nil means every
// default.
type MergeOptions struct {
	// Concurrency is how many sources may be live at once. 0 means
	// DefaultSources.
	Concurrency int

	// Policy, unless nil, puts a [Buffer] with that policy behind each source,
	// so that one that is too fast, or a subscriber that is too slow, is dealt
	// with source by source. To have one policy for each, put the Buffers into
	// the sources instead.
	Policy *stream.Policy

	// Timeout ends a source that delivers nothing for so long, with
	// ErrTimeout. 0 means never.
	Timeout time.Duration

	// FailFast makes the first failure of a source end the whole, as Rx does.
	FailFast bool

	// OnFailure is called with each failure of a source, after its values and
	// serially with those of others. Unless FailFast is set the failures count
	// as dealt with then. nil means that they are kept until all has ended,
	// see FlatMap.
	OnFailure func(err error)
}

// FlatMap merges the sources that f returns for the values of o, as they come
// and go.
//
//	o:        a-----b-----|
//	f(a):     1--2--3--|
//	f(b):           x----#
//	FlatMap:  1--2--(3x)---------|
//
// A source that fails, panics or times out ends alone. It completes when o and
// all sources have ended; if sources have failed and there is no OnFailure,
// it ends with their failures instead, joined; the first 16 are kept. A failure
// of o ends the whole, and so does a panic in f. Rx's mergeMap, which one
// source ends, is FailFast.
//
// When Concurrency sources are live, values of o wait for one to end, up to
// 256; then o does. f is called serially with all deliveries, on the goroutine
// that brought the value or on that of the source that ended.
//
// The order of each source is kept, with a queue as in [Merge], so that
// nothing is lost. Hot sources deliver on their own goroutines; each cold one
// runs on a goroutine that FlatMap owns and that ends with it. One that is
// detached, and does not end, delays the end of the whole and nothing else.
func FlatMap[T, U any](o stream.Observable[T], f func(v T) stream.Observable[U], opts *MergeOptions) stream.Observable[U] {
	var options MergeOptions
	if opts != nil {
		options = *opts
	}
	if options.Concurrency < 1 {
		options.Concurrency = DefaultSources
	}
	return stream.New(func(ctx context.Context, dst stream.Observer[U]) func() {
		m := &flatMap[T, U]{
			MergeOptions: options, f: f, dst: dst,
			slots: make(chan struct{}, options.Concurrency+maxWaiting),
		}
		m.calls = newSerial(ctx, 2, dst.Next, m.done)
		return attachPart(m.calls.ctx, o, &flatMapOuter[T, U]{flatMap: m}, m.calls.leave)
	})
}

// MergeAll merges sources that come and go: the values of o. It is [FlatMap]
// of sources that are there already.
//
//	o:         a-----b-----|
//	a:         1--2--3--|
//	b:               x----#
//	MergeAll:  1--2--(3x)---------|
func MergeAll[T any](o stream.Observable[stream.Observable[T]], opts *MergeOptions) stream.Observable[T] {
	return FlatMap(o, func(source stream.Observable[T]) stream.Observable[T] { return source }, opts)
}

// flatMap is a subscription to a FlatMap.
type flatMap[T, U any] struct {
	MergeOptions
	f     func(v T) stream.Observable[U]
	dst   stream.Observer[U]
	calls *serial[U]
	slots chan struct{} // has an element for each value of o whose source has not ended

	// Owned by the holder of the role.
	waiting  []T
	live     int
	failures []error
}

// maxFailures is how many failures of sources are kept for the end.
const maxFailures = 16

// flatMapOuter is where o delivers.
type flatMapOuter[T, U any] struct {
	*flatMap[T, U]
	ended atomic.Bool
}

func (m *flatMapOuter[T, U]) Next(v T) bool {
	select {
	case m.slots <- struct{}{}:
	case <-m.calls.ctx.Done():
		return false
	}
	m.calls.do(func() {
		m.waiting = append(m.waiting, v)
		m.start()
	})
	return !m.calls.closed.Load()
}

func (m *flatMapOuter[T, U]) Done(err error) {
	if m.ended.Swap(true) {
		return
	}
	if err != nil {
		m.calls.fail(err)
	}
	m.calls.do(m.calls.leave) // after the sources of values that wait have entered
}

// start attaches the sources of values that wait, as many as may be live. It
// belongs, as what follows, to the holder of the role.
func (m *flatMap[T, U]) start() {
	var zero T
	for m.live < m.Concurrency && len(m.waiting) > 0 && !m.calls.closed.Load() {
		v := m.waiting[0]
		m.waiting[0] = zero
		m.waiting = m.waiting[1:]
		m.attach(m.f(v))
	}
}

func (m *flatMap[T, U]) attach(o stream.Observable[U]) {
	in, ctx := &flatMapInner[T, U]{flatMap: m}, m.calls.ctx
	if m.Timeout > 0 {
		in.clock, ctx = newClock(ctx, m.Timeout)
	}
	if m.Policy != nil {
		o = Buffer(o, *m.Policy)
	}
	m.live++
	m.calls.enter()
	m.calls.enter()
	if run := attachPart(ctx, o, in, m.calls.leave); run != nil {
		go run() // ends with its source; a part of calls
	}
}

// detached is called when a source has called Done.
func (m *flatMap[T, U]) detached(err error) {
	defer m.calls.leave()
	m.live--
	<-m.slots
	if err != nil {
		m.failed(err)
	}
	m.start()
}

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
	m.waiting = nil
	m.dst.Done(err)
}

// flatMapInner is where one of the sources delivers.
type flatMapInner[T, U any] struct {
	*flatMap[T, U]
	ended atomic.Bool
	clock *clock // nil: it has all the time there is
}

func (m *flatMapInner[T, U]) Next(v U) bool {
	if m.clock == nil {
		return m.calls.next(v)
	}
	m.clock.pause()
	defer m.clock.resume()
	return m.calls.next(v)
}

func (m *flatMapInner[T, U]) Done(err error) {
	if m.ended.Swap(true) {
		return
	}
	if m.clock != nil {
		m.clock.stop()
	}
	m.calls.do(func() { m.detached(err) })
}
