package stream_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/reactivex/rxgo/v2"
	"github.com/stretchr/testify/assert"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

// closed reports whether nothing can be received from items because they are
// closed.
func closed(items <-chan rxgo.Item) bool {
	select {
	case _, ok := <-items:
		return !ok
	default:
		return false
	}
}

func TestObserveAttachesBeforeItReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		subject := stream.NewPublish[int](nil)
		items := subject.Rx().Map(same).Filter(small).Observe()
		go func() {
			_ = subject.Emit(t.Context(), 1)
			subject.Complete()
		}()
		values, err := collect(items)
		assert.NoError(t, err)
		assert.Equal(t, []any{1}, values)
	})
}

func TestTwoObserversOfAHotSourceGetAllItemsEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		subject := stream.NewPublish[int](nil)
		o := subject.Rx().Map(same)
		one, two := o.Observe(), o.Observe(rxgo.WithBufferedChannel(3))
		go func() {
			for i := range 3 {
				_ = subject.Emit(t.Context(), i)
			}
			subject.Complete()
		}()
		values, _ := collect(one)
		assert.Equal(t, []any{0, 1, 2}, values)
		values, _ = collect(two)
		assert.Equal(t, []any{0, 1, 2}, values)
	})
}

func TestTheZeroObservableCompletesForRxGoToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		values, err := collect(stream.Observable[int]{}.Rx().Observe())
		assert.NoError(t, err)
		assert.Empty(t, values)
		count, err := stream.Observable[int]{}.Rx().Map(same).Count().Get()
		assert.NoError(t, err)
		assert.Equal(t, rxgo.Of(int64(0)), count)
	})
}

func TestAFailureIsTheLastItemForRxGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, items := range []<-chan rxgo.Item{
			stream.Fail[int](errBoom).Rx().Observe(),
			stream.Fail[int](errBoom).Rx().Observe(rxgo.WithBufferedChannel(1)),
			stream.Fail[int](errBoom).Rx().Map(same).Observe(),
		} {
			assert.Equal(t, rxgo.Error(errBoom), <-items)
			_, ok := <-items
			assert.False(t, ok)
		}
	})
}

func TestAFailureOfASubjectDoesNotWaitForRxGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		subject := stream.NewPublish[int](nil)
		items := subject.Rx().Observe()
		subject.Abort(errBoom) // returns, though nobody receives
		_, err := collect(items)
		assert.ErrorIs(t, err, errBoom)

		ctx, cancel := context.WithCancel(t.Context())
		subject = stream.NewPublish[int](nil)
		items = subject.Rx().Observe(rxgo.WithContext(ctx))
		subject.Abort(errBoom)
		cancel()
		synctest.Wait()
		assert.True(t, closed(items))
	})
}

func TestTheEmitterWaitsForARxGoObserver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		subject := stream.NewPublish[int](nil)
		items := subject.Rx().Observe(rxgo.WithBufferedChannel(2))
		assert.Equal(t, 2, cap(items))
		emitted := 0
		go func() {
			for ; emitted < 3; emitted++ {
				_ = subject.Emit(t.Context(), emitted)
			}
			subject.Complete()
		}()
		synctest.Wait()
		assert.Equal(t, 2, emitted, "the third waits")
		values, _ := collect(items)
		assert.Equal(t, []any{0, 1, 2}, values)
	})
}

func TestTryEmitDoesNotWaitForARxGoObserver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		subject := stream.NewPublish[int](nil)
		items := subject.Rx().Observe(rxgo.WithBufferedChannel(1))
		assert.Equal(t, stream.OK, subject.TryEmit(1))
		assert.Equal(t, stream.Overflow, subject.TryEmit(2))
		subject.Complete()
		values, _ := collect(items)
		assert.Equal(t, []any{1}, values)
	})
}

func TestCancellingAChainOfStagesClosesTheChannelAndLeavesNothing(t *testing.T) {
	chains := map[string]func(o rxgo.Observable) rxgo.Observable{
		"Filter, Map, BufferWithCount": func(o rxgo.Observable) rxgo.Observable {
			return o.Filter(small).Map(same).BufferWithCount(2)
		},
		"BufferWithTime, Debounce": func(o rxgo.Observable) rxgo.Observable {
			return o.BufferWithTime(second).Debounce(second)
		},
		"Sample, WindowWithTime": func(o rxgo.Observable) rxgo.Observable {
			return o.Sample(stream.Tick(time.Second).Rx()).WindowWithTime(second)
		},
		"GroupBy": func(o rxgo.Observable) rxgo.Observable {
			return o.GroupBy(2, func(i rxgo.Item) int { return i.V.(int) % 2 })
		},
		"GroupByDynamic": func(o rxgo.Observable) rxgo.Observable {
			return o.GroupByDynamic(func(rxgo.Item) string { return "all" })
		},
		"Zip, FlatMap": func(o rxgo.Observable) rxgo.Observable {
			return o.ZipFromIterable(stream.Tick(time.Second).Rx(), func(_ context.Context, a, _ any) (any, error) { return a, nil }).
				FlatMap(func(rxgo.Item) rxgo.Observable { return stream.Never[int]().Rx() })
		},
		"WindowWithTimeOrCount": func(o rxgo.Observable) rxgo.Observable { return o.WindowWithTimeOrCount(second, 3) },
		"BufferWithTimeOrCount, Retry": func(o rxgo.Observable) rxgo.Observable {
			return o.BufferWithTimeOrCount(second, 1).Retry(3, func(error) bool { return true })
		},
		"Map on a pool, Serialize": func(o rxgo.Observable) rxgo.Observable {
			return o.Map(same, rxgo.WithPool(3)).Serialize(0, func(v any) int { return v.(int) })
		},
	}
	for name, chain := range chains {
		t.Run(name, func(t *testing.T) {
			for _, pause := range []time.Duration{0, 500 * time.Millisecond, 3500 * time.Millisecond} {
				synctest.Test(t, func(t *testing.T) { // reports goroutines that are left
					subject := stream.NewPublish[int](nil)
					probe := streamtest.NewProbe(subject.AsObservable())
					ctx, cancel := context.WithCancel(t.Context())
					items := chain(probe.Rx()).Observe(rxgo.WithContext(ctx))
					go func() {
						for i := range 6 {
							_ = subject.Emit(ctx, i)
						}
					}()
					time.Sleep(pause)
					cancel()
					_, _ = collect(items)
					synctest.Wait()
					assert.Zero(t, probe.Live())
				})
			}
		})
	}
}

