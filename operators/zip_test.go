package operators_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

// two returns two hot sources that record who is subscribed.
func two() (a, b *stream.Subject[int], probes [2]*streamtest.Probe[int]) {
	a, b = stream.NewPublish[int](nil), stream.NewPublish[int](nil)
	return a, b, [2]*streamtest.Probe[int]{streamtest.NewProbe(a.AsObservable()), streamtest.NewProbe(b.AsObservable())}
}

func TestZipCompletesAsSoonAsNoPairCanCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, probes := two()
		rec := streamtest.Record[int]()
		operators.Zip(probes[0].Observable, probes[1].Observable, add).Attach(t.Context(), rec)
		a.TryEmit(1)
		a.TryEmit(2)
		a.Complete()
		b.TryEmit(10)
		rec.AssertLive(t, 11)
		b.TryEmit(20)
		synctest.Wait()
		rec.AssertCompleted(t, 11, 22)
		assert.Zero(t, probes[1].Live())

		a, b, probes = two()
		rec = streamtest.Record[int]()
		operators.Zip(probes[0].Observable, probes[1].Observable, add).Attach(t.Context(), rec)
		a.TryEmit(1)
		b.TryEmit(10)
		b.Complete()
		synctest.Wait()
		rec.AssertCompleted(t, 11)
		assert.Zero(t, probes[0].Live())
	})
}

func TestZipForgetsWhatHasNoPartnerWhenASourceFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, probes := two()
		rec := streamtest.Record[int]()
		operators.Zip(probes[0].Observable, probes[1].Observable, add).Attach(t.Context(), rec)
		a.TryEmit(1)
		a.TryEmit(2)
		b.TryEmit(10)
		a.Abort(errSource)
		synctest.Wait()
		rec.AssertFailed(t, errSource, 11)
		assert.Zero(t, probes[1].Live())
	})
}

func TestTheFasterSourceOfZipWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := stream.NewPublish[int](nil)
		drawn := 0
		fast := stream.FromFunc(func(_ context.Context, emit func(int) bool) error {
			for emit(drawn) {
				drawn++
			}
			return nil
		})
		rec := streamtest.Record[int]()
		sub := operators.Zip(fast, slow.AsObservable(), add).Subscribe(t.Context(), rec)
		synctest.Wait()
		assert.Equal(t, stream.DefaultQueue, drawn)
		slow.TryEmit(0)
		synctest.Wait()
		assert.Equal(t, stream.DefaultQueue+1, drawn)
		slow.Complete()
		require.NoError(t, sub.Wait(t.Context()))
		rec.AssertCompleted(t, 0)
	})
}

func TestATryEmitIntoTheFasterSourceOfZipDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, _ := two()
		rec := streamtest.Record[int]()
		sub := operators.Zip(a.AsObservable(), b.AsObservable(), add).Subscribe(t.Context(), rec)
		for v := range stream.DefaultQueue {
			require.Equal(t, stream.OK, a.TryEmit(v))
		}
		assert.Equal(t, stream.Overflow, a.TryEmit(-1))
		assert.Equal(t, uint64(1), sub.Dropped())
		b.TryEmit(0)
		assert.Equal(t, stream.OK, a.TryEmit(-2))
		a.Complete()
		for range stream.DefaultQueue {
			b.TryEmit(0)
		}
		require.NoError(t, sub.Wait(t.Context()))
		assert.Equal(t, stream.DefaultQueue+1, rec.Len())
		assert.Equal(t, -2, rec.Values()[stream.DefaultQueue])
	})
}

func TestAPanicInTheFunctionOfZipEndsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, probes := two()
		rec := streamtest.Record[int]()
		operators.Zip(probes[0].Observable, probes[1].Observable, func(a, b int) int { return a / b }).Attach(t.Context(), rec)
		a.TryEmit(1)
		b.TryEmit(0)
		synctest.Wait()
		assert.ErrorAs(t, rec.Err(), new(*stream.PanicError))
		assert.Zero(t, probes[0].Live()+probes[1].Live())
	})
}

func TestZipAllOfFewSources(t *testing.T) {
	assert.Empty(t, all(t, operators.ZipAll[int]()))
	assert.Equal(t, [][]int{{1}, {2}}, all(t, operators.ZipAll(stream.Of(1, 2))))
}

func TestTheFifoHoldsNoMoreThanItNeeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, _ := two()
		rec := streamtest.Record[int]()
		operators.Zip(a.AsObservable(), b.AsObservable(), func(a, _ int) int { return a }).Attach(t.Context(), rec)
		for v := range 100_000 {
			a.TryEmit(v)
			if v%3 == 0 && v > 200 {
				for range 3 {
					b.TryEmit(0)
				}
			}
		}
		assert.IsIncreasing(t, rec.Values())
		assert.Greater(t, rec.Len(), 99_000)
		a.Complete()
		b.Complete()
	})
}
