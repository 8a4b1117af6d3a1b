package stream_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/reactivex/rxgo/v2"
	"github.com/stretchr/testify/assert"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

// This file shows when RxGo and this package begin, and let go of, what they
// observe.

func identity(v any) int { return v.(int) }

// counted returns a source of RxGo's own that delivers items, anew to each
// observer, and how often it has been observed.
func counted(items ...any) (o rxgo.Observable, times *atomic.Int32) {
	times = new(atomic.Int32)
	return rxgo.Defer([]rxgo.Producer{func(ctx context.Context, next chan<- rxgo.Item) {
		times.Add(1)
		for item := range theirs(items...).Observe() {
			item.SendContext(ctx, next)
		}
	}}), times
}

func TestNothingRunsBeforeItIsObservedAndInRxGoMuchDoesOnce(t *testing.T) {
	backOff := func() backoff.BackOff { return backoff.WithMaxRetries(backoff.NewConstantBackOff(1), 1) }
	for name, use := range map[string]func(o rxgo.Observable, opt rxgo.Option) rxgo.Iterable{
		"BackOffRetry": func(o rxgo.Observable, opt rxgo.Option) rxgo.Iterable { return o.BackOffRetry(backOff(), opt) },
		"Retry":        func(o rxgo.Observable, opt rxgo.Option) rxgo.Iterable { return o.Retry(1, always, opt) },
		"Sample":       func(o rxgo.Observable, opt rxgo.Option) rxgo.Iterable { return o.Sample(rxgo.Empty(), opt) },
		"SequenceEqual": func(o rxgo.Observable, opt rxgo.Option) rxgo.Iterable {
			return o.SequenceEqual(rxgo.Empty(), opt)
		},
		"Serialize": func(o rxgo.Observable, opt rxgo.Option) rxgo.Iterable { return o.Serialize(1, identity, opt) },
		"Zip": func(o rxgo.Observable, opt rxgo.Option) rxgo.Iterable {
			return o.ZipFromIterable(rxgo.Just(1)(), plus, opt)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				room := rxgo.WithBufferedChannel(9)
				probe := streamtest.NewProbe(stream.Of(1, 2))
				right := use(probe.Rx(), room)
				source, times := counted(1, 2)
				wrong := use(source, rxgo.WithContext(ctx))
				synctest.Wait()
				assert.Zero(t, probe.Total())
				assert.Equal(t, int32(1), times.Load())

				first := received(right)
				assert.Equal(t, first, received(right))
				assert.Equal(t, 2, probe.Total())
				assert.Len(t, received(wrong), len(first))
				assert.Empty(t, received(wrong), "there is nothing left")
				assert.Equal(t, int32(1), times.Load())
			})
		})
	}
}

// unnoticed are uses of which RxGo's do not notice that they are cancelled.
var unnoticed = map[string]func(o rxgo.Observable) rxgo.Iterable{
	"BufferWithTime":        func(o rxgo.Observable) rxgo.Iterable { return o.BufferWithTime(second) },
	"BufferWithTimeOrCount": func(o rxgo.Observable) rxgo.Iterable { return o.BufferWithTimeOrCount(second, 2) },
	"Debounce":              func(o rxgo.Observable) rxgo.Iterable { return o.Debounce(second) },
	"GroupByDynamic": func(o rxgo.Observable) rxgo.Iterable {
		return o.GroupByDynamic(func(rxgo.Item) string { return "all" })
	},
	"Retry":                 func(o rxgo.Observable) rxgo.Iterable { return o.Retry(1, always) },
	"Serialize":             func(o rxgo.Observable) rxgo.Iterable { return o.Serialize(0, identity) },
	"WindowWithTime":        func(o rxgo.Observable) rxgo.Iterable { return o.WindowWithTime(second) },
	"WindowWithTimeOrCount": func(o rxgo.Observable) rxgo.Iterable { return o.WindowWithTimeOrCount(second, 2) },
	"Zip":                   func(o rxgo.Observable) rxgo.Iterable { return o.ZipFromIterable(rxgo.Never(), plus) },
}

func TestTheContextOfAnObserverEndsItAndInRxGoDoesNot(t *testing.T) {
	for name, use := range unnoticed {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				// over returns a channel that closes when an observer's is closed.
				over := func(o rxgo.Observable) <-chan rxgo.Item {
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					items, over := use(o).Observe(rxgo.WithContext(ctx)), make(chan rxgo.Item)
					go func() { // ends with the observation
						defer close(over)
						defer cancel()
						received(rxgo.FromChannel(items))
					}()
					return over
				}
				probe := streamtest.NewProbe(stream.Never[int]())
				silent := make(chan rxgo.Item)
				right, wrong := over(probe.Rx()), over(rxgo.FromChannel(silent))
				time.Sleep(time.Hour)
				assert.True(t, closed(right))
				assert.Zero(t, probe.Live())
				assert.False(t, closed(wrong))
				close(silent)
				<-wrong
			})
		})
	}
}

