package stream_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/stream"
)

// seen is an observer that keeps what it gets and checks that calls are
// serial and that Done comes once and last.
type seen[T any] struct {
	t      testing.TB
	next   func(v T) bool
	inside atomic.Int32
	over   chan struct{}

	mu     sync.Mutex
	values []T
	err    error
}

func see[T any](t testing.TB, next func(v T) bool) *seen[T] {
	return &seen[T]{t: t, next: next, over: make(chan struct{})}
}

func (s *seen[T]) Next(v T) bool {
	if s.inside.Add(1) != 1 {
		s.t.Error("two calls at once (Reactive Streams 1.3)")
	}
	defer s.inside.Add(-1)
	select {
	case <-s.over:
		s.t.Error("a value after Done (Reactive Streams 1.7)")
	default:
	}
	s.mu.Lock()
	s.values = append(s.values, v)
	s.mu.Unlock()
	return s.next == nil || s.next(v)
}

func (s *seen[T]) Done(err error) {
	if s.inside.Load() != 0 {
		s.t.Error("Done during Next (Reactive Streams 1.3)")
	}
	s.err = err
	close(s.over) // panics the second time
}

func (s *seen[T]) got() []T {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]T(nil), s.values...)
}

func emit[T any](t testing.TB, s stream.Sink[T], values ...T) {
	t.Helper()
	for _, v := range values {
		require.NoError(t, s.Emit(context.Background(), v))
	}
}

func TestLateSubscribersGetWhatTheKindOfSubjectPromises(t *testing.T) {
	fail := errors.New("fail")
	cases := []struct {
		name                     string
		subject                  func() *stream.Subject[int]
		live, complete, failed   []int // of a subscriber that comes after 1, 2 and before 3; after the end; after a failure
		liveErr, endErr, failErr error
	}{
		{"publish", func() *stream.Subject[int] { return stream.NewPublish[int](nil) }, []int{3}, nil, nil, nil, nil, fail},
		{"publish with warm-up", func() *stream.Subject[int] { return stream.NewPublish[int](&stream.SubjectOptions{WarmUp: 8}) },
			[]int{1, 2, 3}, []int{1, 2, 3}, []int{1, 2, 3}, nil, nil, fail},
		{"behavior", func() *stream.Subject[int] { return stream.NewBehavior(0, nil) }, []int{2, 3}, nil, nil, nil, nil, fail},
		{"replay", func() *stream.Subject[int] { return stream.NewReplay[int](2, 0, nil) }, []int{1, 2, 3}, []int{2, 3}, []int{2, 3}, nil, nil, fail},
		{"async", func() *stream.Subject[int] { return stream.NewAsync[int](nil) }, []int{3}, []int{3}, nil, nil, nil, fail},
		{"unicast", func() *stream.Subject[int] { return stream.NewUnicast[int](nil) }, []int{1, 2, 3}, []int{1, 2, 3}, []int{1, 2, 3}, nil, nil, fail},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				live, complete, failed := see[int](t, nil), see[int](t, nil), see[int](t, nil)
				s := c.subject()
				emit(t, s, 1, 2)
				s.Subscribe(t.Context(), live)
				synctest.Wait()
				emit(t, s, 3)
				s.Complete()
				<-live.over
				assert.Equal(t, c.live, live.got())
				assert.Equal(t, c.liveErr, live.err)

				s = c.subject()
				emit(t, s, 1, 2, 3)
				s.Complete()
				s.Subscribe(t.Context(), complete)
				<-complete.over
				assert.Equal(t, c.complete, complete.got())
				assert.Equal(t, c.endErr, complete.err)

				s = c.subject()
				emit(t, s, 1, 2, 3)
				s.Abort(fail)
				s.Subscribe(t.Context(), failed)
				<-failed.over
				assert.Equal(t, c.failed, failed.got())
				assert.Equal(t, c.failErr, failed.err)
				assert.ErrorIs(t, s.Emit(t.Context(), 4), stream.ErrClosed)
				assert.Equal(t, stream.Closed, s.TryEmit(4))
			})
		})
	}
}

func TestReplayForgetsWhatIsTooOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stream.NewReplay[int](10, time.Minute, nil)
		emit(t, s, 1)
		time.Sleep(time.Minute + 1)
		emit(t, s, 2)
		s.Complete()
		late := see[int](t, nil)
		s.Subscribe(t.Context(), late)
		<-late.over
		assert.Equal(t, []int{2}, late.got())
	})
}

func TestEmitFromInsideNextIsDeliveredAfterwardsInOrder(t *testing.T) {
	s := stream.NewPublish[int](nil)
	var first, second []int
	s.On(t.Context(), func(v int) {
		first = append(first, v)
		if v < 3 {
			require.NoError(t, s.Emit(context.Background(), v+1))
			require.Equal(t, stream.OK, s.TryEmit(v+10))
		}
	})
	s.On(t.Context(), func(v int) { second = append(second, v) })
	emit(t, s, 1)
	assert.Equal(t, []int{1, 2, 11, 3, 12}, first)
	assert.Equal(t, first, second)
}

func TestTryEmitFromInsideNextOverflowsWhenTheQueueIsFull(t *testing.T) {
	s := stream.NewPublish[int](&stream.SubjectOptions{Queue: 2})
	var results []stream.Result
	s.On(t.Context(), func(v int) {
		for i := range 3 {
			if v == 1 {
				results = append(results, s.TryEmit(10+i))
			}
		}
	})
	emit(t, s, 1)
	assert.Equal(t, []stream.Result{stream.OK, stream.OK, stream.Overflow}, results)
	assert.EqualValues(t, 1, s.Missed())
}

