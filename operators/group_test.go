package operators_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

// reading is a value of one of several sensors.
type reading struct {
	sensor string
	value  int
}

type group = operators.Group[string, reading]

func sensorOf(r reading) string { return r.sensor }

// grouping is a GroupBy with a recorder for each group.
type grouping struct {
	*stream.Subject[reading]
	groups *streamtest.Recorder[string]
	values []*streamtest.Recorder[reading]
	acts   []streamtest.Act // of the next group's recorder
}

func groupReadings(ctx context.Context, opts *operators.GroupOptions, acts ...streamtest.Act) *grouping {
	g := &grouping{Subject: stream.NewPublish[reading](nil), groups: streamtest.Record[string](), acts: acts}
	groups := operators.GroupBy(g.AsObservable(), sensorOf, opts)
	operators.Map(groups, func(of group) string {
		rec := streamtest.Record[reading](g.acts...)
		g.acts, g.values = nil, append(g.values, rec)
		of.Subscribe(ctx, rec)
		return of.Key
	}).Attach(ctx, g.groups)
	return g
}

func TestAGroupComesWithItsFirstValueAndEndsWithTheSource(t *testing.T) {
	for name, err := range map[string]error{"complete": nil, "fail": errSource} {
		t.Run(name, func(t *testing.T) {
			g := groupReadings(t.Context(), nil)
			g.TryEmit(reading{"a", 1})
			g.TryEmit(reading{"b", 2})
			g.TryEmit(reading{"a", 3})
			if err != nil {
				g.Abort(err)
			} else {
				g.Complete()
			}
			g.groups.AssertFailed(t, err, "a", "b")
			g.values[0].AssertFailed(t, err, reading{"a", 1}, reading{"a", 3})
			g.values[1].AssertFailed(t, err, reading{"b", 2})
		})
	}
}

func TestAnIdleGroupCompletesAndItsKeyBeginsANewOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := groupReadings(t.Context(), &operators.GroupOptions{Idle: time.Hour})
		g.TryEmit(reading{"a", 1})
		time.Sleep(40 * time.Minute)
		g.TryEmit(reading{"b", 2})
		time.Sleep(40 * time.Minute)
		g.values[0].AssertCompleted(t, reading{"a", 1})
		g.values[1].AssertLive(t, reading{"b", 2})
		for range 10 {
			g.TryEmit(reading{"b", 3})
			time.Sleep(59 * time.Minute)
		}
		assert.False(t, g.values[1].Ended())
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.True(t, g.values[1].Ended())
		g.TryEmit(reading{"a", 4})
		g.Complete()
		g.groups.AssertCompleted(t, "a", "b", "a")
		g.values[2].AssertCompleted(t, reading{"a", 4})
	})
}

func TestTheGroupUnusedForLongestMakesRoom(t *testing.T) {
	g := groupReadings(t.Context(), &operators.GroupOptions{Groups: 2})
	g.TryEmit(reading{"a", 1})
	g.TryEmit(reading{"b", 2})
	g.TryEmit(reading{"a", 3})
	g.TryEmit(reading{"c", 4})
	g.values[0].AssertLive(t, reading{"a", 1}, reading{"a", 3})
	g.values[1].AssertCompleted(t, reading{"b", 2})
	g.values[2].AssertLive(t, reading{"c", 4})
	g.Complete()
}

func TestAGroupTooManyMayEndTheStream(t *testing.T) {
	g := groupReadings(t.Context(), &operators.GroupOptions{Groups: 1, FailWhenFull: true})
	g.TryEmit(reading{"a", 1})
	g.TryEmit(reading{"b", 2})
	g.groups.AssertFailed(t, stream.ErrOverflow, "a")
	g.values[0].AssertFailed(t, stream.ErrOverflow, reading{"a", 1})
}

func TestManyKeysStayWithinTheLimit(t *testing.T) {
	const limit = 10
	src := stream.FromSeq(func(yield func(int) bool) {
		for v := 0; v < 10_000 && yield(v); v++ {
		}
	})
	live, most := 0, 0
	groups := operators.GroupBy(src, func(v int) int { return v }, &operators.GroupOptions{Groups: limit})
	require.NoError(t, groups.Each(t.Context(), func(g operators.Group[int, int]) error {
		live++
		most = max(most, live)
		g.Subscribe(t.Context(), &closer{stream.Stage[int]{Dst: streamtest.Record[int]()}, func() { live-- }})
		return nil
	}))
	assert.Zero(t, live)
	assert.Equal(t, limit, most)
}

