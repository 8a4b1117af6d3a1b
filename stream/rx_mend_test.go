package stream_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/reactivex/rxgo/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

// theirs returns a source of RxGo's own, that delivers items and, unless
// items ends with a failure, completes.
func theirs(items ...any) rxgo.Observable {
	c := make(chan rxgo.Item, len(items))
	for _, v := range items {
		if err, ok := v.(error); ok {
			c <- rxgo.Error(err)
			continue
		}
		c <- rxgo.Of(v)
	}
	close(c)
	return rxgo.FromChannel(c)
}

// ours returns the same, of this package.
func ours(items ...any) rxgo.Observable {
	return stream.FromSeq2(func(yield func(any, error) bool) {
		for _, v := range items {
			err, _ := v.(error)
			if !yield(v, err) {
				return
			}
		}
	}).Rx()
}

// received returns what an Observable sends, in order; a failure as an error.
func received(o rxgo.Iterable) (all []any) {
	for item := range o.Observe() {
		if item.Error() {
			all = append(all, item.E)
			continue
		}
		all = append(all, item.V)
	}
	return all
}

// TestWhatRxGoGetsWrong is about operators whose RxGo namesakes do not do what
// RxGo's documentation says, and about both being observed in the same way.
func TestWhatRxGoGetsWrong(t *testing.T) {
	any1 := func(any) bool { return true }
	for _, test := range []struct {
		name  string
		in    []any
		use   func(o rxgo.Observable) rxgo.Iterable
		right []any
		wrong []any // what RxGo sends
	}{
		{
			"SkipLast takes", []any{1, 2, 3, 4, 5},
			func(o rxgo.Observable) rxgo.Iterable { return o.SkipLast(2) },
			[]any{1, 2, 3}, []any{1, 2},
		},
		{
			"Debounce loses the last value", []any{1, 2, 3},
			func(o rxgo.Observable) rxgo.Iterable { return o.Debounce(second) },
			[]any{3}, nil,
		},
		{
			"Debounce loses the last value before a failure", []any{1, 2, errBoom},
			func(o rxgo.Observable) rxgo.Iterable { return o.Debounce(second) },
			[]any{2, errBoom}, []any{errBoom},
		},
		{
			"BufferWithCount delivers after the failure", []any{1, 2, 3, errBoom},
			func(o rxgo.Observable) rxgo.Iterable { return o.BufferWithCount(2) },
			[]any{[]any{1, 2}, []any{3}, errBoom}, []any{[]any{1, 2}, errBoom, []any{3}},
		},
		{
			"BufferWithTime delivers after the failure", []any{1, errBoom},
			func(o rxgo.Observable) rxgo.Iterable { return o.BufferWithTime(second) },
			[]any{[]any{1}, errBoom}, []any{errBoom, []any{1}},
		},
		{
			"BufferWithTimeOrCount delivers after the failure", []any{1, errBoom},
			func(o rxgo.Observable) rxgo.Iterable { return o.BufferWithTimeOrCount(second, 2) },
			[]any{[]any{1}, errBoom}, []any{errBoom, []any{1}},
		},
		{
			"Repeat goes on after the failure", []any{1, errBoom},
			func(o rxgo.Observable) rxgo.Iterable { return o.Repeat(1, nil) },
			[]any{1, errBoom}, []any{1, errBoom, 1},
		},
		{
			"Count hides the failure", []any{1, errBoom},
			func(o rxgo.Observable) rxgo.Iterable { return o.Count() },
			[]any{errBoom}, []any{int64(1)},
		},
		{
			"All answers after the failure", []any{1, errBoom},
			func(o rxgo.Observable) rxgo.Iterable { return o.All(any1) },
			[]any{errBoom}, []any{errBoom, true},
		},
		{
			"Max answers after the failure", []any{1, errBoom},
			func(o rxgo.Observable) rxgo.Iterable { return o.Max(func(a, b any) int { return a.(int) - b.(int) }) },
			[]any{errBoom}, []any{errBoom, 1},
		},
		{
			"AverageInt answers after the failure", []any{1, errBoom},
			func(o rxgo.Observable) rxgo.Iterable { return o.AverageInt() },
			[]any{errBoom}, []any{errBoom, 1},
		},
		{
			"LastOrDefault answers after the failure", []any{1, errBoom},
			func(o rxgo.Observable) rxgo.Iterable { return o.LastOrDefault(9) },
			[]any{errBoom}, []any{errBoom, 1},
		},
		{
			"DefaultIfEmpty takes a failure for completion", []any{errBoom},
			func(o rxgo.Observable) rxgo.Iterable { return o.DefaultIfEmpty(9) },
			[]any{errBoom}, []any{errBoom, 9},
		},
		{
			"TakeLast delivers after the failure", []any{1, 2, errBoom},
			func(o rxgo.Observable) rxgo.Iterable { return o.TakeLast(1) },
			[]any{errBoom}, []any{errBoom, 2},
		},
		{
			"FlatMap gives the failure to the function", []any{1, errBoom},
			func(o rxgo.Observable) rxgo.Iterable {
				return o.FlatMap(func(i rxgo.Item) rxgo.Observable { return ours(i.V, i.V) })
			},
			[]any{1, 1, errBoom}, []any{1, 1, nil, nil},
		},
		{
			"WindowWithCount opens a window without an item", []any{1, 2},
			func(o rxgo.Observable) rxgo.Iterable {
				return o.WindowWithCount(2).Map(func(_ context.Context, w any) (any, error) {
					return len(received(w.(rxgo.Observable))), nil
				})
			},
			[]any{2}, []any{2, 0},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				assert.Equal(t, test.right, received(test.use(ours(test.in...))))
				assert.Equal(t, test.wrong, received(test.use(theirs(test.in...))))
			})
		})
	}
}