func TestACancelledSampleDeliversNothingAndRxGosDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// sampled returns what comes after the context has ended, to somebody
		// who has not received before.
		sampled := func(o rxgo.Observable) []any {
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			items := o.Sample(stream.Tick(time.Minute).Rx(), rxgo.WithContext(ctx)).Observe(rxgo.WithContext(ctx))
			time.Sleep(100 * time.Hour)
			return received(rxgo.FromChannel(items))
		}
		assert.Empty(t, sampled(stream.NewBehavior(1, nil).Rx()))
		one := make(chan rxgo.Item, 1)
		one <- rxgo.Of(1)
		assert.Equal(t, []any{1}, sampled(rxgo.FromChannel(one)), "its goroutine has waited for that")
	})
}

func TestWhatEndsEarlyDetachesItsSourceAndInRxGoDoesNot(t *testing.T) {
	yes, no := func(any) bool { return true }, func(any) bool { return false }
	for name, use := range map[string]func(o rxgo.Observable, opt rxgo.Option) rxgo.Iterable{
		"All":       func(o rxgo.Observable, opt rxgo.Option) rxgo.Iterable { return o.All(no, opt) },
		"Contains":  func(o rxgo.Observable, opt rxgo.Option) rxgo.Iterable { return o.Contains(yes, opt) },
		"ElementAt": func(o rxgo.Observable, opt rxgo.Option) rxgo.Iterable { return o.ElementAt(1, opt) },
		"Find":      func(o rxgo.Observable, opt rxgo.Option) rxgo.Iterable { return o.Find(yes, opt) },
		"First":     func(o rxgo.Observable, opt rxgo.Option) rxgo.Iterable { return o.First(opt) },
		"Take":      func(o rxgo.Observable, opt rxgo.Option) rxgo.Iterable { return o.Take(1, opt) },
		"TakeUntil": func(o rxgo.Observable, opt rxgo.Option) rxgo.Iterable { return o.TakeUntil(yes, opt) },
		"TakeWhile": func(o rxgo.Observable, opt rxgo.Option) rxgo.Iterable { return o.TakeWhile(no, opt) },
		"Zip": func(o rxgo.Observable, opt rxgo.Option) rxgo.Iterable {
			return o.ZipFromIterable(theirs(1), plus, opt)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				probe := streamtest.NewProbe(stream.FromSeq(naturals))
				right := received(use(probe.Rx(), rxgo.WithBufferedChannel(1)))
				synctest.Wait()
				assert.Zero(t, probe.Live())

				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				live := atomic.Int32{}
				endless := rxgo.Defer([]rxgo.Producer{func(ctx context.Context, next chan<- rxgo.Item) {
					live.Add(1)
					defer live.Add(-1)
					for i := 0; rxgo.Of(i).SendContext(ctx, next); i++ {
					}
				}})
				wrong := received(use(endless, rxgo.WithContext(ctx)))
				synctest.Wait()
				assert.Equal(t, right, wrong)
				assert.Equal(t, int32(1), live.Load())
			})
		})
	}
}

func TestSerializeOfAPoolNeedsNoBufferAndInRxGoDeliversNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// serialized returns what comes within an hour.
		serialized := func(o rxgo.Observable, opt rxgo.Option) (values []any) {
			items := o.Map(same, rxgo.Serialize(identity), rxgo.WithPool(2), opt).Observe(opt)
			timer := time.After(time.Hour)
			for {
				select {
				case item, ok := <-items:
					if !ok {
						return values
					}
					values = append(values, item.V)
				case <-timer:
					return values
				}
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		source := make(chan rxgo.Item, 3)
		for i := range cap(source) {
			source <- rxgo.Of(i)
		}
		close(source)
		with := rxgo.WithContext(ctx)
		assert.Equal(t, []any{0, 1, 2}, serialized(ours(0, 1, 2), with))
		assert.Empty(t, serialized(rxgo.FromChannel(source, with), with))
	})
}

func TestGroupByEndsWithItsSourceAndInRxGoBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := func(rxgo.Item) int { return 0 }
		silent := make(chan rxgo.Item)
		subject := stream.NewPublish[int](nil)
		right, wrong := subject.Rx().GroupBy(1, first).Observe(), rxgo.FromChannel(silent).GroupBy(1, first).Observe()
		<-right
		<-wrong
		synctest.Wait()
		assert.False(t, closed(right))
		assert.True(t, closed(wrong))
		close(silent)
		subject.Complete()
		synctest.Wait()
		assert.True(t, closed(right))
	})
}

func TestToSliceTellsThatItsContextHasEndedAndRxGosDoesNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		with := rxgo.WithContext(ctx)
		_, err := stream.Never[int]().Rx().ToSlice(0, with)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		_, err = rxgo.Never().ToSlice(0, with)
		assert.NoError(t, err)
	})
}
