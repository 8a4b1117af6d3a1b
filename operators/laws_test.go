package operators_test

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

// all returns the values of o, which must complete.
func all[T any](t require.TestingT, o stream.Observable[T]) (values []T) {
	require.NoError(t, o.Each(context.Background(), func(v T) error {
		values = append(values, v)
		return nil
	}))
	return values
}

// someInts generates inputs.
func someInts() *rapid.Generator[[]int] { return rapid.SliceOf(rapid.IntRange(-100, 100)) }

func TestMapsFuse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in, a, b := someInts().Draw(t, "in"), rapid.Int().Draw(t, "a"), rapid.Int().Draw(t, "b")
		f := func(v int) int { return v + a }
		g := func(v int) int { return v ^ b }
		assert.Equal(t,
			all(t, operators.Map(stream.Of(in...), func(v int) int { return g(f(v)) })),
			all(t, operators.Map(operators.Map(stream.Of(in...), f), g)))
	})
}

func TestFiltersFuse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in, m, n := someInts().Draw(t, "in"), rapid.IntRange(1, 5).Draw(t, "m"), rapid.IntRange(1, 5).Draw(t, "n")
		p := func(v int) bool { return v%m == 0 }
		q := func(v int) bool { return v%n == 0 }
		assert.Equal(t,
			all(t, operators.Filter(stream.Of(in...), func(v int) bool { return p(v) && q(v) })),
			all(t, operators.Filter(operators.Filter(stream.Of(in...), p), q)))
	})
}

func TestFilterMapIsFilterThenMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := someInts().Draw(t, "in")
		half := func(v int) int { return v / 2 }
		assert.Equal(t,
			all(t, operators.Map(operators.Filter(stream.Of(in...), even), half)),
			all(t, operators.FilterMap(stream.Of(in...), func(v int) (int, bool) { return half(v), even(v) })))
	})
}

func TestScanEndsWithTheFold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := someInts().Draw(t, "in")
		sum := 0
		var want []int
		for _, v := range in {
			sum += v
			want = append(want, sum)
		}
		assert.Equal(t, want, all(t, operators.Scan(stream.Of(in...), 0, func(sum, v int) int { return sum + v })))
	})
}

func TestBatchesTogetherAreTheInput(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := someInts().Draw(t, "in")
		size := func(v int) int { return max(v, 0) }
		opts := &operators.BatchOptions[int]{
			Count: rapid.IntRange(-1, 5).Draw(t, "count"),
			Bytes: rapid.IntRange(0, 200).Draw(t, "bytes"),
			Size:  size,
		}
		batches := all(t, operators.Batch(stream.Of(in...), opts))
		if in == nil {
			in = []int{}
		}
		assert.Equal(t, in, append([]int{}, slices.Concat(batches...)...))
		for _, batch := range batches {
			bytes := 0
			for _, v := range batch {
				bytes += size(v)
			}
			assert.NotEmpty(t, batch)
			assert.False(t, opts.Count > 0 && len(batch) > opts.Count, "%d values", len(batch))
			assert.False(t, opts.Bytes > 0 && len(batch) > 1 && bytes > opts.Bytes, "%d bytes", bytes)
		}
	})
}

func TestSlidingCountIsTheSlidingSlices(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := someInts().Draw(t, "in")
		size, step := rapid.IntRange(1, 6).Draw(t, "size"), rapid.IntRange(1, 6).Draw(t, "step")
		var want [][]int
		told := 0
		for i := 0; i < len(in) && told < len(in); i += step {
			told = min(i+size, len(in))
			want = append(want, in[i:told])
		}
		assert.Equal(t, want, all(t, operators.SlidingCount(stream.Of(in...), size, step)))
	})
}

func TestStatsAreThoseOfTheWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 1, 50).Draw(t, "in")
		sum, squares := 0.0, 0.0
		for _, v := range in {
			sum += v
		}
		mean := sum / float64(len(in))
		for _, v := range in {
			squares += (v - mean) * (v - mean)
		}
		summary, err := operators.Stats(stream.Of(in), func(v float64) float64 { return v }).Await(context.Background())
		require.NoError(t, err)
		assert.Equal(t, len(in), summary.Count)
		assert.Equal(t, slices.Min(in), summary.Min)
		assert.Equal(t, slices.Max(in), summary.Max)
		assert.InDelta(t, mean, summary.Mean, 1e-6)
		assert.InDelta(t, squares, summary.Deviation*summary.Deviation*float64(len(in)-1), 1e-6*(1+squares))
	})
}

// sourced is a value that knows where it comes from.
type sourced struct{ source, n int }

