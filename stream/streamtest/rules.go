package streamtest

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// rule is one part of the suite. Its check makes as many trials as it takes.
type rule[T any] struct {
	name  string
	check func(s *specimen[T], t testing.TB)

	vital   bool // what breaks it is not put through the rest, which may not end
	several bool // it has more than one subscription in a trial
}

func rules[T any]() []rule[T] {
	type this = *specimen[T]
	return []rule[T]{
		{name: "delivers its values and ends once", check: this.delivers},
		{name: "calls its subscriber serially", check: this.isSerial},
		{name: "stops when Next returns false", check: this.stopsOnFalse, vital: true},
		{name: "ends when its context ends", check: this.endsWithContext, vital: true},
		{name: "stops when its subscription is stopped", check: this.stopsOnStop},
		{name: "waits for a running Next before it ends", check: this.awaitsNext},
		{name: "lets go of its context", check: this.letsGoOfContext},
		{name: "turns a panic into the end", check: this.survivesPanic},
		{name: "turns a Goexit into the end", check: this.survivesGoexit},
		{name: "serves several subscriptions", check: this.servesSeveral, several: true},
		{name: "keeps the fault of one subscription from others", check: this.isolatesFaults, several: true},
		{name: "can be subscribed to from inside a callback", check: this.subscribesInside, several: true},
		{name: "can be fed from inside a callback", check: this.emitsInside},
	}
}

// plain returns a recorder that disturbs nothing, but ends an endless source.
func (s *specimen[T]) plain(acts ...Act) *Recorder[T] {
	if s.opts.Endless && len(s.want) > 0 {
		acts = append(acts, StopAt(len(s.want)))
	}
	return Record[T](acts...)
}

// plainEnd checks that a plain recorder was undisturbed.
func (x *trial[T]) plainEnd(rec *Recorder[T]) {
	x.t.Helper()
	if x.s.opts.Endless && len(x.s.want) > 0 {
		x.hasAll(rec)
		x.endedWith(rec, stream.ErrStopped)
		return
	}
	x.undisturbed(rec)
}

// delivers: all values, then the end; Reactive Streams 1.4, 1.5, 1.7.
func (s *specimen[T]) delivers(t testing.TB) {
	x := s.try(t, "attached")
	rec := s.plain()
	x.attach(rec)
	x.feed()
	x.finish()
	x.plainEnd(rec)

	x = s.try(t, "subscribed")
	rec = s.plain()
	x.subscribe(rec)
	x.feed()
	x.finish()
	x.plainEnd(rec)
}

// isSerial: Reactive Streams 1.3. While Next sleeps all other goroutines run.
func (s *specimen[T]) isSerial(t testing.TB) {
	x := s.try(t, "with a slow subscriber")
	x.attach(s.plain(func(int) bool {
		time.Sleep(time.Microsecond)
		return true
	}))
	x.feed()
	x.finish()
}

// stopsOnFalse: after false, no further value and Done with ErrStopped.
func (s *specimen[T]) stopsOnFalse(t testing.TB) {
	for k := 1; k <= len(s.want); k++ {
		x := s.try(t, "Next returns false at value %d", k)
		rec := Record[T](StopAt(k))
		x.attach(rec)
		x.feed()
		x.finish()
		x.endedAt(rec, k, stream.ErrStopped)
	}
}

// endedAt checks that rec, which has asked for the end at value k, got no more
// and ended with err. A source may have completed with its last value, and one
// that holds values back may come so far only when it is cancelled.
func (x *trial[T]) endedAt(rec *Recorder[T], k int, err error) {
	x.t.Helper()
	if x.impatient && (rec.Len() < k || errors.Is(rec.Err(), errCancelled)) {
		x.undisturbed(rec)
		return
	}
	x.hasOnly(rec, k)
	if k < len(x.s.want) || !errors.Is(rec.Err(), x.s.opts.Err) {
		x.endedWith(rec, err)
	}
}

// stopsOnStop: Subscription.Stop lets no further Next begin.
func (s *specimen[T]) stopsOnStop(t testing.TB) {
	for k := 1; k <= len(s.want); k++ {
		x := s.try(t, "Stop inside Next at value %d", k)
		var sub *stream.Subscription
		ready := make(chan struct{})
		rec := Record[T](CallAt(k, func() {
			<-ready
			sub.Stop()
			sub.Stop()
		}), CallAt(AtEnd, func() {
			<-ready
			sub.Stop()
		}))
		x.call("Subscribe", func() { // a subscriber may be called before it returns
			sub = x.observable.Subscribe(x.ctx, rec)
			close(ready)
		})
		x.recs = append(x.recs, rec)
		synctest.Wait()
		x.feed()
		x.finish()
		x.endedAt(rec, k, stream.ErrStopped)
	}
	x := s.try(t, "Stop right after Subscribe")
	rec := s.plain()
	x.recs = append(x.recs, rec)
	x.observable.Subscribe(x.ctx, rec).Stop()
	x.feed()
	x.finish()
}

// endsWithContext: Reactive Streams 1.8 and 3.5, at every point.
func (s *specimen[T]) endsWithContext(t testing.TB) {
	x := s.try(t, "cancelled before it is attached")
	rec := s.plain()
	x.cancel(errCancelled)
	x.attach(rec)
	x.finish()
	x.cancelledBefore(rec)

	x = s.try(t, "cancelled before it is subscribed")
	rec = s.plain()
	x.cancel(errCancelled)
	x.subscribe(rec)
	x.finish()
	x.cancelledBefore(rec)

	x = s.try(t, "cancelled after it is attached")
	rec = s.plain()
	x.attach(rec)
	x.cancel(errCancelled)
	synctest.Wait()
	x.feed()
	x.finish()
	x.cancelledAt(rec, 0)

	for k := 1; k <= len(s.want); k++ {
		x := s.try(t, "cancelled at value %d", k)
		rec := Record[T]()
		rec.acts = append(rec.acts, CallAt(k, func() { x.cancel(errCancelled) }), untilNoticed(x.ctx, rec))
		x.attach(rec)
		x.feed()
		x.finish()
		if !x.impatient || rec.Len() >= k {
			x.cancelledAt(rec, k)
		}
	}
}

