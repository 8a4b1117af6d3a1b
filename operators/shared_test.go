package operators_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

// This file has what the tests of all operators share.

type ints = stream.Observable[int]

var errOdd = errors.New("odd")

func even(v int) bool { return v%2 == 0 }

// keepEven is a function for TryMap.
func keepEven(v int) (int, error) {
	if even(v) {
		return v, nil
	}
	return 0, errOdd
}

// twice is a function for FlatMap.
func twice(v int) ints { return stream.Of(v, v) }

// numbers is what operators are fed with.
var numbers = []int{2, 4, 5, 6}

// conforms returns a test that puts an operator through the suite.
func conforms[T any](operator func(src ints) stream.Observable[T], opts *streamtest.Options, want ...T) func(t *testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		streamtest.ConformOperator(t, operator, numbers, want, opts)
	}
}

// shown returns the values of o as text. The suite is costly to compile for
// each type that it is used with, so what is no int is shown.
func shown[T any](o stream.Observable[T]) stream.Observable[string] {
	return operators.Map(o, func(v T) string { return fmt.Sprint(v) })
}

// assertDetached asserts that nobody is subscribed to s any more. What detaches
// a source may run behind the cancel that asks for it.
func assertDetached[T any](t *testing.T, s *stream.Subject[T]) {
	t.Helper()
	assert.Eventually(t, func() bool {
		var zero T
		return s.TryEmit(zero) == stream.NoSubscribers
	}, 10*time.Second, time.Millisecond)
}
