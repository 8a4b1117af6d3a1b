package operators_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

// attempts returns a source that delivers its number, after a time, and fails,
// the first n times that it is subscribed to; after that it completes. A hot
// one does so on goroutines of its own.
func attempts(n int, life time.Duration, hot bool) ints {
	k := 0
	return stream.Defer(func() ints {
		k++
		number := k
		o := stream.FromFunc(func(ctx context.Context, emit func(int) bool) error {
			emit(number)
			select {
			case <-time.After(life):
			case <-ctx.Done():
			}
			if number <= n {
				return errSource
			}
			return nil
		})
		if hot {
			return onItsOwn(o)
		}
		return o
	})
}

// onItsOwn runs each subscription to o on a goroutine that o's subscriber does
// not know of.
func onItsOwn(o ints) ints {
	return stream.New(func(ctx context.Context, dst stream.Observer[int]) func() {
		if run := o.Attach(ctx, dst); run != nil {
			go run() // ends with the subscription
		}
		return nil
	})
}

// countTo returns 1 to n.
func countTo(n int) (numbers []int) {
	for i := range n {
		numbers = append(numbers, i+1)
	}
	return numbers
}

func TestASourceThatFailsSeveralTimesComesThroughInTheEnd(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n, hot := rapid.IntRange(0, 20).Draw(r, "failures"), rapid.Bool().Draw(r, "hot")
		allowed := rapid.IntRange(0, 25).Draw(r, "attempts")
		synctest.Test(t, func(t *testing.T) {
			rec := streamtest.Record[int]()
			retried := operators.Retry(attempts(n, time.Second, hot), &operators.RetryOptions{
				Attempts: allowed, MinDelay: time.Millisecond, MaxDelay: time.Minute,
			})
			err := retried.Subscribe(t.Context(), rec).Wait(t.Context())
			if allowed > 0 && n >= allowed {
				assert.ErrorIs(t, err, errSource)
				assert.Equal(t, countTo(allowed), rec.Values())
				return
			}
			assert.NoError(t, err)
			assert.Equal(t, countTo(n+1), rec.Values())
		})
	})
}

func TestTheWaitsOfARetryGrowAndAreSpread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const minDelay, maxDelay = 100 * time.Millisecond, time.Minute
		var limit time.Duration
		low, total := 0, time.Duration(0)
		start, failures := time.Now(), 0
		retried := operators.Retry(attempts(2000, 0, false), &operators.RetryOptions{
			MinDelay: minDelay, MaxDelay: maxDelay,
			OnRetry: func(err error, n int, wait time.Duration) {
				failures++
				require.Equal(t, failures, n)
				require.ErrorIs(t, err, errSource)
				limit = min(max(2*limit, minDelay), maxDelay)
				require.LessOrEqual(t, wait, limit+1)
				if wait < limit/2 {
					low++
				}
				total += wait
			},
		})
		require.NoError(t, retried.Each(t.Context(), func(int) error { return nil }))
		assert.Equal(t, 2000, failures)
		assert.InDelta(t, 1000, low, 150, "half of the waits are in the lower half")
		assert.Equal(t, total, time.Since(start))
		assert.Greater(t, total, 10*time.Hour)
	})
}

func TestAnAttemptThatLivedForLongEndsTheRowOfFailures(t *testing.T) {
	for name, test := range map[string]struct {
		life    time.Duration
		silent  bool
		attempt int // of the second failure
	}{
		"lived for long":             {time.Hour, false, 1},
		"ended soon":                 {time.Second, false, 2},
		"lived for long, but silent": {time.Hour, true, 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := attempts(2, test.life, false)
				if test.silent {
					o = operators.Filter(o, func(int) bool { return false })
				}
				var told []int
				retried := operators.Retry(o, &operators.RetryOptions{
					OnRetry: func(_ error, n int, _ time.Duration) { told = append(told, n) },
				})
				require.NoError(t, retried.Each(t.Context(), func(int) error { return nil }))
				assert.Equal(t, []int{1, test.attempt}, told)
			})
		})
	}
}

func TestADayOfFailuresIsRetriedForADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		ctx, cancel := context.WithTimeoutCause(t.Context(), 24*time.Hour, errOdd)
		defer cancel()
		n := 0
		probe := streamtest.NewProbe(stream.Fail[int](errSource))
		err := operators.Retry(operators.Finally(probe.Observable, func(error) { n++ }), nil).
			Subscribe(ctx, streamtest.Record[int]()).Wait(t.Context())
		assert.ErrorIs(t, err, errOdd)
		assert.Equal(t, 24*time.Hour, time.Since(start))
		assert.InDelta(t, 24*60*4, n, 24*60, "one in 15 s on average")
		assert.Zero(t, probe.Live())
	})
}

