package operators_test

import (
	"math"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

// forever is what people write who mean never.
const forever = time.Duration(math.MaxInt64)

func TestWhatIsRefusedAtTheEndOfASourceEndsAllThatFollows(t *testing.T) {
	for name, holding := range map[string]func(o ints) ints{
		"Debounce": func(o ints) ints { return operators.Debounce(o, time.Second) },
		"Sample":   func(o ints) ints { return operators.Sample(o, time.Second) },
		"Throttle": func(o ints) ints { return operators.Throttle(o, time.Second, operators.Trailing) },
		"Batch": func(o ints) ints {
			batches := operators.Batch(o, &operators.BatchOptions[int]{Time: time.Second})
			return operators.Map(batches, func(b []int) int { return b[0] })
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var ended error
				first := operators.Finally(holding(stream.Of(1)), func(err error) { ended = err })
				rec := streamtest.Record[int]()
				sub := operators.Take(operators.Concat(first, stream.Of(10, 11, 12)), 1).Subscribe(t.Context(), rec)
				assert.NoError(t, sub.Wait(t.Context()))
				rec.AssertCompleted(t, 1)
				assert.Empty(t, rec.Breaches())
				assert.ErrorIs(t, ended, stream.ErrStopped)
			})
		})
	}
}

func TestATimeThatNeverComesDoesNotComeAtOnce(t *testing.T) {
	second := func(v int) time.Time { return time.Unix(int64(v), 0) }
	for name, c := range map[string]struct {
		o    func(o ints) stream.Observable[string]
		want []string
	}{
		"Throttle": {func(o ints) stream.Observable[string] {
			return shown(operators.Throttle(o, forever, operators.Leading))
		}, []string{"1"}},
		"Debounce": {func(o ints) stream.Observable[string] { return shown(operators.Debounce(o, forever)) }, nil},
		"Delay":    {func(o ints) stream.Observable[string] { return shown(operators.Delay(o, forever, nil)) }, nil},
		"Sample":   {func(o ints) stream.Observable[string] { return shown(operators.Sample(o, forever)) }, nil},
		"Batch": {func(o ints) stream.Observable[string] {
			return shown(operators.Batch(o, &operators.BatchOptions[int]{Time: forever}))
		}, nil},
		"Bursts": {func(o ints) stream.Observable[string] { return shown(operators.Bursts(o, forever, nil)) }, nil},
		"EventWindows": {func(o ints) stream.Observable[string] {
			return shown(operators.EventWindows(o, second, time.Hour, &operators.EventOptions[int]{Idle: forever}))
		}, nil},
		"Reorder": {func(o ints) stream.Observable[string] {
			return shown(operators.Reorder(o, func(v int) uint64 { return uint64(2 * v) }, &operators.ReorderOptions{Wait: forever}))
		}, []string{"1"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := stream.NewPublish[int](nil)
				rec := streamtest.Record[string]()
				sub := c.o(src.AsObservable()).Subscribe(t.Context(), rec)
				for v := range 3 {
					time.Sleep(time.Minute)
					src.TryEmit(v + 1)
				}
				time.Sleep(24 * time.Hour)
				synctest.Wait()
				assert.Equal(t, c.want, rec.Values())
				sub.Stop()
				assert.ErrorIs(t, sub.Wait(t.Context()), stream.ErrStopped)
			})
		})
	}
}

func TestAnyNumberOfSourcesMayBeAskedFor(t *testing.T) {
	o := operators.FlatMap(stream.Of(1, 2), twice, &operators.MergeOptions{Concurrency: math.MaxInt})
	assert.Len(t, all(t, o), 4)
}

func TestEndsOfSourcesDoNotQueueUpBehindASlowSubscriber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		outer, slow := stream.NewPublish[int](nil), stream.NewPublish[int](nil)
		o := operators.FlatMap(outer.AsObservable(), func(v int) ints {
			if v == 0 {
				return slow.AsObservable()
			}
			return stream.Empty[int]()
		}, &operators.MergeOptions{Concurrency: 8})
		release := make(chan struct{})
		sub := o.On(t.Context(), func(int) { <-release })
		outer.TryEmit(0)
		go slow.TryEmit(1)
		synctest.Wait() // the subscriber is busy
		emitted := 0
		go func() {
			for v := range 10_000 {
				_ = outer.Emit(t.Context(), v+1)
				emitted++
			}
			outer.Complete()
		}()
		synctest.Wait()
		assert.Less(t, emitted, 300)
		close(release)
		slow.Complete()
		assert.NoError(t, sub.Wait(t.Context()))
		assert.Equal(t, 10_000, emitted)
	})
}

// A subscriber that ends the goroutine in its Done has it called again by a
// source that protects itself, which must not stop the clock a second time.
func TestATimeoutBearsASecondEnd(t *testing.T) {
	ended := 0
	done := make(chan struct{})
	source := stream.Defer(func() ints { return stream.Empty[int]() })
	go func() { // ends with the callback, if not before
		defer close(done)
		run := operators.Timeout(source, time.Hour).Attach(t.Context(), goexitAtEnd(func() { ended++ }))
		if run != nil {
			run()
		}
	}()
	<-done
	assert.NotZero(t, ended)
}

// goexitAtEnd is an observer that ends the goroutine at the first end.
type goexitAtEnd func()

func (goexitAtEnd) Next(int) bool { return true }

func (f goexitAtEnd) Done(error) {
	f()
	runtime.Goexit()
}
