package stream_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/rxpeer/rxpeer/stream"
)

func policies(n int) []stream.Policy {
	return []stream.Policy{
		stream.Block(n), stream.DropOldest(n), stream.DropNewest(n), stream.FailWhenFull(n), stream.Unbounded(), stream.Latest(),
	}
}

func TestThePolicyOfNoWordsIsBlock(t *testing.T) {
	var zero stream.Policy
	assert.Equal(t, stream.DefaultQueue, zero.Capacity())
	assert.True(t, zero.Lossless())
	assert.Equal(t, "Block(256)", zero.String())
	assert.Equal(t, stream.DefaultQueue, stream.DropOldest(0).Capacity(), "less than 1 is the default")
}

func TestPoliciesSayWhatTheyAre(t *testing.T) {
	var names []string
	var lossless []bool
	var capacities []int
	for _, p := range policies(3) {
		names = append(names, p.String())
		lossless = append(lossless, p.Lossless())
		capacities = append(capacities, p.Capacity())
	}
	assert.Equal(t, []string{"Block(3)", "DropOldest(3)", "DropNewest(3)", "FailWhenFull(3)", "Unbounded()", "DropOldest(1)"}, names)
	assert.Equal(t, []bool{true, false, false, false, true, false}, lossless)
	assert.Equal(t, []int{3, 3, 3, 3, -1, 1}, capacities)
}

func TestAQueueHandsOverInOrderAndThenSaysWhyItEnded(t *testing.T) {
	for _, p := range policies(9)[:5] {
		q := stream.NewQueue[int](t.Context(), p)
		for i := range 5 {
			assert.True(t, q.Next(i))
		}
		assert.Equal(t, 5, q.Len())
		q.Done(errBoom)
		q.Done(nil) // the first call counts
		assert.False(t, q.Next(9), "it has ended")
		v, ok := q.Take()
		assert.True(t, ok)
		assert.Equal(t, 0, v)
		var rest []int
		for more := true; more; {
			rest, more = q.Batch(rest)
		}
		assert.Equal(t, []int{1, 2, 3, 4}, rest)
		assert.Equal(t, errBoom, q.Err())
		assert.Zero(t, q.Len())
		_, ok = q.Take()
		assert.False(t, ok)
	}
}

func TestABatchOfAQueueThatDropsIsOneValue(t *testing.T) {
	for _, p := range policies(9)[:5] {
		q := stream.NewQueue[int](t.Context(), p)
		for i := range 3 {
			q.Next(i)
		}
		batch, ok := q.Batch([]int{9})
		assert.True(t, ok)
		if p.Lossless() {
			assert.Equal(t, []int{9, 0, 1, 2}, batch)
		} else {
			assert.Equal(t, []int{9, 0}, batch)
		}
	}
}

func TestAFullQueueDoesWhatItsPolicySays(t *testing.T) {
	for _, test := range []struct {
		policy  stream.Policy
		want    []int
		lost    []any
		err     error
		refuses bool
	}{
		{stream.DropOldest(2), []int{2, 3}, []any{0, 1}, nil, false},
		{stream.DropNewest(2), []int{0, 1}, []any{2, 3}, nil, false},
		{stream.FailWhenFull(2), []int{0, 1}, []any{2}, stream.ErrOverflow, true},
		{stream.Unbounded(), []int{0, 1, 2, 3}, nil, nil, false},
	} {
		t.Run(test.policy.String(), func(t *testing.T) {
			var lost []any
			q := stream.NewQueue[int](t.Context(), test.policy.OnDrop(func(v any) { lost = append(lost, v) }))
			accepts := true
			for i := range 4 {
				accepts = q.Next(i)
			}
			assert.Equal(t, test.refuses, !accepts)
			q.Done(nil)
			var got []int
			for v, ok := q.Take(); ok; v, ok = q.Take() {
				got = append(got, v)
			}
			assert.Equal(t, test.want, got)
			assert.Equal(t, test.lost, lost)
			assert.Equal(t, uint64(len(test.lost)), q.Dropped())
			assert.Equal(t, test.err, q.Err())
		})
	}
}

