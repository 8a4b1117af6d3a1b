package operators_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

// joining is a Join of readings by sensor, within an hour.
type joining struct {
	left, right *stream.Subject[reading]
	rec         *streamtest.Recorder[string]
	sub         *stream.Subscription
}

func join(t *testing.T, opts *operators.JoinOptions) joining {
	j := joining{stream.NewPublish[reading](nil), stream.NewPublish[reading](nil), streamtest.Record[string](), nil}
	o := operators.Join(j.left.AsObservable(), j.right.AsObservable(), sensorOf, sensorOf, time.Hour,
		func(l, r reading) string { return fmt.Sprint(l.sensor, l.value, r.value) }, opts)
	j.sub = o.Subscribe(t.Context(), j.rec)
	return j
}

func TestJoinPairsEqualKeysInTheOrderOfTheirComing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := join(t, nil)
		j.left.TryEmit(reading{"a", 1})
		j.left.TryEmit(reading{"b", 2})
		j.left.TryEmit(reading{"a", 3})
		j.right.TryEmit(reading{"a", 4})
		j.right.TryEmit(reading{"c", 5})
		j.right.TryEmit(reading{"b", 6})
		j.left.TryEmit(reading{"a", 7})
		j.left.Complete()
		j.right.Complete()
		j.rec.AssertCompleted(t, "a1 4", "a3 4", "b2 6", "a7 4")
	})
}

func TestJoinPairsWhatCameInTimeOverHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := join(t, nil)
		var want []string
		for i := range 100 {
			j.left.TryEmit(reading{"a", i})
			time.Sleep(40 * time.Minute)
			j.right.TryEmit(reading{"a", i})
			if i > 0 { // the one before came 80 minutes ago on the left, 40 on the right
				want = append(want, fmt.Sprint("a", i, " ", i-1))
			}
			want = append(want, fmt.Sprint("a", i, " ", i))
			if i == 0 {
				want = []string{"a0 0"}
			}
			time.Sleep(20 * time.Minute)
		}
		got := j.rec.Values()
		slices.Sort(got)
		slices.Sort(want)
		assert.Equal(t, want, got)
		j.left.Complete()
		j.right.Complete()
	})
}

func TestJoinPairsWhatCameExactlyInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := join(t, nil)
		j.left.TryEmit(reading{"a", 1})
		time.Sleep(time.Hour)
		j.right.TryEmit(reading{"a", 2})
		time.Sleep(time.Nanosecond)
		j.right.TryEmit(reading{"a", 3})
		j.left.Complete()
		j.right.Complete()
		j.rec.AssertCompleted(t, "a1 2")
	})
}

func TestJoinCompletesAsSoonAsNoPairCanCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := join(t, nil)
		j.left.TryEmit(reading{"a", 1})
		j.left.Complete()
		j.right.TryEmit(reading{"a", 2})
		time.Sleep(2 * time.Hour)
		j.rec.AssertLive(t, "a1 2")
		j.right.TryEmit(reading{"a", 3})
		synctest.Wait()
		j.rec.AssertCompleted(t, "a1 2")

		j = join(t, nil)
		j.left.TryEmit(reading{"a", 1})
		j.right.Complete() // has had nothing
		synctest.Wait()
		j.rec.AssertCompleted(t)
	})
}

func TestJoinDeliversWhatCameBeforeAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := join(t, nil)
		j.left.TryEmit(reading{"a", 1})
		j.right.TryEmit(reading{"a", 2})
		j.right.Abort(errSource)
		synctest.Wait()
		j.rec.AssertFailed(t, errSource, "a1 2")
		assert.Equal(t, stream.NoSubscribers, j.left.TryEmit(reading{"a", 3}))
	})
}

func TestAFullJoinOverflowsOrEvictsAndCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := join(t, &operators.JoinOptions{Limit: 2})
		for i := range 3 {
			j.left.TryEmit(reading{"a", i})
		}
		synctest.Wait()
		j.rec.AssertFailed(t, stream.ErrOverflow)

		j = join(t, &operators.JoinOptions{Limit: 2, Evict: true})
		for i := range 5 {
			j.left.TryEmit(reading{"a", i})
		}
		j.right.TryEmit(reading{"a", 9})
		j.rec.AssertLive(t, "a3 9", "a4 9")
		assert.Equal(t, uint64(3), j.sub.Dropped())
		j.sub.Stop()
		assert.ErrorIs(t, j.sub.Wait(t.Context()), stream.ErrStopped)
	})
}

func TestAKeyThatIsNotEqualToItselfIsNotHeld(t *testing.T) {
	left, right := stream.NewPublish[float64](nil), stream.NewPublish[float64](nil)
	key := func(v float64) float64 { return v }
	rec := streamtest.Record[float64]()
	operators.Join(left.AsObservable(), right.AsObservable(), key, key, time.Hour,
		func(l, r float64) float64 { return l + r }, &operators.JoinOptions{Limit: 1}).Attach(t.Context(), rec)
	for range 10 {
		left.TryEmit(math.NaN())
		right.TryEmit(math.NaN())
	}
	left.TryEmit(1)
	right.TryEmit(1)
	left.Complete()
	right.Complete()
	rec.AssertCompleted(t, 2)
}

