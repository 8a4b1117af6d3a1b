//go:build !race

package streamtest

const raceDetector = false
