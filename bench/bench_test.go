package main

import (
	"os"
	"strings"
	"testing"
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
	os.Exit(code)
}

func TestEveryCandidateReturnsTheRightResult(t *testing.T) {
	for _, s := range scenarios() {
		for _, c := range s.candidates {
			for _, n := range []int{0, 1, 99, 2345} {
				if n > 99 && strings.HasSuffix(s.name, "1048576") {
					continue // some gigabytes
				}
				assert.Equal(t, s.want(n), c.run(n), "%s of %s for %d", c.name, s.name, n)
			}
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
	assert.Equal(t, 40.0, a.perUnit())
	assert.Equal(t, 2.0, a.ratio(b))
	assert.Equal(t, 2.5, median([]float64{4, 1, 2, 3}))
}

func TestAWrongResultIsAnError(t *testing.T) {
	s := scenario{name: "S", want: func(n int) int { return n }, candidates: []candidate{{"bad", func(int) int { return 7 }}}}
	_, err := s.measure(1, time.Nanosecond)
	assert.EqualError(t, err, "bad of S: the result for 100 is 7, not 100")
}

func TestTheReportTellsWhatWasMeasured(t *testing.T) {
	fast := &result{candidate: candidate{name: ours}, n: 10, times: []time.Duration{100, 100, 100}}
	slow := &result{candidate: candidate{name: "other"}, n: 10, times: []time.Duration{3000, 2000, 1000}}
	r := report{rounds: 3, slice: time.Second, tables: []table{{
		scenario{title: "A thing", about: "It is done.", unit: "value", goals: []goal{
			{slow: "other", fast: ours, least: 7}, {slow: "other", fast: ours, most: 2},
		}},
		[]*result{fast, slow},
	}}}
	page := r.markdown([]string{"a machine"})
	for _, line := range []string{
		"- a machine\n", "## A thing\n\nIt is done.\n", "|  | ns a value | times rxpeer |\n| --- | ---: | ---: |\n",
		"| **rxpeer** | **10.0** | **1.00** |\n| other | 200 | 20.00 |\n",
		"- other takes 20.00 × the time of rxpeer; the goal, at least 7, is reached.\n",
		"- other takes 20.00 × the time of rxpeer; the goal, at most 2, is missed.\n",
	} {
		assert.Contains(t, page, line)
	}
	assert.Contains(t, r.tables[0].text(), "other         200         20.00")
}

func TestTheMachineIsDescribedWithoutItsName(t *testing.T) {
	lines := describeMachine()
	require.NotEmpty(t, lines)
	assert.True(t, strings.HasPrefix(lines[0], "go"), lines[0])
}

func TestOneComparisonCanBeMeasured(t *testing.T) {
	var out strings.Builder
	require.NoError(t, run(&out, 1, time.Microsecond, "^Boundary$", false))
	assert.Contains(t, out.String(), "a buffered channel")
	assert.NotContains(t, out.String(), "pipeline")
	assert.Error(t, run(&out, 1, time.Microsecond, "(", false))
}

// BenchmarkAll runs every candidate of every comparison; ns/op is the time of
// a unit.
func BenchmarkAll(b *testing.B) {
	for _, s := range scenarios() {
		b.Run(s.name, func(b *testing.B) {
			for _, c := range s.candidates {
				b.Run(strings.ReplaceAll(c.name, " ", "_"), func(b *testing.B) {
					b.ReportAllocs()
					if got := c.run(b.N); got != s.want(b.N) {
						b.Fatalf("the result for %d is %d, not %d", b.N, got, s.want(b.N))
					}
				})
			}
		})
	}
}
