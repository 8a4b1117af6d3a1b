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

func TestTransformMarbles(t *testing.T) {
	add := func(v int) func(int) int { return func(w int) int { return v + w } }
	for name, test := range map[string]struct {
		operator func(src ints) ints
		in, want string
	}{
		"Map":    {func(src ints) ints { return operators.Map(src, add(1)) }, "1---2---3---|", "2---3---4---|"},
		"TryMap": {func(src ints) ints { return operators.TryMap(src, keepEven) }, "2---4---5---|", "2---4---#"},
		"FilterMap": {func(src ints) ints {
			return operators.FilterMap(src, func(v int) (int, bool) { return v + 1, even(v) })
		}, "1---2---3---|", "----3-------|"},
		"Scan": {func(src ints) ints { return operators.Scan(src, 0, func(a, v int) int { return a + v }) }, "1---2---3---|", "1---3---6---|"},
	} {
		t.Run(name, func(t *testing.T) {
			streamtest.ExpectOperator(t, test.operator, test.in, test.want, &streamtest.Legend[int, int]{Err: errOdd})
		})
	}
	t.Run("Pairwise", func(t *testing.T) {
		type pair = operators.Pair[string]
		streamtest.ExpectOperator(t, operators.Pairwise[string], "a---b---c---#", "----A---B---#",
			&streamtest.Legend[string, pair]{Out: map[string]pair{"A": {"a", "b"}, "B": {"b", "c"}}})
	})
	t.Run("TimeInterval", func(t *testing.T) {
		type elapsed = operators.Elapsed[string]
		streamtest.ExpectOperator(t, operators.TimeInterval[string], "-a----b--c---|", "-A----B--C---|",
			&streamtest.Legend[string, elapsed]{Out: map[string]elapsed{"A": {"a", ms}, "B": {"b", 5 * ms}, "C": {"c", 3 * ms}}})
	})
	t.Run("Materialize", func(t *testing.T) {
		type note = operators.Notification[string]
		out := map[string]note{"a": {Value: "a"}, "b": {Value: "b"}, "F": {Done: true, Err: streamtest.ErrMarble}, "C": {Done: true}}
		legend := &streamtest.Legend[string, note]{Out: out}
		streamtest.ExpectOperator(t, operators.Materialize[string], "a---b---#", "a---b---(F|)", legend)
		streamtest.ExpectOperator(t, operators.Materialize[string], "a---b---|", "a---b---(C|)", legend)
		back := &streamtest.Legend[note, string]{In: out}
		streamtest.ExpectOperator(t, operators.Dematerialize[string], "a---b---(F|)", "a---b---#", back)
		streamtest.ExpectOperator(t, operators.Dematerialize[string], "a---b---C---a", "a---b---|", back)
		streamtest.ExpectOperator(t, operators.Dematerialize[string], "a---b---|", "a---b---|", back)
	})
}

func TestTimesAreRightOverHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		src := stream.NewPublish[int](nil)
		stamped, elapsed := streamtest.Record[operators.Timed[int]](), streamtest.Record[operators.Elapsed[int]]()
		operators.Timestamp(src.AsObservable()).Subscribe(t.Context(), stamped)
		operators.TimeInterval(src.AsObservable()).Subscribe(t.Context(), elapsed)
		for i := range 1000 {
			time.Sleep(time.Duration(i) * time.Hour)
			src.TryEmit(i)
		}
		src.Complete()
		var sum time.Duration
		for i, v := range stamped.Values() {
			since := time.Duration(i) * time.Hour
			sum += since
			require.Equal(t, operators.Timed[int]{Value: i, Time: start.Add(sum)}, v)
			require.Equal(t, operators.Elapsed[int]{Value: i, Since: since}, elapsed.Values()[i])
		}
	})
}

func TestANotificationSaysWhatItIs(t *testing.T) {
	assert.Equal(t, "next: 1", operators.Notification[int]{Value: 1}.String())
	assert.Equal(t, "completed", operators.Notification[int]{Done: true}.String())
	assert.Equal(t, "failed: odd", operators.Notification[int]{Done: true, Err: errOdd}.String())
}

func TestMaterializeTellsNothingOfASubscriberThatStops(t *testing.T) {
	rec := streamtest.Record[operators.Notification[int]](streamtest.StopAt(1))
	sub := operators.Materialize(stream.Of(1, 2)).Subscribe(t.Context(), rec)
	assert.ErrorIs(t, sub.Wait(t.Context()), stream.ErrStopped)
	assert.Equal(t, 1, rec.Len())
}

func TestConcatMapAttachesASourceWhenTheOneBeforeHasEnded(t *testing.T) {
	streamtest.Run(t, func(m *streamtest.Marbles) {
		o := streamtest.Cold[string](m, "a--b----------|")
		a := streamtest.Cold[string](m, "1--2--3--|")
		b := streamtest.Cold[string](m, "x--y--|")
		streamtest.ExpectSubscribed(m, &a, "^--------!")
		streamtest.ExpectSubscribed(m, &b, "---------^-----!")
		of := map[string]stream.Observable[string]{"a": a, "b": b}
		streamtest.Expect(m, operators.ConcatMap(o, func(v string) stream.Observable[string] { return of[v] })).
			ToBe("1--2--3--x--y--|")
	})
}

func TestConcatMapAttachesNoSourceAfterAFailure(t *testing.T) {
	streamtest.Run(t, func(m *streamtest.Marbles) {
		o := streamtest.Cold[string](m, "abb")
		a := streamtest.Cold[string](m, "1--2--#")
		b := streamtest.Cold[string](m, "x|")
		streamtest.ExpectSubscribed(m, &a, "^-----!")
		streamtest.ExpectSubscribed(m, &b)
		of := map[string]stream.Observable[string]{"a": a, "b": b}
		streamtest.Expect(m, operators.ConcatMap(o, func(v string) stream.Observable[string] { return of[v] })).
			ToBe("1--2--#")
	})
}
