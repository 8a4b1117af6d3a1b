package operators_test

import (
	"context"
	"errors"
	"runtime"
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

func TestRepeatIsConcatOfTheSameSource(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in, n := someInts().Draw(t, "in"), rapid.IntRange(0, 5).Draw(t, "n")
		assert.Equal(t,
			all(t, operators.Concat(slices.Repeat([]ints{stream.Of(in...)}, n)...)),
			all(t, operators.Repeat(stream.Of(in...), n)))
	})
}

func TestARepeatOfNoneNeverAttachesItsSource(t *testing.T) {
	probe := streamtest.NewProbe(stream.Of(1))
	assert.Empty(t, all(t, operators.Repeat(probe.Observable, 0)))
	assert.Zero(t, probe.Total())
}

func TestARepeatEndsWithTheFirstFailure(t *testing.T) {
	rec := streamtest.Record[int]()
	_ = operators.Repeat(attempts(1, 0, false), -1).Subscribe(t.Context(), rec).Wait(t.Context())
	rec.AssertFailed(t, errSource, 1)
}

func TestARepeatOfNothingForEverEndsWithItsContext(t *testing.T) {
	for name, o := range map[string]ints{
		"at once":               stream.Empty[int](),
		"on its own goroutine":  onItsOwn(stream.Of[int]()),
		"on the subscription's": stream.Of[int](),
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			probe := streamtest.NewProbe(o)
			sub := operators.Repeat(probe.Observable, -1).Subscribe(ctx, streamtest.Record[int]())
			for probe.Total() < 1000 {
				runtime.Gosched()
			}
			cancel(errOdd)
			require.ErrorIs(t, sub.Wait(t.Context()), errOdd)
			for probe.Live() > 0 { // until what detached it has returned
				runtime.Gosched()
			}
		})
	}
}

func TestARepeatOfASensorRunsForDays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		hourly := operators.Take(stream.Tick(time.Hour), 1)
		n := all(t, operators.Count(operators.Repeat(hourly, 48)))
		assert.Equal(t, []int{48}, n)
		assert.Equal(t, 48*time.Hour, time.Since(start))
	})
}

func TestACatchMissesNothingOfAHotStreamThatFollows(t *testing.T) {
	first, second := stream.NewPublish[int](nil), stream.NewPublish[int](nil)
	rec := streamtest.Record[int]()
	caught := operators.Catch(first.AsObservable(), func(err error) ints {
		require.ErrorIs(t, err, errSource)
		return second.AsObservable()
	})
	require.Nil(t, caught.Attach(t.Context(), rec))
	first.TryEmit(1)
	second.TryEmit(2) // too early
	first.Abort(errSource)
	second.TryEmit(3)
	second.Abort(errOdd) // is not caught
	rec.AssertFailed(t, errOdd, 1, 3)
}

func TestACatchHandlesNoEndThatItsSubscriberWanted(t *testing.T) {
	recover := func(error) ints {
		t.Error("there is nothing to catch")
		return stream.Empty[int]()
	}
	for name, caught := range map[string]func(o ints) ints{
		"Catch":         func(o ints) ints { return operators.Catch(o, recover) },
		"OnErrorReturn": func(o ints) ints { return operators.OnErrorReturn(o, func(err error) int { recover(err); return 0 }) },
	} {
		t.Run(name, func(t *testing.T) {
			rec := streamtest.Record[int](streamtest.StopAt(1))
			_ = caught(stream.Of(1, 2)).Subscribe(t.Context(), rec).Wait(t.Context())
			rec.AssertFailed(t, stream.ErrStopped, 1)

			ctx, cancel := context.WithCancelCause(t.Context())
			rec = streamtest.Record[int](streamtest.CallAt(1, func() { cancel(errOdd) }))
			sub := caught(operators.Concat(stream.Of(1), stream.Never[int]())).Subscribe(ctx, rec)
			require.ErrorIs(t, sub.Wait(t.Context()), errOdd)

			rec = streamtest.Record[int](streamtest.PanicAt(1, errOdd))
			caught(stream.Of(1, 2)).Attach(t.Context(), rec)()
			rec.AssertFailed(t, errOdd, 1)
		})
	}
}

