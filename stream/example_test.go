package stream_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/reactivex/rxgo/v2"

	"github.com/rxpeer/rxpeer/stream"
)

func Example() {
	ctx := context.Background()
	readings := stream.NewPublish[float64](nil)
	sub := readings.On(ctx, func(v float64) { fmt.Println("read", v) })

	_ = readings.Emit(ctx, 20.5)
	_ = readings.Emit(ctx, 21)
	readings.Complete()
	fmt.Println("ended with", sub.Wait(ctx))
	// Output:
	// read 20.5
	// read 21
	// ended with <nil>
}

func ExampleNew() {
	countdown := stream.New(func(ctx context.Context, dst stream.Observer[int]) func() {
		return func() {
			var err error
			stream.Protect(dst, func() {
				for i := 3; i > 0 && err == nil; i-- {
					if err = context.Cause(ctx); err == nil && !dst.Next(i) {
						err = stream.ErrStopped
					}
				}
				dst.Done(err)
			})
		}
	})
	_ = countdown.Each(context.Background(), func(v int) error {
		fmt.Print(v, " ")
		return nil
	})
	// Output: 3 2 1
}

func ExampleObservable_Each() {
	errFull := errors.New("full")
	err := stream.Of(1, 2, 3).Each(context.Background(), func(v int) error {
		fmt.Println(v)
		if v == 2 {
			return errFull
		}
		return nil
	})
	fmt.Println(err)
	// Output:
	// 1
	// 2
	// full
}

func ExampleObservable_Await() {
	status := stream.NewBehavior("starting", nil)
	fmt.Println(status.Await(context.Background()))
	// Output: starting <nil>
}

func ExampleObservable_Values() {
	for v, err := range stream.Of("a", "b").Values(context.Background(), stream.Block(16)) {
		if err != nil {
			fmt.Println("failed:", err)
			break
		}
		fmt.Println(v)
	}
	// Output:
	// a
	// b
}

func ExampleObservable_Chan() {
	values, why := stream.Of(1, 2).Chan(context.Background(), stream.Block(16))
	for v := range values {
		fmt.Println(v)
	}
	fmt.Println(why())
	// Output:
	// 1
	// 2
	// <nil>
}

// RxGo's methods are there on every Observable.
func ExampleRx() {
	even := func(v any) bool { return v.(int)%2 == 0 }
	square := func(_ context.Context, v any) (any, error) { return v.(int) * v.(int), nil }
	for item := range stream.Of(1, 2, 3, 4).Rx().Filter(even).Map(square).Observe() {
		fmt.Println(item.V)
	}
	// Output:
	// 4
	// 16
}

func ExampleFromRx() {
	numbers := stream.FromRx[int](rxgo.Just(1, 2, "three")())
	err := numbers.Each(context.Background(), func(v int) error {
		fmt.Println(v)
		return nil
	})
	fmt.Println(err)
	// Output:
	// 1
	// 2
	// stream: value of type string where int was expected
}

// print prints a stream and how it ends, on one line.
func print[T any](o stream.Observable[T]) {
	var values []string
	err := o.Each(context.Background(), func(v T) error {
		values = append(values, fmt.Sprint(v))
		return nil
	})
	fmt.Println(strings.Join(append(values, fmt.Sprintf("| %v", err)), " "))
}

func ExampleOf() {
	print(stream.Of(1, 2, 3))
	// Output: 1 2 3 | <nil>
}

func ExampleFromSeq() {
	print(stream.FromSeq(slices.Values([]string{"a", "b"})))
	// Output: a b | <nil>
}

func ExampleFromSeq2() {
	print(stream.FromSeq2(func(yield func(int, error) bool) {
		_ = yield(1, nil) && yield(0, errors.New("out of paper"))
	}))
	// Output: 1 | out of paper
}

func ExampleFromChan() {
	c := make(chan int, 2)
	c <- 1
	c <- 2
	close(c)
	print(stream.FromChan(c))
	// Output: 1 2 | <nil>
}

func ExampleFromFunc() {
	print(stream.FromFunc(func(_ context.Context, emit func(int) bool) error {
		for i := 1; i < 4 && emit(i); i++ {
		}
		return nil
	}))
	// Output: 1 2 3 | <nil>
}

func ExampleFail() {
	print(stream.Fail[int](errors.New("no sensor")))
	// Output: | no sensor
}

func ExampleEmpty() {
	print(stream.Empty[int]())
	// Output: | <nil>
}

func ExampleNever() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	_, err := stream.Never[int]().Await(ctx)
	fmt.Println(err)
	// Output: context deadline exceeded
}

func ExampleTick() {
	start := time.Now()
	first, _ := stream.Tick(10 * time.Millisecond).Await(context.Background())
	fmt.Println(first.Sub(start) >= 10*time.Millisecond)
	// Output: true
}

func ExampleDefer() {
	subscriptions := 0
	o := stream.Defer(func() stream.Observable[int] {
		subscriptions++
		return stream.Of(subscriptions)
	})
	print(o)
	print(o)
	// Output:
	// 1 | <nil>
	// 2 | <nil>
}

func ExampleRange() {
	stream.Range(5, 3).On(context.Background(), func(v int) { fmt.Println(v) }).Wait(context.Background())
	// Output:
	// 5
	// 6
	// 7
}
