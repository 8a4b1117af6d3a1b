package operators_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
)

// show prints the values of o and how it ended.
func show[T any](o stream.Observable[T]) {
	err := o.Each(context.Background(), func(v T) error {
		fmt.Println(v)
		return nil
	})
	if err != nil {
		fmt.Println("failed:", err)
	}
}

func ExampleFilter() {
	celsius := stream.Of(19.5, 31.0, 22.4, 35.2)
	hot := func(c float64) bool { return c > 30 }
	show(operators.Filter(celsius, hot))
	// Output:
	// 31
	// 35.2
}

func ExampleMap() {
	celsius := stream.Of(20.0, 100.0)
	show(operators.Map(celsius, func(c float64) string { return fmt.Sprintf("%.0f °F", c*9/5+32) }))
	// Output:
	// 68 °F
	// 212 °F
}

func ExampleTryMap() {
	lines := stream.Of("1", "2", "three", "4")
	show(operators.TryMap(lines, strconv.Atoi))
	// Output:
	// 1
	// 2
	// failed: strconv.Atoi: parsing "three": invalid syntax
}

func ExampleFilterMap() {
	lines := stream.Of("temp=21", "# a comment", "temp=22")
	show(operators.FilterMap(lines, func(line string) (string, bool) { return strings.CutPrefix(line, "temp=") }))
	// Output:
	// 21
	// 22
}

func ExampleScan() {
	litres := stream.Of(3, 4, 5)
	show(operators.Scan(litres, 0, func(total, l int) int { return total + l }))
	// Output:
	// 3
	// 7
	// 12
}

func ExampleTake() {
	naturals := stream.FromSeq(func(yield func(int) bool) {
		for i := 0; yield(i); i++ {
		}
	})
	show(operators.Take(naturals, 3))
	// Output:
	// 0
	// 1
	// 2
}

func ExampleMerge() {
	kitchen, cellar := stream.NewPublish[string](nil), stream.NewPublish[string](nil)
	merged := operators.Merge(kitchen.AsObservable(), cellar.AsObservable())
	sub := merged.On(context.Background(), func(s string) { fmt.Println(s) })

	kitchen.TryEmit("kitchen: 21 °C")
	cellar.TryEmit("cellar: 12 °C")
	kitchen.TryEmit("kitchen: 22 °C")
	kitchen.Complete()
	cellar.Complete()
	fmt.Println(sub.Wait(context.Background()))
	// Output:
	// kitchen: 21 °C
	// cellar: 12 °C
	// kitchen: 22 °C
	// <nil>
}

func ExampleBuffer() {
	readings := stream.NewPublish[int](nil)
	busy, proceed := make(chan bool), make(chan bool)
	display := operators.Buffer(readings.AsObservable(), stream.Latest())
	sub := display.On(context.Background(), func(v int) {
		busy <- true
		<-proceed
		fmt.Println("shown:", v)
	})

	readings.TryEmit(1)
	<-busy // with 1, while the others come
	for v := 2; v <= 5; v++ {
		readings.TryEmit(v)
	}
	readings.Complete()
	proceed <- true
	<-busy
	proceed <- true
	fmt.Println(sub.Wait(context.Background()), "dropped:", sub.Dropped())
	// Output:
	// shown: 1
	// shown: 5
	// <nil> dropped: 3
}
