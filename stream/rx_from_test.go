package stream_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/reactivex/rxgo/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

// opaqueRx hides which rxgo.Observable it is.
type opaqueRx struct{ rxgo.Observable }

func TestFromRxConforms(t *testing.T) {
	source := func(o stream.Observable[int]) func() stream.Observable[int] {
		return func() stream.Observable[int] { return stream.FromRx[int](opaqueRx{o.Rx()}) }
	}
	t.Run("and back", func(t *testing.T) { streamtest.Conform(t, source(stream.Of(1, 2, 3)), []int{1, 2, 3}, nil) })
	t.Run("and back with a failure", func(t *testing.T) {
		streamtest.Conform(t, source(stream.FromSeq2(pairs(errBoom))), []int{0, 1, 2}, &streamtest.Options{Err: errBoom})
	})
	t.Run("and back without an end", func(t *testing.T) {
		streamtest.Conform(t, source(stream.FromSeq(naturals)), []int{0, 1, 2}, &streamtest.Options{Endless: true})
	})
	t.Run("as an operator", func(t *testing.T) {
		streamtest.ConformOperator(t, func(src stream.Observable[int]) stream.Observable[int] {
			return stream.FromRx[int](src.Rx().Filter(func(v any) bool { return v.(int) > 1 }).Map(same))
		}, []int{1, 2, 3}, []int{2, 3}, nil)
	})
	t.Run("of RxGo's Just", func(t *testing.T) {
		streamtest.Conform(t, func() stream.Observable[int] { return stream.FromRx[int](rxgo.Just(1, 2, 3)()) }, []int{1, 2, 3}, nil)
	})
	t.Run("of RxGo's Range, which does not close", func(t *testing.T) {
		streamtest.Conform(t, func() stream.Observable[int] { return stream.FromRx[int](rxgo.Range(1, 3)) }, []int{1, 2, 3}, nil)
	})
	t.Run("of RxGo's Thrown", func(t *testing.T) {
		streamtest.Conform(t, func() stream.Observable[int] { return stream.FromRx[int](rxgo.Thrown(errBoom)) },
			nil, &streamtest.Options{Err: errBoom, Single: true})
	})
}

func TestFromRxOfAnObservableIsThatObservable(t *testing.T) {
	subject := stream.NewUnicast[int](nil)
	for _, o := range []rxgo.Observable{subject.Rx(), subject.AsObservable().Rx(), stream.FromRx[int](subject.Rx()).Rx()} {
		for range 2 { // and back, and again
			o = stream.FromRx[int](o).Rx()
		}
		ctx, cancel := context.WithCancel(t.Context())
		rec := streamtest.Record[int]()
		stream.FromRx[int](o).Attach(ctx, rec)
		second := streamtest.Record[int]()
		subject.Attach(t.Context(), second)
		second.AssertFailed(t, stream.ErrInUse)
		cancel()
		require.NoError(t, rec.Wait(t.Context()))
	}
}

func TestFromRxEndsWithATypeErrorAtAValueOfAnotherType(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		probe := streamtest.NewProbe(stream.Of[any](1, "two", 3))
		rec := streamtest.Record[int]()
		sub := stream.FromRx[int](probe.Rx()).Subscribe(t.Context(), rec)
		var typeError *stream.TypeError
		require.ErrorAs(t, sub.Wait(t.Context()), &typeError)
		assert.Equal(t, &stream.TypeError{Want: "int", Got: "string"}, typeError)
		rec.AssertValues(t, 1)
		synctest.Wait()
		assert.Zero(t, probe.Live())

		err := stream.FromRx[error](stream.Of(1).Rx()).Each(t.Context(), func(error) error { return nil })
		assert.EqualError(t, err, "stream: value of type int where error was expected")
	})
}

func TestFromRxTakesANilValueForAnInterface(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := streamtest.Record[error]()
		require.NoError(t, stream.FromRx[error](stream.Of[any](nil, errBoom).Rx()).Subscribe(t.Context(), rec).Wait(t.Context()))
		rec.AssertCompleted(t, nil, errBoom)

		_, err := stream.FromRx[*int](stream.Of[any](nil).Rx()).Await(t.Context())
		assert.ErrorAs(t, err, new(*stream.TypeError))
	})
}

func TestFromRxReceivesFromOperatorsThatDoNotLookAtTheirContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // reports goroutines that are left
		deaf := rxgo.Defer([]rxgo.Producer{func(_ context.Context, next chan<- rxgo.Item) {
			for i := range 5 {
				next <- rxgo.Of(i)
			}
		}})
		first, err := stream.FromRx[int](deaf).Await(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 0, first)
	})
}
