package main

import (
	"context"
	"time"

	"github.com/destel/rill"
	"github.com/reactivex/rxgo/v2"
	"github.com/reugn/go-streams/extension"
	"github.com/reugn/go-streams/flow"
	"github.com/samber/ro"

	"github.com/rxpeer/rxpeer/stream"
)

func pipelineRo(n int) int {
	sums, err := ro.Collect(ro.Pipe4(
		ro.Range(0, int64(n)),
		ro.Filter(func(v int64) bool { return even(int(v)) }),
		ro.Map(func(v int64) int { return affine(int(v)) }),
		ro.BufferWithCount[int](batchSize),
		ro.Reduce(add, 0),
	))
	if err != nil || len(sums) != 1 {
		return -1
	}
	return sums[0]
}

func pipelineRill(n int) (sum int) {
	source := rill.FromSeq(numbers(n), nil)
	evens := rill.OrderedFilter(source, 1, func(v int) (bool, error) { return even(v), nil })
	mapped := rill.OrderedMap(evens, 1, func(v int) (int, error) { return affine(v), nil })
	err := rill.ForEach(rill.Batch(mapped, batchSize, -1), 1, func(b []int) error {
		sum = add(sum, b)
		return nil
	})
	if err != nil {
		return -1
	}
	return sum
}

func pipelineRxGo(n, size int) int {
	return rxGoStages(rxgo.Range(0, n, rxgo.WithBufferedChannel(size)), rxgo.WithBufferedChannel(size))
}

// pipelineOursAsRxGo is the slow path: our source, RxGo's operators.
func pipelineOursAsRxGo(n int) int {
	return rxGoStages(stream.FromSeq(numbers(n)).Rx())
}

// rxGoStages are the pipeline in RxGo.
func rxGoStages(o rxgo.Observable, opts ...rxgo.Option) int {
	item, err := o.
		Filter(func(v any) bool { return even(v.(int)) }, opts...).
		Map(func(_ context.Context, v any) (any, error) { return affine(v.(int)), nil }, opts...).
		BufferWithCount(batchSize, opts...).
		Reduce(func(_ context.Context, sum, batch any) (any, error) {
			total, _ := sum.(int) // nil at first
			for _, v := range batch.([]any) {
				total += v.(int)
			}
			return total, nil
		}, opts...).
		Get()
	if err != nil || item.E != nil {
		return -1
	}
	total, _ := item.V.(int) // nil if there was no batch
	return total
}

func pipelineGoStreams(n int) (sum int) {
	in := make(chan any)
	go func() { // ends when all is taken
		defer close(in)
		for i := range n {
			in <- i
		}
	}()
	batches := extension.NewChanSource(in).
		Via(flow.NewFilter(even, 1)).
		Via(flow.NewMap(affine, 1)).
		Via(flow.NewBatch[int](batchSize, time.Hour))
	for b := range batches.Out() {
		sum = add(sum, b.([]int))
	}
	return sum
}
