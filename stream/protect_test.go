package stream_test

import (
	"context"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

func TestProtectLeavesANormalEndToTheBody(t *testing.T) {
	rec := streamtest.Record[int]()
	stream.Protect(rec, func() { rec.Next(1) })
	rec.AssertLive(t, 1)
}

func TestProtectTurnsAPanicIntoTheEndAndReturns(t *testing.T) {
	rec := streamtest.Record[int]()
	stream.Protect(rec, func() {
		rec.Next(1)
		panic(errBoom)
	})
	rec.AssertFailed(t, errBoom, 1)
	var p *stream.PanicError
	require.ErrorAs(t, rec.Err(), &p)
	assert.False(t, p.Goexit)
	assert.Equal(t, errBoom, p.Value)

	rec = streamtest.Record[int]()
	stream.Protect(rec, func() { panic(nil) })
	assert.ErrorAs(t, rec.Err(), new(*runtime.PanicNilError), "is not taken for a Goexit")
}

func TestProtectTurnsAGoexitIntoTheEnd(t *testing.T) {
	rec := streamtest.Record[int]()
	over := make(chan struct{})
	go func() {
		defer close(over)
		stream.Protect(rec, runtime.Goexit)
		t.Error("the goroutine goes on")
	}()
	<-over
	var p *stream.PanicError
	require.ErrorAs(t, rec.Err(), &p)
	assert.True(t, p.Goexit)
	assert.EqualError(t, p, "stream: callback ended its goroutine (runtime.Goexit)")
	assert.NoError(t, p.Unwrap())
}

// doubled passes on twice each value.
type doubled struct{ stream.Stage[int] }

func (s doubled) Next(v int) bool { return s.Dst.Next(2 * v) }

func double(src stream.Observable[int]) stream.Observable[int] {
	return stream.Lift(src, func(dst stream.Observer[int]) stream.Observer[int] {
		return doubled{stream.Stage[int]{Dst: dst}}
	})
}

func TestALiftedStageConforms(t *testing.T) {
	streamtest.ConformOperator(t, double, []int{1, 2, 3}, []int{2, 4, 6}, nil)
}

func TestTryEmitSeesTheQueueBehindStages(t *testing.T) {
	subject := stream.NewPublish[int](nil)
	q := stream.NewQueue[int](t.Context(), stream.Block(1))
	double(double(subject.AsObservable())).Attach(t.Context(), q)
	assert.Equal(t, stream.OK, subject.TryEmit(1))
	assert.Equal(t, stream.Overflow, subject.TryEmit(2), "and does not wait")
	v, ok := q.Take()
	assert.True(t, ok)
	assert.Equal(t, 4, v)
	subject.Complete()
}

func TestAnObserverThatWantedNoMoreIsNotToldOfACompletion(t *testing.T) {
	rest := stream.New(func(_ context.Context, dst stream.Observer[int]) func() {
		return func() { // as an operator that delivers the rest before the end
			dst.Next(1)
			dst.Done(nil)
		}
	})
	rec := streamtest.Record[int](streamtest.StopAt(1))
	assert.ErrorIs(t, rest.Subscribe(t.Context(), rec).Wait(t.Context()), stream.ErrStopped)
	rec.AssertFailed(t, stream.ErrStopped, 1)
}
