package operators_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

// peers is a changing set of sources.
type peers struct {
	*stream.Subject[stream.Observable[int]]
	rec *streamtest.Recorder[int]
}

func mergePeers(t *testing.T, opts *operators.MergeOptions) peers {
	p := peers{stream.NewPublish[stream.Observable[int]](nil), streamtest.Record[int]()}
	operators.MergeAll(p.AsObservable(), opts).Attach(t.Context(), p.rec)
	return p
}

// comes adds a source.
func (p peers) comes() *stream.Subject[int] {
	s := stream.NewPublish[int](nil)
	p.TryEmit(s.AsObservable())
	return s
}

func TestASourceThatFailsEndsAlone(t *testing.T) {
	p := mergePeers(t, nil)
	a, b := p.comes(), p.comes()
	a.TryEmit(1)
	b.TryEmit(2)
	a.Abort(errSource)
	b.TryEmit(3)
	c := p.comes()
	c.TryEmit(4)
	p.Complete()
	b.Complete()
	p.rec.AssertLive(t, 1, 2, 3, 4)
	c.Abort(errOdd)
	p.rec.AssertFailed(t, errSource, 1, 2, 3, 4)
	assert.ErrorIs(t, p.rec.Err(), errOdd)
}

func TestFailuresOfSourcesAreReportedAfterTheirValues(t *testing.T) {
	var p peers
	var failures []error
	p = mergePeers(t, &operators.MergeOptions{OnFailure: func(err error) {
		failures = append(failures, err)
		assert.Equal(t, 1, p.rec.Len())
	}})
	a := p.comes()
	a.TryEmit(1)
	a.Abort(errSource)
	p.Complete()
	assert.Equal(t, []error{errSource}, failures)
	p.rec.AssertCompleted(t, 1)
}

func TestTheFirstFailureEndsAMergeThatFailsFast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var failures []error
		p := mergePeers(t, &operators.MergeOptions{FailFast: true, OnFailure: func(err error) { failures = append(failures, err) }})
		a, b := p.comes(), p.comes()
		a.TryEmit(1)
		a.Abort(errSource)
		require.NoError(t, p.rec.Wait(t.Context()))
		p.rec.AssertFailed(t, errSource, 1)
		synctest.Wait() // the one that detached it has returned
		assert.Equal(t, stream.NoSubscribers, b.TryEmit(2))
		assert.Equal(t, []error{errSource}, failures)
	})
}

func TestAFailureOfTheOuterStreamEndsAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := mergePeers(t, nil)
		a := p.comes()
		a.TryEmit(1)
		p.Abort(errSource)
		require.NoError(t, p.rec.Wait(t.Context()))
		p.rec.AssertFailed(t, errSource, 1)
		synctest.Wait() // the one that detached it has returned
		assert.Equal(t, stream.NoSubscribers, a.TryEmit(2))
	})
}

func TestASourceThatPanicsEndsAlone(t *testing.T) {
	p := mergePeers(t, nil)
	bad := stream.NewPublish[int](nil)
	p.TryEmit(operators.Map(bad.AsObservable(), func(v int) int { return 1 / v }))
	good := p.comes()
	bad.TryEmit(0)
	good.TryEmit(2)
	p.Complete()
	good.Complete()
	assert.ErrorAs(t, p.rec.Err(), new(*stream.PanicError))
	p.rec.AssertValues(t, 2)
}

func TestAPanicInTheFunctionOfFlatMapEndsTheWhole(t *testing.T) {
	src := stream.NewPublish[int](nil)
	inner := stream.NewPublish[int](nil)
	rec := streamtest.Record[int]()
	operators.FlatMap(src.AsObservable(), func(v int) ints {
		if v == 2 {
			panic("two")
		}
		return inner.AsObservable()
	}, nil).Attach(t.Context(), rec)
	src.TryEmit(1)
	inner.TryEmit(7)
	src.TryEmit(2)
	require.NoError(t, rec.Wait(t.Context()))
	rec.AssertValues(t, 7)
	assert.ErrorAs(t, rec.Err(), new(*stream.PanicError))
	assertDetached(t, inner)
	assertDetached(t, src)
}

func TestASourceThatIsSilentForTooLongTimesOutAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var failures []error
		p := mergePeers(t, &operators.MergeOptions{
			Timeout:   time.Hour,
			OnFailure: func(err error) { failures = append(failures, err) },
		})
		lively, stalled := p.comes(), p.comes()
		for v := range 100 {
			time.Sleep(59 * time.Minute)
			lively.TryEmit(v)
			if v == 0 {
				stalled.TryEmit(-1)
			}
		}
		synctest.Wait()
		assert.Equal(t, []error{operators.ErrTimeout}, failures)
		assert.Equal(t, stream.NoSubscribers, stalled.TryEmit(-2))
		assert.Equal(t, 101, p.rec.Len())
		lively.Complete()
		p.Complete()
		assert.NoError(t, p.rec.Err())
		assert.True(t, p.rec.Ended())
	})
}

