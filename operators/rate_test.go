package operators_test

import (
	"context"
	"math/rand/v2"
	"runtime"
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

func TestThrottleDeliversAtTheEdgesThatItIsTold(t *testing.T) {
	streamtest.Run(t, func(m *streamtest.Marbles) {
		o := streamtest.Hot[int](m, "1-2-3-----4------------|")
		streamtest.Expect(m, operators.Throttle(o, 5*ms, operators.Leading)).
			ToBe("                   1---------4------------|")
		streamtest.Expect(m, operators.Throttle(o, 5*ms, operators.Trailing)).
			ToBe("                   -----3---------4-------|")
		streamtest.Expect(m, operators.Throttle(o, 5*ms, operators.Both)).
			ToBe("                   1----3----4------------|")
	})
}

func TestDebounceDeliversWhatIsFollowedBySilence(t *testing.T) {
	streamtest.Run(t, func(m *streamtest.Marbles) {
		o := streamtest.Hot[int](m, "              1-2-3-------4-----5-|")
		streamtest.Expect(m, operators.Debounce(o, 4*ms)).ToBe("--------3-------4---(5|)")
	})
}

func TestSampleDeliversTheNewestValueOfEachTime(t *testing.T) {
	streamtest.Run(t, func(m *streamtest.Marbles) {
		o := streamtest.Hot[int](m, "            1-2-3-----4------------|")
		streamtest.Expect(m, operators.Sample(o, 4*ms)).ToBe("----2---3---4----------|")
	})
}

func TestSampleByDeliversTheNewestValueWhenAnotherSourceSaysSo(t *testing.T) {
	streamtest.Run(t, func(m *streamtest.Marbles) {
		o := streamtest.Hot[int](m, "               1-2-3-----4--------5---|")
		other := streamtest.Hot[string](m, "        ---x---x----x---x------|")
		brief := streamtest.Hot[string](m, "        ---x-|")
		broken := streamtest.Hot[string](m, "       ---x---#")
		streamtest.Expect(m, operators.SampleBy(o, other)).ToBe("---2---3----4----------(5|)")
		streamtest.Expect(m, operators.SampleBy(o, brief)).ToBe("---2-(3|)")
		streamtest.Expect(m, operators.SampleBy(o, broken)).ToBe("---2---(3#)")
		streamtest.Expect(m, operators.SampleBy(o, stream.Never[int]())).ToBe("-----------------------(5|)")
	})
}

func TestDelayShiftsTheStreamAndItsEnd(t *testing.T) {
	streamtest.Run(t, func(m *streamtest.Marbles) {
		streamtest.Expect(m, operators.Delay(streamtest.Hot[int](m, "1-2---3---|"), 4*ms, nil)).
			ToBe("                                        ----1-2---3---|")
		streamtest.Expect(m, operators.Delay(streamtest.Hot[int](m, "1-#"), 4*ms, nil)).
			ToBe("                                        ----1-#")
		streamtest.Expect(m, operators.Delay(streamtest.Cold[int](m, "(12)--3#"), 4*ms, nil)).
			ToBe("                                                ----(12)--3#")
	})
}

func TestADelayedStreamCanBeStoppedWhenItsSourceHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, end := range map[string]func(sub *stream.Subscription, cancel context.CancelCauseFunc){
			"by Stop":        func(sub *stream.Subscription, _ context.CancelCauseFunc) { sub.Stop() },
			"by its context": func(_ *stream.Subscription, cancel context.CancelCauseFunc) { cancel(errSource) },
		} {
			ctx, cancel := context.WithCancelCause(t.Context())
			rec := streamtest.Record[int]()
			sub := operators.Delay(stream.Of(1, 2), time.Hour, nil).Subscribe(ctx, rec)
			time.Sleep(time.Minute)
			end(sub, cancel)
			synctest.Wait()
			assert.True(t, rec.Ended(), name)
			assert.Error(t, rec.Err(), name)
			assert.Zero(t, rec.Len(), name)
			rec.AssertSound(t)
			cancel(nil)
		}
	})
}

func TestRateLimitIsATokenBucket(t *testing.T) {
	streamtest.Run(t, func(m *streamtest.Marbles) {
		o := streamtest.Hot[int](m, "                       123456-----------78|")
		streamtest.Expect(m, operators.RateLimit(o, 1, 4*ms, 2)).ToBe("12--3---4---5---6---7---(8|)")
		broken := streamtest.Hot[int](m, "                  123#")
		streamtest.Expect(m, operators.RateLimit(broken, 1, 4*ms, 1)).ToBe("1---2---(3#)")
	})
}

// stamped is a value and when it was seen.
type stamped struct {
	value int
	at    time.Duration
}

