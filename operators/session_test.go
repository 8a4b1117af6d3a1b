package operators_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
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

// sessionOf shows a session, with the times since begun in minutes.
func sessionOf[K comparable, T any](s operators.Session[K, T], begun time.Time) string {
	return fmt.Sprint(s.Key, s.Values, s.Begin.Sub(begun).Minutes(), s.End.Sub(begun).Minutes())
}

// talk runs a source that has each value when so many minutes have passed, and
// returns the sessions of the values' signs, and when they came.
func talk(t *testing.T, opts *operators.SessionOptions, minutes ...int) (sessions []string) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		src := stream.FromFunc(func(_ context.Context, emit func(int) bool) error {
			for _, m := range minutes {
				time.Sleep(time.Until(begun.Add(time.Duration(max(m, -m)) * time.Minute)))
				synctest.Wait() // an end at the same time comes first
				emit(m)
			}
			time.Sleep(time.Hour)
			return nil
		})
		positive := func(v int) bool { return v > 0 }
		o := operators.Sessions(src, positive, 10*time.Minute, opts)
		require.NoError(t, o.Each(t.Context(), func(s operators.Session[bool, int]) error {
			sessions = append(sessions, fmt.Sprint(time.Since(begun).Minutes(), ": ", sessionOf(s, begun)))
			return nil
		}))
	})
	return sessions
}

func TestASessionEndsWhenItsKeyIsSilent(t *testing.T) {
	assert.Equal(t, []string{
		"19: false [-1 -9] 1 9",
		"25: true [1 5 8 15] 1 15", // and what comes then begins the next one
		"35: true [25] 25 25",
	}, talk(t, nil, 1, -1, 5, 8, -9, 15, 25))
}

func TestASessionEndsWhenItIsFull(t *testing.T) {
	assert.Equal(t, []string{
		"2: true [1 2] 1 2",
		"4: true [3 4] 3 4",
		"15: true [5] 5 5",
	}, talk(t, &operators.SessionOptions{Limit: 2}, 1, 2, 3, 4, 5))
}

func TestASessionEndsWhenItIsOldEnough(t *testing.T) {
	assert.Equal(t, []string{
		"16: true [1 9 15] 1 15",
		"19: false [-4 -9] 4 9",
		"26: true [16] 16 16",
	}, talk(t, &operators.SessionOptions{Max: 15 * time.Minute}, 1, -4, 9, -9, 15, 16))
}

func TestASessionEndsWhenAnotherNeedsItsPlace(t *testing.T) {
	assert.Equal(t, []string{
		"3: true [1 2] 1 2",
		"4: false [-3] 3 3",
		"14: true [4] 4 4",
	}, talk(t, &operators.SessionOptions{Keys: 1}, 1, 2, -3, 4))
}

func TestSessionsOverHours(t *testing.T) {
	const gap, longest = 10 * time.Minute, time.Hour
	synctest.Test(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(3, 4))
		begun := time.Now()
		last := map[int]time.Time{}
		src := stream.FromFunc(func(_ context.Context, emit func(int) bool) error {
			for i := range 20_000 { // about fourteen days
				time.Sleep(1 + time.Duration(random.Int64N(int64(2*time.Minute))))
				emit(i)
			}
			return nil
		})
		n := 0
		o := operators.Sessions(src, func(v int) int { return v * v % 11 }, gap, &operators.SessionOptions{Max: longest})
		require.NoError(t, o.Each(t.Context(), func(s operators.Session[int, int]) error {
			n += len(s.Values)
			assert.True(t, s.Begin.After(last[s.Key]))
			assert.Less(t, s.End.Sub(s.Begin), longest)
			due := s.End.Add(gap)
			if limit := s.Begin.Add(longest); limit.Before(due) {
				due = limit
			}
			assert.True(t, time.Now().Equal(due) || n > 19_900, "%v", time.Since(due))
			last[s.Key] = s.End
			return nil
		}))
		assert.Equal(t, 20_000, n)
		assert.Greater(t, time.Since(begun), 300*time.Hour)
	})
}

