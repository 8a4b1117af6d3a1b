package operators_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

// sink returns a sink and what it records.
func sink(t *testing.T, acts ...streamtest.Act) (*stream.Subject[int], *streamtest.Recorder[int]) {
	s, rec := stream.NewPublish[int](nil), streamtest.Record[int](acts...)
	s.Attach(t.Context(), rec)
	return s, rec
}

func TestIntoDeliversToAllBranchesAndLeavesTheirSinksOpen(t *testing.T) {
	open, openRec := sink(t)
	closing, closingRec := sink(t)
	sub := operators.Into(t.Context(), stream.Of(1, 2, 3),
		operators.To(open, stream.Block(1)), operators.To(closing, stream.Block(1)).Closing())
	require.NoError(t, sub.Wait(t.Context()))
	openRec.AssertLive(t, 1, 2, 3)
	closingRec.AssertCompleted(t, 1, 2, 3)
}

func TestIntoFailsWithItsSourceAndAbortsClosingSinks(t *testing.T) {
	open, openRec := sink(t)
	closing, closingRec := sink(t)
	src := operators.TryMap(stream.Of(2, 4, 5), keepEven)
	sub := operators.Into(t.Context(), src,
		operators.To(open, stream.Block(1)), operators.To(closing, stream.Block(1)).Closing())
	require.ErrorIs(t, sub.Wait(t.Context()), errOdd)
	openRec.AssertLive(t, 2, 4)
	closingRec.AssertFailed(t, errOdd, 2, 4)
}

func TestABranchWhoseSinkHasEndedEndsAlone(t *testing.T) {
	ended, _ := sink(t)
	ended.Complete()
	lively, rec := sink(t)
	bad, good := operators.To(ended, stream.Block(1)), operators.To(lively, stream.Block(1))
	sub := operators.Into(t.Context(), stream.Of(1, 2, 3), bad, good)
	assert.ErrorIs(t, sub.Wait(t.Context()), stream.ErrClosed)
	assert.ErrorIs(t, bad.Err(), stream.ErrClosed)
	assert.NoError(t, good.Err())
	rec.AssertLive(t, 1, 2, 3)
}

func TestTheSourceIsStoppedWhenNoBranchIsLeft(t *testing.T) {
	src := stream.NewPublish[int](nil)
	probe := streamtest.NewProbe(src.AsObservable())
	ended := stream.NewPublish[int](nil)
	ended.Complete()
	sub := operators.Into(t.Context(), probe.Observable, operators.To(ended, stream.Block(1)))
	src.TryEmit(1)
	assert.ErrorIs(t, sub.Wait(t.Context()), stream.ErrClosed)
	assert.Zero(t, probe.Live())

	assert.NoError(t, operators.Into(t.Context(), stream.Never[int]()).Wait(t.Context()))
}

func TestABranchThatDropsDoesNotHoldTheOthersBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const emitted = 1000
		release := make(chan struct{})
		stuck, stuckRec := sink(t, streamtest.BlockAt(1, release))
		lively, livelyRec := sink(t)
		a, b := operators.To(stuck, stream.DropOldest(3)), operators.To(lively, stream.Block(1))
		values := make([]int, emitted)
		sub := operators.Into(t.Context(), stream.Of(values...), a, b)
		synctest.Wait()
		assert.Equal(t, emitted, livelyRec.Len())
		close(release)
		require.NoError(t, sub.Wait(t.Context()))
		assert.Equal(t, emitted, stuckRec.Len()+int(a.Dropped()))
		assert.Zero(t, b.Dropped())
		assert.Equal(t, a.Dropped(), sub.Dropped())
	})
}

func TestIntoForgetsWhatWaitsWhenItIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		slow, rec := sink(t, streamtest.BlockAt(1, release))
		branch := operators.To(slow, stream.Block(9)).Closing()
		sub := operators.Into(t.Context(), operators.Merge(stream.Of(1, 2, 3), stream.Never[int]()), branch)
		synctest.Wait()
		sub.Stop()
		close(release)
		assert.ErrorIs(t, sub.Wait(t.Context()), stream.ErrStopped)
		rec.AssertFailed(t, stream.ErrStopped, 1)
		assert.NoError(t, branch.Err())
	})
}

func TestABranchServesOneInto(t *testing.T) {
	s, _ := sink(t)
	branch := operators.To(s, stream.Latest())
	_ = operators.Into(t.Context(), stream.Empty[int](), branch).Wait(context.Background())
	assert.Panics(t, func() { operators.Into(t.Context(), stream.Empty[int](), branch) })
}

func TestAHundredBranchesHaveTheirOwnPolicyCounterAndFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, emitted = 100, 500
		workers, branches := make([]*worker, n), make([]*operators.Branch[int], n)
		for i := range workers {
			workers[i] = &worker{}
			policy := stream.Block(3)
			switch i % 4 {
			case 1:
				workers[i].takes, policy = time.Hour, stream.DropOldest(i)
			case 2:
				workers[i].fails = closedAt(i)
			case 3:
				workers[i].takes, policy = time.Second, stream.FailWhenFull(i)
			}
			branches[i] = operators.To[int](workers[i], policy).Closing()
		}
		src := stream.NewPublish[int](nil)
		sub := operators.Into(t.Context(), src.AsObservable(), branches...)
		for v := range emitted {
			src.TryEmit(v)
			synctest.Wait()
		}
		src.Complete()
		err := sub.Wait(t.Context())
		dropped := 0
		for i, b := range branches {
			got := len(workers[i].values())
			dropped += int(b.Dropped())
			switch i % 4 {
			case 0:
				assert.Equal(t, emitted, got)
				assert.NoError(t, b.Err())
			case 1:
				assert.Equal(t, emitted, got+int(b.Dropped()))
				assert.Equal(t, i+1, got)
			case 2:
				assert.Equal(t, i, got)
				assert.ErrorIs(t, b.Err(), stream.ErrClosed)
			case 3:
				assert.Equal(t, i+1, got)
				assert.Equal(t, uint64(1), b.Dropped())
				assert.ErrorIs(t, b.Err(), stream.ErrOverflow)
			}
			if b.Err() != nil {
				assert.ErrorContains(t, err, fmt.Sprintf("branch %d of Into", i))
			}
		}
		assert.Equal(t, uint64(dropped), sub.Dropped())
	})
}
