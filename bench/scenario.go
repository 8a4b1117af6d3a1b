package main

import (
	"fmt"
	"slices"
	"time"
)

// scenario is one comparison.
type scenario struct {
	name  string // of the benchmark, one word
	title string
	about string
	unit  string // what the time is given for

	// want is the right result for so many units.
	want func(n int) int

	// candidates do the same work; the one that others are compared with is
	// ours.
	candidates []candidate

	goals []goal

	// awake keeps all cores from sleeping meanwhile: one that sleeps takes longer
	// to wake than a message to come.
	awake bool
}

// candidate is one way to do the work of a scenario.
type candidate struct {
	name string

	// run does the work for n units, which round makes possible, and returns
	// the result.
	run func(n int) int
}

// ours is the name of the candidates of this library that ratios refer to.
const ours = "rxpeer"

// goal is a ratio that should be reached: that of the time of one candidate to
// that of another.
type goal struct {
	slow, fast string // names of candidates
	least      float64
	most       float64 // 0: there is no such bound
}

// result is what was measured for a candidate.
type result struct {
	candidate
	n     int             // units a run
	times []time.Duration // of the rounds
}

// perUnit returns the median of the time for a unit, in nanoseconds.
func (r *result) perUnit() float64 {
	var all []float64
	for _, t := range r.times {
		all = append(all, float64(t.Nanoseconds())/float64(r.n))
	}
	return median(all)
}

// ratio returns the median of the ratios of r's time to that of the other,
// round by round.
func (r *result) ratio(to *result) float64 {
	var all []float64
	for i := range r.times {
		mine, theirs := float64(r.times[i])/float64(r.n), float64(to.times[i])/float64(to.n)
		all = append(all, mine/theirs)
	}
	return median(all)
}

func median(all []float64) float64 {
	slices.Sort(all)
	if n := len(all); n%2 == 0 {
		return (all[n/2-1] + all[n/2]) / 2
	}
	return all[len(all)/2]
}

// measure lets the candidates take turns.
func (s *scenario) measure(rounds int, slice time.Duration) ([]*result, error) {
	if s.awake {
		defer keepAwake()()
	}
	var results []*result
	for _, c := range s.candidates {
		n, err := s.calibrate(c, slice)
		if err != nil {
			return nil, err
		}
		results = append(results, &result{candidate: c, n: n})
	}
	for range rounds {
		for _, r := range results {
			took, err := s.once(r.candidate, r.n)
			if err != nil {
				return nil, err
			}
			r.times = append(r.times, took)
		}
	}
	return results, nil
}

// calibrate finds out how many units a candidate does in about a slice.
func (s *scenario) calibrate(c candidate, slice time.Duration) (n int, err error) {
	for n = 100; ; {
		took, err := s.once(c, n)
		if err != nil || took >= slice {
			return n, err
		}
		more := 100.0
		if took > 0 {
			more = min(100, 1.2*float64(slice)/float64(took))
		}
		n = max(n+1, int(float64(n)*more))
	}
}

// once runs a candidate and checks its result.
func (s *scenario) once(c candidate, n int) (time.Duration, error) {
	begun := time.Now()
	got := c.run(n)
	took := time.Since(begun)
	if want := s.want(n); got != want {
		return 0, fmt.Errorf("%s of %s: the result for %d is %d, not %d", c.name, s.name, n, got, want)
	}
	return took, nil
}

func find(results []*result, name string) *result {
	i := slices.IndexFunc(results, func(r *result) bool { return r.name == name })
	if i < 0 {
		return nil
	}
	return results[i]
}
