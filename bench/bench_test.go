package main

import (
	"errors"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestMain makes the test's program a child too.
func TestMain(m *testing.M) {
	if kind := os.Getenv(childKind); kind != "" {
		must(receive(kind))
		return
	}
	code := m.Run()
	stopChildren()
	removePrograms()
	os.Exit(code)
}

func TestEveryCandidateReturnsTheRightResult(t *testing.T) {
	for _, s := range scenarios() {
		candidates, notes := s.available()
		for _, note := range notes {
			t.Log(note)
		}
		for _, c := range candidates {
			for _, n := range []int{0, 1, 99, 2345} {
				if n > 99 && strings.HasSuffix(s.name, "1048576") {
					continue // some gigabytes
				}
				got, trips := c.do(n)
				assert.Equal(t, s.want(n), got, "%s of %s for %d", c.name, s.name, n)
				assert.NotContains(t, trips, time.Duration(0))
			}
			c.close()
		}
	}
}

func TestEveryScenarioHasWhatItsGoalsCompare(t *testing.T) {
	for _, s := range scenarios() {
		names := map[string]bool{}
		for _, c := range s.candidates {
			assert.False(t, names[c.name], "%s twice", c.name)
			names[c.name] = true
		}
		assert.True(t, names[ours], s.name)
		for _, g := range s.goals {
			assert.True(t, names[g.slow] && names[g.fast], "%v of %s", g, s.name)
		}
	}
}

func TestARatioIsTheMedianOfTheRounds(t *testing.T) {
	a := &result{n: 1, times: []time.Duration{10, 40, 30, 90, 50}}
	b := &result{n: 2, times: []time.Duration{10, 20, 30, 20, 50}}
	assert.Equal(t, 40.0, a.perUnit(mean))
	assert.Equal(t, 2.0, a.ratio(b, mean))
	assert.Equal(t, 2.5, median([]float64{4, 1, 2, 3}))
}

func TestEachRoundGoesForwardsAndBackwards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var turns []string
		s := scenario{name: "S", want: func(int) int { return 0 }}
		for _, name := range []string{"a", "b", "c"} {
			s.candidates = append(s.candidates, candidate{name: name, run: func(n int) int {
				turns = append(turns, name)
				time.Sleep(time.Duration(n) * time.Microsecond)
				return 0
			}})
		}
		measured, err := s.measure(2, time.Second)
		require.NoError(t, err)
		assert.Equal(t, strings.Split("abccbaabccba", ""), turns[len(turns)-12:])
		for _, r := range measured.results {
			assert.Len(t, r.times, 2)
			assert.Equal(t, 1000.0, r.perUnit(mean), "each unit takes a microsecond")
			assert.InDelta(t, time.Second, r.times[0], float64(time.Second)/4, "both turns of a round")
		}
	})
}

func TestAWrongResultIsAnError(t *testing.T) {
	s := scenario{name: "S", want: func(n int) int { return n }, candidates: []candidate{{name: "bad", run: func(int) int { return 7 }}}}
	_, err := s.measure(1, time.Nanosecond)
	assert.EqualError(t, err, "bad of S: the result for 0 is 7, not 0")
}

func TestTripsAreJudgedByTheirPercentiles(t *testing.T) {
	s := scenario{name: "S", title: "Trips", unit: "trip", trips: true, want: func(int) int { return 0 }, goals: []goal{
		{slow: "slow", fast: ours, of: p99, most: 3}, {slow: "absent", fast: ours, of: p50, most: 3},
	}}
	for name, factor := range map[string]int{ours: 1, "slow": 2} {
		s.candidates = append(s.candidates, candidate{name: name, trip: func(took []time.Duration) int {
			for i := range took {
				took[i] = time.Duration((i + 1) * factor * int(time.Second) / len(took))
			}
			return 0
		}})
	}
	s.candidates = append(s.candidates, candidate{name: "absent", missing: func() error { return errors.New("not here") }})
	measured, err := s.measure(1, time.Nanosecond)
	require.NoError(t, err)
	assert.InDelta(t, 1e9, find(measured.results, "slow").perUnit(p50), 3e7)
	assert.InDelta(t, 2e9, find(measured.results, "slow").perUnit(p99), 3e7)
	assert.Contains(t, text(measured), "slow takes 2.00 × (2.00 to 2.00) the time of rxpeer at p99; the goal, at most 3, is reached.\nabsent is left out: not here.\n")
	assert.Contains(t, markdown(measured), "|  | p50, ns a trip | times rxpeer | p99, ns a trip | times rxpeer |\n| --- | ---: | ---: | ---: | ---: |\n")
}

