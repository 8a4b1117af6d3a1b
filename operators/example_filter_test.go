package operators_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
)

func ExampleDistinct() {
	type message struct {
		ID   int
		Text string
	}
	received := stream.Of(message{1, "hi"}, message{2, "there"}, message{1, "hi"}) // one came twice
	id := func(m message) int { return m.ID }
	show(operators.Distinct(received, id, &operators.DistinctOptions[int]{Keys: 1000, Age: time.Hour}))
	// Output:
	// {1 hi}
	// {2 there}
}

func ExampleDistinctUntilChanged() {
	states := stream.Of("on", "on", "off", "off", "on")
	show(operators.DistinctUntilChanged(states, func(s string) string { return s }))
	// Output:
	// on
	// off
	// on
}

func ExampleDeadband() {
	celsius := stream.Of(20.0, 20.4, 20.6, 20.4, 19.9)
	show(operators.Deadband(celsius, func(c float64) float64 { return c }, .5))
	// Output:
	// 20
	// 20.6
	// 19.9
}

func ExampleSkip() {
	show(operators.Skip(stream.Of("header", "a", "b"), 1))
	// Output:
	// a
	// b
}

func ExampleSkipWhile() {
	show(operators.SkipWhile(stream.Of("", "", "a", ""), func(line string) bool { return line == "" }))
	// Output:
	// a
	//
}

func ExampleSkipLast() {
	show(operators.SkipLast(stream.Of("a", "b", "checksum"), 1))
	// Output:
	// a
	// b
}

func ExampleSkipUntil() {
	readings, ready := stream.NewPublish[int](nil), stream.NewPublish[bool](nil)
	operators.SkipUntil(readings.AsObservable(), ready.AsObservable()).
		On(context.Background(), func(v int) { fmt.Println(v) })
	readings.TryEmit(1)
	ready.TryEmit(true)
	readings.TryEmit(2)
	readings.Complete()
	// Output:
	// 2
}

func ExampleFirst() {
	show(operators.First(stream.Of(1, 2, 3)))
	// Output:
	// 1
}

func ExampleLast() {
	show(operators.Last(stream.Of(1, 2, 3)))
	// Output:
	// 3
}

func ExampleElementAt() {
	show(operators.ElementAt(stream.Of("a", "b", "c"), 1))
	// Output:
	// b
}

func ExampleFind() {
	show(operators.Find(stream.Of("tea", "coffee", "cocoa"), func(s string) bool { return strings.HasPrefix(s, "co") }))
	// Output:
	// coffee
}

func ExampleIgnoreElements() {
	acknowledged := stream.Of(1, 2, 3)
	greetings := stream.Of("hello")
	show(operators.Merge(greetings, operators.IgnoreElements[string](acknowledged)))
	// Output:
	// hello
}

func ExampleTakeWhile() {
	show(operators.TakeWhile(stream.Of("a", "b", "END", "c"), func(s string) bool { return s != "END" }))
	// Output:
	// a
	// b
}

func ExampleTakeUntil() {
	readings, stop := stream.NewPublish[int](nil), stream.NewPublish[string](nil)
	sub := operators.TakeUntil(readings.AsObservable(), stop.AsObservable()).
		On(context.Background(), func(v int) { fmt.Println(v) })
	readings.TryEmit(1)
	stop.TryEmit("enough")
	readings.TryEmit(2)
	fmt.Println(sub.Wait(context.Background()))
	// Output:
	// 1
	// <nil>
}

func ExampleTakeLast() {
	show(operators.TakeLast(stream.Of("a", "b", "c", "d"), 2))
	// Output:
	// c
	// d
}

func ExampleTimeout() {
	silent := stream.Never[int]()
	err := operators.Timeout(silent, 10*time.Millisecond).Each(context.Background(), func(int) error { return nil })
	fmt.Println(errors.Is(err, operators.ErrTimeout))
	// Output:
	// true
}
