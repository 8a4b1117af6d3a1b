package main

import (
	"fmt"
	"runtime"
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

	// trips means that the time of each unit is taken: what counts are the
	// median and the 99th percentile.
	trips bool

	// awake keeps all cores from sleeping meanwhile: one that sleeps takes longer
	// to wake than a message to come.
	awake bool
}

// candidate is one way to do the work of a scenario.
type candidate struct {
	name string

	// run does the work for n units, which calibrate makes possible, and returns
	// the result.
	run func(n int) int

	// trip is run for a scenario with trips: it does len(took) units, one after
	// the other, and says how long each took.
	trip func(took []time.Duration) int

	// done releases what run has left open. nil means nothing.
	done func()

	// missing returns why the candidate cannot run here. nil means that it can.
	missing func() error
}

// do runs the candidate, either way.
func (c candidate) do(n int) (result int, took []time.Duration) {
	if c.trip == nil {
		return c.run(n), nil
	}
	took = make([]time.Duration, n)
	return c.trip(took), took
}

// close calls done.
func (c candidate) close() {
	if c.done != nil {
		c.done()
	}
}

// ours is the name of the candidates of this library that ratios refer to.
const ours = "rxpeer"

// figure is what goals and tables are about.
type figure int

const (
	mean figure = iota // of a round
	p50                // the median of the trips of a round
	p99                // their 99th percentile
)

func (f figure) String() string { return [...]string{"mean", "p50", "p99"}[f] }

// goal is a ratio that should be reached: that of the time of one candidate to
// that of another.
type goal struct {
	slow, fast string // names of candidates
	of         figure
	least      float64
	most       float64 // 0: there is no such bound
}

// result is what was measured for a candidate.
type result struct {
	candidate
	n     int             // units a round, half of them each turn
	times []time.Duration // of the rounds
	p50s  []time.Duration // of the rounds, when there are trips
	p99s  []time.Duration
}

// all returns a figure of the rounds, in nanoseconds for a unit.
func (r *result) all(f figure) (all []float64) {
	times, units := r.times, r.n
	switch f {
	case p50:
		times, units = r.p50s, 1
	case p99:
		times, units = r.p99s, 1
	}
	for _, t := range times {
		all = append(all, float64(t.Nanoseconds())/float64(units))
	}
	return all
}

// perUnit returns the median of the rounds, in nanoseconds.
func (r *result) perUnit(f figure) float64 { return median(r.all(f)) }

// ratios returns the ratios of r's time to that of the other, round by round, the
// smallest first.
func (r *result) ratios(to *result, f figure) []float64 {
	mine, theirs := r.all(f), to.all(f)
	for i := range mine {
		mine[i] /= theirs[i]
	}
	slices.Sort(mine)
	return mine
}

// ratio returns their median.
func (r *result) ratio(to *result, f figure) float64 { return median(r.ratios(to, f)) }

func median(all []float64) float64 {
	slices.Sort(all)
	if n := len(all); n%2 == 0 {
		return (all[n/2-1] + all[n/2]) / 2
	}
	return all[len(all)/2]
}

// available returns the candidates that can run here, and a note for each other.
func (s *scenario) available() (here []candidate, notes []string) {
	for _, c := range s.candidates {
		if c.missing != nil {
			if err := c.missing(); err != nil {
				notes = append(notes, fmt.Sprintf("%s is left out: %v.", c.name, err))
				continue
			}
		}
		here = append(here, c)
	}
	return here, notes
}

// measure lets the candidates take turns: in each round one after the other, and
// then backwards, so that a machine that becomes slower or faster meanwhile does so
// for all of them. Nothing is left of a comparison when the next one begins: even
// the idle servers of other libraries use some of the processor.
func (s *scenario) measure(rounds int, slice time.Duration) (table, error) {
	t := table{scenario: *s}
	defer runtime.GC()
	defer stopChildren()
	var here []candidate
	here, t.notes = s.available()
	if s.awake {
		defer keepAwake()()
	}
	for _, c := range here {
		defer c.close()
		n, err := s.calibrate(c, slice/2)
		if err != nil {
			return t, err
		}
		t.results = append(t.results, &result{candidate: c, n: 2 * n})
	}
	for range rounds {
		if err := s.round(t.results); err != nil {
			return t, err
		}
	}
	return t, nil
}

// round adds what one round takes to the results.
func (s *scenario) round(results []*result) error {
	turns := append(slices.Clone(results), results...)
	slices.Reverse(turns[len(results):])
	took, trips := make(map[*result]time.Duration), make(map[*result][]time.Duration)
	for _, r := range turns {
		d, each, err := s.once(r.candidate, r.n/2)
		if err != nil {
			return err
		}
		took[r] += d
		trips[r] = append(trips[r], each...)
	}
	for _, r := range results {
		r.times = append(r.times, took[r])
		if each := trips[r]; s.trips {
			slices.Sort(each)
			r.p50s = append(r.p50s, each[len(each)/2])
			r.p99s = append(r.p99s, each[len(each)*99/100])
		}
	}
	return nil
}

// calibrate finds out how many units a candidate does in about a slice. What
// seems to take that long is tried twice: the machine may have been busy.
func (s *scenario) calibrate(c candidate, slice time.Duration) (n int, err error) {
	if _, _, err := s.once(c, 0); err != nil { // starts what it needs
		return 0, err
	}
	for n = 100; ; {
		took, _, err := s.once(c, n)
		if err == nil && took >= slice {
			var again time.Duration
			again, _, err = s.once(c, n)
			took = min(took, again)
		}
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
func (s *scenario) once(c candidate, n int) (took time.Duration, trips []time.Duration, err error) {
	begun := time.Now()
	got, trips := c.do(n)
	took = time.Since(begun)
	if want := s.want(n); got != want {
		return 0, nil, fmt.Errorf("%s of %s: the result for %d is %d, not %d", c.name, s.name, n, got, want)
	}
	return took, trips, nil
}

func find(results []*result, name string) *result {
	i := slices.IndexFunc(results, func(r *result) bool { return r.name == name })
	if i < 0 {
		return nil
	}
	return results[i]
}