func TestEmitWaitsForAFullQueueUntilItsContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stream.NewPublish[int](&stream.SubjectOptions{Queue: 1})
		release := make(chan struct{})
		got := see[int](t, func(int) bool { <-release; return true })
		s.Subscribe(t.Context(), got)
		go func() { _ = s.Emit(context.Background(), 1) }()
		synctest.Wait()
		emit(t, s, 2)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		assert.ErrorIs(t, s.Emit(ctx, 3), context.DeadlineExceeded)
		assert.Equal(t, time.Second, time.Since(start))
		go func() { _ = s.Emit(context.Background(), 4) }()
		synctest.Wait()
		close(release)
		synctest.Wait()
		assert.Equal(t, []int{1, 2, 4}, got.got())
	})
}

func TestAPanicOrGoexitEndsThatSubscriberAlone(t *testing.T) {
	for name, fail := range map[string]func(){"panic": func() { panic("boom") }, "goexit": runtime.Goexit} {
		t.Run(name, func(t *testing.T) {
			for position := range 3 {
				s := stream.NewPublish[int](nil)
				all := make([]*seen[int], 3)
				for i := range all {
					all[i] = see(t, func(v int) bool {
						if i == position && v == 2 {
							fail()
						}
						return true
					})
					s.Subscribe(t.Context(), all[i])
				}
				done := make(chan struct{})
				go func() {
					defer close(done)
					emit(t, s, 1, 2, 3)
				}()
				<-done
				emit(t, s, 4)
				var p *stream.PanicError
				<-all[position].over
				require.ErrorAs(t, all[position].err, &p)
				assert.Equal(t, name == "goexit", p.Goexit)
				assert.Equal(t, []int{1, 2}, all[position].got())
				want := []int{1, 2, 3, 4}
				if name == "goexit" {
					want = []int{1, 2, 4} // the goroutine that would have emitted 3 has ended
				}
				for i, o := range all {
					if i != position {
						assert.Equal(t, want, o.got())
					}
				}
				s.Complete()
			}
		})
	}
}

func TestABlockSubscriberHoldsEmitBackAndTryEmitCountsItsMiss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stream.NewPublish[int](nil)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var dropped []any
		values, _ := s.Chan(ctx, stream.Block(1).OnDrop(func(v any) { dropped = append(dropped, v) }))
		other := see[int](t, nil)
		s.Subscribe(ctx, other)

		emit(t, s, 1)
		assert.Equal(t, stream.Overflow, s.TryEmit(2))
		limited, done := context.WithTimeout(ctx, time.Second)
		defer done()
		assert.NoError(t, s.Emit(limited, 3), "accepted: the others got it")
		assert.Equal(t, []any{2, 3}, dropped)
		assert.Equal(t, []int{1, 2, 3}, other.got())

		go func() { _ = s.Emit(ctx, 4) }()
		synctest.Wait()
		assert.Equal(t, []int{1, 2, 3}, other.got(), "the sibling waits too")
		assert.Equal(t, 1, <-values)
		synctest.Wait()
		assert.Equal(t, 4, <-values)
		assert.Equal(t, []int{1, 2, 3, 4}, other.got())
	})
}

func TestUnicastServesOneSubscriberAfterTheOtherAndLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stream.NewUnicast[int](&stream.SubjectOptions{WarmUp: 4})
		emit(t, s, 1, 2, 3)
		first := see(t, func(v int) bool { return v < 2 })
		s.Subscribe(t.Context(), first)
		<-first.over
		assert.ErrorIs(t, first.err, stream.ErrStopped)
		assert.Equal(t, []int{1, 2}, first.got())
		synctest.Wait()

		emit(t, s, 4, 5, 6)
		assert.Equal(t, stream.Overflow, s.TryEmit(0))
		waits := make(chan error)
		go func() { waits <- s.Emit(t.Context(), 7) }()
		synctest.Wait()
		second, third := see[int](t, nil), see[int](t, nil)
		s.Subscribe(t.Context(), second)
		s.Subscribe(t.Context(), third)
		<-third.over
		assert.ErrorIs(t, third.err, stream.ErrInUse)
		require.NoError(t, <-waits)
		synctest.Wait()
		emit(t, s, 8)
		s.Complete()
		<-second.over
		assert.Equal(t, []int{3, 4, 5, 6, 7, 8}, second.got())
		assert.NoError(t, second.err)
	})
}

func TestStopEndsTheSubscriptionAndWaitSeesItOver(t *testing.T) {
	s := stream.NewPublish[int](nil)
	got := see[int](t, nil)
	sub := s.Subscribe(t.Context(), got)
	emit(t, s, 1)
	sub.Stop()
	sub.Stop()
	assert.ErrorIs(t, sub.Wait(t.Context()), stream.ErrStopped)
	emit(t, s, 2)
	assert.Equal(t, []int{1}, got.got())
	assert.Equal(t, stream.NoSubscribers, s.TryEmit(3))
}

func TestEmitAllGoesOnAfterAPanicAndStopsAtTheEnd(t *testing.T) {
	s := stream.NewPublish[int](nil)
	bad := see(t, func(v int) bool {
		if v == 2 {
			panic("boom")
		}
		return true
	})
	s.Subscribe(t.Context(), bad)
	n, err := s.EmitAll(t.Context(), 1, 2, 3)
	assert.Equal(t, 3, n)
	require.NoError(t, err)
	assert.Equal(t, []int{1, 2}, bad.got())

	good := see(t, func(v int) bool {
		if v == 5 {
			s.Complete()
		}
		return true
	})
	s.Subscribe(t.Context(), good)
	n, err = s.EmitAll(t.Context(), 4, 5, 6)
	assert.Equal(t, 2, n)
	require.ErrorIs(t, err, stream.ErrClosed)
	assert.Equal(t, []int{4, 5}, good.got())
}