// sources returns cold and hot sources, and what makes the hot ones deliver.
func sources(t *rapid.T) (lengths []int, sources []stream.Observable[sourced], start func()) {
	var hot []func()
	for i := range rapid.IntRange(0, 5).Draw(t, "sources") {
		length := rapid.IntRange(0, 300).Draw(t, "length")
		lengths = append(lengths, length)
		values := func(emit func(sourced) bool) {
			for n := 0; n < length && emit(sourced{i, n}); n++ {
				if n%16 == i {
					runtime.Gosched()
				}
			}
		}
		if rapid.Bool().Draw(t, "hot") {
			s := stream.NewPublish[sourced](nil)
			sources = append(sources, s.AsObservable())
			hot = append(hot, func() {
				values(func(v sourced) bool { return s.Emit(context.Background(), v) == nil })
				s.Complete()
			})
			continue
		}
		sources = append(sources, stream.FromSeq(values))
	}
	return lengths, sources, func() {
		for _, f := range hot {
			go f() // ends with its values
		}
	}
}

// assertMerged checks that values are those of all sources, each in order.
func assertMerged(t assert.TestingT, lengths []int, values []sourced) {
	next := make([]int, len(lengths))
	for _, v := range values {
		assert.Equal(t, next[v.source], v.n, "order of source %d", v.source)
		next[v.source]++
	}
	assert.Equal(t, lengths, append([]int(nil), next...))
}

func TestMergeKeepsEachSourcesOrderAndLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lengths, sources, start := sources(t)
		rec := streamtest.Record[sourced]()
		sub := operators.Merge(sources...).Subscribe(context.Background(), rec)
		start()
		require.NoError(t, sub.Wait(context.Background()))
		assertMerged(t, lengths, rec.Values())
		assert.Empty(t, rec.Breaches())
	})
}

func TestMergeAllKeepsEachSourcesOrderAndLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lengths, sources, start := sources(t)
		opts := &operators.MergeOptions{Concurrency: rapid.IntRange(len(sources), 6).Draw(t, "concurrency")}
		if rapid.Bool().Draw(t, "queues") {
			opts.Policy = new(stream.Block(3))
		}
		rec := streamtest.Record[sourced]()
		outer := stream.NewPublish[stream.Observable[sourced]](nil)
		sub := operators.MergeAll(outer.AsObservable(), opts).Subscribe(context.Background(), rec)
		for _, source := range sources {
			outer.TryEmit(source)
		}
		outer.Complete()
		start()
		require.NoError(t, sub.Wait(context.Background()))
		assertMerged(t, lengths, rec.Values())
		assert.Empty(t, rec.Breaches())
	})
}

func TestGroupByIsTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := someInts().Draw(t, "in")
		keys := rapid.IntRange(1, 10).Draw(t, "keys")
		key := func(v int) int { return (v%keys + keys) % keys }
		opts := &operators.GroupOptions{Groups: rapid.IntRange(1, 10).Draw(t, "groups")}
		got := map[int][]int{}
		for _, g := range all(t, operators.GroupBy(stream.Of(in...), key, opts)) {
			got[g.Key] = append(got[g.Key], all(t, g.Observable)...)
			assert.Zero(t, g.Missed())
		}
		want := map[int][]int{}
		for _, v := range in {
			want[key(v)] = append(want[key(v)], v)
		}
		assert.Equal(t, want, got)
	})
}

func TestDeliveredAndDroppedAreEmitted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "n")
		policy := rapid.SampledFrom([]stream.Policy{
			stream.Block(n), stream.DropOldest(n), stream.DropNewest(n), stream.Unbounded(),
		}).Draw(t, "policy")
		emitted := rapid.IntRange(0, 500).Draw(t, "emitted")
		var mu sync.Mutex
		told := 0
		policy = policy.OnDrop(func(any) {
			mu.Lock()
			defer mu.Unlock()
			told++
		})
		values := make([]int, emitted)
		delivered := 0
		sub := operators.Buffer(stream.Of(values...), policy).On(context.Background(), func(int) {
			delivered++
			if delivered%4 == 0 {
				runtime.Gosched()
			}
		})
		require.NoError(t, sub.Wait(context.Background()))
		assert.Equal(t, emitted, delivered+int(sub.Dropped()))
		assert.Equal(t, told, int(sub.Dropped()))
		assert.False(t, policy.Lossless() && sub.Dropped() > 0)
	})
}

func TestTakeHasDetachedItsSourceWhenItHasDelivered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, emitted := rapid.IntRange(0, 10).Draw(t, "n"), rapid.IntRange(0, 20).Draw(t, "emitted")
		subject := stream.NewPublish[int](nil)
		probe := streamtest.NewProbe(subject.AsObservable())
		rec := streamtest.Record[int]()
		operators.Take(probe.Observable, n).Attach(context.Background(), rec)
		for v := range emitted {
			subject.TryEmit(v)
			if v+1 >= n {
				assert.Zero(t, probe.Live())
				assert.True(t, rec.Ended())
			}
		}
		assert.Equal(t, min(n, emitted), rec.Len())
		assert.NoError(t, rec.Err())
		assert.Equal(t, min(n, 1), probe.Total())
		subject.Complete()
		assert.True(t, rec.Ended())
		assert.Empty(t, rec.Breaches())
	})
}