func TestSessionsOfAKeyTogetherAreItsValues(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		in := someInts().Draw(rt, "in")
		pauses := rapid.SliceOfN(rapid.IntRange(0, 8), len(in), len(in)).Draw(rt, "pauses")
		keys := rapid.IntRange(1, 10).Draw(rt, "keys")
		key := func(v int) int { return (v%keys + keys) % keys }
		opts := &operators.SessionOptions{
			Limit: rapid.IntRange(-1, 5).Draw(rt, "limit"),
			Keys:  rapid.IntRange(-1, 5).Draw(rt, "sessions"),
			Max:   time.Duration(rapid.IntRange(0, 20).Draw(rt, "max")) * time.Minute,
		}
		want, got := map[int][]int{}, map[int][]int{}
		for _, v := range in {
			want[key(v)] = append(want[key(v)], v)
		}
		synctest.Test(t, func(t *testing.T) {
			src := stream.FromFunc(func(_ context.Context, emit func(int) bool) error {
				for i, v := range in {
					time.Sleep(time.Duration(pauses[i]) * time.Minute)
					emit(v)
				}
				return nil
			})
			for _, s := range all(rt, operators.Sessions(src, key, 5*time.Minute, opts)) {
				assert.NotEmpty(rt, s.Values)
				assert.False(rt, opts.Limit > 0 && len(s.Values) > opts.Limit)
				got[s.Key] = append(got[s.Key], s.Values...)
			}
		})
		assert.Equal(rt, want, got)
	})
}

func TestBurstsAreDividedBySilence(t *testing.T) {
	streamtest.Run(t, func(m *streamtest.Marbles) {
		o := streamtest.Hot[int](m, "                   1-2--3---------4-|")
		streamtest.Expect(m, operators.Bursts(o, 5*ms, nil)).ToBe("----------[123]--([4]|)")
	})
}

func TestSessionsAreDeliveredBeforeAFailure(t *testing.T) {
	src := stream.NewPublish[int](nil)
	rec := streamtest.Record[[]int]()
	operators.Bursts(src.AsObservable(), time.Hour, nil).Attach(t.Context(), rec)
	src.TryEmit(1)
	src.Abort(errSource)
	rec.AssertFailed(t, errSource, []int{1})
}

func TestSessionsAreForgottenWhenTheContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := stream.NewPublish[int](nil)
		rec := streamtest.Record[[]int]()
		ctx, cancel := context.WithCancelCause(t.Context())
		operators.Bursts(src.AsObservable(), time.Hour, nil).Attach(ctx, rec)
		src.TryEmit(1)
		cancel(errSource)
		synctest.Wait()
		rec.AssertFailed(t, errSource)
		assert.Equal(t, stream.NoSubscribers, src.TryEmit(2))
	})
}

func TestASessionOfNoNumberIsOfOneValue(t *testing.T) {
	o := operators.Sessions(stream.Of(1, 2, 3), func(int) float64 { return math.NaN() }, time.Hour, nil)
	var values [][]int
	for _, s := range all(t, o) {
		values = append(values, s.Values)
	}
	assert.Equal(t, [][]int{{1}, {2}, {3}}, values)
}

func TestSessionsOfRandomKeysStayWithinTheirLimit(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	key := func(v int) int { return v }
	bytes := heapAfter(t, many, func(int) int { return random.Int() }, func(o ints) stream.Observable[operators.Session[int, int]] {
		return operators.Sessions(o, key, time.Hour, nil)
	})
	assert.Less(t, bytes, int64(1<<20))
}

func TestASessionsTimerIsSerialWithItsSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := stream.NewPublish[int](nil)
		rec := streamtest.Record[[]int](func(int) bool {
			time.Sleep(90 * time.Minute) // longer than the gap
			return true
		})
		operators.Bursts(src.AsObservable(), time.Hour, nil).Attach(t.Context(), rec)
		var want []int
		for v := range 50 {
			want = append(want, v)
			_ = src.Emit(t.Context(), v)
			time.Sleep(time.Duration(v) * 4 * time.Minute)
		}
		src.Complete()
		time.Sleep(100 * time.Hour)
		assert.True(t, rec.Ended())
		assert.Equal(t, want, slices.Concat(rec.Values()...))
		rec.AssertSound(t)
	})
}

func TestSessionsNeedAGap(t *testing.T) {
	assert.Panics(t, func() { operators.Bursts(stream.Of(1), 0, nil) })
}
