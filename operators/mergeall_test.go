package operators_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

// Among sources with a policy each, one stalls, one fails, one panics and one
// stops; the others go on for hours.
func TestASourceThatStallsFailsOrPanicsEndsAloneBehindItsPolicy(t *testing.T) {
	for name, policy := range map[string]*stream.Policy{"none": nil, "Block": new(stream.Block(4)), "DropOldest": new(stream.DropOldest(4))} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var failures []error
				p := mergePeers(t, &operators.MergeOptions{
					Policy: policy, Timeout: 2 * time.Hour,
					OnFailure: func(err error) { failures = append(failures, err) },
				})
				lively, stalls, fails, completes := p.comes(), p.comes(), p.comes(), p.comes()
				panics := stream.NewPublish[int](nil)
				p.TryEmit(operators.Map(panics.AsObservable(), func(v int) int { return 1 / v }))
				want := []int{-1, -2, -3, 1}
				for i, s := range []*stream.Subject[int]{stalls, fails, completes, panics} {
					s.TryEmit(want[i])
					synctest.Wait()
				}
				for v := range 20 {
					time.Sleep(30 * time.Minute)
					switch v {
					case 3:
						fails.Abort(errSource)
					case 4:
						panics.TryEmit(0)
					case 5:
						completes.Complete()
					}
					lively.TryEmit(v)
					for _, s := range []*stream.Subject[int]{fails, completes, panics} {
						if v < 3 {
							s.TryEmit(1)
							want = append(want, 1)
							synctest.Wait()
						}
					}
					want = append(want, v)
					synctest.Wait()
				}
				assert.Len(t, failures, 3)
				assert.Contains(t, failures, operators.ErrTimeout)
				assert.Contains(t, failures, errSource)
				assert.ElementsMatch(t, want, p.rec.Values())
				for _, s := range []*stream.Subject[int]{stalls, fails, completes, panics} {
					assert.NotEqual(t, stream.OK, s.TryEmit(1))
				}
				lively.Complete()
				p.Complete()
				synctest.Wait()
				assert.True(t, p.rec.Ended())
				assert.NoError(t, p.rec.Err())
			})
		})
	}
}

// The subscriber is stuck: each source drops its own values, and the slow one
// none.
func TestASlowSubscriberMakesEachSourceDropByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const emitted, slowly = 2000, 10
		release := make(chan struct{})
		rec := streamtest.Record[int](streamtest.BlockAt(1, release))
		dropped := map[int]int{}
		peers := stream.NewPublish[ints](nil)
		sub := operators.MergeAll(peers.AsObservable(), nil).Subscribe(t.Context(), rec)
		sources := make([]*stream.Subject[int], 3)
		for i := range sources {
			sources[i] = stream.NewPublish[int](nil)
			policy := stream.DropOldest(slowly).OnDrop(func(v any) { dropped[v.(int)/emitted]++ })
			peers.TryEmit(operators.Buffer(sources[i].AsObservable(), policy))
		}
		for v := range emitted {
			for i, s := range sources {
				if i > 0 || v < slowly {
					s.TryEmit(i*emitted + v)
				}
			}
			synctest.Wait()
		}
		assert.Zero(t, dropped[0])
		assert.Greater(t, dropped[1], emitted/2)
		assert.Greater(t, dropped[2], emitted/2)
		close(release)
		for _, s := range sources {
			s.Complete()
		}
		peers.Complete()
		require.NoError(t, sub.Wait(t.Context()))
		assert.Equal(t, uint64(dropped[1]+dropped[2]), sub.Dropped())
		assert.Equal(t, 2*emitted+slowly, rec.Len()+int(sub.Dropped()))
		got := map[int]int{}
		last := map[int]int{}
		for _, v := range rec.Values() {
			got[v/emitted]++
			last[v/emitted] = v % emitted
		}
		assert.Equal(t, slowly, got[0])
		assert.Equal(t, map[int]int{0: slowly - 1, 1: emitted - 1, 2: emitted - 1}, last)
	})
}
