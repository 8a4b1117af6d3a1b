package operators_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

var errSource = errors.New("the source failed")

// byTime batches by time alone.
func byTime(d time.Duration) *operators.BatchOptions[int] {
	return &operators.BatchOptions[int]{Count: -1, Time: d}
}

func TestABatchWaitsForItsTimeCountedFromItsFirstValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := stream.NewPublish[int](nil)
		rec := streamtest.Record[[]int]()
		operators.Batch(src.AsObservable(), byTime(time.Hour)).Attach(t.Context(), rec)
		time.Sleep(100 * time.Hour)
		rec.AssertLive(t)
		src.TryEmit(1)
		time.Sleep(59 * time.Minute)
		src.TryEmit(2)
		rec.AssertLive(t)
		time.Sleep(time.Minute)
		synctest.Wait()
		rec.AssertLive(t, []int{1, 2})
		time.Sleep(1000 * time.Hour)
		rec.AssertLive(t, []int{1, 2})
		src.Complete()
		rec.AssertCompleted(t, []int{1, 2})
	})
}

func TestABatchThatIsFullEarlyLeavesTheNextItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := stream.NewPublish[int](nil)
		rec := streamtest.Record[[]int]()
		operators.Batch(src.AsObservable(), &operators.BatchOptions[int]{Count: 2, Time: time.Hour}).Attach(t.Context(), rec)
		src.TryEmit(1)
		time.Sleep(30 * time.Minute)
		src.TryEmit(2)
		src.TryEmit(3)
		time.Sleep(59 * time.Minute)
		synctest.Wait()
		rec.AssertLive(t, []int{1, 2})
		time.Sleep(time.Minute)
		synctest.Wait()
		rec.AssertLive(t, []int{1, 2}, []int{3})
		src.Complete()
	})
}

func TestABatchIsDeliveredBeforeAFailure(t *testing.T) {
	for name, opts := range map[string]*operators.BatchOptions[int]{
		"by count": {Count: 3},
		"by time":  {Time: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			src := stream.NewPublish[int](nil)
			rec := streamtest.Record[[]int]()
			operators.Batch(src.AsObservable(), opts).Attach(t.Context(), rec)
			src.TryEmit(1)
			src.Abort(errSource)
			rec.AssertFailed(t, errSource, []int{1})
		})
	}
}

func TestABatchIsForgottenWhenItsContextEnds(t *testing.T) {
	for name, opts := range map[string]*operators.BatchOptions[int]{
		"by count": {Count: 3},
		"by time":  {Time: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := stream.NewPublish[int](nil)
				rec := streamtest.Record[[]int]()
				ctx, cancel := context.WithCancelCause(t.Context())
				operators.Batch(src.AsObservable(), opts).Attach(ctx, rec)
				src.TryEmit(1)
				cancel(errSource)
				synctest.Wait()
				rec.AssertFailed(t, errSource)
				assert.Equal(t, stream.NoSubscribers, src.TryEmit(2))
			})
		})
	}
}

func TestABatchWithoutOptionsHoldsAThousandValues(t *testing.T) {
	batches := all(t, operators.Batch(stream.Of(make([]int, operators.DefaultBatch+1)...), nil))
	require.Len(t, batches, 2)
	assert.Len(t, batches[0], operators.DefaultBatch)
}

func TestAValueLargerThanABatchComesAlone(t *testing.T) {
	size := func(s string) int { return len(s) }
	batches := all(t, operators.Batch(stream.Of("a", "bcdef", "g", "hi"), &operators.BatchOptions[string]{Bytes: 3, Size: size}))
	assert.Equal(t, [][]string{{"a"}, {"bcdef"}, {"g", "hi"}}, batches)
}

func TestABatchByBytesNeedsASize(t *testing.T) {
	assert.Panics(t, func() { operators.Batch(stream.Of(1), &operators.BatchOptions[int]{Bytes: 1}) })
}

func TestABatchsTimerDeliversSeriallyWithItsSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := stream.NewPublish[int](nil)
		release := make(chan struct{})
		rec := streamtest.Record[[]int](streamtest.BlockAt(1, release))
		operators.Batch(src.AsObservable(), &operators.BatchOptions[int]{Count: 2, Time: time.Hour}).Attach(t.Context(), rec)
		src.TryEmit(0)
		time.Sleep(time.Hour)
		synctest.Wait() // the timer's goroutine is busy with [0] from now on
		for v := 1; v <= stream.DefaultQueue; v++ {
			require.NoError(t, src.Emit(t.Context(), v))
		}
		waits := make(chan struct{})
		go func() { // ends when there is room
			_ = src.Emit(t.Context(), -1)
			close(waits)
		}()
		synctest.Wait()
		select {
		case <-waits:
			assert.Fail(t, "the source does not wait")
		default:
		}
		close(release)
		<-waits
		synctest.Wait()
		src.Complete()
		assert.Equal(t, 1+stream.DefaultQueue/2+1, rec.Len())
		rec.AssertSound(t)
	})
}

func TestABatchCanBeFedWhileItsTimerDelivers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := stream.NewPublish[int](nil)
		rec := streamtest.Record[[]int](streamtest.CallAt(1, func() {
			for v := range 5 {
				src.TryEmit(v)
			}
		}))
		operators.Batch(src.AsObservable(), &operators.BatchOptions[int]{Count: 2, Time: time.Hour}).Attach(t.Context(), rec)
		src.TryEmit(9)
		time.Sleep(3 * time.Hour)
		rec.AssertLive(t, []int{9}, []int{0, 1}, []int{2, 3}, []int{4})
		src.Complete()
	})
}

func TestASubscriberThatThrowsOnABatchsTimerEndsAlone(t *testing.T) {
	for name, act := range map[string]streamtest.Act{
		"stops":        streamtest.StopAt(1),
		"panics":       streamtest.PanicAt(1, "thrown"),
		"calls Goexit": streamtest.GoexitAt(1),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := stream.NewPublish[int](nil)
				rec := streamtest.Record[[]int](act)
				operators.Batch(src.AsObservable(), byTime(time.Hour)).Attach(t.Context(), rec)
				src.TryEmit(1)
				time.Sleep(2 * time.Hour)
				assert.True(t, rec.Ended())
				rec.AssertValues(t, []int{1})
				require.Error(t, rec.Err())
				if name != "stops" {
					assert.ErrorAs(t, rec.Err(), new(*stream.PanicError))
				}
				assert.Equal(t, stream.NoSubscribers, src.TryEmit(2))
			})
		})
	}
}
