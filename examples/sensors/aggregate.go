package main

import (
	"strings"
	"time"
	"unicode"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
)

// Reading is what travels over the network.
type Reading struct {
	Name  string  `json:"name"`
	Unit  string  `json:"unit"`
	Value float64 `json:"value"`
}

// Sensor is what a device measures.
type Sensor struct{ Device, Name, Unit string }

// sensorOf returns which sensor a reading is of. The device is what the peer at the
// other end calls itself.
func sensorOf(r peer.From[Reading]) Sensor {
	return Sensor{r.Origin.Remote().Identity.Name, r.Value.Name, r.Value.Unit}
}

func valueOf(r peer.From[Reading]) float64 { return r.Value.Value }

// valid keeps out what others on the network may send besides.
func (s Sensor) valid() bool {
	return s.Name != "" && !strings.ContainsFunc(s.Device+s.Name+s.Unit, unicode.IsControl)
}

// Row is what a sensor measured in the last seconds.
type Row struct {
	Sensor
	Rate float64 // readings per second
	operators.Summary
}

// aggregate subscribes to the readings of the peers selected, as they come and
// go, and returns a row for each of their sensors, every second.
func aggregate(p *peer.Peer, who peer.Selector, window time.Duration) stream.Observable[Row] {
	received := peer.FromAll[Reading](p, who, "readings", nil)
	readings := operators.Filter(received, func(r peer.From[Reading]) bool { return sensorOf(r).valid() })
	sensors := operators.GroupBy(readings, sensorOf, nil)

	return operators.FlatMap(sensors, func(s operators.Group[Sensor, peer.From[Reading]]) stream.Observable[Row] {
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
