package operators_test

import (
	"errors"
	"testing"
	"time"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

// failing returns what fails after the values of o, the first n times that it
// is subscribed to in each of the subscriptions that use its result.
func failing(o ints, n int) ints {
	return stream.Defer(func() ints {
		n--
		if n < 0 {
			return o
		}
		return operators.FlatMap(stream.Of(o, stream.Fail[int](errSource)), func(o ints) ints { return o },
			&operators.MergeOptions{Concurrency: 1, FailFast: true})
	})
}

func TestErrorsConform(t *testing.T) {
	recovers := &streamtest.Options{Recovers: true}
	retry := func(opts *operators.RetryOptions) func(src ints) ints {
		return func(src ints) ints {
			return stream.Defer(func() ints {
				first := true
				return operators.Retry(stream.Defer(func() ints {
					if first {
						first = false
						return stream.Fail[int](errSource)
					}
					return src
				}), opts)
			})
		}
	}
	for name, test := range map[string]func(t *testing.T){
		"Retry of what does not fail": conforms(func(src ints) ints { return operators.Retry(src, nil) }, recovers, numbers...),
		"Retry with a wait": conforms(retry(&operators.RetryOptions{MinDelay: time.Millisecond, MaxDelay: 10 * time.Millisecond}),
			&streamtest.Options{Recovers: true, Spacing: 100 * time.Millisecond}, numbers...),
		"Retry without a wait": conforms(retry(&operators.RetryOptions{MinDelay: -1, Attempts: 2}), nil, numbers...),
		"Retry that gives up": conforms(func(src ints) ints {
			return operators.Retry(src, &operators.RetryOptions{Attempts: 1})
		}, nil, numbers...),
		"Catch": conforms(func(src ints) ints {
			return operators.Catch(stream.Fail[int](errSource), func(error) ints { return src })
		}, nil, numbers...),
		"Catch of what does not fail": conforms(func(src ints) ints {
			return operators.Catch(src, func(err error) ints { return stream.Fail[int](err) })
		}, nil, numbers...),
		"Catch of a TryMap": conforms(func(src ints) ints {
			return operators.Catch(operators.TryMap(src, keepEven), func(error) ints { return stream.Of(7, 8) })
		}, &streamtest.Options{Recovers: true}, 2, 4, 7, 8),
		"OnErrorReturn": conforms(func(src ints) ints {
			return operators.OnErrorReturn(operators.TryMap(src, keepEven), func(err error) int {
				if !errors.Is(err, errOdd) {
					return 0
				}
				return 9
			})
		}, recovers, 2, 4, 9),
		"Repeat":         conforms(func(src ints) ints { return operators.Repeat(operators.Take(src, 2), 1) }, nil, 2, 4),
		"Repeat of none": conforms(func(src ints) ints { return operators.Repeat(src, 0) }, nil),
		"Repeat twice": conforms(func(src ints) ints {
			first := stream.Of(1)
			return stream.Defer(func() ints {
				times := 0
				return operators.Repeat(stream.Defer(func() ints {
					if times++; times == 1 {
						return first
					}
					return src
				}), 2)
			})
		}, &streamtest.Options{Spacing: time.Millisecond}, 1, 2, 4, 5, 6),
		"DeadLetter": conforms(func(src ints) ints {
			dead := stream.NewPublish[operators.Rejected[int]](nil)
			return operators.DeadLetter(src, keepEven, dead)
		}, nil, 2, 4, 6),
	} {
		t.Run(name, test)
	}
}

// The sources of these operators are not fed, so that they are tested as
// sources.
func TestWhatSubscribesAgainConforms(t *testing.T) {
	for name, test := range map[string]struct {
		open func() ints
		opts streamtest.Options
		want []int
	}{
		"Retry": {func() ints {
			return stream.Defer(func() ints {
				return operators.Retry(failing(stream.Of(1, 2), 2), &operators.RetryOptions{Attempts: 3})
			})
		}, streamtest.Options{}, []int{1, 2, 1, 2, 1, 2}},
		"Retry in vain": {func() ints {
			return stream.Defer(func() ints {
				return operators.Retry(failing(stream.Of(1, 2), 3), &operators.RetryOptions{Attempts: 2, MinDelay: -1})
			})
		}, streamtest.Options{Err: errSource}, []int{1, 2, 1, 2}},
		"Repeat": {func() ints { return operators.Repeat(stream.Of(1, 2), 2) }, streamtest.Options{}, []int{1, 2, 1, 2}},
		"Repeat for ever": {func() ints {
			return operators.Repeat(stream.Of(1), -1)
		}, streamtest.Options{Endless: true}, []int{1, 1, 1}},
	} {
		t.Run(name, func(t *testing.T) { streamtest.Conform(t, test.open, test.want, &test.opts) })
	}
}