func TestAFailureThatIsNotRetryableEndsARetry(t *testing.T) {
	rec := streamtest.Record[int]()
	source := operators.TryMap(stream.Of(2, 4, 5), keepEven)
	retried := operators.Retry(source, &operators.RetryOptions{
		MinDelay:  -1,
		Retryable: func(err error) bool { return !errors.Is(err, errOdd) },
		OnRetry:   func(error, int, time.Duration) { t.Error("there is no other attempt") },
	})
	_ = retried.Subscribe(t.Context(), rec).Wait(t.Context())
	rec.AssertFailed(t, errOdd, 2, 4)
}

func TestAPanicInARetryIsAFailureOfItsSourceOrItsEnd(t *testing.T) {
	broken := func(int) int { panic(errSource) }
	t.Run("in the source", func(t *testing.T) {
		var failure error
		retried := operators.Retry(operators.Map(stream.Of(1), broken), &operators.RetryOptions{
			MinDelay: -1, Attempts: 3,
			OnRetry: func(err error, _ int, _ time.Duration) { failure = err },
		})
		require.ErrorIs(t, retried.Each(t.Context(), func(int) error { return nil }), errSource)
		require.ErrorIs(t, failure, errSource)
	})
	t.Run("in the subscriber", func(t *testing.T) {
		for _, hot := range []bool{false, true} {
			rec := streamtest.Record[int](streamtest.PanicAt(1, errSource))
			probe := streamtest.NewProbe(attempts(5, 0, hot))
			if run := operators.Retry(probe.Observable, &operators.RetryOptions{MinDelay: -1}).Attach(t.Context(), rec); run != nil {
				run()
			}
			require.NoError(t, rec.Wait(t.Context()))
			rec.AssertFailed(t, errSource, 1)
			assert.Equal(t, 1, probe.Total())
		}
	})
	t.Run("in a function of the options", func(t *testing.T) {
		for _, opts := range []*operators.RetryOptions{
			{Retryable: func(error) bool { panic(errOdd) }},
			{OnRetry: func(error, int, time.Duration) { panic(errOdd) }},
			{OnRetry: func(error, int, time.Duration) { runtime.Goexit() }},
		} {
			err := operators.Retry(attempts(5, 0, true), opts).Subscribe(t.Context(), streamtest.Record[int]()).Wait(t.Context())
			p := (*stream.PanicError)(nil)
			require.ErrorAs(t, err, &p)
		}
	})
}

func TestAGoroutineThatEndsIsNotRetried(t *testing.T) {
	source := operators.Tap(stream.Of(1), func(int) { runtime.Goexit() })
	probe := streamtest.NewProbe(source)
	err := operators.Retry(probe.Observable, &operators.RetryOptions{MinDelay: -1}).
		Subscribe(t.Context(), streamtest.Record[int]()).Wait(t.Context())
	p := (*stream.PanicError)(nil)
	require.ErrorAs(t, err, &p)
	assert.True(t, p.Goexit)
	assert.Equal(t, 1, probe.Total())
}

func TestAWaitOfARetryEndsWithItsContextAndLeavesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		ctx, cancel := context.WithCancelCause(t.Context())
		probe := streamtest.NewProbe(stream.Fail[int](errSource))
		rec := streamtest.Record[int]()
		sub := operators.Retry(probe.Observable, &operators.RetryOptions{MinDelay: 1000 * time.Hour, MaxDelay: 1000 * time.Hour}).
			Subscribe(ctx, rec)
		synctest.Wait()
		rec.AssertLive(t)
		cancel(errOdd)
		require.ErrorIs(t, sub.Wait(t.Context()), errOdd)
		assert.Zero(t, time.Since(start))
		time.Sleep(2000 * time.Hour)
		assert.Equal(t, 1, probe.Total())
	})
}

// Each of the two attaches its source, or has it run, from where the one
// before has ended.
func TestTheStackDoesNotGrowWithTheNumberOfSources(t *testing.T) {
	const n = 20_000
	deepest := func(o ints) int {
		most, pcs := 0, make([]uintptr, 1000)
		deep := operators.Tap(o, func(int) { most = max(most, runtime.Callers(0, pcs)) })
		_ = deep.Subscribe(t.Context(), streamtest.Record[int]()).Wait(t.Context())
		return most
	}
	at := func(n int, hot bool) ints {
		return operators.Retry(attempts(n, 0, hot), &operators.RetryOptions{MinDelay: -1})
	}
	for name, o := range map[string]ints{
		"Retry of a cold source": at(n, false),
		"Retry of a hot source":  at(n, true),
		"Repeat":                 operators.Repeat(stream.Of(1), n),
		"Repeat of what is over": operators.Concat(operators.Repeat(stream.Empty[int](), n), stream.Of(1)),
	} {
		t.Run(name, func(t *testing.T) { assert.Less(t, deepest(o), 40) })
	}
}
