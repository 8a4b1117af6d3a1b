package operators_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

func TestTheFirstToDeliverWinsARaceAndTheOthersAreDetached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, probes := two()
		rec := streamtest.Record[int]()
		operators.Race(probes[0].Observable, probes[1].Observable).Attach(t.Context(), rec)
		b.TryEmit(1)
		a.TryEmit(-1)
		b.TryEmit(2)
		synctest.Wait()
		assert.Zero(t, probes[0].Live())
		b.Complete()
		rec.AssertCompleted(t, 1, 2)
	})
}

func TestTheFirstToEndWinsARace(t *testing.T) {
	for name, want := range map[string]error{"failure": errSource, "completion": nil} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, _, probes := two()
				rec := streamtest.Record[int]()
				operators.Race(probes[0].Observable, probes[1].Observable).Attach(t.Context(), rec)
				if want != nil {
					a.Abort(want)
				} else {
					a.Complete()
				}
				synctest.Wait()
				rec.AssertFailed(t, want)
				assert.Zero(t, probes[1].Live())
			})
		})
	}
}

func TestARaceThatIsDecidedAttachesNobodyElse(t *testing.T) {
	probe := streamtest.NewProbe(stream.Of(1))
	assert.Empty(t, all(t, operators.Race(stream.Empty[int](), probe.Observable)))
	assert.Zero(t, probe.Total())
}

func TestARaceEndsWhenItsLosersHave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stubborn := stream.FromFunc(func(context.Context, func(int) bool) error {
			time.Sleep(time.Hour)
			return nil
		})
		begun := time.Now()
		assert.Equal(t, []int{1}, all(t, operators.Race(stubborn, stream.Of(1))))
		assert.Equal(t, time.Hour, time.Since(begun))
	})
}

func TestOnlyOneOfManyWinsARace(t *testing.T) {
	for range 200 {
		var sources []ints
		for i := range 8 {
			sources = append(sources, stream.Of(i, i, i))
		}
		values := all(t, operators.Race(sources...))
		require.Len(t, values, 3)
		assert.Equal(t, []int{values[0], values[0], values[0]}, values)
	}
}

func TestRaceOfFewSources(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		assert.Equal(t, []int{1}, all(t, operators.Race(stream.Of(1))))
		sub := operators.Race[int]().On(t.Context(), func(int) {})
		sub.Stop()
		assert.ErrorIs(t, sub.Wait(t.Context()), stream.ErrStopped)
	})
}
