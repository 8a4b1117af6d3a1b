package operators_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
)

// chainsWithQueues are operators that may have to wait, each with a full
// lossless queue behind it that nobody takes from.
func chainsWithQueues() map[string]func(src ints) stream.Observable[int] {
	value := func(b []int) int { return b[0] }
	return map[string]func(src ints) stream.Observable[int]{
		"nothing": func(src ints) ints { return src },
		"Merge":   func(src ints) ints { return operators.Merge(src, stream.Never[int]()) },
		"Batch": func(src ints) ints {
			return operators.Map(operators.Batch(src, &operators.BatchOptions[int]{Count: 1, Time: time.Hour}), value)
		},
		"FlatMap": func(src ints) ints {
			return operators.FlatMap(src, func(v int) ints { return stream.Of(v) }, &operators.MergeOptions{Concurrency: 1})
		},
		"MergeAll": func(src ints) ints { return operators.MergeAll(stream.Of(src), nil) },
		"GroupBy": func(src ints) ints {
			groups := operators.GroupBy(src, even, nil)
			return operators.MergeAll(operators.Map(groups, func(g operators.Group[bool, int]) ints { return g.Observable }), nil)
		},
		"Share":       operators.Share[int],
		"ShareReplay": func(src ints) ints { return operators.ShareReplay(src, 1, 0) },
		"two of them": func(src ints) ints {
			return operators.Merge(operators.Merge(src, stream.Never[int]()), stream.Never[int]())
		},
	}
}

func TestASourceThatMustNotWaitWaitsNowhereInAChain(t *testing.T) {
	for name, chain := range chainsWithQueues() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := stream.NewPublish[int](nil)
				full := make(chan struct{})
				sub := operators.Buffer(chain(src.AsObservable()), stream.Block(4)).On(t.Context(), func(int) { <-full })
				overflows := 0
				start := time.Now()
				for i := range 2000 {
					if src.TryEmit(i) == stream.Overflow {
						overflows++
					}
					synctest.Wait()
				}
				assert.Zero(t, time.Since(start))
				assert.NotZero(t, sub.Dropped())
				assert.NotZero(t, overflows)
				sub.Stop()
				close(full)
				src.Complete()
				assert.ErrorIs(t, sub.Wait(t.Context()), stream.ErrStopped)
			})
		})
	}
}

func TestAnEmitWaitsForAChainAsLongAsItsContextAllows(t *testing.T) {
	for name, chain := range chainsWithQueues() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := stream.NewPublish[int](nil)
				full := make(chan struct{})
				sub := operators.Buffer(chain(src.AsObservable()), stream.Block(4)).On(t.Context(), func(int) { <-full })
				for i := range 700 {
					ctx, cancel := context.WithTimeout(t.Context(), time.Second)
					_ = src.Emit(ctx, i)
					cancel()
					synctest.Wait()
				}
				assert.NotZero(t, sub.Dropped())
				close(full)
				sub.Stop()
				assert.ErrorIs(t, sub.Wait(t.Context()), stream.ErrStopped)
			})
		})
	}
}
