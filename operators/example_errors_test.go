package operators_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
)

func ExampleRetry() {
	attempt := 0
	sensor := stream.Defer(func() stream.Observable[string] {
		if attempt++; attempt < 3 {
			return stream.Fail[string](fmt.Errorf("out of reach at attempt %d", attempt))
		}
		return stream.Of("21 °C")
	})
	show(operators.Retry(sensor, &operators.RetryOptions{
		Attempts: 5,
		MinDelay: time.Millisecond,
		OnRetry:  func(err error, _ int, _ time.Duration) { fmt.Println(err) },
	}))
	// Output:
	// out of reach at attempt 1
	// out of reach at attempt 2
	// 21 °C
}

func ExampleCatch() {
	live := stream.Fail[string](errors.New("out of reach"))
	show(operators.Catch(live, func(err error) stream.Observable[string] {
		fmt.Println("live:", err)
		return stream.Of("20 °C, from the archive")
	}))
	// Output:
	// live: out of reach
	// 20 °C, from the archive
}

func ExampleOnErrorReturn() {
	lines := stream.Of("1", "two")
	show(operators.OnErrorReturn(operators.TryMap(lines, strconv.Atoi), func(error) int { return -1 }))
	// Output:
	// 1
	// -1
}

func ExampleRepeat() {
	show(operators.Repeat(stream.Of("tick", "tock"), 2))
	// Output:
	// tick
	// tock
	// tick
	// tock
}

func ExampleDeadLetter() {
	dead := stream.NewPublish[operators.Rejected[string]](nil)
	dead.On(context.Background(), func(r operators.Rejected[string]) {
		fmt.Printf("rejected %q: %v\n", r.Value, errors.Unwrap(r.Err))
	})
	lines := stream.Of("1", "two", "3")
	show(operators.DeadLetter(lines, strconv.Atoi, dead))
	// Output:
	// 1
	// rejected "two": invalid syntax
	// 3
}
