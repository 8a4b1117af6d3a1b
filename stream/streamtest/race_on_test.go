//go:build race

package streamtest

// raceDetector is set when it is on: it would report the faults of some broken
// sources, as it should.
const raceDetector = true