func TestTakeEndsWithItsLastItemNotWithTheOneAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := make(chan rxgo.Item, 3)
		wrong := rxgo.FromChannel(c).Take(2).Observe()
		subject := stream.NewPublish[int](nil)
		right := subject.Rx().Take(2).Observe()
		for i := range 2 {
			c <- rxgo.Of(i)
			go func() { _ = subject.Emit(t.Context(), i) }()
			assert.Equal(t, rxgo.Of(i), <-wrong)
			assert.Equal(t, rxgo.Of(i), <-right)
		}
		synctest.Wait()
		assert.True(t, closed(right))
		assert.False(t, closed(wrong))
		c <- rxgo.Of(2)
		synctest.Wait()
		assert.True(t, closed(wrong))
	})
}

func TestTakeAndTakeLastOfNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		assert.Empty(t, received(stream.Never[int]().Rx().Take(0)))
		assert.Empty(t, received(stream.Of(1, 2).Rx().TakeLast(0)), "RxGo's panics")
		assert.Equal(t, []any{1, 2}, received(stream.Of(1, 2).Rx().SkipLast(0)))
		assert.Equal(t, []any{1, 2}, received(stream.Of(1, 2).Rx().TakeLast(9)))
	})
}

func TestAChannelOfRxGoIsSplitBetweenObserversAndOursIsNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		both := func(o rxgo.Observable) int {
			one, _ := o.Map(same).ToSlice(0)
			two, _ := o.Map(same).ToSlice(0)
			return len(one) + len(two)
		}
		assert.Equal(t, 6, both(ours(1, 2, 3)))
		assert.Equal(t, 3, both(theirs(1, 2, 3)))
	})
}

func TestACancelledObserverBlocksNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		// second returns what a second observer gets when the first has been
		// cancelled and does not receive.
		second := func(o rxgo.Observable, emit func(v int)) (v any) {
			_ = o.Observe(rxgo.WithContext(gone))
			items := o.Observe()
			go emit(1)
			select {
			case item := <-items:
				return item.V
			case <-time.After(time.Hour):
				return "nothing"
			}
		}
		subject := stream.NewPublish[int](nil)
		assert.Equal(t, 1, second(subject.Rx(), func(v int) { _ = subject.Emit(t.Context(), v) }))

		source, stop := context.WithCancel(t.Context())
		defer stop()
		c := make(chan rxgo.Item)
		assert.Equal(t, "nothing", second(rxgo.FromEventSource(c, rxgo.WithContext(source)), func(v int) { c <- rxgo.Of(v) }))
	})
}

func TestRetryAttachesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		attempts := 0
		probe := streamtest.NewProbe(stream.Defer(func() stream.Observable[int] {
			if attempts++; attempts < 3 {
				return stream.FromSeq2(pairs(errBoom))
			}
			return stream.Of(9)
		}))
		want := []any{0, 1, 2, 0, 1, 2, 9}
		assert.Equal(t, want, received(probe.Rx().Retry(2, always)))

		attempts = 0
		start := time.Now()
		assert.Equal(t, want, received(probe.Rx().BackOffRetry(backoff.NewConstantBackOff(time.Minute))))
		assert.Equal(t, 2*time.Minute, time.Since(start))

		attempts = 0
		assert.Equal(t, []any{0, 1, 2, 0, 1, 2, errBoom}, received(probe.Rx().Retry(1, always)))
		attempts = 0
		assert.Equal(t, []any{0, 1, 2, errBoom}, received(probe.Rx().Retry(9, func(error) bool { return false })))
		synctest.Wait()
		assert.Zero(t, probe.Live())
	})
}

func TestCancellingBackOffRetryDoesNotPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // RxGo's closes a closed channel
		for _, source := range []stream.Observable[int]{stream.Never[int](), stream.Fail[int](errBoom)} {
			ctx, cancel := context.WithCancel(t.Context())
			items := source.Rx().BackOffRetry(backoff.NewConstantBackOff(time.Hour)).Observe(rxgo.WithContext(ctx))
			synctest.Wait()
			cancel()
			values, err := collect(items)
			assert.Empty(t, values)
			assert.NoError(t, err)
		}
	})
}

func TestBackOffRetryGivesUpAtAPermanentError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		failing := stream.Fail[int](backoff.Permanent(errBoom))
		assert.Equal(t, []any{errBoom}, received(failing.Rx().BackOffRetry(backoff.NewConstantBackOff(time.Hour))))
		assert.Zero(t, time.Since(start))
	})
}

func TestARepetitionEndsWhileItPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lasts := func(o rxgo.Observable, most time.Duration) time.Duration {
			ctx, cancel := context.WithTimeout(t.Context(), most)
			defer cancel()
			start := time.Now()
			received(o.Repeat(rxgo.Infinite, rxgo.WithDuration(time.Hour), rxgo.WithContext(ctx)))
			return time.Since(start)
		}
		assert.Equal(t, 90*time.Minute, lasts(ours(1, 2), 90*time.Minute))
		assert.Equal(t, 2*time.Hour, lasts(theirs(1, 2), 90*time.Minute), "RxGo's sleeps on")
		assert.Zero(t, lasts(ours(), 90*time.Minute))
		assert.Equal(t, 2*time.Hour, lasts(theirs(), 90*time.Minute), "RxGo's repeats nothing for ever")

		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Minute)
		defer cancel()
		values, _ := collect(ours(1, 2).Repeat(rxgo.Infinite, rxgo.WithDuration(time.Hour)).Observe(rxgo.WithContext(ctx)))
		assert.Equal(t, []any{1, 2, 1, 2}, values)
	})
}

func TestIllegalArgumentsAreFailures(t *testing.T) {
	o := stream.Of(1)
	for _, illegal := range []rxgo.Observable{
		o.Rx().BufferWithCount(0), o.Rx().BufferWithTime(nil), o.Rx().BufferWithTimeOrCount(second, 0), o.Rx().BufferWithTimeOrCount(nil, 1),
		o.Rx().WindowWithCount(-1), o.Rx().WindowWithTime(nil), o.Rx().WindowWithTimeOrCount(second, -1), o.Rx().Repeat(-2, nil),
	} {
		for range 2 { // however often it is observed
			assert.ErrorAs(t, illegal.Error(), new(rxgo.IllegalInputError))
		}
	}
}

func TestSequenceEqualComparesEndsAndAnyValues(t *testing.T) {
	slices := stream.Of([]int{1}, []int{2})
	for _, test := range []struct {
		one, two rxgo.Observable
		equal    bool
	}{
		{slices.Rx(), slices.Rx(), true},
		{stream.Of(1, 2).Rx(), stream.Of(1, 2, 3).Rx(), false},
		{stream.Of(1, 2, 3).Rx(), stream.Of(1, 2).Rx(), false},
		{stream.Of(1).Rx(), stream.Of(2).Rx(), false},
		{stream.Empty[int]().Rx(), stream.Empty[int]().Rx(), true},
		{stream.Fail[int](errBoom).Rx(), stream.Fail[int](errBoom).Rx(), true},
		{stream.Fail[int](errBoom).Rx(), stream.Fail[int](errors.New("bang")).Rx(), false},
		{stream.Fail[int](errBoom).Rx(), stream.Empty[int]().Rx(), false},
	} {
		item, err := test.one.SequenceEqual(test.two).Get()
		require.NoError(t, err)
		assert.Equal(t, test.equal, item.V)
	}
}
