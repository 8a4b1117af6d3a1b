package main

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/peer"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/transport/memory"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// lan returns the options of hosts on a network in memory.
func lan() func(host string) *peer.Options {
	network := memory.New(&memory.Options{Path: memory.Path{Delay: time.Millisecond}})
	return func(host string) *peer.Options {
		return &peer.Options{Network: network.Host(host), Address: host + ":1"}
	}
}

// inLab runs test in virtual time, with the three peers open.
func inLab(t *testing.T, test func(t *testing.T, r *relay)) {
	synctest.Test(t, func(t *testing.T) {
		var r relay
		defer r.close()
		require.NoError(t, r.open(t.Context(), lan()))
		test(t, &r)
	})
}

// slowly takes reports as the program does, but does not print them.
func slowly(t *testing.T, r *relay, policy stream.Policy, n int) (all []Report, took time.Duration) {
	began := time.Now()
	err := operators.Take(r.reports(policy), n).Each(t.Context(), func(s Report) error {
		all = append(all, s)
		time.Sleep(work)
		return nil
	})
	require.NoError(t, err)
	synctest.Wait()
	return all, time.Since(began)
}

func TestWithBlockTheEdgeMeasuresWhatTheAggregatorTakes(t *testing.T) {
	inLab(t, func(t *testing.T, r *relay) {
		reports, took := slowly(t, r, stream.Block(1), 50)
		for i, s := range reports {
			assert.Equal(t, Report{First: i*batch + 1, Last: (i + 1) * batch, Mean: s.Mean}, s, "every sample, once")
		}
		const underWay = 2*64 + 4*batch + 2 // two windows of samples, of batches one taken, one in either window, one collected
		assert.LessOrEqual(t, r.measured.Snapshot().Values, uint64(50*batch+underWay))
		assert.Greater(t, took/every, 4*time.Duration(50*batch), "it would have had the time")
	})
}

func TestWithLatestTheAggregatorSkipsWhatItHasNoTimeFor(t *testing.T) {
	inLab(t, func(t *testing.T, r *relay) {
		reports, took := slowly(t, r, stream.Latest(), 50)
		for i, s := range reports[1:] {
			assert.Equal(t, reports[i].Last+int(s.Skipped)*batch+1, s.First, "each gap is reported")
		}
		assert.InDelta(t, took/every, reports[49].Last, 500, "what it sees is fresh")
		assert.InDelta(t, took/every, r.measured.Snapshot().Values, 10, "and the sensor never rests")
	})
}

func TestTheSensorRestsWhenNobodyListens(t *testing.T) {
	inLab(t, func(t *testing.T, r *relay) {
		time.Sleep(time.Minute)
		assert.Zero(t, r.measured.Snapshot().Values)
		slowly(t, r, stream.Latest(), 3)
		time.Sleep(10 * time.Millisecond) // for the end to reach the edge
		synctest.Wait()
		stopped := r.measured.Snapshot()
		assert.Zero(t, stopped.Subscriptions)
		time.Sleep(time.Minute)
		assert.Equal(t, stopped.Values, r.measured.Snapshot().Values)
	})
}

func TestTheProgramShowsBoth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		require.NoError(t, run(t.Context(), lan(), &out))
		block, latest, both := strings.Cut(out.String(), "from the gateway to the aggregator: DropOldest(1)\n")
		require.True(t, both, out.String())
		assert.Contains(t, block, "  samples   91 to  100   mean 1.94    0 batches skipped\n  the edge has measured ")
		assert.Regexp(t, `(?m)^  samples +\d+ to +\d+   mean \d\.\d\d    [1-9] batches skipped$`, latest)
	})
}
