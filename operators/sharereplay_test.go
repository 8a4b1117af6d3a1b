package operators_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

// follow subscribes a recorder and lets its run catch up.
func follow(t *testing.T, o ints) (*streamtest.Recorder[int], *stream.Subscription) {
	rec := streamtest.Record[int]()
	sub := o.Subscribe(t.Context(), rec)
	synctest.Wait()
	return rec, sub
}

func TestALateSubscriberOfShareReplayFirstGetsTheLastValues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := stream.NewPublish[int](nil)
		probe := streamtest.NewProbe(src.AsObservable())
		shared := operators.ShareReplay(probe.Observable, 2, 0)
		first, _ := follow(t, shared)
		for v := range 4 {
			src.TryEmit(v)
		}
		late, _ := follow(t, shared)
		src.TryEmit(4)
		src.Complete()
		synctest.Wait()
		first.AssertCompleted(t, 0, 1, 2, 3, 4)
		late.AssertCompleted(t, 2, 3, 4)
		assert.Equal(t, 1, probe.Total())
	})
}

func TestShareReplayForgetsWhatIsTooOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := stream.NewPublish[int](nil)
		shared := operators.ShareReplay(src.AsObservable(), 100, time.Hour)
		_, first := follow(t, shared)
		for v := range 48 {
			src.TryEmit(v)
			time.Sleep(25 * time.Minute)
		}
		late, _ := follow(t, shared) // 25 and 50 minutes after the last two
		late.AssertLive(t, 46, 47)
		src.Complete()
		require.NoError(t, first.Wait(t.Context()))
	})
}

func TestShareReplayForgetsForHours(t *testing.T) {
	const n, age = 20, time.Hour
	synctest.Test(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(41, 42))
		src, begun := stream.NewPublish[int](nil), time.Now()
		shared := operators.ShareReplay(src.AsObservable(), n, age)
		_, first := follow(t, shared)
		var in []stamped
		for v := range 1000 { // about five days
			time.Sleep(1 + time.Duration(random.Int64N(int64(15*time.Minute)/(1+int64(v)%9))))
			src.TryEmit(v)
			in = append(in, stamped{v, time.Since(begun)})
			time.Sleep(time.Duration(random.Int64N(int64(5 * time.Minute))))
			var want []int
			for _, v := range in[max(0, len(in)-n):] {
				if time.Since(begun)-v.at <= age {
					want = append(want, v.value)
				}
			}
			late, sub := follow(t, shared)
			late.AssertLive(t, want...)
			sub.Stop()
			require.ErrorIs(t, sub.Wait(t.Context()), stream.ErrStopped)
		}
		src.Complete()
		require.NoError(t, first.Wait(t.Context()))
	})
}

func TestShareReplayForgetsAllWhenTheLastHasLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := stream.NewPublish[int](nil)
		probe := streamtest.NewProbe(src.AsObservable())
		shared := operators.ShareReplay(probe.Observable, 9, 0)
		_, first := follow(t, shared)
		src.TryEmit(1)
		first.Stop()
		assert.ErrorIs(t, first.Wait(t.Context()), stream.ErrStopped)
		synctest.Wait()
		assert.Zero(t, probe.Live())

		again, _ := follow(t, shared)
		assert.Equal(t, 2, probe.Total())
		src.TryEmit(2)
		src.Complete()
		again.AssertCompleted(t, 2)
	})
}

func TestShareReplayRepeatsWhatHasCompletedWithoutRunningItAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		probe := streamtest.NewProbe(stream.Of(1, 2, 3))
		shared := operators.ShareReplay(probe.Observable, 2, 0)
		first, _ := follow(t, shared)
		first.AssertCompleted(t, 1, 2, 3)
		for range 3 {
			late, _ := follow(t, shared)
			late.AssertCompleted(t, 2, 3)
		}
		assert.Equal(t, 1, probe.Total())
	})
}

func TestShareReplayBeginsAnewAfterAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		probe := streamtest.NewProbe(operators.Concat(stream.Of(1), stream.Fail[int](errSource)))
		shared := operators.ShareReplay(probe.Observable, 9, 0)
		for range 2 {
			rec, _ := follow(t, shared)
			rec.AssertFailed(t, errSource, 1)
		}
		assert.Equal(t, 2, probe.Total())
	})
}

func TestShareReplayOfManyValuesStaysWithinItsLimit(t *testing.T) {
	const n = 1000
	for name, age := range map[string]time.Duration{"of any age": 0, "of an age": time.Hour} {
		t.Run(name, func(t *testing.T) {
			bytes := heapAfter(t, many, func(i int) int { return i }, func(o ints) ints { return operators.ShareReplay(o, n, age) })
			assert.Less(t, bytes, int64(n*64), "a value and its time take less than 64 bytes")
		})
	}
	assert.Panics(t, func() { operators.ShareReplay(stream.Of(1), -1, 0) })
}

func TestThereIsNoGapOrRepetitionAtTheSeamOfShareReplay(t *testing.T) {
	const emitted, late = 2000, 20
	src := stream.NewPublish[int](nil)
	shared := operators.ShareReplay(src.AsObservable(), emitted, 0)
	recs := make([]*streamtest.Recorder[int], late)
	subs := make([]*stream.Subscription, late)
	for i := range recs {
		recs[i] = streamtest.Record[int]()
	}
	subs[0] = shared.Subscribe(t.Context(), recs[0])
	var emitters sync.WaitGroup
	emitters.Go(func() {
		for v := range emitted {
			assert.NoError(t, src.Emit(context.Background(), v))
		}
		src.Complete()
	})
	for i := 1; i < late; i++ {
		subs[i] = shared.Subscribe(t.Context(), recs[i])
	}
	emitters.Wait()
	for i, rec := range recs {
		require.NoError(t, subs[i].Wait(t.Context()))
		if rec.Len() == 0 && i > 0 {
			continue
		}
		rec.AssertCompleted(t, naturals(emitted)...)
	}
}
