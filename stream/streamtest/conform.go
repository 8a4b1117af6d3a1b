package streamtest

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// Options say in what a source or an operator differs from the plainest one.
// nil means that it does not: it delivers its values to each subscriber and
// completes.
type Options struct {
	// Err is the failure that ends the stream, matched with errors.Is; nil
	// means that it completes.
	Err error

	// Endless is set for a source that does not end by itself.
	Endless bool

	// Single is set for what can be subscribed to once only, or by one
	// subscriber at a time: the rules about several are not checked.
	Single bool

	// Shared is set when all subscribers share one run, so that one that comes
	// later misses values.
	Shared bool

	// Loose is set when the values, or their order, are not always the same:
	// then only their number is compared.
	Loose bool

	// AtCompletion is set for operators that keep values back until the source
	// completes, and drop them when it fails instead. Others deliver what they
	// hold before the failure.
	AtCompletion bool

	// Recovers is set for operators that do not pass a failure of the source
	// on.
	Recovers bool

	// Spacing is how much time passes before each value that an operator under
	// test is fed with, on the virtual clock. 0 means none.
	Spacing time.Duration

	// Patience is how much virtual time may pass until a stream has delivered
	// and ended. 0 means 10 seconds.
	Patience time.Duration
}

// Conform puts a source through the suite. newObservable is called inside a
// bubble, for each trial anew; every subscription to what it returns must
// deliver the values want and then end. See [Options] for sources that do
// otherwise.
func Conform[T any](t *testing.T, newObservable func() stream.Observable[T], want []T, opts *Options) {
	t.Helper()
	conform(t, newSpecimen(want, opts, func() rig[T] {
		return rig[T]{observable: newObservable()}
	}))
}

// ConformHot puts a hot source through the suite. newSource returns, besides
// the observable, the steps that make it deliver the values want to those who
// are subscribed, and then end, such as [Steps] of a subject. Each step runs
// on a goroutine of its own, after the one before has returned.
func ConformHot[T any](t *testing.T, newSource func() (o stream.Observable[T], steps []func()), want []T, opts *Options) {
	t.Helper()
	conform(t, newSpecimen(want, opts, func() rig[T] {
		o, steps := newSource()
		return rig[T]{observable: o, steps: steps}
	}))
}

// ConformOperator puts an operator through the suite. It is fed with the
// values in, by sources of several kinds: cold and hot ones, one that delivers
// from a goroutine of its own, one that repeats older values, one that never
// ends and ones that fail after each number of values. Fed with a source that
// completes it must deliver the values want and end as opts say.
func ConformOperator[In, Out any](t *testing.T, operator func(src stream.Observable[In]) stream.Observable[Out], in []In, want []Out, opts *Options) {
	t.Helper()
	for _, kind := range feeds[In]() {
		t.Run(kind.name, func(t *testing.T) { conform(t, operated(kind, operator, in, want, opts)) })
	}
	for _, rule := range operatorRules[In, Out]() {
		t.Run(rule.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) { rule.check(t, operator, in, newSpecimen[Out](want, opts, nil)) })
		})
	}
}

// Steps returns functions that emit the values into sink, one each, and a last
// one that ends it: with Abort(err), or Complete if err is nil. They are what
// [ConformHot] wants.
func Steps[T any](sink stream.Sink[T], err error, values ...T) []func() {
	var steps []func()
	for _, v := range values {
		steps = append(steps, func() { _ = sink.Emit(context.Background(), v) })
	}
	return append(steps, func() {
		if err != nil {
			sink.Abort(err)
			return
		}
		sink.Complete()
	})
}

func conform[T any](t *testing.T, s *specimen[T]) {
	t.Helper()
	for _, rule := range rules[T]() {
		if rule.several && s.opts.Single {
			continue
		}
		ok := t.Run(rule.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) { rule.check(s, t) })
		})
		if !ok && rule.vital {
			return
		}
	}
}

// inBubble runs f in a bubble. A bubble that goroutines are left in panics; if
// the test has failed anyhow, that is what it has told already.
func inBubble(t *testing.T, f func(t *testing.T)) {
	defer func() {
		if r := recover(); r != nil && !t.Failed() {
			panic(r)
		}
	}()
	synctest.Test(t, f)
}
