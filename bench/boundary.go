package main

import (
	"context"
	"fmt"
	"runtime"

	"github.com/destel/rill"
	"github.com/samber/ro"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
)

var boundary = scenario{
	name:  "Boundary",
	title: "An asynchronous boundary",
	about: fmt.Sprintf("One goroutine brings values as fast as it can, another one takes them; %d may wait between. "+
		"The time is that of one value.", queueSize),
	unit: "value",
	want: triangle,
	candidates: []candidate{
		{name: ours, run: boundaryOurs},
		{name: "a buffered channel", run: boundaryChannel},
		{name: "rill", run: boundaryRill},
		{name: "samber/ro", run: boundaryRo},
	},
	goals: []goal{{slow: "a buffered channel", fast: ours, least: 1.5}},
}

func boundaryOurs(n int) int {
	var a adder
	sub := buffered(stream.FromSeq(numbers(n))).Subscribe(context.Background(), opaque[stream.Observer[int]](&a))
	_ = sub.Wait(context.Background())
	return a.sum
}

func boundaryChannel(n int) int {
	var a adder
	next := opaque(a.Next)
	c := make(chan int, queueSize)
	go func() { // ends when all is taken
		defer close(c)
		numbers(n)(func(v int) bool {
			c <- v
			return true
		})
	}()
	for v := range c {
		next(v)
	}
	return a.sum
}

func boundaryRill(n int) int {
	var a adder
	for v := range rill.Buffer(rill.FromSeq(numbers(n), nil), queueSize) {
		a.Next(v.Value)
	}
	return a.sum
}

func boundaryRo(n int) int {
	var a adder
	done := make(chan struct{})
	ro.Pipe1(ro.Range(0, int64(n)), ro.ObserveOn[int64](queueSize)).
		Subscribe(ro.NewObserver(func(v int64) { a.sum += int(v) }, func(error) {}, func() { close(done) }))
	<-done
	return a.sum
}

// workers is on how many goroutines work is done at once.
const workers = 2

var parallel = scenario{
	name:  "ParallelMap",
	title: fmt.Sprintf("Work on %d goroutines, in order", workers),
	about: "Each value costs some microseconds of computing; results keep the order of the values. The time is that of one value.",
	unit:  "value",
	want: func(n int) (sum int) {
		for i := range n {
			sum += i & 0xff
		}
		return sum
	},
	candidates: []candidate{
		{name: "one goroutine", run: func(n int) (sum int) {
			for i := range n {
				sum += toil(i)
			}
			return sum
		}},
		{name: ours, run: parallelOurs},
		{name: "rill", run: parallelRill},
	},
	goals: []goal{{slow: "one goroutine", fast: ours, least: 1.8}},
}

// toil computes for a while.
func toil(v int) int {
	x := uint64(v)
	for range 8000 {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	runtime.KeepAlive(x)
	return v & 0xff
}

func parallelOurs(n int) int {
	mapped := operators.ParallelMap(stream.FromSeq(numbers(n)), func(_ context.Context, v int) (int, error) { return toil(v), nil },
		&operators.ParallelOptions{Workers: workers})
	return await(operators.Reduce(mapped, 0, func(sum, v int) int { return sum + v }))
}

func parallelRill(n int) int {
	sum := 0
	mapped := rill.OrderedMap(rill.FromSeq(numbers(n), nil), workers, func(v int) (int, error) { return toil(v), nil })
	err := rill.ForEach(mapped, 1, func(v int) error {
		sum += v
		return nil
	})
	if err != nil {
		return -1
	}
	return sum
}
