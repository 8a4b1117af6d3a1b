package operators_test

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
)

// off is a negative number.
const off = -1

// negative is what a negative number does for each field of an option struct.
var negative = map[string]func(t *testing.T){
	"BatchOptions.Count": func(t *testing.T) {
		assert.Len(t, all(t, operators.Batch(below(3000), &operators.BatchOptions[int]{Count: off})), 1)
	},
	"BatchOptions.Bytes": func(t *testing.T) {
		assert.Len(t, all(t, operators.Batch(below(2000), &operators.BatchOptions[int]{Bytes: off})), 2)
	},
	"BatchOptions.Time": func(t *testing.T) {
		assert.Len(t, all(t, operators.Batch(hourly(3), &operators.BatchOptions[int]{Time: off})), 1)
	},
	"CollectOptions.Limit": func(t *testing.T) {
		const n = operators.DefaultCollect + 1
		assert.Len(t, all(t, operators.Collect(below(n), &operators.CollectOptions{Limit: off}))[0], n)
	},
	"DelayOptions.Limit": func(t *testing.T) {
		begun := time.Now()
		in := operators.Tap(below(operators.DefaultDelay+9), func(int) { assert.Equal(t, begun, time.Now(), "the source waits") })
		assert.Len(t, all(t, operators.Delay(in, time.Hour, &operators.DelayOptions{Limit: off})), operators.DefaultDelay+9)
	},
	"DistinctOptions.Keys": func(t *testing.T) {
		in := operators.Concat(below(operators.DefaultKeys+9), stream.Of(0, 1))
		distinct := operators.Distinct(in, func(v int) int { return v }, &operators.DistinctOptions[int]{Keys: off})
		assert.Len(t, all(t, distinct), operators.DefaultKeys+9)
	},
	"DistinctOptions.Age": func(t *testing.T) {
		distinct := operators.Distinct(hourly(9), func(int) int { return 1 }, &operators.DistinctOptions[int]{Age: off})
		assert.Len(t, all(t, distinct), 1)
	},
	"EventOptions.Step": func(t *testing.T) {
		assert.Panics(t, func() { operators.EventWindows(below(1), sinceEpoch, time.Hour, &eventOptions{Step: off}) })
	},
	"EventOptions.Lateness": func(t *testing.T) {
		for _, lateness := range []time.Duration{0, off} {
			w := operators.EventWindows(stream.Of(1, 2, 1, 3), sinceEpoch, time.Second, &eventOptions{Lateness: lateness})
			assert.Len(t, all(t, w), 3)
		}
	},
	"EventOptions.Idle": func(t *testing.T) {
		w := operators.EventWindows(hourly(3), sinceEpoch, time.Minute, &eventOptions{Idle: off})
		assert.Len(t, all(t, w), 1)
	},
	"EventOptions.Ahead": func(t *testing.T) {
		ahead := func(int) time.Time { return time.Now().Add(24 * time.Hour) }
		assert.Len(t, all(t, operators.EventWindows(below(3), ahead, time.Minute, &eventOptions{Ahead: off})), 1)
	},
	"EventOptions.Limit": func(t *testing.T) {
		same := func(int) time.Time { return time.Unix(9, 0) }
		w := operators.EventWindows(below(operators.DefaultWindow+9), same, time.Minute, &eventOptions{Limit: off})
		assert.Len(t, all(t, w), 1)
	},
	"GroupOptions.Groups": func(t *testing.T) {
		in := operators.Concat(below(operators.DefaultGroups+9), stream.Of(0, 1))
		assert.Len(t, all(t, operators.GroupBy(in, itselfInt, &operators.GroupOptions{Groups: off})), operators.DefaultGroups+9)
	},
	"GroupOptions.Idle": func(t *testing.T) {
		assert.Len(t, all(t, operators.GroupBy(hourly(9), alike, &operators.GroupOptions{Idle: off})), 1)
	},
	"GroupOptions.Queue": func(t *testing.T) {
		groups := all(t, operators.GroupBy(below(9), alike, &operators.GroupOptions{Queue: off}))
		assert.Empty(t, all(t, groups[0].Observable))
	},
	"JoinOptions.Limit": func(t *testing.T) {
		join := operators.Join(below(operators.DefaultJoin+9), stream.Empty[int](), alike, alike, time.Hour,
			func(l, _ int) int { return l }, &operators.JoinOptions{Limit: off})
		assert.Empty(t, all(t, join))
	},
	"LogOptions.Every": func(t *testing.T) {
		var text strings.Builder
		logger := slog.New(slog.NewTextHandler(&text, nil))
		opts := &operators.LogOptions{Logger: logger, Values: slog.LevelInfo, Every: off}
		assert.Len(t, all(t, operators.Log(below(5), "o", opts)), 5)
		assert.Equal(t, 5, strings.Count(text.String(), "value="), text.String())
	},
	"MergeOptions.Concurrency": func(t *testing.T) {
		live := 0
		o := operators.FlatMap(below(operators.DefaultSources+9), func(int) ints {
			live++
			return stream.Never[int]()
		}, &operators.MergeOptions{Concurrency: off})
		sub := o.On(t.Context(), func(int) {})
		synctest.Wait()
		assert.Equal(t, operators.DefaultSources+9, live)
		sub.Stop()
		assert.ErrorIs(t, sub.Wait(t.Context()), stream.ErrStopped)
	},
	"MergeOptions.Timeout": func(t *testing.T) {
		o := operators.FlatMap(stream.Of(1), func(int) ints { return hourly(2) }, &operators.MergeOptions{Timeout: off})
		assert.Len(t, all(t, o), 2)
	},
	"ParallelOptions.Workers": func(t *testing.T) {
		begun := time.Now()
		f := func(context.Context, int) (int, error) { time.Sleep(time.Hour); return 0, nil }
		assert.Len(t, all(t, operators.ParallelMap(below(50), f, &operators.ParallelOptions{Workers: off, InFlight: 50})), 50)
		assert.Equal(t, time.Hour, time.Since(begun), "all at once")
	},
	"ParallelOptions.InFlight": func(t *testing.T) {
		f := func(context.Context, int) (int, error) { return 0, nil }
		assert.Panics(t, func() { operators.ParallelMap(below(1), f, &operators.ParallelOptions{InFlight: off}) })
	},
	"ReorderOptions.Limit": func(t *testing.T) {
		in := operators.Concat(stream.Of(-1), operators.Map(below(2*operators.DefaultReorder), increment), stream.Of(0))
		got := all(t, operators.Reorder(in, func(v int) uint64 { return uint64(v + 1) }, &operators.ReorderOptions{Limit: off}))
		assert.True(t, slices.IsSorted(got))
		assert.Len(t, got, 2*operators.DefaultReorder+2)
	},
	"ReorderOptions.Wait": func(t *testing.T) {
		in := operators.Map(hourly(3), func(v int) int { return []int{0, 2, 1}[v] })
		assert.Equal(t, []int{0, 1, 2}, all(t, operators.Reorder(in, ownNumber, &operators.ReorderOptions{Wait: off})))
	},
	"ReorderOptions.Resync": func(t *testing.T) {
		in := operators.Concat(stream.Of(999), below(99))
		assert.Equal(t, []int{999}, all(t, operators.Reorder(in, ownNumber, &operators.ReorderOptions{Resync: off})))
	},
	"RetryOptions.Attempts": func(t *testing.T) {
		assert.Len(t, all(t, operators.Retry(failingFirst(99), &operators.RetryOptions{Attempts: off})), 1)
	},
	"RetryOptions.MinDelay": func(t *testing.T) {
		begun := time.Now()
		assert.Len(t, all(t, operators.Retry(failingFirst(99), &operators.RetryOptions{MinDelay: off})), 1)
		assert.Zero(t, time.Since(begun))
	},
	"RetryOptions.MaxDelay": func(t *testing.T) {
		longest := time.Duration(0)
		opts := &operators.RetryOptions{MaxDelay: off, OnRetry: func(_ error, _ int, wait time.Duration) { longest = max(longest, wait) }}
		assert.Len(t, all(t, operators.Retry(failingFirst(30), opts)), 1)
		assert.Greater(t, longest, time.Hour)
	},
	"SessionOptions.Limit": func(t *testing.T) {
		assert.Len(t, all(t, operators.Bursts(below(operators.DefaultBatch+9), time.Hour, &operators.SessionOptions{Limit: off})), 1)
	},
	"SessionOptions.Keys": func(t *testing.T) {
		in := operators.Concat(below(operators.DefaultGroups+9), stream.Of(0))
		sessions := operators.Sessions(in, itselfInt, time.Hour, &operators.SessionOptions{Keys: off})
		assert.Len(t, all(t, sessions), operators.DefaultGroups+9)
	},
	"SessionOptions.Max": func(t *testing.T) {
		assert.Len(t, all(t, operators.Bursts(hourly(99), 2*time.Hour, &operators.SessionOptions{Max: off})), 1)
	},
	"WindowOptions.Limit": func(t *testing.T) {
		w := operators.Tumbling(below(operators.DefaultWindow+9), time.Hour, &operators.WindowOptions{Limit: off})
		assert.Len(t, all(t, w), 1)
	},
}

