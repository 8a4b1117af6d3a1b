package operators_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

func TestDistinctIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in, m := someInts().Draw(t, "in"), rapid.IntRange(1, 50).Draw(t, "m")
		key := func(v int) int { return v % m }
		once := operators.Distinct(stream.Of(in...), key, nil)
		got := all(t, once)
		assert.Equal(t, got, all(t, operators.Distinct(once, key, nil)))

		var want []int
		seen := map[int]bool{}
		for _, v := range in {
			if !seen[key(v)] {
				want = append(want, v)
			}
			seen[key(v)] = true
		}
		assert.Equal(t, want, got)
	})
}

func TestDistinctForgetsTheOldestKeyWhenThereAreTooMany(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in, keys := someInts().Draw(t, "in"), rapid.IntRange(1, 8).Draw(t, "keys")
		var want, held, evicted, told []int
		for _, v := range in {
			if contains(held, v) {
				continue
			}
			want = append(want, v)
			if held = append(held, v); len(held) > keys {
				evicted, held = append(evicted, held[0]), held[1:]
			}
		}
		opts := &operators.DistinctOptions[int]{Keys: keys, OnEvict: func(key int) { told = append(told, key) }}
		assert.Equal(t, want, all(t, operators.Distinct(stream.Of(in...), itselfInt, opts)))
		assert.Equal(t, evicted, told)
	})
}

func contains(values []int, v int) bool {
	for _, w := range values {
		if v == w {
			return true
		}
	}
	return false
}

func TestDistinctForgetsAKeyWhenItIsTooOld(t *testing.T) {
	opts := &operators.DistinctOptions[int]{Age: 8 * ms, OnEvict: func(int) { t.Error("an old key was evicted") }}
	streamtest.ExpectOperator(t, func(src ints) ints { return operators.Distinct(src, itselfInt, opts) },
		"1---2--1-1--2---1-1-|",
		"1---2----1--2-----1-|", nil)
}

func TestDistinctForgetsForHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := stream.NewPublish[int](nil)
		rec := streamtest.Record[int]()
		operators.Distinct(src.AsObservable(), itselfInt, &operators.DistinctOptions[int]{Age: time.Hour}).
			Subscribe(t.Context(), rec)
		for range 10_000 {
			src.TryEmit(1)
			time.Sleep(time.Minute)
		}
		src.Complete()
		assert.Equal(t, 10_000/60+1, rec.Len())
	})
}

func TestDistinctRemembersNoKeyThatDoesNotEqualItself(t *testing.T) {
	nan := math.NaN()
	opts := &operators.DistinctOptions[float64]{Keys: 2, OnEvict: func(float64) { t.Error("a key was evicted") }}
	assert.Len(t, all(t, operators.Distinct(stream.Of(nan, 1, nan, 1, nan), itself, opts)), 4)
}

// A key and what remembers it take less than 64 bytes.
func TestDistinctHoldsNoMoreKeysThanItMay(t *testing.T) {
	if testing.Short() {
		t.Skip("ten million keys take their time")
	}
	const sample = many / 10
	random := rand.New(rand.NewPCG(1, 2))
	before := heap()
	most, n := uint64(0), 0
	src := stream.FromSeq(func(yield func(uint64) bool) {
		for i := 0; i < many && yield(random.Uint64()); i++ {
			if i%sample == sample-1 {
				most = max(most, heap())
			}
		}
	})
	distinct := operators.Distinct(src, func(v uint64) uint64 { return v }, nil)
	sub := distinct.On(t.Context(), func(uint64) { n++ })
	assert.NoError(t, sub.Wait(t.Context()))
	assert.Equal(t, many, n)
	assert.Less(t, most-min(most, before), uint64(operators.DefaultKeys*64+1<<20))
}
