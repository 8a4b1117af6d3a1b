package operators_test

import (
	"context"
	"testing"
	"time"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

// given is a hot source that delivers its values to each subscriber as soon as
// it comes, so that it is clear what others meet, and then nothing.
func given(values ...int) ints {
	return stream.New(func(ctx context.Context, dst stream.Observer[int]) func() {
		ended := false
		stream.Protect(ending(func(err error) {
			ended = true
			dst.Done(err)
		}), func() {
			for _, v := range values {
				if !ended && !dst.Next(v) {
					ended = true
					dst.Done(stream.ErrStopped)
				}
			}
		})
		if !ended {
			context.AfterFunc(ctx, func() { dst.Done(context.Cause(ctx)) })
		}
		return nil
	})
}

// ending is an observer of the end.
type ending func(err error)

func (ending) Next(int) bool    { return false }
func (e ending) Done(err error) { e(err) }

// naturals returns the first n of them.
func naturals(n int) (values []int) {
	for i := range n {
		values = append(values, i)
	}
	return values
}

func add(a, b int) int { return a + b }
func same(v int) int   { return v }

func TestCombiningOperatorsConform(t *testing.T) {
	type options = streamtest.Options
	for name, test := range map[string]func(t *testing.T){
		"Concat": conforms(func(src ints) ints {
			return operators.Concat(stream.Empty[int](), src, stream.Empty[int](), stream.Of(7))
		}, &options{AtCompletion: true}, 2, 4, 5, 6, 7),
		"Concat of nothing before": conforms(func(src ints) ints {
			return operators.Concat(stream.Empty[int](), src)
		}, nil, numbers...),
		"Concat of hot sources": conforms(func(src ints) ints {
			return operators.Concat(src, operators.Take(given(7, 8), 2), stream.Of(9))
		}, &options{AtCompletion: true}, 2, 4, 5, 6, 7, 8, 9),
		"Zip": conforms(func(src ints) ints {
			return operators.Zip(given(naturals(99)...), src, add)
		}, nil, 2, 5, 7, 9),
		"Zip with the shorter": conforms(func(src ints) ints {
			return operators.Zip(operators.Take(given(0, 1, 2), 2), src, add)
		}, nil, 2, 5),
		"ZipAll": conforms(func(src ints) stream.Observable[string] {
			return shown(operators.ZipAll(given(naturals(99)...), given(naturals(99)...), src))
		}, nil, "[0 0 2]", "[1 1 4]", "[2 2 5]", "[3 3 6]"),
		"CombineLatest": conforms(func(src ints) ints {
			return operators.CombineLatest(operators.Take(given(100), 1), src, add)
		}, nil, 102, 104, 105, 106),
		"CombineLatestAll": conforms(func(src ints) stream.Observable[string] {
			return shown(operators.CombineLatestAll(operators.Take(given(1), 1), operators.Take(given(3), 1), src))
		}, nil, "[1 3 2]", "[1 3 4]", "[1 3 5]", "[1 3 6]"),
		"WithLatestFrom": conforms(func(src ints) ints {
			return operators.WithLatestFrom(src, given(100), add)
		}, nil, 102, 104, 105, 106),
		"WithLatestFrom something cold": conforms(func(src ints) ints {
			return operators.WithLatestFrom(src, stream.Of(100), add)
		}, &options{Spacing: time.Millisecond}, 102, 104, 105, 106),
		"WithLatestFrom the source": conforms(func(src ints) ints {
			return operators.WithLatestFrom(given(100), src, add)
		}, &options{Endless: true}),
		"Race": conforms(func(src ints) ints {
			return operators.Race(stream.Never[int](), src, stream.Never[int]())
		}, nil, numbers...),
		"Race that is lost": conforms(func(src ints) ints {
			return operators.Race(stream.Fail[int](errOdd), src)
		}, &options{Err: errOdd}),
		"StartWith":                conforms(func(src ints) ints { return operators.StartWith(src, 0, 1) }, nil, 0, 1, 2, 4, 5, 6),
		"StartWith before nothing": conforms(func(src ints) ints { return operators.StartWith(operators.Take(src, 0), 0, 1) }, nil, 0, 1),
		"DefaultIfEmpty":           conforms(func(src ints) ints { return operators.DefaultIfEmpty(src, 9) }, &options{AtCompletion: true}, numbers...),
		"DefaultIfEmpty of nothing": conforms(func(src ints) ints {
			return operators.DefaultIfEmpty(operators.Filter(src, func(int) bool { return false }), 9)
		}, &options{AtCompletion: true}, 9),
		"Join": conforms(func(src ints) ints {
			return operators.Join(operators.Take(given(6, 4, 4), 3), src, same, same, time.Hour, func(a, b int) int { return 10*a + b }, nil)
		}, nil, 44, 44, 66),
		"Join that evicts": conforms(func(src ints) ints {
			opts := &operators.JoinOptions{Limit: 1, Evict: true}
			return operators.Join(operators.Take(given(6, 5), 2), src, same, same, time.Hour, func(a, b int) int { return 10*a + b }, opts)
		}, nil, 55),
	} {
		t.Run(name, test)
	}
}
