package stream_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

func twofold(next func(v int) bool) func(v int) bool {
	return func(v int) bool { return next(2 * v) }
}

func TestFusedFunctionsConform(t *testing.T) {
	streamtest.ConformOperator(t, func(o stream.Observable[int]) stream.Observable[int] {
		return stream.Fuse(o, twofold)
	}, []int{1, 2, 3}, []int{2, 4, 6}, nil)
}

func TestAFusedFunctionKeepsItsVariablesForEachSubscription(t *testing.T) {
	sums := stream.Fuse(stream.Of(1, 2, 3), func(next func(v int) bool) func(v int) bool {
		sum := 0
		return func(v int) bool {
			sum += v
			return next(sum)
		}
	})
	for range 2 {
		var got []int
		require.NoError(t, sums.Each(t.Context(), func(v int) error { got = append(got, v); return nil }))
		assert.Equal(t, []int{1, 3, 6}, got)
	}
}

func TestFuseEndDecidesTheEnd(t *testing.T) {
	broken := errors.New("broken")
	o := stream.FuseEnd(stream.Of(1, 2, 3), func(next func(v int) bool) (func(v int) bool, func(err error) error) {
		stopped := false
		step := func(v int) bool {
			stopped = v == 2
			return !stopped && next(v)
		}
		return step, func(err error) error {
			if stopped {
				assert.Equal(t, stream.ErrStopped, err)
				return broken
			}
			return err
		}
	})
	var got []int
	assert.Equal(t, broken, o.Each(t.Context(), func(v int) error { got = append(got, v); return nil }))
	assert.Equal(t, []int{1}, got)
}

// plain is an observer without a NextFunc.
type plain struct{ got []int }

func (p *plain) Next(v int) bool { p.got = append(p.got, v); return v < 2 }
func (p *plain) Done(error)      {}

func TestNextOfIsTheNextOfAnyObserver(t *testing.T) {
	p := &plain{}
	next := stream.NextOf[int](p)
	assert.True(t, next(1))
	assert.False(t, next(2))
	assert.Equal(t, []int{1, 2}, p.got)
}

func TestAFusedStageCallsTheFunctionOfTheNextOne(t *testing.T) {
	var first stream.Observer[int]
	hot := stream.New(func(_ context.Context, dst stream.Observer[int]) func() {
		first = dst
		return nil
	})
	p := &plain{}
	stream.Fuse(stream.Fuse(hot, twofold), twofold).Attach(t.Context(), p)
	assert.True(t, stream.NextOf(first)(0))
	assert.False(t, first.Next(3), "what the last observer returns comes back")
	assert.Equal(t, []int{0, 12}, p.got)
	assert.Zero(t, testing.AllocsPerRun(100, func() { p.got = p.got[:0]; first.Next(1); stream.NextOf(first)(1) }))
}