func TestAContextGivenToAnOperatorEndsTheChainToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type key struct{}
		ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "kept"))
		probe := streamtest.NewProbe(stream.NewBehavior(1, nil).AsObservable())
		items := probe.Rx().Map(func(ctx context.Context, _ any) (any, error) {
			return ctx.Value(key{}), nil
		}, rxgo.WithContext(ctx)).Filter(func(any) bool { return true }).Observe()
		assert.Equal(t, rxgo.Of("kept"), <-items)
		cancel()
		synctest.Wait()
		assert.True(t, closed(items))
		assert.Zero(t, probe.Live())
	})
}

func TestTakeDetachesTheSourceWithItsLastItem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		subject := stream.NewPublish[int](nil)
		probe := streamtest.NewProbe(subject.AsObservable())
		items := probe.Rx().Filter(small).Take(2).Map(same).Observe()
		go func() {
			_ = subject.Emit(t.Context(), 0)
			_ = subject.Emit(t.Context(), 1)
		}()
		values, err := collect(items)
		assert.NoError(t, err)
		assert.Equal(t, []any{0, 1}, values)
		synctest.Wait()
		assert.Zero(t, probe.Live())
	})
}

func TestOptionsAreHonouredOrIgnoredAsDocumented(t *testing.T) {
	t.Run("WithPublishStrategy is ignored", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			values, _ := collect(stream.Of(1, 2, 3).Rx().Filter(small, rxgo.WithPublishStrategy()).Observe(rxgo.WithPublishStrategy()))
			assert.Equal(t, []any{1, 2}, values)
			ctx, dispose := stream.Of(1).Rx().Connect(t.Context())
			assert.NoError(t, ctx.Err())
			dispose()
			assert.Error(t, ctx.Err())
		})
	})
	t.Run("WithObservationStrategy is ignored", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			probe := streamtest.NewProbe(stream.Of(1, 2, 3))
			o := probe.Rx().Map(same, rxgo.WithObservationStrategy(rxgo.Eager))
			synctest.Wait()
			assert.Zero(t, probe.Total())
			values, _ := collect(o.Observe())
			assert.Equal(t, []any{1, 2, 3}, values)
		})
	})
	t.Run("WithErrorStrategy is honoured", func(t *testing.T) {
		odd := func(_ context.Context, v any) (any, error) {
			if v.(int)%2 == 0 {
				return nil, errBoom
			}
			return v, nil
		}
		synctest.Test(t, func(t *testing.T) {
			values, err := collect(stream.Of(1, 2, 3).Rx().Map(odd).Map(same).Observe())
			assert.ErrorIs(t, err, errBoom)
			assert.Equal(t, []any{1}, values)
			values, err = collect(stream.Of(1, 2, 3).Rx().Map(odd).Map(same).Observe(rxgo.WithErrorStrategy(rxgo.ContinueOnError)))
			assert.ErrorIs(t, err, errBoom)
			assert.Equal(t, []any{1, 3}, values)
		})
	})
	t.Run("WithPool is honoured, and given up for Serialize", func(t *testing.T) {
		identity := func(v any) int { return v.(int) }
		slow := func(_ context.Context, v any) (any, error) {
			time.Sleep(time.Second)
			return v, nil
		}
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			values, err := collect(stream.Of(1, 2, 3, 4).Rx().Map(slow, rxgo.WithPool(4)).Observe())
			assert.NoError(t, err)
			assert.ElementsMatch(t, []any{1, 2, 3, 4}, values)
			assert.Equal(t, time.Second, time.Since(start))

			start = time.Now()
			values, err = collect(stream.Of(1, 2, 3, 4).Rx().Map(slow, rxgo.Serialize(identity), rxgo.WithPool(4)).Observe())
			assert.NoError(t, err)
			assert.Equal(t, []any{1, 2, 3, 4}, values)
			assert.Equal(t, 4*time.Second, time.Since(start))
		})
	})
}
