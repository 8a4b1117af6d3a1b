package streamtest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/rxpeer/rxpeer/stream"
)

// errCancelled is the cause with which the suite cancels.
var errCancelled = errors.New("streamtest: cancelled")

// specimen is what is put through the suite.
type specimen[T any] struct {
	open func() rig[T]
	want []T
	opts Options

	operator bool // it has a source, see rig.upstream
	partial  bool // its source never ends, so that it may hold values back for ever
}

// rig is a specimen made for one trial.
type rig[T any] struct {
	observable stream.Observable[T]
	steps      []func() // make a hot source deliver, one after the other
	upstream   upstream // what an operator is subscribed to, nil: it is a source
	emit       func()   // emits one more value upstream, nil: the source cannot
}

// upstream is a Probe of any type.
type upstream interface {
	Live() int
	Breaches() []string
}

func newSpecimen[T any](want []T, opts *Options, open func() rig[T]) *specimen[T] {
	s := &specimen[T]{open: open, want: want}
	if opts != nil {
		s.opts = *opts
	}
	if s.opts.Patience == 0 {
		s.opts.Patience = 10 * time.Second
	}
	return s
}

// trial is one use of a specimen, from which all goroutines are gone at the
// end. Its methods belong to the bubble's main goroutine.
type trial[T any] struct {
	rig[T]
	s      *specimen[T]
	t      testing.TB
	what   string
	before census
	tasks  []*task
	recs   []*Recorder[T]

	ctx       context.Context
	cancel    context.CancelCauseFunc
	impatient bool // the suite had to cancel

	patience context.Context // for calls that wait, until the trial is over
	giveUp   context.CancelFunc
}

// task is a call into the code under test.
type task struct {
	what string
	over atomic.Bool
}

// try begins a trial.
func (s *specimen[T]) try(t testing.TB, format string, args ...any) *trial[T] {
	x := &trial[T]{s: s, t: t, what: fmt.Sprintf(format, args...), before: count()}
	x.ctx, x.cancel = context.WithCancelCause(context.Background())
	x.patience, x.giveUp = context.WithCancel(context.Background())
	x.rig = s.open()
	return x
}

func (x *trial[T]) errorf(format string, args ...any) {
	x.t.Helper()
	x.t.Errorf("%s: %s", x.what, fmt.Sprintf(format, args...))
}

// call calls f on a goroutine of its own.
func (x *trial[T]) call(what string, f func()) *task {
	k := &task{what: what}
	x.tasks = append(x.tasks, k)
	go func() { // ends with f; finish reports it otherwise
		defer k.over.Store(true)
		x.guard(what, f)
	}()
	return k
}

// guard calls f and reports a panic that escapes from it.
func (x *trial[T]) guard(what string, f func()) {
	defer func() {
		if r := recover(); r != nil {
			x.errorf("a panic of the subscriber escaped from %s: %v (Reactive Streams 2.13)", what, r)
		}
	}()
	f()
}

// attach attaches rec without a guard, and runs what is to run.
func (x *trial[T]) attach(rec *Recorder[T]) { x.attachWith(x.ctx, rec) }

func (x *trial[T]) attachWith(ctx context.Context, rec *Recorder[T]) {
	x.recs = append(x.recs, rec)
	var run func()
	k := x.call("Attach", func() { run = x.observable.Attach(ctx, rec) })
	synctest.Wait()
	if !k.over.Load() {
		time.Sleep(time.Millisecond) // the subscriber may take microseconds
		synctest.Wait()
	}
	switch {
	case !k.over.Load():
		x.errorf("Attach blocks")
	case run != nil:
		x.call("the subscription's run", run)
	}
}

// subscribe subscribes rec, and checks what Wait returns. It returns nil when
// a callback has ended the goroutine that subscribed.
func (x *trial[T]) subscribe(rec *Recorder[T]) *stream.Subscription {
	x.recs = append(x.recs, rec)
	var sub *stream.Subscription
	x.call("Subscribe", func() { sub = x.observable.Subscribe(x.ctx, rec) })
	synctest.Wait()
	if sub != nil {
		x.call("Wait", func() {
			err := sub.Wait(x.patience)
			if x.patience.Err() != nil {
				return // reported
			}
			if p := (*stream.PanicError)(nil); !errors.As(err, &p) && err != rec.Err() {
				x.errorf("Wait returned %v, but Done got %v", err, rec.Err())
			}
		})
	}
	return sub
}

