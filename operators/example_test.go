package operators_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

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

func ExampleBatch() {
	rows := stream.Of("a", "b", "c", "d", "e")
	show(operators.Batch(rows, &operators.BatchOptions[string]{Count: 2, Time: time.Second}))
	// Output:
	// [a b]
	// [c d]
	// [e]
}

func ExampleBatch_bySize() {
	packets := stream.Of("hello", "to", "you", "and everybody")
	size := func(p string) int { return len(p) }
	show(operators.Batch(packets, &operators.BatchOptions[string]{Bytes: 10, Size: size}))
	// Output:
	// [hello to you]
	// [and everybody]
}

func ExampleSliding() {
	celsius := stream.Of(20.0, 21.0, 25.0)
	lastMinute := operators.Sliding(celsius, time.Minute, time.Second, nil)
	show(lastMinute) // the source has completed before the first second is over
	// Output:
	// [20 21 25]
}

func ExampleSlidingCount() {
	show(operators.SlidingCount(stream.Of(1, 2, 3, 4, 5, 6), 3, 2))
	// Output:
	// [1 2 3]
	// [3 4 5]
	// [5 6]
}

func ExampleStats() {
	celsius := stream.Of(20.0, 21.0, 25.0, 24.0)
	pairs := operators.SlidingCount(celsius, 2, 2)
	stats := operators.Stats(pairs, func(c float64) float64 { return c })
	show(operators.Map(stats, func(s operators.Summary) string {
		return fmt.Sprintf("%d values, mean %.1f, %.0f to %.0f", s.Count, s.Mean, s.Min, s.Max)
	}))
	// Output:
	// 2 values, mean 20.5, 20 to 21
	// 2 values, mean 24.5, 24 to 25
}

func ExampleFlatMap() {
	orders := stream.Of("tea", "cake")
	parts := func(order string) stream.Observable[string] { return stream.Of("a cup of "+order, "a piece of "+order) }
	show(operators.FlatMap(orders, parts, &operators.MergeOptions{Concurrency: 1}))
	// Output:
	// a cup of tea
	// a piece of tea
	// a cup of cake
	// a piece of cake
}

func ExampleMergeAll() {
	peers := stream.NewPublish[stream.Observable[string]](nil)
	readings := operators.MergeAll(peers.AsObservable(), &operators.MergeOptions{
		OnFailure: func(err error) { fmt.Println("a peer has gone:", err) },
	})
	sub := readings.On(context.Background(), func(s string) { fmt.Println(s) })

	kitchen, cellar := stream.NewPublish[string](nil), stream.NewPublish[string](nil)
	peers.TryEmit(kitchen.AsObservable())
	kitchen.TryEmit("kitchen: 21 °C")
	peers.TryEmit(cellar.AsObservable())
	kitchen.Abort(errors.New("out of reach"))
	cellar.TryEmit("cellar: 12 °C")
	sub.Stop()
	fmt.Println(sub.Wait(context.Background()))
	// Output:
	// kitchen: 21 °C
	// a peer has gone: out of reach
	// cellar: 12 °C
	// stream: stopped
}

func ExampleGroupBy() {
	type reading struct {
		Sensor string
		Value  int
	}
	readings := stream.Of(reading{"door", 1}, reading{"lamp", 5}, reading{"door", 2}, reading{"lamp", 6})
	sensors := operators.GroupBy(readings, func(r reading) string { return r.Sensor }, nil)
	show(operators.FlatMap(sensors, func(g operators.Group[string, reading]) stream.Observable[string] {
		sums := operators.Scan(g.Observable, 0, func(sum int, r reading) int { return sum + r.Value })
		return operators.Map(sums, func(sum int) string { return fmt.Sprint(g.Key, " ", sum) })
	}, nil))
	// Output:
	// door 1
	// lamp 5
	// door 3
	// lamp 11
}

func ExampleShare() {
	source := stream.Defer(func() stream.Observable[string] {
		fmt.Println("the sensor is opened")
		return stream.Never[string]()
	})
	shared := operators.Share(source)
	ignore := func(string) {}
	one, two := shared.On(context.Background(), ignore), shared.On(context.Background(), ignore)
	one.Stop()
	two.Stop()
	fmt.Println(one.Wait(context.Background()), two.Wait(context.Background()))
	// Output:
	// the sensor is opened
	// stream: stopped stream: stopped
}

func ExampleInto() {
	screen, archive := stream.NewPublish[int](nil), stream.NewPublish[int](nil)
	screen.On(context.Background(), func(int) {})
	archived := archive.On(context.Background(), func(v int) { fmt.Println("archived:", v) })

	sub := operators.Into(context.Background(), stream.Of(1, 2, 3),
		operators.To(screen, stream.Latest()),
		operators.To(archive, stream.Block(100)).Closing())
	fmt.Println(sub.Wait(context.Background()), archived.Wait(context.Background()))
	// Output:
	// archived: 1
	// archived: 2
	// archived: 3
	// <nil> <nil>
}

func ExampleTo() {
	lamp := stream.NewPublish[bool](nil)
	ended := lamp.On(context.Background(), func(on bool) { fmt.Println("on:", on) })

	branch := operators.To(lamp, stream.Block(1)).Closing() // the lamp is ours alone
	_ = operators.Into(context.Background(), stream.Of(true, false), branch).Wait(context.Background())
	fmt.Println(ended.Wait(context.Background()), branch.Dropped(), branch.Err())
	// Output:
	// on: true
	// on: false
	// <nil> 0 <nil>
}

// What sensors measure is divided by sensor, summed up over sliding seconds,
// and merged again.
func Example() {
	type Reading struct {
		Sensor string
		Value  float64
	}
	type Row struct {
		Sensor string
		operators.Summary
	}
	readings := stream.Of(Reading{"cpu", 20}, Reading{"load", 1}, Reading{"cpu", 60})

	sensors := operators.GroupBy(readings, func(r Reading) string { return r.Sensor }, nil)
	rows := operators.FlatMap(sensors, func(sensor operators.Group[string, Reading]) stream.Observable[Row] {
		windows := operators.Sliding(sensor.Observable, 5*time.Second, time.Second, nil)
		stats := operators.Stats(windows, func(r Reading) float64 { return r.Value })
		return operators.Map(stats, func(s operators.Summary) Row { return Row{sensor.Key, s} })
	}, nil)

	_ = rows.Each(context.Background(), func(row Row) error {
		fmt.Printf("%s: %d values, mean %.0f, %.0f to %.0f\n", row.Sensor, row.Count, row.Mean, row.Min, row.Max)
		return nil
	})
	// Unordered output:
	// cpu: 2 values, mean 40, 20 to 60
	// load: 1 values, mean 1, 1 to 1
}
