package operators_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/stretchr/testify/assert"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

// withTimers are uses of the operators that have a timer, which runs when two
// values have come, for longer than anything in their test takes.
func withTimers() map[string]func(o ints) stream.Observable[string] {
	const long = 1000 * time.Hour
	timer := map[string]func(o ints) stream.Observable[string]{
		"Batch":    func(o ints) stream.Observable[string] { return shown(operators.Batch(o, byTime(long))) },
		"Tumbling": func(o ints) stream.Observable[string] { return shown(operators.Tumbling(o, long, nil)) },
		"Sliding":  func(o ints) stream.Observable[string] { return shown(operators.Sliding(o, long, long/2, nil)) },
		"Sessions": func(o ints) stream.Observable[string] { return shown(operators.Sessions(o, keyOf, long, nil)) },
		"Bursts":   func(o ints) stream.Observable[string] { return shown(operators.Bursts(o, long, nil)) },
		"EventWindows": func(o ints) stream.Observable[string] {
			return shown(operators.EventWindows(o, timeOf, long, &eventOptions{Ahead: -1, Idle: long}))
		},
		"GroupBy": func(o ints) stream.Observable[string] {
			groups := operators.GroupBy(o, keyOf, &operators.GroupOptions{Idle: long})
			return operators.Map(groups, func(operators.Group[int, int]) string { return "group" })
		},
		"Reorder": func(o ints) stream.Observable[string] {
			return shown(operators.Reorder(o, ownNumber, &operators.ReorderOptions{Wait: long, First: new(uint64)}))
		},
		"FlatMap": func(o ints) stream.Observable[string] {
			never := func(int) ints { return operators.TakeUntil(stream.Never[int](), o) }
			return shown(operators.FlatMap(o, never, &operators.MergeOptions{Timeout: long}))
		},
		"Retry": func(o ints) stream.Observable[string] {
			return shown(operators.Retry(operators.Concat(o, stream.Fail[int](errOdd)), &operators.RetryOptions{
				Attempts: 2, MinDelay: long, MaxDelay: long,
			}))
		},
		"Timeout": func(o ints) stream.Observable[string] { return shown(operators.Timeout(o, long)) },
		"Timer":   func(o ints) stream.Observable[string] { return shown(operators.TakeUntil(o, stream.Timer(long))) },
		"Tick":    func(o ints) stream.Observable[string] { return shown(operators.SampleBy(o, stream.Tick(long))) },
	}
	for name, operator := range rateOperators() {
		timer[name] = func(o ints) stream.Observable[string] { return shown(operator(o)) }
	}
	return timer
}

func TestNoTimerOutlivesItsSubscription(t *testing.T) {
	for name, operator := range withTimers() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // reports goroutines that are left
				subscribers, tags := map[string]weak.Pointer[streamtest.Recorder[string]]{}, map[string]weak.Pointer[tag]{}
				for how, end := range map[string]func(src *stream.Subject[int], sub *stream.Subscription, cancel context.CancelFunc){
					"completed": func(src *stream.Subject[int], _ *stream.Subscription, _ context.CancelFunc) { src.Complete() },
					"failed":    func(src *stream.Subject[int], _ *stream.Subscription, _ context.CancelFunc) { src.Abort(errSource) },
					"stopped":   func(_ *stream.Subject[int], sub *stream.Subscription, _ context.CancelFunc) { sub.Stop() },
					"cancelled": func(_ *stream.Subject[int], _ *stream.Subscription, cancel context.CancelFunc) { cancel() },
				} {
					subscribers[how], tags[how] = endEarly(t, operator, end)
				}
				time.Sleep(time.Nanosecond) // the runtime lets go of timers that were stopped when it sets another one
				for how := range tags {
					assert.True(t, collected(subscribers[how]), "when %s, something refers to the subscriber still", how)
					assert.True(t, collected(tags[how]), "when %s, something refers to the context still", how)
				}
			})
		})
	}
}

// tag is a value of a context.
type tag struct{ text string }

// endEarly subscribes to an operator, ends the subscription when two values
// have come, and returns what nothing must refer to then.
//
//go:noinline
func endEarly(t *testing.T, operator func(o ints) stream.Observable[string], end func(src *stream.Subject[int], sub *stream.Subscription, cancel context.CancelFunc)) (
	weak.Pointer[streamtest.Recorder[string]], weak.Pointer[tag],
) {
	src, rec, tagged := stream.NewPublish[int](nil), streamtest.Record[string](), &tag{t.Name()}
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel) // not earlier, or it would let go of what was forgotten
	sub := operator(src.AsObservable()).Subscribe(context.WithValue(ctx, tag{}, tagged), rec)
	for v := range 2 {
		src.TryEmit(v + 1)
		time.Sleep(time.Minute)
	}
	assert.False(t, rec.Ended())
	end(src, sub, cancel)
	_ = sub.Wait(t.Context())
	synctest.Wait()
	rec.AssertSound(t)
	return weak.Make(rec), weak.Make(tagged)
}