// below returns the numbers below n, hourly one every hour.
func below(n int) ints { return stream.Range(0, n) }

func hourly(n int) ints {
	return operators.Tap(below(n), func(int) { time.Sleep(time.Hour) })
}

// alike is a key that all numbers share.
func alike(int) int { return 0 }

func sinceEpoch(v int) time.Time { return time.Unix(int64(v), 0) }

// failingFirst returns a source that fails n times, and then delivers a value.
func failingFirst(n int) ints {
	return stream.Defer(func() ints {
		if n--; n < 0 {
			return stream.Of(1)
		}
		return stream.Fail[int](errSource)
	})
}

func TestInOptionsZeroIsTheDefaultAndANegativeNumberSwitchesOff(t *testing.T) {
	numbers := numbersInOptions(t)
	require.NotEmpty(t, numbers)
	for name, doc := range numbers {
		t.Run(name, func(t *testing.T) {
			assert.Regexp(t, `(?s)\b0\s+means\b`, doc)
			assert.Regexp(t, `\bnegative\b`, doc)
			require.Contains(t, negative, name)
			synctest.Test(t, negative[name])
		})
	}
	assert.Len(t, negative, len(numbers))
}

// numbersInOptions returns the comments on all fields of option structs that
// are numbers or times.
func numbersInOptions(t *testing.T) map[string]string {
	fields := map[string]string{}
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok || !spec.Name.IsExported() || !strings.HasSuffix(spec.Name.Name, "Options") {
				return true
			}
			for _, f := range spec.Type.(*ast.StructType).Fields.List {
				if !isNumber(f.Type) {
					continue
				}
				for _, id := range f.Names {
					fields[spec.Name.Name+"."+id.Name] = strings.Join(strings.Fields(f.Doc.Text()), " ")
				}
			}
			return true
		})
	}
	return fields
}

// isNumber reports whether a field's type is int or time.Duration.
func isNumber(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name == "int"
	case *ast.SelectorExpr:
		return e.Sel.Name == "Duration"
	}
	return false
}
