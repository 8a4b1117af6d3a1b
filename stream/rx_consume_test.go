package stream_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/reactivex/rxgo/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

func TestRxMethodsThatObserveAtOnce(t *testing.T) {
	o := stream.Of(1, 2, 3)
	failing := stream.Fail[int](errBoom)
	synctest.Test(t, func(t *testing.T) {
		var values []any
		var failure error
		completed := 0
		next := func(v any) { values = append(values, v) }
		fail := func(err error) { failure = err }
		complete := func() { completed++ }

		<-o.Rx().ForEach(next, fail, complete)
		<-failing.Rx().ForEach(next, fail, complete)
		assert.Equal(t, []any{1, 2, 3}, values)
		assert.Equal(t, errBoom, failure)
		assert.Equal(t, 2, completed)

		values, failure, completed = nil, nil, 0
		<-o.Rx().DoOnNext(next)
		<-failing.Rx().DoOnError(fail)
		<-o.Rx().DoOnError(fail)
		<-o.Rx().DoOnCompleted(complete)
		<-failing.Rx().DoOnCompleted(complete)
		<-o.Rx().Run()
		assert.Equal(t, []any{1, 2, 3}, values)
		assert.Equal(t, errBoom, failure)
		assert.Equal(t, 2, completed)

		output := make(chan rxgo.Item)
		o.Rx().Send(output)
		values, err := collect(output)
		assert.NoError(t, err)
		assert.Equal(t, []any{1, 2, 3}, values)
		output = make(chan rxgo.Item)
		failing.Rx().Send(output)
		_, err = collect(output)
		assert.ErrorIs(t, err, errBoom)

		values, err = o.Rx().ToSlice(0)
		assert.NoError(t, err)
		assert.Equal(t, []any{1, 2, 3}, values)
		_, err = failing.Rx().ToSlice(0)
		assert.Equal(t, errBoom, err)
		assert.NoError(t, o.Rx().Error())
		assert.Equal(t, errBoom, failing.Rx().Error())
		assert.Empty(t, o.Rx().Errors())
		assert.Equal(t, []error{errBoom}, failing.Rx().Errors())
	})
}

func TestRxMethodsThatObserveAtOnceEndWithTheirContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		probe := streamtest.NewProbe(stream.Never[int]())
		with := rxgo.WithContext(ctx)
		nothing := func() {}
		output := make(chan rxgo.Item)
		over := []rxgo.Disposed{
			probe.Rx().ForEach(func(any) {}, func(error) {}, nothing, with),
			probe.Rx().DoOnNext(func(any) {}, with), probe.Rx().DoOnError(func(error) {}, with), probe.Rx().DoOnCompleted(nothing, with),
			probe.Rx().Run(with), probe.Rx().Count().Run(with), probe.Rx().First().Run(with),
		}
		probe.Rx().Send(output, with)
		assert.Equal(t, 8, probe.Live(), "attached before they return")
		errs := make(chan error)
		for _, f := range []func() error{
			func() error { _, err := probe.Rx().ToSlice(0, with); return err },
			func() error { return probe.Rx().Error(with) },
			func() error { return errors.Join(probe.Rx().Errors(with)...) },
			func() error { _, err := probe.Rx().Count().Get(with); return err },
			func() error { _, err := probe.Rx().First().Get(with); return err },
		} {
			go func() { errs <- f() }()
		}
		synctest.Wait()
		cancel()
		for range 5 {
			assert.ErrorIs(t, <-errs, context.Canceled)
		}
		for _, o := range over {
			<-o
		}
		<-output
		synctest.Wait()
		assert.Zero(t, probe.Live())
	})
}

func TestSinglesCanBeMappedAndFiltered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		probe := streamtest.NewProbe(stream.Of(1, 2, 3))
		double := func(_ context.Context, v any) (any, error) { return v.(int64) * 2, nil }
		item, err := probe.Rx().Count().Map(double).Get()
		require.NoError(t, err)
		assert.Equal(t, rxgo.Of(int64(6)), item)
		none, err := probe.Rx().Count().Filter(func(any) bool { return false }).Map(double).Get()
		require.NoError(t, err)
		assert.Equal(t, rxgo.OptionalSingleEmpty, none)
		first, err := probe.Rx().First().Map(same).Get()
		require.NoError(t, err)
		assert.Equal(t, rxgo.Of(1), first)
		synctest.Wait()
		assert.Zero(t, probe.Live())
	})
}