// over hours runs a source of numbers with random pauses up to the given one,
// and returns when it delivered them, and what operator made of that.
func overHours(t *testing.T, pause time.Duration, operator func(o ints) ints) (in, out []stamped) {
	synctest.Test(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(1, 2))
		begun := time.Now()
		src := stream.FromFunc(func(_ context.Context, emit func(int) bool) error {
			for i := 0; time.Since(begun) < 12*time.Hour; i++ {
				time.Sleep(1 + time.Duration(random.Int64N(int64(pause))))
				in = append(in, stamped{i, time.Since(begun)})
				emit(i)
			}
			return nil
		})
		require.NoError(t, operator(src).Each(t.Context(), func(v int) error {
			out = append(out, stamped{v, time.Since(begun)})
			return nil
		}))
	})
	require.NotEmpty(t, in)
	return in, out
}

func TestThrottleOverHours(t *testing.T) {
	const d = 5 * time.Minute
	for _, edge := range []operators.Edge{operators.Leading, operators.Trailing, operators.Both} {
		t.Run(edge.String(), func(t *testing.T) {
			for _, pause := range []time.Duration{time.Minute, 10 * time.Minute} {
				in, out := overHours(t, pause, func(o ints) ints { return operators.Throttle(o, d, edge) })
				end, until := in[len(in)-1].at, time.Duration(0)
				var held *stamped
				var want []stamped
				flush := func(now time.Duration) {
					for held != nil && until < now {
						want, held = append(want, stamped{held.value, until}), nil
						until += d
					}
				}
				for i, v := range in {
					flush(v.at)
					switch begins := held == nil && v.at >= until; {
					case begins && edge != operators.Trailing:
						want, until = append(want, v), v.at+d
					case begins:
						held, until = &in[i], v.at+d
					case edge != operators.Leading:
						held = &in[i]
					}
				}
				if flush(end); held != nil {
					want = append(want, stamped{held.value, end})
				}
				assert.Equal(t, want, out)
			}
		})
	}
}

func TestDebounceOverHours(t *testing.T) {
	in, out := overHours(t, 10*time.Minute, func(o ints) ints { return operators.Debounce(o, 5*time.Minute) })
	var want []stamped
	for i, v := range in {
		switch {
		case i+1 == len(in):
			want = append(want, v)
		case in[i+1].at-v.at > 5*time.Minute:
			want = append(want, stamped{v.value, v.at + 5*time.Minute})
		}
	}
	assert.Equal(t, want, out)
}

func TestSampleOverHours(t *testing.T) {
	in, out := overHours(t, 10*time.Minute, func(o ints) ints { return operators.Sample(o, 7*time.Minute) })
	var want []stamped
	for i, v := range in {
		step := v.at - v.at%(7*time.Minute) + 7*time.Minute
		switch {
		case i+1 == len(in):
			want = append(want, v)
		case in[i+1].at >= step:
			want = append(want, stamped{v.value, step})
		}
	}
	assert.Equal(t, want, out)
}

func TestDelayOverHours(t *testing.T) {
	in, out := overHours(t, 10*time.Minute, func(o ints) ints { return operators.Delay(o, 90*time.Minute, nil) })
	var want []stamped
	for _, v := range in {
		want = append(want, stamped{v.value, v.at + 90*time.Minute})
	}
	assert.Equal(t, want, out)
}

func TestRateLimitOverHours(t *testing.T) {
	const every, burst = 2 * time.Minute, 5 // a token comes, so many are held
	for _, pause := range []time.Duration{3 * time.Minute, 8 * time.Minute} {
		in, out := overHours(t, pause, func(o ints) ints { return operators.RateLimit(o, 30, 30*every, burst) })
		require.Len(t, out, len(in))
		full := time.Duration(0) // when the bucket is, if no value comes
		for i, v := range in {
			full = max(full, v.at) + every
			due := max(v.at, full-burst*every)
			assert.Equal(t, v.value, out[i].value)
			assert.InDelta(t, due, out[i].at, float64(time.Microsecond))
		}
	}
}

func TestWhoHoldsAsMuchAsItMayMakesItsSourceWait(t *testing.T) {
	const limit = 300
	for name, operator := range map[string]func(o ints) ints{
		"Delay": func(o ints) ints {
			return operators.Delay(o, time.Hour, &operators.DelayOptions{Limit: limit})
		},
		"RateLimit": func(o ints) ints { return operators.RateLimit(o, 1, time.Hour, limit-stream.DefaultQueue) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := stream.NewPublish[int](nil)
				rec := streamtest.Record[int]()
				sub := operator(src.AsObservable()).Subscribe(t.Context(), rec)
				for v := range limit {
					require.Equal(t, stream.OK, src.TryEmit(v), v)
				}
				assert.Equal(t, stream.Overflow, src.TryEmit(-1))
				assert.Equal(t, uint64(1), sub.Dropped())
				waited := make(chan time.Time)
				before := time.Now()
				go func() { // ends when there is room
					_ = src.Emit(t.Context(), limit)
					waited <- time.Now()
				}()
				assert.Equal(t, time.Hour, (<-waited).Sub(before).Round(time.Second))
				src.Complete()
				require.NoError(t, sub.Wait(t.Context()))
				values := make([]int, limit+1)
				for v := range values {
					values[v] = v
				}
				rec.AssertCompleted(t, values...)
			})
		})
	}
}