func TestTheReportTellsWhatWasMeasured(t *testing.T) {
	fast := &result{candidate: candidate{name: ours}, n: 10, times: []time.Duration{100, 100, 100}}
	slow := &result{candidate: candidate{name: "other"}, n: 10, times: []time.Duration{3000, 2000, 1000}}
	measured := table{scenario: scenario{title: "A thing", about: "It is done.", unit: "value", goals: []goal{
		{slow: "other", fast: ours, least: 7}, {slow: "other", fast: ours, most: 2},
	}}, results: []*result{fast, slow}}
	r := report{rounds: 3, slice: time.Second, sections: []section{measured}}
	page := r.page([]string{"a machine"}, []string{"A thing"}, "")
	for _, line := range []string{
		"- a machine\n", "## A thing\n\nIt is done.\n", "|  | ns a value | times rxpeer |\n| --- | ---: | ---: |\n",
		"| **rxpeer** | **10.0** | **1.00** |\n| other | 200 | 20.00 |\n",
		"- other takes 20.00 × (10.00 to 30.00) the time of rxpeer; the goal, at least 7, is reached.\n",
		"- other takes 20.00 × (10.00 to 30.00) the time of rxpeer; the goal, at most 2, is missed.\n",
	} {
		assert.Contains(t, page, line)
	}
	assert.Contains(t, text(measured), "other         200         20.00")
}

func TestWhatIsNotMeasuredStaysOnThePage(t *testing.T) {
	measured := table{scenario: scenario{title: "B", about: "New."}, results: []*result{}}
	before := "# Benchmarks\n\nabout\n\n## C\n\nof C\n\n## A\n\nof A\n\n## B\n\nof B\n\n## Gone\n\nof it\n"
	page := report{sections: []section{measured}}.page(nil, []string{"A", "B", "C", "D"}, before)
	_, parts, _ := strings.Cut(page, "\n## ")
	assert.Equal(t, "A\n\nof A\n\n## B\n\nNew.\n\n|  | ns a  | times rxpeer |\n| --- | ---: | ---: |\n\n## C\n\nof C\n", parts)
}

func TestIdleConnectionsHaveAFootprint(t *testing.T) {
	m, err := measureMemory(20, 0)
	require.NoError(t, err)
	require.Len(t, m.ends, 2)
	for _, e := range m.ends {
		assert.Greater(t, e.idle.Objects, 500.0, e.name)
		assert.LessOrEqual(t, e.idle.Goroutines, 3.0, e.name) // none when the connection sleeps
		assert.GreaterOrEqual(t, e.later.Stacks, 0.0, e.name)
	}
	assert.Len(t, m.rows(), 5)
	assert.Len(t, m.checks(), 2)
	assert.Contains(t, m.introduction(), "20 connections")
}

func TestTheMachineIsDescribedWithoutItsName(t *testing.T) {
	lines := describeMachine()
	require.NotEmpty(t, lines)
	assert.True(t, strings.HasPrefix(lines[0], "go"), lines[0])
}

func TestOneComparisonCanBeMeasured(t *testing.T) {
	var out strings.Builder
	require.NoError(t, run(&out, settings{rounds: 1, slice: time.Microsecond, only: "^Boundary$"}))
	assert.Contains(t, out.String(), "a buffered channel")
	assert.NotContains(t, out.String(), "pipeline")
	assert.Error(t, run(&out, settings{only: "("}))
}

// BenchmarkAll runs every candidate of every comparison; ns/op is the time of
// a unit.
func BenchmarkAll(b *testing.B) {
	for _, s := range scenarios() {
		b.Run(s.name, func(b *testing.B) {
			candidates, _ := s.available()
			for _, c := range candidates {
				defer c.close()
				b.Run(strings.ReplaceAll(c.name, " ", "_"), func(b *testing.B) {
					b.ReportAllocs()
					if got, _ := c.do(b.N); got != s.want(b.N) {
						b.Fatalf("the result for %d is %d, not %d", b.N, got, s.want(b.N))
					}
				})
			}
		})
	}
}