// feed performs the steps of a hot source.
func (x *trial[T]) feed() {
	if len(x.steps) == 0 {
		return
	}
	x.call("a step of the source", func() {
		for _, step := range x.steps {
			over := make(chan struct{})
			go func() { // ends with step
				defer close(over)
				x.guard("the source's emit", step)
			}()
			<-over
		}
	})
}

// settle waits until all subscriptions have ended and all calls returned.
func (x *trial[T]) settle() bool {
	return x.passUntil(func() bool {
		for _, k := range x.tasks {
			if !k.over.Load() {
				return false
			}
		}
		for _, rec := range x.recs {
			if !rec.Ended() {
				return false
			}
		}
		return true
	})
}

// passUntil lets time pass until reached returns true.
func (x *trial[T]) passUntil(reached func() bool) bool {
	var passed time.Duration
	for d := time.Millisecond; ; d *= 2 {
		synctest.Wait()
		switch {
		case reached():
			return true
		case passed > x.s.opts.Patience:
			return false
		}
		time.Sleep(d)
		passed += d
	}
}

// finish waits for the end of the trial, cancels what lives for ever, and
// reports what is left.
func (x *trial[T]) finish() {
	x.t.Helper()
	if !x.settle() {
		if x.s.opts.Endless || x.s.partial {
			x.impatient = true
		} else {
			x.reportUnsettled("")
		}
	}
	x.cancel(errCancelled)
	if !x.settle() {
		x.reportUnsettled(" after its context had ended (Reactive Streams 3.5)")
	}
	x.giveUp()
	time.Sleep(x.s.opts.Patience) // for timers that are left
	synctest.Wait()
	for _, rec := range x.recs {
		for _, breach := range rec.Breaches() {
			x.errorf("%s", breach)
		}
	}
	if x.upstream != nil {
		if n := x.upstream.Live(); n > 0 {
			x.errorf("%d subscriptions upstream are left (Reactive Streams 3.12)", n)
		}
		for _, breach := range x.upstream.Breaches() {
			x.errorf("%s", breach)
		}
	}
	for _, stack := range x.before.leaked() {
		x.errorf("a goroutine is left (Reactive Streams 3.13):\n%s", stack)
	}
}

func (x *trial[T]) reportUnsettled(when string) {
	x.t.Helper()
	for _, rec := range x.recs {
		if !rec.Ended() {
			x.errorf("Done was not called%s; values %v (Reactive Streams 1.4, 1.5)", when, rec.Values())
		}
	}
	for _, k := range x.tasks {
		if !k.over.Load() {
			x.errorf("%s has not returned%s", k.what, when)
		}
	}
}

// undisturbed checks that rec got everything, or was live until the suite lost
// patience.
func (x *trial[T]) undisturbed(rec *Recorder[T]) {
	x.t.Helper()
	if x.impatient && x.s.partial && errors.Is(rec.Err(), errCancelled) {
		x.startsWith(rec, min(rec.Len(), len(x.s.want)))
		return
	}
	x.hasAll(rec)
	want := x.s.opts.Err
	if x.impatient {
		want = errCancelled
	}
	x.endedWith(rec, want)
}

// endedWith checks the end of rec.
func (x *trial[T]) endedWith(rec *Recorder[T], want error) {
	x.t.Helper()
	if err := rec.Err(); rec.Ended() && !errors.Is(err, want) {
		x.errorf("ended with %v, want %v", err, want)
	}
}

// hasAll checks that rec got all values.
func (x *trial[T]) hasAll(rec *Recorder[T]) {
	x.t.Helper()
	if n := rec.Len(); n != len(x.s.want) {
		x.errorf("%d values %v, want %d", n, rec.Values(), len(x.s.want))
		return
	}
	x.startsWith(rec, len(x.s.want))
}

// hasOnly checks that rec got the first n values and no more.
func (x *trial[T]) hasOnly(rec *Recorder[T], n int) {
	x.t.Helper()
	if got := rec.Len(); got != n {
		x.errorf("%d values %v, want %d", got, rec.Values(), n)
		return
	}
	x.startsWith(rec, n)
}

// startsWith checks the first n values that rec got.
func (x *trial[T]) startsWith(rec *Recorder[T], n int) {
	x.t.Helper()
	got := rec.Values()
	if len(got) < n {
		x.errorf("%d values %v, want at least %d", len(got), got, n)
		return
	}
	if !x.s.opts.Loose && n <= len(x.s.want) && !assert.ObjectsAreEqual(x.s.want[:n], got[:n]) && n > 0 {
		x.errorf("values %v, want %v", got, x.s.want[:n])
	}
}
