package stream_test

import (
	"context"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

func TestEachReturnsWhyItEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := func(int) error { return nil }
		assert.NoError(t, stream.Of(1, 2).Each(t.Context(), all))
		assert.Equal(t, errBoom, stream.FromSeq2(pairs(errBoom)).Each(t.Context(), all))

		probe := streamtest.NewProbe(stream.FromSeq(naturals))
		calls := 0
		err := probe.Each(t.Context(), func(int) error {
			calls++
			return errBoom
		})
		assert.Equal(t, errBoom, err, "the function's own")
		assert.Equal(t, 1, calls)
		assert.Zero(t, probe.Live())

		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Hour, errBoom)
		defer cancel()
		assert.Equal(t, errBoom, stream.Never[int]().Each(ctx, all), "the context's cause")
		assert.ErrorAs(t, stream.Of(1).Each(t.Context(), func(int) error { panic("x") }), new(*stream.PanicError))
	})
}

func TestEachRunsAColdSourceOnTheCallersGoroutine(t *testing.T) {
	done := false // without synchronisation: the race detector would tell
	require.NoError(t, stream.FromFunc(func(_ context.Context, emit func(int) bool) error {
		done = emit(1)
		return nil
	}).Each(t.Context(), func(int) error { return nil }))
	assert.True(t, done)
}

func TestAwaitReturnsTheFirstValueAndDetaches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		probe := streamtest.NewProbe(stream.NewBehavior(7, nil).AsObservable())
		first, err := probe.Await(t.Context())
		assert.NoError(t, err)
		assert.Equal(t, 7, first)
		assert.Zero(t, probe.Live())

		_, err = stream.Empty[int]().Await(t.Context())
		assert.Equal(t, stream.ErrEmpty, err)
		_, err = stream.Fail[int](errBoom).Await(t.Context())
		assert.Equal(t, errBoom, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		_, err = stream.Never[int]().Await(ctx)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

// ranged collects what a sequence yields.
func ranged(seq iter.Seq2[int, error]) (values []int, err error) {
	for v, e := range seq {
		if e != nil {
			err = e
			continue
		}
		values = append(values, v)
	}
	return values, err
}

func TestValuesYieldsEverythingAndTheFailureLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, policy := range []stream.Policy{{}, stream.Block(1), stream.FailWhenFull(10), stream.Unbounded(), stream.DropOldest(10)} {
			values, err := ranged(stream.FromSeq2(pairs(errBoom)).Values(t.Context(), policy))
			assert.Equal(t, []int{0, 1, 2}, values, policy)
			assert.Equal(t, errBoom, err)
		}
		seq := stream.Of(1, 2, 3).Values(t.Context(), stream.Block(1))
		for range 2 { // each range is a subscription
			values, err := ranged(seq)
			assert.Equal(t, []int{1, 2, 3}, values)
			assert.NoError(t, err)
		}
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Hour, errBoom)
		defer cancel()
		_, err := ranged(stream.Never[int]().Values(ctx, stream.Block(1)))
		assert.Equal(t, errBoom, err)
	})
}

func TestLeavingTheLoopOverValuesStopsTheStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		probe := streamtest.NewProbe(stream.FromSeq(naturals))
		for v, err := range probe.Values(t.Context(), stream.Block(3)) {
			require.NoError(t, err)
			if v == 5 {
				break
			}
		}
		assert.Zero(t, probe.Live(), "as soon as the loop is left")

		assert.PanicsWithValue(t, "body", func() {
			for range probe.Values(t.Context(), stream.Block(3)) {
				panic("body")
			}
		})
		assert.Zero(t, probe.Live())
	})
}

func TestASlowLoopGetsWhatItsPolicyLeaves(t *testing.T) {
	for _, test := range []struct {
		policy stream.Policy
		want   []int
		err    error
	}{
		{stream.Block(2), []int{0, 1, 2, 3, 4, 5}, nil},
		{stream.Unbounded(), []int{0, 1, 2, 3, 4, 5}, nil},
		{stream.DropOldest(2), []int{0, 4, 5}, nil},
		{stream.Latest(), []int{0, 5}, nil},
		{stream.DropNewest(2), []int{0, 1, 2}, nil},
		{stream.FailWhenFull(2), []int{0, 1, 2}, stream.ErrOverflow},
	} {
		t.Run(test.policy.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				subject := stream.NewPublish[int](nil)
				go func() {
					for i := range 6 { // the first is taken at once, the rest comes while the loop sleeps
						time.Sleep(time.Millisecond)
						_ = subject.Emit(t.Context(), i)
					}
					subject.Complete()
				}()
				var values []int
				var failure error
				for v, err := range subject.Values(t.Context(), test.policy) {
					if failure = err; err == nil {
						values = append(values, v)
					}
					time.Sleep(time.Second)
				}
				assert.Equal(t, test.want, values)
				assert.Equal(t, test.err, failure)
			})
		})
	}
}

func TestChanDeliversAndSaysWhyItClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, policy := range []stream.Policy{stream.Block(1), stream.Block(8), stream.DropNewest(8), stream.DropOldest(8), stream.Unbounded()} {
			var values []int
			c, why := stream.FromSeq2(pairs(errBoom)).Chan(t.Context(), policy)
			assert.Equal(t, max(0, policy.Capacity()), cap(c))
			for v := range c {
				values = append(values, v)
			}
			assert.Equal(t, []int{0, 1, 2}, values, policy)
			assert.Equal(t, errBoom, why())
			assert.Equal(t, errBoom, why(), "and again")

			c, why = stream.Of(1).Chan(t.Context(), policy)
			assert.Equal(t, 1, <-c)
			assert.NoError(t, why())
		}
	})
}

func TestCancellingTheContextOfAChanEndsIt(t *testing.T) {
	for _, policy := range []stream.Policy{stream.Block(1), stream.Unbounded()} {
		synctest.Test(t, func(t *testing.T) {
			probe := streamtest.NewProbe(stream.NewReplay[int](9, 0, nil).AsObservable())
			ctx, cancel := context.WithCancelCause(t.Context())
			c, why := probe.Chan(ctx, policy)
			cancel(errBoom)
			_, ok := <-c
			assert.False(t, ok)
			assert.Equal(t, errBoom, why())
			synctest.Wait()
			assert.Zero(t, probe.Live())

			ctx, cancel = context.WithCancelCause(t.Context())
			c, why = stream.Of(1, 2, 3).Chan(ctx, policy) // nobody receives
			synctest.Wait()
			cancel(errBoom)
			assert.ErrorIs(t, why(), errBoom)
			_ = c
		})
	}
}

func TestAFullChanDoesWhatItsPolicySays(t *testing.T) {
	for _, test := range []struct {
		policy stream.Policy
		result stream.Result // of the third value
		want   []int
		lost   []any
		err    error
	}{
		{stream.Block(2), stream.Overflow, []int{0, 1}, []any{2}, nil},
		{stream.DropOldest(2), stream.Overflow, []int{1, 2}, []any{0}, nil},
		{stream.DropNewest(2), stream.Overflow, []int{0, 1}, []any{2}, nil},
		{stream.FailWhenFull(2), stream.Overflow, []int{0, 1}, []any{2}, stream.ErrOverflow},
		{stream.Unbounded(), stream.OK, []int{0, 1, 2}, nil, nil},
	} {
		t.Run(test.policy.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var lost []any
				subject := stream.NewPublish[int](nil)
				c, why := subject.Chan(t.Context(), test.policy.OnDrop(func(v any) { lost = append(lost, v) }))
				assert.Equal(t, stream.OK, subject.TryEmit(0))
				assert.Equal(t, stream.OK, subject.TryEmit(1))
				assert.Equal(t, test.result, subject.TryEmit(2))
				subject.Complete()
				var values []int
				for v := range c {
					values = append(values, v)
				}
				assert.Equal(t, test.want, values)
				assert.Equal(t, test.lost, lost)
				assert.Equal(t, test.err, why())
			})
		})
	}
}

// What a subscription that was stopped did not see it cannot call complete.
func TestASourceThatCompletesAfterStopHasBeenStopped(t *testing.T) {
	s := stream.NewPublish[int](nil)
	rec := streamtest.Record[int]()
	held := stream.New(func(_ context.Context, dst stream.Observer[int]) func() {
		return s.Attach(context.Background(), dst) // deaf to its context
	})
	sub := held.Subscribe(t.Context(), rec)
	s.TryEmit(1)
	sub.Stop()
	s.Complete()
	assert.ErrorIs(t, sub.Wait(t.Context()), stream.ErrStopped)
	rec.AssertFailed(t, stream.ErrStopped, 1)
}
