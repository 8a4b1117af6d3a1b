package main

import (
	"fmt"
	"slices"
	"time"
)

// flow is how much went one way.
type flow struct {
	Messages float64 `json:"messages_per_second"`
	Bytes    float64 `json:"bytes_per_second"`
}

func flowOf(n, size int, took time.Duration) flow {
	seconds := max(took, time.Microsecond).Seconds()
	return flow{float64(n) / seconds, float64(n) * float64(size) / seconds}
}

// roundTrip is how long calls took, in microseconds.
type roundTrip struct {
	P50 float64 `json:"p50_us"`
	P99 float64 `json:"p99_us"`
}

// roundTripOf sorts what calls took.
func roundTripOf(took []time.Duration) roundTrip {
	slices.Sort(took)
	at := func(percent int) float64 {
		return float64(took[min(len(took)*percent/100, len(took)-1)]) / float64(time.Microsecond)
	}
	return roundTrip{at(50), at(99)}
}

// benchEvent is what was measured with messages of one size. Up is towards the other
// side.
type benchEvent struct {
	Event     string    `json:"event"`
	Peer      string    `json:"peer"`
	Size      int       `json:"size"`
	Up        flow      `json:"up"`
	Down      flow      `json:"down"`
	RoundTrip roundTrip `json:"round_trip"`
}

// benchTitles are those of the columns for people.
var benchTitles = []string{"SIZE", "UP/s", "UP MB/s", "DOWN/s", "DOWN MB/s", "CALL p50", "CALL p99"}

func (e benchEvent) cells() []string {
	flow := func(f flow) []string {
		return []string{fmt.Sprintf("%.0f", f.Messages), fmt.Sprintf("%.1f", f.Bytes/1e6)}
	}
	trip := func(us float64) string {
		return time.Duration(us * float64(time.Microsecond)).Round(time.Microsecond).String()
	}
	cells := append([]string{sizeText(e.Size)}, flow(e.Up)...)
	return append(append(cells, flow(e.Down)...), trip(e.RoundTrip.P50), trip(e.RoundTrip.P99))
}

func (e benchEvent) line() string { return "" } // they are told in a table

// sizeText returns a size for people.
func sizeText(bytes int) string {
	switch {
	case bytes >= 1<<20:
		return fmt.Sprintf("%d MiB", bytes>>20)
	case bytes >= 1<<10:
		return fmt.Sprintf("%d KiB", bytes>>10)
	}
	return fmt.Sprintf("%d B", bytes)
}
