package operators_test

import (
	"context"
	"fmt"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
)

func ExampleShareReplay() {
	query := stream.Defer(func() stream.Observable[string] {
		fmt.Println("the database is asked")
		return stream.Of("red", "green", "blue")
	})
	colours := operators.ShareReplay(query, 2, 0)
	show(colours)
	fmt.Println("later:")
	show(colours)
	// Output:
	// the database is asked
	// red
	// green
	// blue
	// later:
	// green
	// blue
}

func ExampleBroadcast() {
	readings := stream.Of(3, 5, 4)
	both := operators.Broadcast(readings, 2)
	highest := operators.Scan(both[0], 0, func(highest, v int) int { return max(highest, v) })
	sum := operators.Scan(both[1], 0, func(sum, v int) int { return sum + v })
	show(operators.Zip(highest, sum, func(h, s int) string { return fmt.Sprint("highest ", h, ", sum ", s) }))
	// Output:
	// highest 3, sum 3
	// highest 5, sum 8
	// highest 5, sum 12
}

func ExamplePartition() {
	valid, invalid := operators.Partition(stream.Of(20, -999, 21, -999, 22), func(celsius int) bool { return celsius > -274 })
	missing := operators.Map(invalid, func(int) string { return "no reading" })
	show(operators.Merge(operators.Map(valid, func(celsius int) string { return fmt.Sprint(celsius, " °C") }), missing))
	// Output:
	// 20 °C
	// no reading
	// 21 °C
	// no reading
	// 22 °C
}

func ExampleRoundRobin() {
	var workers []*operators.Branch[int]
	var done []*stream.Subscription
	for range 2 {
		jobs := stream.NewPublish[int](nil)
		done = append(done, jobs.On(context.Background(), func(job int) { fmt.Println("done:", job) }))
		workers = append(workers, operators.To(jobs, stream.Block(1)).Closing())
	}
	sub := operators.RoundRobin(context.Background(), stream.Of(1, 2, 3, 4), workers...)
	fmt.Println(sub.Wait(context.Background()), done[0].Wait(context.Background()), done[1].Wait(context.Background()))
	// Unordered output:
	// done: 1
	// done: 2
	// done: 3
	// done: 4
	// <nil> <nil> <nil>
}

func ExampleByKey() {
	type reading struct {
		Sensor string
		Value  int
	}
	var shards []*operators.Branch[reading]
	sums := make([]map[string]int, 3)
	for i := range sums {
		sums[i] = map[string]int{}
		shard := stream.NewPublish[reading](nil)
		shard.On(context.Background(), func(r reading) { sums[i][r.Sensor] += r.Value })
		shards = append(shards, operators.To(shard, stream.Block(100)))
	}
	readings := stream.Of(reading{"door", 1}, reading{"lamp", 5}, reading{"door", 2}, reading{"lamp", 6}, reading{"door", 3})
	sub := operators.ByKey(context.Background(), readings, func(r reading) string { return r.Sensor }, shards...)
	fmt.Println(sub.Wait(context.Background()))
	for _, sum := range sums {
		for sensor, total := range sum { // each sensor is in one shard
			fmt.Println(sensor, total)
		}
	}
	// Unordered output:
	// <nil>
	// door 6
	// lamp 11
}
