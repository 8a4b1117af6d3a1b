package operators_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

func TestEndMarbles(t *testing.T) {
	for name, test := range map[string]struct {
		operator func(src ints) ints
		in, want string
	}{
		"Take":              {func(src ints) ints { return operators.Take(src, 2) }, "1---2---3---|", "1---(2|)"},
		"TakeWhile":         {func(src ints) ints { return operators.TakeWhile(src, lower(3)) }, "1---2---3---1---|", "1---2---|"},
		"TakeUntil":         {func(src ints) ints { return operators.TakeUntil(src, stream.Timer(10*ms)) }, "1---2---3---4---|", "1---2---3-|"},
		"TakeLast":          {func(src ints) ints { return operators.TakeLast(src, 2) }, "1---2---3---4---|", "----------------(34|)"},
		"TakeLast, failing": {func(src ints) ints { return operators.TakeLast(src, 2) }, "1---2---3---4---#", "----------------(34#)"},
		"TakeLast of more":  {func(src ints) ints { return operators.TakeLast(src, 9) }, "1---2---|", "--------(12|)"},
		"TakeLast of none":  {func(src ints) ints { return operators.TakeLast(src, 0) }, "1---2---|", "|"},
		"Last":              {operators.Last[int], "1---2---3---|", "------------(3|)"},
		"Last of none":      {operators.Last[int], "----|", "----|"},
	} {
		t.Run(name, func(t *testing.T) { streamtest.ExpectOperator(t, test.operator, test.in, test.want, nil) })
	}
	t.Run("Timeout", func(t *testing.T) {
		timeout := func(src ints) ints { return operators.Timeout(src, 5*ms) }
		legend := &streamtest.Legend[int, int]{Err: operators.ErrTimeout}
		streamtest.ExpectOperator(t, timeout, "1---2-------------3---|", "1---2----#", legend)
		streamtest.ExpectOperator(t, timeout, "----------1", "-----#", legend)
		streamtest.ExpectOperator(t, timeout, "1---2---3---#", "1---2---3---#", nil)
	})
}

func TestATimeoutDetachesItsSource(t *testing.T) {
	streamtest.Run(t, func(m *streamtest.Marbles) {
		o := streamtest.Hot[int](m, "1---2-------------3---|")
		streamtest.ExpectSubscribed(m, &o, "^--------!")
		streamtest.Expect(m, operators.Timeout(o, 5*ms)).FailingWith(operators.ErrTimeout).ToBe("1---2----#")
	})
}

func TestTheTimeThatASubscriberTakesIsNoTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		sub := operators.Timeout(operators.Take(stream.Tick(time.Minute), 3), 2*time.Minute).On(t.Context(), func(time.Time) {
			n++
			time.Sleep(10 * time.Hour)
		})
		assert.NoError(t, sub.Wait(t.Context()))
		assert.Equal(t, 3, n)
	})
}

func TestATimeoutWaitsForHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := stream.NewPublish[int](nil)
		start := time.Now()
		rec := streamtest.Record[int]()
		sub := operators.Timeout(src.AsObservable(), time.Hour).Subscribe(t.Context(), rec)
		for i := range 500 {
			time.Sleep(59 * time.Minute)
			require.Equal(t, stream.OK, src.TryEmit(i))
		}
		assert.ErrorIs(t, sub.Wait(t.Context()), operators.ErrTimeout)
		assert.Equal(t, 500*59*time.Minute+time.Hour, time.Since(start))
		assert.Equal(t, 500, rec.Len())
	})
}

func TestTakeLastStopsInTheMiddleOfWhatItHolds(t *testing.T) {
	rec := streamtest.Record[int](streamtest.StopAt(2))
	sub := operators.TakeLast(stream.Of(1, 2, 3, 4), 3).Subscribe(t.Context(), rec)
	assert.ErrorIs(t, sub.Wait(t.Context()), stream.ErrStopped)
	assert.Equal(t, []int{2, 3}, rec.Values())
}
