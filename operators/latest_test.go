package operators_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

func TestCombineLatestWaitsForBothAndThenFollowsEither(t *testing.T) {
	a, b, _ := two()
	rec := streamtest.Record[int]()
	operators.CombineLatest(a.AsObservable(), b.AsObservable(), add).Attach(t.Context(), rec)
	a.TryEmit(1)
	a.TryEmit(2)
	rec.AssertLive(t)
	b.TryEmit(10)
	b.TryEmit(20)
	a.Complete()
	b.TryEmit(30)
	rec.AssertLive(t, 12, 22, 32)
	b.Complete()
	rec.AssertCompleted(t, 12, 22, 32)
}

func TestCombineLatestCompletesWithASourceThatHadNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, probes := two()
		rec := streamtest.Record[int]()
		operators.CombineLatest(probes[0].Observable, probes[1].Observable, add).Attach(t.Context(), rec)
		a.TryEmit(1)
		b.Complete()
		synctest.Wait()
		rec.AssertCompleted(t)
		assert.Zero(t, probes[0].Live())
	})
}

func TestCombineLatestEndsWithTheFirstFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, probes := two()
		rec := streamtest.Record[int]()
		operators.CombineLatest(probes[0].Observable, probes[1].Observable, add).Attach(t.Context(), rec)
		a.TryEmit(1)
		b.TryEmit(2)
		b.Abort(errSource)
		synctest.Wait()
		rec.AssertFailed(t, errSource, 3)
		assert.Zero(t, probes[0].Live())
	})
}

func TestEachSliceOfCombineLatestAllBelongsToTheSubscriber(t *testing.T) {
	a, b, _ := two()
	var rows [][]int
	operators.CombineLatestAll(a.AsObservable(), b.AsObservable()).On(t.Context(), func(row []int) {
		rows = append(rows, row)
	})
	a.TryEmit(1)
	b.TryEmit(2)
	a.TryEmit(3)
	assert.Equal(t, [][]int{{1, 2}, {3, 2}}, rows)
	a.Complete()
	b.Complete()
	assert.Empty(t, all(t, operators.CombineLatestAll[int]()))
}

func TestWithLatestFromEndsWithTheFailureOfTheOtherAndNotItsCompletion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, _ := two()
		rec := streamtest.Record[int]()
		operators.WithLatestFrom(a.AsObservable(), b.AsObservable(), add).Attach(t.Context(), rec)
		a.TryEmit(1)
		b.TryEmit(10)
		a.TryEmit(2)
		b.Complete()
		a.TryEmit(3)
		a.Complete()
		rec.AssertCompleted(t, 12, 13)

		a, b, probes := two()
		rec = streamtest.Record[int]()
		operators.WithLatestFrom(probes[0].Observable, b.AsObservable(), add).Attach(t.Context(), rec)
		b.Abort(errSource)
		synctest.Wait()
		rec.AssertFailed(t, errSource)
		assert.Zero(t, probes[0].Live())
		a.Complete()
	})
}

func TestWithLatestFromDetachesTheOtherWhenItCompletes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _, probes := two()
		rec := streamtest.Record[int]()
		operators.WithLatestFrom(a.AsObservable(), probes[1].Observable, add).Attach(t.Context(), rec)
		a.Complete()
		synctest.Wait()
		rec.AssertCompleted(t)
		assert.Zero(t, probes[1].Live())
	})
}

func TestNothingOfAColdSourceComesBeforeTheFirstOfAColdOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, test := range map[string]struct {
			other ints
			want  []int
		}{
			"a current value": {stream.NewBehavior(10, nil).AsObservable(), []int{11, 12}},
			"a late value":    {operators.Map(operators.Take(stream.Tick(time.Hour), 1), func(time.Time) int { return 10 }), []int{11, 12}},
			"no value":        {stream.FromSeq(func(func(int) bool) {}), nil},
			"none so far":     {stream.NewReplay[int](1, 0, nil).AsObservable(), nil},
		} {
			assert.Equal(t, test.want, all(t, operators.WithLatestFrom(stream.Of(1, 2), test.other, add)), name)
		}
	})
}
