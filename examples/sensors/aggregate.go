package main

import (
	"strings"
	"time"
	"unicode"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
)

// Sensor is what a device measures.
type Sensor struct {
	Device string `json:"device"`
	Name   string `json:"name"`
	Unit   string `json:"unit"`
}

// Reading is what travels over the network.
type Reading struct {
	Sensor
	Value float64 `json:"value"`
}

func sensorOf(r Reading) Sensor { return r.Sensor }
func valueOf(r Reading) float64 { return r.Value }

// isReading keeps out what others on the network may send besides.
func isReading(r Reading) bool {
	return r.Name != "" && !strings.ContainsFunc(r.Device+r.Name+r.Unit, unicode.IsControl)
}

// Row is what a sensor measured in the last seconds.
type Row struct {
	Sensor
	Rate float64 // readings per second
	operators.Summary
}

// aggregate connects to the peers selected, as they come and go, and returns a
// row for each of their sensors, every second.
func aggregate(p *peer.Peer, who peer.Selector, window time.Duration) stream.Observable[Row] {
	devices := peer.Keep(p, who)
	received := operators.FlatMap(devices, peer.Receive[Reading], nil)
	readings := operators.Filter(received, isReading)
	sensors := operators.GroupBy(readings, sensorOf, nil)

	return operators.FlatMap(sensors, func(s operators.Group[Sensor, Reading]) stream.Observable[Row] {
		began := time.Now()
		windows := operators.Sliding(s.Observable, window, time.Second, nil)
		return operators.Map(operators.Stats(windows, valueOf), func(stats operators.Summary) Row {
			return Row{s.Key, rate(stats.Count, time.Since(began), window), stats}
		})
	}, nil)
}

// rate returns how often a second something comes that came n times in the
// window, for the first time so long ago.
func rate(n int, ago, window time.Duration) float64 {
	if ago < window {
		return float64(n-1) / ago.Seconds()
	}
	return float64(n) / window.Seconds()
}
