package operators_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

func TestABufferDeliversWhatWaitsBeforeTheEnd(t *testing.T) {
	for name, err := range map[string]error{"completion": nil, "failure": errSource} {
		t.Run(name, func(t *testing.T) {
			src := stream.NewPublish[int](nil)
			rec := streamtest.Record[int]()
			run := operators.Buffer(src.AsObservable(), stream.Block(9)).Attach(t.Context(), rec)
			src.TryEmit(1)
			src.TryEmit(2)
			if err != nil {
				src.Abort(err)
			} else {
				src.Complete()
			}
			rec.AssertLive(t)
			run()
			rec.AssertFailed(t, err, 1, 2)
		})
	}
}

func TestABufferThatFailsWhenFullDeliversWhatItHolds(t *testing.T) {
	src := stream.NewPublish[int](nil)
	rec := streamtest.Record[int]()
	run := operators.Buffer(src.AsObservable(), stream.FailWhenFull(2)).Attach(t.Context(), rec)
	for v := range 5 {
		src.TryEmit(v)
	}
	assert.Equal(t, stream.NoSubscribers, src.TryEmit(5))
	run()
	rec.AssertFailed(t, stream.ErrOverflow, 0, 1)
}

func TestABufferForgetsWhatWaitsWhenItsContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := stream.NewPublish[int](nil)
		ctx, cancel := context.WithCancelCause(t.Context())
		rec := streamtest.Record[int](streamtest.CallAt(1, func() { cancel(errSource) }))
		run := operators.Buffer(src.AsObservable(), stream.Block(9)).Attach(ctx, rec)
		src.TryEmit(1)
		src.TryEmit(2)
		run()
		rec.AssertFailed(t, errSource, 1)
		synctest.Wait() // the source is detached behind the cancel
		assert.Equal(t, stream.NoSubscribers, src.TryEmit(3))
	})
}

func TestABufferHoldsAColdSourceBackWhenItBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		emitted := 0
		src := stream.FromFunc(func(_ context.Context, emit func(int) bool) error {
			for emit(emitted) {
				emitted++
			}
			return nil
		})
		release := make(chan struct{})
		sub := operators.Buffer(src, stream.Block(3)).Subscribe(t.Context(), streamtest.Record[int](streamtest.BlockAt(1, release), streamtest.StopAt(10)))
		synctest.Wait()
		assert.LessOrEqual(t, emitted, 2*3)
		close(release)
		require.ErrorIs(t, sub.Wait(t.Context()), stream.ErrStopped)
	})
}

func TestWhatIsThrownBehindABufferEndsTheSubscriptionOnce(t *testing.T) {
	thrown := map[string]func(){"a panic": func() { panic("no") }, "the end of the goroutine": runtime.Goexit}
	for name, throw := range thrown {
		for place, behind := range map[string]bool{"in the subscriber": false, "in a stage": true} {
			t.Run(name+" "+place, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					src := stream.NewPublish[int](nil)
					o := operators.Buffer(src.AsObservable(), stream.Block(9))
					var rec *streamtest.Recorder[int]
					if behind {
						o = operators.Map(o, func(v int) int {
							if v == 2 {
								throw()
							}
							return v
						})
						rec = streamtest.Record[int]()
					} else {
						rec = streamtest.Record[int](streamtest.CallAt(2, throw))
					}
					sub := o.Subscribe(t.Context(), rec)
					for v := range 4 {
						src.TryEmit(v)
					}
					var err *stream.PanicError
					require.ErrorAs(t, sub.Wait(t.Context()), &err)
					assert.Equal(t, name != "a panic", err.Goexit)
					assert.Subset(t, []int{0, 1, 2}, rec.Values())
					assert.NotContains(t, rec.Values(), 3)
					synctest.Wait() // the goroutine that ends leaves the source behind Done
					assert.Equal(t, stream.NoSubscribers, src.TryEmit(4))
				})
			})
		}
	}
}