// untilNoticed returns an act that lets others run once ctx has ended, so that
// the source can notice, and reports a source that never does.
func untilNoticed[T any](ctx context.Context, rec *Recorder[T]) Act {
	const patience = 10_000
	late := 0
	return func(n int) bool {
		if ctx.Err() == nil || n == AtEnd {
			return true
		}
		runtime.Gosched()
		if late++; late > patience {
			rec.Report("%d values after the context had ended (Reactive Streams 1.8)", late)
			runtime.Goexit()
		}
		return true
	}
}

// cancelledBefore checks rec, whose context had ended before it came. A source
// without values may not even look at that.
func (x *trial[T]) cancelledBefore(rec *Recorder[T]) {
	x.t.Helper()
	if rec.Len() > 0 || !errors.Is(rec.Err(), x.s.opts.Err) || len(x.s.want) > 0 {
		x.endedWith(rec, errCancelled)
	}
}

// cancelledAt checks that rec, whose context ended at value k, got the values
// up to there and ended with the cause, unless the source came to its end
// before it noticed.
func (x *trial[T]) cancelledAt(rec *Recorder[T], k int) {
	x.t.Helper()
	x.startsWith(rec, k)
	own := rec.Len() == len(x.s.want) && errors.Is(rec.Err(), x.s.opts.Err)
	stopped := x.s.opts.Endless && errors.Is(rec.Err(), stream.ErrStopped)
	if !own && !stopped {
		x.endedWith(rec, errCancelled)
	}
}

// awaitsNext: when the context ends while Next runs, Done waits for it.
func (s *specimen[T]) awaitsNext(t testing.TB) {
	for _, k := range []int{1, len(s.want)} {
		if k == 0 || k > len(s.want) {
			continue
		}
		x := s.try(t, "cancelled while Next runs with value %d", k)
		release := make(chan struct{})
		rec := s.plain(BlockAt(k, release))
		x.attach(rec)
		x.feed()
		blocked := x.passUntil(func() bool { return rec.Len() >= k })
		x.cancel(errCancelled)
		synctest.Wait()
		time.Sleep(time.Second)
		close(release)
		x.finish()
		if blocked {
			x.cancelledAt(rec, k)
		}
	}
}

// letsGoOfContext: Reactive Streams 3.13.
func (s *specimen[T]) letsGoOfContext(t testing.TB) {
	for _, k := range []int{0, 1} {
		if s.partial || s.opts.Endless && len(s.want) <= k || len(s.want) < k {
			continue
		}
		x := s.try(t, "stopped after %d values (0: never), with a context that lives on", k)
		ctx := newCountingContext()
		rec := s.plain()
		if k > 0 {
			rec = s.plain(StopAt(k))
		}
		x.attachWith(ctx, rec)
		x.feed()
		x.settle()
		if n := ctx.registered(); n > 0 && rec.Ended() {
			x.errorf("%d registrations with the context are left after the end (Reactive Streams 3.13)", n)
		}
		ctx.cancel()
		x.finish()
	}
}

// errThrown is what subscribers panic with.
var errThrown = errors.New("streamtest: thrown")

func (s *specimen[T]) survivesPanic(t testing.TB) {
	s.survives(t, "panics", func(n int) Act { return PanicAt(n, errThrown) })
}

func (s *specimen[T]) survivesGoexit(t testing.TB) { s.survives(t, "calls Goexit", GoexitAt) }

// survives: Reactive Streams 2.13. Next must return normally; one that does
// not loses its subscription, and nobody else notices.
func (s *specimen[T]) survives(t testing.TB, what string, throw func(n int) Act) {
	for k := 1; k <= len(s.want); k++ {
		x := s.try(t, "a subscribed Next %s at value %d", what, k)
		rec := Record[T](throw(k))
		x.subscribe(rec)
		x.feed()
		x.finish()
		if x.impatient && rec.Len() < k {
			continue
		}
		x.hasOnly(rec, k)
		x.endedWithPanic(rec)
	}
	for k := 1; k <= len(s.want) && !s.opts.Recovers; k++ {
		x := s.try(t, "an attached Next %s at value %d", what, k)
		rec := Record[T](throw(k))
		x.attach(rec)
		x.feed()
		x.finish()
		if x.impatient && rec.Len() < k {
			continue
		}
		if !s.operator { // an operator may flush what it holds
			x.hasOnly(rec, k)
		}
		x.endedWithPanic(rec)
	}
	x := s.try(t, "a subscribed Done %s", what)
	rec := s.plain(throw(AtEnd))
	sub := x.subscribe(rec)
	x.feed()
	x.finish()
	if sub == nil {
		return
	}
	if p := (*stream.PanicError)(nil); !errors.As(sub.Wait(x.patience), &p) {
		x.errorf("Wait returned %v, want a *PanicError", sub.Wait(x.patience))
	}
}

func (x *trial[T]) endedWithPanic(rec *Recorder[T]) {
	x.t.Helper()
	if p := (*stream.PanicError)(nil); rec.Ended() && !errors.As(rec.Err(), &p) {
		x.errorf("ended with %v, want a *PanicError", rec.Err())
	}
}