func TestAPanicInAHandlerOfFailuresEndsTheStream(t *testing.T) {
	for name, o := range map[string]ints{
		"Catch":         operators.Catch(stream.Fail[int](errSource), func(error) ints { panic(errOdd) }),
		"OnErrorReturn": operators.OnErrorReturn(stream.Fail[int](errSource), func(error) int { panic(errOdd) }),
	} {
		t.Run(name, func(t *testing.T) {
			err := o.Each(t.Context(), func(int) error { return nil })
			p := (*stream.PanicError)(nil)
			require.ErrorAs(t, err, &p)
			require.ErrorIs(t, err, errOdd)
		})
	}
}

func TestAPanicOfTheSourceIsCaught(t *testing.T) {
	broken := operators.Map(stream.Of(1), func(int) int { panic(errSource) })
	is := func(err error) int {
		if errors.Is(err, errSource) {
			return 7
		}
		return 0
	}
	assert.Equal(t, []int{7}, all(t, operators.OnErrorReturn(broken, is)))
	assert.Equal(t, []int{7}, all(t, operators.Catch(broken, func(err error) ints { return stream.Of(is(err)) })))
}

// deadly fails, or panics, for some values.
func deadly(v int) (string, error) {
	switch {
	case v%3 == 0:
		return "", errOdd
	case v%5 == 0:
		panic(errSource)
	}
	return string(rune('a' + v&7)), nil
}

func TestDeliveredAndDeadAreEmitted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := someInts().Draw(t, "in")
		refuses := rapid.IntRange(0, 5).Draw(t, "the sink refuses all after")
		dead := stream.NewPublish[operators.Rejected[int]](nil)
		var rejected []int
		dead.On(context.Background(), func(r operators.Rejected[int]) {
			want := errOdd
			if r.Value%3 != 0 {
				want = errSource
			}
			assert.ErrorIs(t, r.Err, want)
			if rejected = append(rejected, r.Value); len(rejected) == refuses {
				dead.Complete()
			}
		})
		delivered := 0
		sub := operators.DeadLetter(stream.Of(in...), deadly, dead).On(context.Background(), func(string) { delivered++ })
		require.NoError(t, sub.Wait(context.Background()))
		var want []int
		for _, v := range in {
			if v%3 == 0 || v%5 == 0 {
				want = append(want, v)
			}
		}
		lost := 0
		if refuses > 0 {
			lost = max(0, len(want)-refuses)
		}
		assert.Equal(t, want[:len(want)-lost], rejected)
		assert.Equal(t, lost, int(sub.Dropped()))
		assert.Equal(t, len(in), delivered+len(rejected)+lost)
	})
}

func TestADeadLetterWaitsForALosslessSinkAsLongAsItsSourceMay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dead := stream.NewPublish[operators.Rejected[int]](nil)
		release := make(chan struct{})
		buried := streamtest.Record[operators.Rejected[int]](streamtest.BlockAt(1, release))
		operators.Buffer(dead.AsObservable(), stream.Block(2)).Subscribe(t.Context(), buried)
		src := stream.NewPublish[int](nil)
		sub := operators.DeadLetter(src.AsObservable(), keepEven, dead).On(t.Context(), func(int) {})

		src.TryEmit(1)
		synctest.Wait() // is being buried
		for range 2 {
			assert.Equal(t, stream.OK, src.TryEmit(1))
		}
		assert.Equal(t, stream.Overflow, src.TryEmit(1))
		assert.Equal(t, stream.OK, src.TryEmit(2))

		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		start := time.Now()
		_ = src.Emit(ctx, 1)
		assert.Equal(t, time.Hour, time.Since(start))
		assert.Equal(t, 1, int(sub.Dropped()), "the other was taken, and missed by the sink's subscriber")

		go func() {
			time.Sleep(time.Minute)
			close(release)
		}()
		require.NoError(t, src.Emit(t.Context(), 1))
		assert.Equal(t, time.Hour+time.Minute, time.Since(start))
		synctest.Wait()
		assert.Equal(t, 4, buried.Len())
		assert.Equal(t, 1, int(sub.Dropped()))
		src.Complete()
		dead.Complete()
	})
}