func TestBlockWaitsForRoomOrTheEnd(t *testing.T) {
	for what, release := range map[string]func(q *stream.Queue[int], cancel context.CancelFunc){
		"room":    func(q *stream.Queue[int], _ context.CancelFunc) { q.Take() },
		"end":     func(q *stream.Queue[int], _ context.CancelFunc) { q.Done(nil) },
		"context": func(_ *stream.Queue[int], cancel context.CancelFunc) { cancel() },
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				q := stream.NewQueue[int](ctx, stream.Block(1))
				q.Next(0)
				result := make(chan bool, 1)
				go func() { result <- q.Next(1) }()
				synctest.Wait()
				assert.Empty(t, result, "it waits")
				release(q, cancel)
				assert.Equal(t, what == "room", <-result)
			})
		})
	}
}

func TestAQueueForgetsWhatWaitsWhenItsContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		q := stream.NewQueue[int](ctx, stream.Block(9))
		q.Next(1)
		cancel(errBoom)
		_, ok := q.Take()
		assert.False(t, ok)
		assert.Equal(t, errBoom, q.Err())
		assert.Zero(t, q.Len())
		assert.False(t, q.Next(2))

		ctx, cancel = context.WithCancelCause(t.Context())
		q = stream.NewQueue[int](ctx, stream.Block(9))
		time.AfterFunc(time.Hour, func() { cancel(errBoom) })
		_, ok = q.Batch(nil) // waits
		assert.False(t, ok)
		assert.Equal(t, errBoom, q.Err())
	})
}

func TestASubjectIsHeldBackOnlyAsLongAsItsEmitterIsPatient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		subject := stream.NewPublish[int](nil)
		q := stream.NewQueue[int](t.Context(), stream.Block(1))
		subject.Subscribe(t.Context(), q)
		assert.NoError(t, subject.Emit(t.Context(), 1))
		assert.Equal(t, stream.Overflow, subject.TryEmit(2))
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		start := time.Now()
		_ = subject.Emit(ctx, 3)
		assert.Equal(t, time.Hour, time.Since(start))
		assert.Equal(t, uint64(2), q.Dropped())
		v, _ := q.Take()
		assert.Equal(t, 1, v)
		assert.Equal(t, stream.OK, subject.TryEmit(4))
		subject.Complete()
	})
}

func TestASubscriptionCountsTheDropsOfItsBoundaries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		subject := stream.NewPublish[int](nil)
		var q *stream.Queue[int]
		emitted := make(chan struct{})
		o := stream.New(func(ctx context.Context, dst stream.Observer[int]) func() {
			q = stream.NewQueue[int](ctx, stream.Latest())
			subject.Attach(ctx, q)
			return func() {
				<-emitted
				dst.Done(q.Err())
			}
		})
		sub := o.On(t.Context(), func(int) {})
		for i := range 5 {
			subject.TryEmit(i)
		}
		close(emitted)
		assert.Equal(t, uint64(4), sub.Dropped())
		subject.Complete()
		require.NoError(t, sub.Wait(t.Context()))
	})
}

// TestDeliveredAndDroppedIsEverything runs a source against a taker that is
// as fast as it happens to be.
func TestDeliveredAndDroppedIsEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 300).Draw(t, "values")
		p := rapid.SampledFrom(policies(rapid.IntRange(1, 9).Draw(t, "capacity"))).Draw(t, "policy")
		batches := rapid.Bool().Draw(t, "batches")

		lost := []int{}
		q := stream.NewQueue[int](context.Background(), p.OnDrop(func(v any) { lost = append(lost, v.(int)) }))
		sent := make(chan int, 1)
		go func() { // ends with the values
			i := 0
			for i < n && q.Next(i) {
				i++
			}
			q.Done(nil)
			sent <- i
		}()
		got := []int{}
		for more := true; more; {
			if batches {
				got, more = q.Batch(got)
				continue
			}
			var v int
			if v, more = q.Take(); more {
				got = append(got, v)
			}
		}
		emitted := <-sent
		if q.Err() == stream.ErrOverflow {
			emitted++ // the one that did not fit
		}
		if !slices.IsSorted(got) || !slices.IsSorted(lost) {
			t.Fatalf("out of order: got %v, lost %v", got, lost)
		}
		all := slices.Concat(got, lost)
		slices.Sort(all)
		if len(all) != emitted || uint64(len(lost)) != q.Dropped() {
			t.Fatalf("%d delivered and %d dropped (%d counted) of %d", len(got), len(lost), q.Dropped(), emitted)
		}
		for i, v := range all {
			if v != i {
				t.Fatal(fmt.Sprintf("value %d is missing or doubled in %v", i, all))
			}
		}
		if p.Lossless() && len(got) != n {
			t.Fatalf("%d of %d delivered by %v", len(got), n, p)
		}
	})
}
