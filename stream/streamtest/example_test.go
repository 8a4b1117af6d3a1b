package streamtest_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

func ExampleRecord() {
	rec := streamtest.Record[int](streamtest.StopAt(2))
	err := stream.Of(1, 2, 3).Subscribe(context.Background(), rec).Wait(context.Background())
	fmt.Println(rec.Values(), err)
	// Output: [1 2] stream: stopped
}

func ExampleNewProbe() {
	probe := streamtest.NewProbe(stream.Never[int]())
	sub := probe.On(context.Background(), func(int) {})
	fmt.Println(probe.Live(), "live")
	sub.Stop()
	_ = sub.Wait(context.Background())
	fmt.Println(probe.Live(), "live of", probe.Total())
	// Output:
	// 1 live
	// 0 live of 1
}

// A source of one's own, and what every subscriber must get.
func ExampleConform() {
	_ = func(t *testing.T) { // is a test
		streamtest.Conform(t, func() stream.Observable[int] {
			return stream.Of(1, 2, 3)
		}, []int{1, 2, 3}, nil)
	}
}

// A hot source, and what makes it deliver.
func ExampleConformHot() {
	_ = func(t *testing.T) { // is a test
		streamtest.ConformHot(t, func() (stream.Observable[int], []func()) {
			s := stream.NewPublish[int](nil)
			return s.AsObservable(), streamtest.Steps(s, nil, 1, 2, 3)
		}, []int{1, 2, 3}, nil)
	}
}

// An operator, what it is fed with, and what must come out.
func ExampleConformOperator() {
	_ = func(t *testing.T) { // is a test
		streamtest.ConformOperator(t, func(src stream.Observable[int]) stream.Observable[int] {
			return src
		}, []int{1, 2, 3}, []int{1, 2, 3}, nil)
	}
}