func TestASubscriberThatStopsAmongManyPairsGetsNoMore(t *testing.T) {
	left, right := stream.NewPublish[int](nil), stream.NewPublish[int](nil)
	one := func(int) int { return 1 }
	rec := streamtest.Record[int](streamtest.StopAt(3))
	operators.Join(left.AsObservable(), right.AsObservable(), one, one, time.Hour, add, nil).Attach(t.Context(), rec)
	for i := range 10 {
		left.TryEmit(i)
	}
	right.TryEmit(100)
	require.NoError(t, rec.Wait(t.Context()))
	rec.AssertFailed(t, stream.ErrStopped, 100, 101, 102)
}

func TestJoinPanicsWithoutATime(t *testing.T) {
	assert.Panics(t, func() {
		operators.Join(stream.Of(1), stream.Of(1), same, same, 0, add, nil)
	})
}

// Whatever comes when, the pairs are those of the definition.
func TestJoinIsTheJoinOfTheDefinition(t *testing.T) {
	type arrival struct {
		right      bool
		key, value int
		at         time.Duration
	}
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(0, 60).Draw(rt, "n")
		within := time.Duration(rapid.IntRange(1, 20).Draw(rt, "within"))
		arrivals := make([]arrival, n)
		var at time.Duration
		var want []string
		for i := range arrivals {
			at += time.Duration(rapid.IntRange(0, 5).Draw(rt, "pause"))
			a := arrival{rapid.Bool().Draw(rt, "right"), rapid.IntRange(0, 3).Draw(rt, "key"), i, at}
			arrivals[i] = a
			for _, b := range arrivals[:i] {
				if b.right != a.right && b.key == a.key && a.at-b.at <= within {
					l, r := a, b
					if a.right {
						l, r = b, a
					}
					want = append(want, fmt.Sprint(l.value, " ", r.value))
				}
			}
		}
		synctest.Test(t, func(t *testing.T) {
			left, right := stream.NewPublish[arrival](nil), stream.NewPublish[arrival](nil)
			key := func(a arrival) int { return a.key }
			rec := streamtest.Record[string]()
			operators.Join(left.AsObservable(), right.AsObservable(), key, key, within,
				func(l, r arrival) string { return fmt.Sprint(l.value, " ", r.value) }, nil).Attach(t.Context(), rec)
			begun := time.Now()
			for _, a := range arrivals {
				time.Sleep(a.at - time.Since(begun))
				if a.right {
					right.TryEmit(a)
				} else {
					left.TryEmit(a)
				}
			}
			left.Complete()
			right.Complete()
			assert.Equal(rt, want, rec.Values())
		})
	})
}

// Ten million random keys stay within the limit.
func TestJoinIsBounded(t *testing.T) {
	key := func(v uint64) uint64 { return v }
	left, right := stream.NewPublish[uint64](nil), stream.NewPublish[uint64](nil)
	sub := operators.Join(left.AsObservable(), right.AsObservable(), key, key, time.Hour,
		func(l, _ uint64) uint64 { return l }, &operators.JoinOptions{Evict: true}).On(t.Context(), func(uint64) {})
	before := int64(heap())
	state := uint64(1)
	for range many / 2 {
		state = state*6364136223846793005 + 1442695040888963407
		left.TryEmit(state)
		right.TryEmit(^state)
	}
	const each = 200 // bytes: a value with its key, time and number, and its place in a map
	assert.Less(t, int64(heap())-before, int64(2*operators.DefaultJoin*each))
	assert.Equal(t, uint64(many-2*operators.DefaultJoin), sub.Dropped())
	sub.Stop()
	assert.ErrorIs(t, sub.Wait(t.Context()), stream.ErrStopped)
}

func TestJoinLetsGoOfWhatIsTooOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type big [1 << 10]byte
		left, right := stream.NewPublish[*big](nil), stream.NewPublish[*big](nil)
		sub := operators.Join(left.AsObservable(), right.AsObservable(), func(v *big) *big { return v }, func(v *big) *big { return v },
			time.Minute, func(l, _ *big) *big { return l }, nil).On(t.Context(), func(*big) {})
		before := int64(heap())
		for range 10_000 {
			left.TryEmit(new(big))
		}
		assert.Greater(t, int64(heap())-before, int64(10<<20))
		time.Sleep(2 * time.Minute)
		right.TryEmit(new(big))
		assert.Less(t, int64(heap())-before, int64(100<<10))
		sub.Stop()
		assert.ErrorIs(t, sub.Wait(t.Context()), stream.ErrStopped)
	})
}

func joinOverHours() clocked {
	const within = time.Hour
	key := func(v int) int { return keyOf(v / 2) }
	odd := func(v int) bool { return !even(v) }
	pair := func(l, r int) string { return fmt.Sprint(l, " and ", r) }
	return clocked{
		10 * time.Minute,
		func(o ints, _ func(string)) stream.Observable[string] {
			return operators.Join(operators.Filter(o, even), operators.Filter(o, odd), key, key, within, pair, nil)
		},
		func(in []stamped, _ time.Duration) (want []moment) {
			for i, v := range in {
				for _, earlier := range in[:i] {
					if v.at-earlier.at > within || key(v.value) != key(earlier.value) {
						continue
					}
					switch {
					case even(earlier.value) && odd(v.value):
						want = append(want, moment{v.at, pair(earlier.value, v.value)})
					case odd(earlier.value) && even(v.value):
						want = append(want, moment{v.at, pair(v.value, earlier.value)})
					}
				}
			}
			return want
		},
	}
}
