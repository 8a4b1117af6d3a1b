package main

import (
	"math"
	"time"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
)

// Sample is what the sensor measures.
type Sample struct {
	N     int     `json:"n"` // counts from 1 on
	Value float64 `json:"value"`
}

// Report is what the aggregator makes of a batch.
type Report struct {
	First, Last int // samples
	Mean        float64
	Skipped     uint64 // batches, since the report before
}

// vibration is the sensor of the edge. Tick waits for nobody, but skips what comes
// while its subscriber is busy: the sensor rests until somebody takes the sample.
func vibration() stream.Observable[Sample] {
	return operators.Scan(stream.Tick(every), Sample{}, func(before Sample, _ time.Time) Sample {
		n := before.N + 1
		return Sample{n, 1 + math.Sin(float64(n)/50)}
	})
}

// batches is what the gateway makes of the edge's samples. Of these 64 may be on
// their way, or wait, on either side of the hop; then the edge waits.
func batches(toEdge *peer.Connection) stream.Observable[[]Sample] {
	samples := peer.RemoteWith[Sample](toEdge, "vibration", &peer.RemoteOptions{Window: 64})
	return operators.Batch(samples, &operators.BatchOptions[Sample]{Count: batch})
}

// reports is what the aggregator makes of the gateway's batches. The policy is
// applied at the gateway: what it drops never uses the network.
func (r *relay) reports(policy stream.Policy) stream.Observable[Report] {
	return stream.Defer(func() stream.Observable[Report] {
		var skipped uint64 // Lost is called between the values, by the same goroutine
		batches := peer.RemoteWith[[]Sample](r.toGateway, "batches", &peer.RemoteOptions{
			Policy: &policy,
			Lost:   func(n uint64) { skipped += n },
		})
		return operators.Map(batches, func(b []Sample) Report {
			report := Report{First: b[0].N, Last: b[len(b)-1].N, Skipped: skipped}
			skipped = 0
			for _, s := range b {
				report.Mean += s.Value / float64(len(b))
			}
			return report
		})
	})
}