func TestASourceThatWaitsForADelayEndsWithIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		endless := stream.FromSeq(func(yield func(int) bool) {
			for yield(1) {
			}
		})
		sub := operators.Delay(endless, time.Hour, nil).On(t.Context(), func(int) {})
		synctest.Wait()
		sub.Stop()
		require.ErrorIs(t, sub.Wait(t.Context()), stream.ErrStopped)
	})
}

func TestADelayWithoutALimitHoldsEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		o := operators.Delay(stream.Of(make([]int, 3*operators.DefaultDelay)...), time.Hour, &operators.DelayOptions{Limit: -1})
		begun := time.Now()
		require.NoError(t, o.Each(t.Context(), func(int) error { n++; return nil }))
		assert.Equal(t, 3*operators.DefaultDelay, n)
		assert.Equal(t, time.Hour, time.Since(begun))
	})
}

func TestWhatARateOperatorHoldsIsForgottenWhenItsContextEnds(t *testing.T) {
	for name, operator := range rateOperators() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := stream.NewPublish[int](nil)
				rec := streamtest.Record[int]()
				ctx, cancel := context.WithCancelCause(t.Context())
				operator(src.AsObservable()).Attach(ctx, rec)
				src.TryEmit(1)
				src.TryEmit(2)
				before := rec.Len()
				cancel(errSource)
				synctest.Wait()
				assert.ErrorIs(t, rec.Err(), errSource)
				assert.Equal(t, before, rec.Len())
				assert.Equal(t, stream.NoSubscribers, src.TryEmit(3))
				rec.AssertSound(t)
			})
		})
	}
}

// rateOperators are those that deliver on a timer.
func rateOperators() map[string]func(o ints) ints {
	return map[string]func(o ints) ints{
		"Throttle trailing": func(o ints) ints { return operators.Throttle(o, time.Hour, operators.Trailing) },
		"Throttle both":     func(o ints) ints { return operators.Throttle(o, time.Hour, operators.Both) },
		"Debounce":          func(o ints) ints { return operators.Debounce(o, time.Hour) },
		"Sample":            func(o ints) ints { return operators.Sample(o, time.Hour) },
		"Delay":             func(o ints) ints { return operators.Delay(o, time.Hour, nil) },
		"RateLimit":         func(o ints) ints { return operators.RateLimit(o, 1, time.Hour, 1) },
	}
}

func TestARateOperatorsTimerIsSerialWithItsSource(t *testing.T) {
	for name, operator := range rateOperators() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := stream.NewPublish[int](nil)
				rec := streamtest.Record[int](func(int) bool {
					time.Sleep(90 * time.Minute) // longer than a time
					return true
				})
				operator(src.AsObservable()).Attach(t.Context(), rec)
				for v := range 50 {
					_ = src.Emit(t.Context(), v)
					time.Sleep(7 * time.Minute)
				}
				src.Complete()
				time.Sleep(100 * time.Hour)
				assert.True(t, rec.Ended())
				assert.NoError(t, rec.Err())
				assert.NotZero(t, rec.Len())
				rec.AssertSound(t)
			})
		})
	}
}

func TestRateOperatorsRefuseNonsense(t *testing.T) {
	o := stream.Of(1)
	assert.Panics(t, func() { operators.Throttle(o, 0, operators.Leading) })
	assert.Panics(t, func() { operators.Throttle(o, 1, 0) })
	assert.Panics(t, func() { operators.Throttle(o, 1, operators.Both+1) })
	assert.Panics(t, func() { operators.Debounce(o, 0) })
	assert.Panics(t, func() { operators.Sample(o, 0) })
	assert.Panics(t, func() { operators.Delay(o, 0, nil) })
	assert.Panics(t, func() { operators.RateLimit(o, 0, 1, 1) })
	assert.Panics(t, func() { operators.RateLimit(o, 1, 0, 1) })
	assert.Panics(t, func() { operators.RateLimit(o, 1, 1, 0) })
}

func TestDelayAndRateLimitChangeNothingButTheTime(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		in := someInts().Draw(rt, "in")
		limit, burst := rapid.IntRange(1, 4).Draw(rt, "limit"), rapid.IntRange(1, 4).Draw(rt, "burst")
		synctest.Test(t, func(t *testing.T) {
			o := operators.Delay(stream.Of(in...), time.Hour, &operators.DelayOptions{Limit: limit})
			o = operators.RateLimit(o, 3, time.Minute, burst)
			assert.Equal(rt, append([]int{}, in...), append([]int{}, all(t, o)...))
		})
	})
}

// heapAfter returns how many bytes are live when a source has delivered n
// values of f to operator, more than before.
func heapAfter[T any](t *testing.T, n int, f func(i int) int, operator func(o ints) stream.Observable[T]) (bytes int64) {
	live := func() int64 {
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return int64(stats.HeapAlloc)
	}
	before := live()
	require.NoError(t, operator(stream.FromSeq(func(yield func(int) bool) {
		for i := 0; i < n && yield(f(i)); i++ {
		}
		bytes = live() - before
	})).Each(t.Context(), func(T) error { return nil }))
	return bytes
}
