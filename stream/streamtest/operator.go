package streamtest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// errSource is the failure of sources that fail.
var errSource = errors.New("streamtest: the source failed")

// feed is a kind of source for operators.
type feed[In any] struct {
	name    string
	endless bool
	// source returns the source and, if it is hot, what makes it deliver, and
	// what emits one more value.
	source func(in []In, spacing time.Duration) (src stream.Observable[In], steps []func(), emit func(v In))
}

func feeds[In any]() []feed[In] {
	type source = stream.Observable[In]
	cold := func(f func(in []In, spacing time.Duration) source) func([]In, time.Duration) (source, []func(), func(In)) {
		return func(in []In, spacing time.Duration) (source, []func(), func(In)) {
			return f(in, spacing), nil, nil
		}
	}
	return []feed[In]{
		{"of a cold source", false, cold(func(in []In, spacing time.Duration) source {
			return coldSource(in, spacing, nil)
		})},
		{"of a hot source", false, hotSource[In]},
		{"of a source with its own goroutine", false, cold(func(in []In, spacing time.Duration) source {
			return detached(coldSource(in, spacing, nil))
		})},
		{"of a source that never ends", true, cold(func(in []In, spacing time.Duration) source {
			return coldSource(in, spacing, errEndless)
		})},
	}
}

// errEndless makes a coldSource wait for its context instead of failing.
var errEndless = errors.New("streamtest: endless")

// coldSource delivers in, each value after the time spacing, and fails with
// err, or completes.
func coldSource[In any](in []In, spacing time.Duration, err error) stream.Observable[In] {
	return stream.FromFunc(func(ctx context.Context, emit func(In) bool) error {
		for _, v := range in {
			if !pause(ctx, spacing) || !emit(v) {
				return nil
			}
		}
		if err == errEndless {
			<-ctx.Done()
		}
		return err
	})
}

// pause lets time pass; false means that ctx has ended.
func pause(ctx context.Context, d time.Duration) bool {
	if d == 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// hotSource is a subject.
func hotSource[In any](in []In, spacing time.Duration) (src stream.Observable[In], steps []func(), emit func(In)) {
	s := stream.NewPublish[In](nil)
	for _, step := range Steps(s, nil, in...) {
		steps = append(steps, func() {
			time.Sleep(spacing)
			step()
		})
	}
	return s.AsObservable(), steps, func(v In) { s.TryEmit(v) }
}

// detached runs each subscription of src on a goroutine of its own. A panic
// that src lets through comes from a Done, so it becomes another Done, which
// the subscriber reports.
func detached[T any](src stream.Observable[T]) stream.Observable[T] {
	return stream.New(func(ctx context.Context, dst stream.Observer[T]) func() {
		if run := src.Attach(ctx, dst); run != nil {
			go func() { // ends with the subscription
				defer func() {
					if r := recover(); r != nil {
						dst.Done(&stream.PanicError{Value: r})
					}
				}()
				run()
			}()
		}
		return nil
	})
}

// operated returns the specimen of an operator fed by a kind of source.
func operated[In, Out any](kind feed[In], operator func(stream.Observable[In]) stream.Observable[Out], in []In, want []Out, opts *Options) *specimen[Out] {
	s := newSpecimen(want, opts, nil)
	s.operator, s.partial = true, kind.endless
	s.open = func() rig[Out] {
		src, steps, emit := kind.source(in, s.opts.Spacing)
		probe := NewProbe(src)
		r := rig[Out]{observable: operator(probe.Observable), steps: steps, upstream: probe}
		if emit != nil && len(in) > 0 {
			r.emit = func() { emit(in[0]) }
		}
		return r
	}
	return s
}

// operatorRule is a rule about operators alone.
type operatorRule[In, Out any] struct {
	name  string
	check func(t testing.TB, operator func(stream.Observable[In]) stream.Observable[Out], in []In, like *specimen[Out])
}

func operatorRules[In, Out any]() []operatorRule[In, Out] {
	return []operatorRule[In, Out]{
		{"passes failures on", passesFailures[In, Out]},
		{"serves the zero Observable", servesZero[In, Out]},
		{"is serial while many emit", staysSerial[In, Out]},
	}
}

// fedBy returns a specimen like another one, whose source is src.
func fedBy[In, Out any](like *specimen[Out], operator func(stream.Observable[In]) stream.Observable[Out], src func() stream.Observable[In]) *specimen[Out] {
	s := *like
	s.operator = true
	s.open = func() rig[Out] {
		probe := NewProbe(src())
		return rig[Out]{observable: operator(probe.Observable), upstream: probe}
	}
	return &s
}

// passesFailures: Reactive Streams 1.4. What comes before the failure is what
// comes before the completion of a source with as many values.
func passesFailures[In, Out any](t testing.TB, operator func(stream.Observable[In]) stream.Observable[Out], in []In, like *specimen[Out]) {
	if like.opts.Recovers {
		return
	}
	for n := 0; n <= len(in); n++ {
		failed := outcomeOf(t, like, operator, in[:n], errSource)
		if !errors.Is(failed.err, errSource) {
			// Then the operator must have ended before.
			if living := outcomeOf(t, like, operator, in[:n], errEndless); !living.early || living.err != failed.err {
				t.Errorf("the source fails after %d values: ended with %v, want its failure (Reactive Streams 1.4)", n, failed.err)
			}
			continue
		}
		completed := outcomeOf(t, like, operator, in[:n], nil)
		lost := len(completed.values) - len(failed.values)
		if lost != 0 && !(like.opts.AtCompletion && lost > 0) {
			t.Errorf("the source fails after %d values: values %v came before the failure; at completion they were %v", n, failed.values, completed.values)
		}
	}
}

// outcome is what an operator made of a source.
type outcome[Out any] struct {
	values []Out
	err    error
	early  bool // it ended by itself, though the source did not
}

func outcomeOf[In, Out any](t testing.TB, like *specimen[Out], operator func(stream.Observable[In]) stream.Observable[Out], in []In, end error) outcome[Out] {
	s := fedBy(like, operator, func() stream.Observable[In] { return coldSource(in, like.opts.Spacing, end) })
	s.partial = end == errEndless
	x := s.try(t, "the source ends with %v after %d values", end, len(in))
	rec := s.plain()
	x.attach(rec)
	x.finish()
	return outcome[Out]{rec.Values(), rec.Err(), s.partial && !x.impatient}
}

// servesZero: the zero Observable completes.
func servesZero[In, Out any](t testing.TB, operator func(stream.Observable[In]) stream.Observable[Out], _ []In, like *specimen[Out]) {
	s := fedBy(like, operator, func() stream.Observable[In] { return stream.Observable[In]{} })
	x := s.try(t, "attached")
	x.attach(s.plain())
	x.finish()

	x = s.try(t, "subscribed")
	x.subscribe(s.plain())
	x.finish()
}

// staysSerial: Reactive Streams 1.3, when a source is fed by many goroutines.
func staysSerial[In, Out any](t testing.TB, operator func(stream.Observable[In]) stream.Observable[Out], in []In, like *specimen[Out]) {
	subject := stream.NewPublish[In](nil)
	s := fedBy(like, operator, subject.AsObservable)
	x := s.try(t, "fed by four goroutines")
	x.attach(s.plain(func(int) bool {
		time.Sleep(time.Microsecond)
		return true
	}))
	x.call("Emit", func() {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for _, v := range in {
					subject.TryEmit(v)
				}
			})
		}
		wg.Wait()
		subject.Complete()
	})
	x.finish()
}
