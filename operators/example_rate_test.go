package operators_test

import (
	"context"
	"fmt"
	"time"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
)

func ExampleThrottle() {
	presses := stream.Of("on", "off", "on", "off")
	show(operators.Throttle(presses, time.Hour, operators.Leading))
	show(operators.Throttle(presses, time.Hour, operators.Both))
	// Output:
	// on
	// on
	// off
}

func ExampleDebounce() {
	typed := stream.Of("r", "rx", "rxp", "rxpeer")
	show(operators.Debounce(typed, time.Hour))
	// Output:
	// rxpeer
}

func ExampleSample() {
	celsius := stream.Of(20.9, 21.0, 21.2)
	show(operators.Sample(celsius, time.Hour)) // the source ends before
	// Output:
	// 21.2
}

func ExampleSampleBy() {
	celsius, asked := stream.NewPublish[float64](nil), stream.NewPublish[string](nil)
	answers := operators.SampleBy(celsius.AsObservable(), asked.AsObservable())
	answers.On(context.Background(), func(c float64) { fmt.Println(c) })

	celsius.TryEmit(20.9)
	celsius.TryEmit(21.0)
	asked.TryEmit("how warm is it?")
	asked.TryEmit("and now?") // nothing new
	celsius.TryEmit(21.2)
	asked.TryEmit("and now?")
	asked.Complete()
	// Output:
	// 21
	// 21.2
}

func ExampleRateLimit() {
	begun := time.Now()
	requests := stream.Of("a", "b", "c", "d")
	show(operators.RateLimit(requests, 100, time.Second, 2)) // two at once, the others 10 ms apart
	fmt.Println(time.Since(begun) >= 19*time.Millisecond)
	// Output:
	// a
	// b
	// c
	// d
	// true
}

func ExampleDelay() {
	begun := time.Now()
	show(operators.Delay(stream.Of("echo"), 10*time.Millisecond, nil))
	fmt.Println(time.Since(begun) >= 10*time.Millisecond)
	// Output:
	// echo
	// true
}
