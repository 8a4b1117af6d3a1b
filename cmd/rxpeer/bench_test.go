package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBenchMeasuresBothWaysAndRoundTrips(t *testing.T) {
	b := begin(t, "bench", "--address=127.0.0.1", "--invisible")
	address := anAddress.FindString(b.waitNote("measure on another device"))
	got := rxpeer(t, "bench", address, "--for=15ms")
	assert.Equal(t, exitOK, got.code, got.errors)
	assert.Empty(t, got.errors, "no progress without a terminal")
	lines := strings.Split(strings.TrimSpace(got.out), "\n")
	require.Len(t, lines, 6)
	assert.Regexp(t, `^SIZE +UP/s +UP MB/s +DOWN/s +DOWN MB/s +CALL p50 +CALL p99$`, lines[0])
	for i, size := range []string{"16 B", "128 B", "1 KiB", "16 KiB", "1 MiB"} {
		assert.True(t, strings.HasPrefix(lines[i+1], size), lines[i+1])
	}

	got = rxpeer(t, "bench", "--json", address, "--for=15ms")
	assert.Equal(t, exitOK, got.code, got.errors)
	sizes := []int{}
	for line := range strings.Lines(got.out) {
		var e benchEvent
		require.NoError(t, json.Unmarshal([]byte(line), &e))
		for _, figure := range []float64{e.Up.Messages, e.Up.Bytes, e.Down.Messages, e.Down.Bytes, e.RoundTrip.P50, e.RoundTrip.P99} {
			assert.Positive(t, figure, line)
		}
		sizes = append(sizes, e.Size)
	}
	assert.Equal(t, benchSizes, sizes)
	assert.Equal(t, exitOK, b.interrupt().code)
}

func TestBenchSaysWhyItCannotMeasure(t *testing.T) {
	p := opened(t, nil)
	got := rxpeer(t, "bench", p.Addr().String())
	assert.Equal(t, exitRemote, got.code)
	assert.Equal(t, "rxpeer: A does not run \"rxpeer bench\"; start that there first\n", named(got.errors))

	b := begin(t, "bench", "--address=127.0.0.1", "--invisible")
	m := begin(t, "bench", anAddress.FindString(b.waitNote("measure on another device")), "--for=1h")
	got = m.interrupt()
	assert.Equal(t, exitEnded, got.code)
}

func TestPercentilesOfCallsAreThoseOfTheSlowest(t *testing.T) {
	var took []time.Duration
	for i := range 100 {
		took = append(took, time.Duration(100-i)*time.Microsecond)
	}
	assert.Equal(t, roundTrip{51, 100}, roundTripOf(took))
	assert.Equal(t, roundTrip{7, 7}, roundTripOf([]time.Duration{7 * time.Microsecond}))
	assert.Equal(t, flow{50, 500}, flowOf(100, 10, 2*time.Second))
}