func TestGroupByOfRandomKeysStaysWithinItsLimit(t *testing.T) {
	if testing.Short() {
		t.Skip("ten million groups take their time")
	}
	random := rand.New(rand.NewPCG(21, 22))
	bytes := heapAfter(t, many, func(int) int { return random.Int() }, func(o ints) stream.Observable[operators.Group[int, int]] {
		return operators.GroupBy(o, func(v int) int { return v }, nil)
	})
	assert.Less(t, bytes, int64(operators.DefaultGroups*1<<10), "a group with a value takes less than 1 KiB")
}

func TestTheStreamOfGroupsEndsAfterItsIdleGroups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &grouping{Subject: stream.NewPublish[reading](nil), groups: streamtest.Record[string]()}
		var order []string
		groups := operators.GroupBy(g.AsObservable(), sensorOf, &operators.GroupOptions{Idle: time.Hour})
		groups = operators.Tap(groups, func(of group) {
			slow := operators.Finally(of.Observable, func(error) {
				time.Sleep(time.Minute)
				order = append(order, of.Key)
			})
			slow.On(t.Context(), func(reading) {})
		})
		sub := groups.On(t.Context(), func(group) {})
		g.TryEmit(reading{"a", 1})
		time.Sleep(time.Hour + time.Second) // a is being completed by the timer
		g.Complete()
		require.NoError(t, sub.Wait(t.Context()))
		assert.Equal(t, []string{"a"}, order, "nothing of it goes on after its end")
		assert.Equal(t, stream.Closed, g.TryEmit(reading{"b", 2}))
	})
}

func TestAGroupThatThrowsEndsAloneAndItsKeyBeginsANewOne(t *testing.T) {
	for name, act := range map[string]streamtest.Act{"stops": streamtest.StopAt(1), "panics": streamtest.PanicAt(1, "thrown")} {
		t.Run(name, func(t *testing.T) {
			g := groupReadings(t.Context(), nil, act)
			g.TryEmit(reading{"a", 1})
			g.TryEmit(reading{"b", 2})
			g.TryEmit(reading{"a", 3})
			g.Complete()
			assert.Error(t, g.values[0].Err())
			g.values[0].AssertValues(t, reading{"a", 1})
			g.groups.AssertCompleted(t, "a", "b", "a")
			g.values[2].AssertCompleted(t, reading{"a", 3})
		})
	}
}

func TestAGroupNobodySubscribesToKeepsItsNewestValues(t *testing.T) {
	src := stream.NewPublish[reading](nil)
	var first group
	groups := operators.GroupBy(src.AsObservable(), sensorOf, &operators.GroupOptions{Queue: 2})
	sub := groups.On(t.Context(), func(g group) { first = g })
	for v := range 5 {
		src.TryEmit(reading{"a", v})
	}
	src.Complete()
	rec := streamtest.Record[reading]()
	require.NoError(t, first.Subscribe(t.Context(), rec).Wait(t.Context()))
	rec.AssertCompleted(t, reading{"a", 3}, reading{"a", 4})
	assert.Equal(t, uint64(3), first.Missed())
	assert.Equal(t, uint64(3), sub.Dropped())
}

func TestGroupsEndWhenTheStreamOfGroupsIsStopped(t *testing.T) {
	src := stream.NewPublish[reading](nil)
	values := streamtest.Record[reading]()
	groups := operators.GroupBy(src.AsObservable(), sensorOf, nil)
	sub := groups.On(t.Context(), func(g group) { g.Subscribe(t.Context(), values) })
	src.TryEmit(reading{"a", 1})
	sub.Stop()
	require.NoError(t, values.Wait(t.Context()))
	values.AssertFailed(t, stream.ErrStopped, reading{"a", 1})
	assert.ErrorIs(t, sub.Wait(t.Context()), stream.ErrStopped)
	assertDetached(t, src)
}

func TestAGroupWhoseSubscriberLeavesAtOnceGetsNoSecondChanceForTheSameValue(t *testing.T) {
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	src := stream.NewPublish[reading](nil)
	rec := streamtest.Record[group](func(int) bool { return true })
	groups := operators.Map(operators.GroupBy(src.AsObservable(), sensorOf, nil), func(g group) group {
		_ = g.Each(gone, func(reading) error { return nil })
		return g
	})
	groups.Attach(t.Context(), rec)
	src.TryEmit(reading{"a", 1})
	assert.Equal(t, 1, rec.Len())
	src.Complete()
	assert.True(t, rec.Ended())
}

func TestKeysThatDoNotEqualThemselvesStayWithinTheLimit(t *testing.T) {
	values := make([]int, 100)
	key := func(int) float64 { return math.NaN() }
	groups := operators.GroupBy(stream.Of(values...), key, &operators.GroupOptions{Groups: 3})
	for _, g := range all(t, groups) {
		assert.Equal(t, []int{0}, all(t, g.Observable))
	}
}