func TestASourceDoesNotTimeOutWhileItsValueIsDealtWith(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := stream.NewPublish[int](nil)
		rec := streamtest.Record[int](streamtest.CallAt(1, func() { time.Sleep(10 * time.Hour) }))
		operators.MergeAll(stream.Of(src.AsObservable()), &operators.MergeOptions{Timeout: time.Hour}).Attach(t.Context(), rec)()
		src.TryEmit(1)
		src.TryEmit(2)
		src.Complete()
		synctest.Wait()
		rec.AssertCompleted(t, 1, 2)
	})
}

func TestSourcesBeyondTheConcurrencyWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		live, most := 0, 0
		second := func(v int) ints {
			return stream.FromFunc(func(_ context.Context, emit func(int) bool) error {
				emit(v) // serial with the others
				return nil
			})
		}
		slow := func(v int) ints {
			return stream.New(func(ctx context.Context, dst stream.Observer[int]) func() {
				live++
				most = max(most, live)
				run := second(v).Attach(ctx, &closer{stream.Stage[int]{Dst: dst}, func() { live-- }})
				return func() {
					time.Sleep(time.Second)
					run()
				}
			})
		}
		rec := streamtest.Record[int]()
		begun := time.Now()
		src := stream.Of(1, 2, 3, 4, 5, 6)
		operators.FlatMap(src, slow, &operators.MergeOptions{Concurrency: 1}).Attach(t.Context(), rec)()
		require.NoError(t, rec.Wait(t.Context()))
		rec.AssertCompleted(t, 1, 2, 3, 4, 5, 6)
		assert.Equal(t, 6*time.Second, time.Since(begun))
		assert.Equal(t, 1, most)
	})
}

// closer calls a function before the end.
type closer struct {
	stream.Stage[int]
	f func()
}

func (c *closer) Next(v int) bool { return c.Dst.Next(v) }
func (c *closer) Done(err error) {
	c.f()
	c.Dst.Done(err)
}

func TestTheOuterStreamWaitsWhenTooManySourcesWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		emitted := 0
		src := stream.FromFunc(func(_ context.Context, emit func(int) bool) error {
			for emit(emitted) {
				emitted++
			}
			return nil
		})
		ctx, cancel := context.WithCancelCause(t.Context())
		rec := streamtest.Record[int]()
		opts := &operators.MergeOptions{Concurrency: 2}
		go operators.FlatMap(src, func(int) ints { return stream.Never[int]() }, opts).Attach(ctx, rec)() // ends with ctx
		synctest.Wait()
		assert.Equal(t, 2+stream.DefaultQueue, emitted)
		cancel(errSource)
		synctest.Wait()
		rec.AssertFailed(t, errSource)
	})
}

func TestAPolicyForEachSourceKeepsASlowSubscriberFromThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		p := peers{stream.NewPublish[stream.Observable[int]](nil), streamtest.Record[int](streamtest.BlockAt(1, release))}
		operators.MergeAll(p.AsObservable(), &operators.MergeOptions{Policy: new(stream.Latest())}).Attach(t.Context(), p.rec)
		a := p.comes()
		a.TryEmit(0)
		synctest.Wait()
		for v := range 1000 {
			assert.NoError(t, a.Emit(t.Context(), v))
			synctest.Wait()
		}
		close(release)
		a.Complete()
		p.Complete()
		synctest.Wait()
		assert.True(t, p.rec.Ended())
		assert.Equal(t, 999, p.rec.Values()[p.rec.Len()-1])
		assert.LessOrEqual(t, p.rec.Len(), stream.DefaultQueue+3)
	})
}

func TestTheEndTellsOfASourceThatIgnoresIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stubborn := stream.FromFunc(func(context.Context, func(int) bool) error {
			time.Sleep(time.Hour)
			return errors.New("too late")
		})
		ctx, cancel := context.WithCancelCause(t.Context())
		rec := streamtest.Record[int]()
		operators.MergeAll(stream.Of(stubborn), nil).Attach(ctx, rec)()
		cancel(errSource)
		synctest.Wait()
		rec.AssertLive(t)
		time.Sleep(time.Hour)
		synctest.Wait()
		rec.AssertFailed(t, errSource)
	})
}

func TestAFunctionThatEndsTheGoroutineOfASourceEndsTheWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := streamtest.Record[int]()
		operators.FlatMap(stream.Of(1, 2), func(v int) ints {
			if v == 2 {
				runtime.Goexit() // on the goroutine of the first source, which has ended
			}
			return paced(1)
		}, &operators.MergeOptions{Concurrency: 1}).Subscribe(t.Context(), rec)
		time.Sleep(time.Second)
		require.True(t, rec.Ended())
		assert.True(t, isPanic(rec.Err()))
	})
}
