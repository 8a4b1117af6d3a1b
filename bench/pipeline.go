package main

import (
	"context"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
)

var pipelines = scenario{
	name:  "Pipeline",
	title: "A pipeline",
	about: "source → filter → map → batch(100) → sum; half of the values pass the filter. " +
		"The time is that of one value of the source.",
	unit: "value",
	want: pipelineResult,
	candidates: []candidate{
		{name: "one loop", run: pipelineLoop},
		{name: "nested closures", run: pipelineClosures},
		{name: ours, run: pipelineOurs},
		{name: "rxpeer, from a Subject", run: pipelineSubject},
		{name: "samber/ro", run: pipelineRo},
		{name: "channels of 1024", run: func(n int) int { return pipelineChannels(n, 1024) }},
		{name: "unbuffered channels", run: func(n int) int { return pipelineChannels(n, 0) }},
		{name: "rill", run: pipelineRill},
		{name: "RxGo, buffers of 1024", run: func(n int) int { return pipelineRxGo(n, 1024) }},
		{name: "RxGo", run: func(n int) int { return pipelineRxGo(n, 0) }},
		{name: "rxpeer through RxGo's operators", run: pipelineOursAsRxGo},
		{name: "go-streams", run: pipelineGoStreams},
	},
	goals: []goal{
		{slow: "samber/ro", fast: ours, least: 7},
		{slow: "RxGo", fast: ours, least: 60},
		{slow: ours, fast: "nested closures", most: 1.5},
	},
}

// pipelineLoop is what a programmer would write who knows all the stages.
func pipelineLoop(n int) (sum int) {
	batch := make([]int, 0, batchSize)
	for i := range n {
		if !even(i) {
			continue
		}
		batch = append(batch, affine(i))
		if len(batch) == batchSize {
			sum = add(sum, batch)
			batch = make([]int, 0, batchSize)
		}
	}
	return add(sum, batch)
}

func pipelineClosures(n int) (sum int) {
	next, flush := batchTo(batchSize, opaque(func(b []int) bool {
		sum = add(sum, b)
		return true
	}))
	numbers(n)(opaque(filterTo(opaque(even), opaque(mapTo(opaque(affine), opaque(next))))))
	flush()
	return sum
}

// stages are the pipeline in this library.
func stages(o stream.Observable[int]) stream.Observable[int] {
	batches := operators.Batch(operators.Map(operators.Filter(o, even), affine), &operators.BatchOptions[int]{Count: batchSize})
	return operators.Reduce(batches, 0, add)
}

func pipelineOurs(n int) int {
	return await(stages(stream.Range(0, n)))
}

// pipelineSubject is emitted into by somebody, as a peer's data is.
func pipelineSubject(n int) (sum int) {
	s := stream.NewPublish[int](nil)
	sub := stages(s.AsObservable()).On(context.Background(), func(v int) { sum = v })
	for i := range n {
		_ = s.Emit(context.Background(), i)
	}
	s.Complete()
	_ = sub.Wait(context.Background())
	return sum
}

// await returns the only value of o.
func await(o stream.Observable[int]) int {
	v, err := o.Await(context.Background())
	if err != nil {
		return -1 // is never right
	}
	return v
}

func pipelineChannels(n, size int) (sum int) {
	source, odd, mapped, batches := make(chan int, size), make(chan int, size), make(chan int, size), make(chan []int, size)
	go func() { // these end with their input
		defer close(source)
		for i := range n {
			source <- i
		}
	}()
	go func() {
		defer close(odd)
		for v := range source {
			if even(v) {
				odd <- v
			}
		}
	}()
	go func() {
		defer close(mapped)
		for v := range odd {
			mapped <- affine(v)
		}
	}()
	go func() {
		defer close(batches)
		batch := make([]int, 0, batchSize)
		for v := range mapped {
			if batch = append(batch, v); len(batch) == batchSize {
				batches <- batch
				batch = make([]int, 0, batchSize)
			}
		}
		batches <- batch
	}()
	for b := range batches {
		sum = add(sum, b)
	}
	return sum
}
