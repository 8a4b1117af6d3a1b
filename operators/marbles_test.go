package operators_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

// TestWhatTheDocumentationDrawsHolds tests operators with the diagrams in
// their doc comments.
func TestWhatTheDocumentationDrawsHolds(t *testing.T) {
	drawn := drawings(t)
	for name, check := range pages {
		t.Run(name, func(t *testing.T) {
			streamtest.Run(t, func(m *streamtest.Marbles) { check(&page{t, m, drawn[name]}) })
		})
	}
	for _, name := range slices.Sorted(maps.Keys(drawn)) {
		_, tested := pages[name]
		assert.True(t, tested || slices.Contains(undrawable, name), "no test of what the doc comment of %s draws", name)
	}
}

// undrawable are operators whose diagrams show what no source of characters
// can: pairs, machines, sinks.
var undrawable = []string{
	"Buffer", "ByKey", "DeadLetter", "Deadband", "EventWindows", "GroupBy", "Into", "Join", "ObserveOn", "Quantiles", "Retry",
	"RoundRobin", "RunningStats", "Sessions", "ShiftTime", "Stats", "ToMap",
}

type texts = stream.Observable[string]

func textKey(v string) string { return v }
func plus(a, b int) int       { return a + b }
func pair(a, b string) string { return a + b }
func lessThan3(v int) bool    { return v < 3 }
func drawnBy(p *page) func(v string) texts {
	return func(v string) texts { return p.cold("f(" + v + ")") }
}

var pages = map[string]func(p *page){
	"Map":       func(p *page) { draws(p, operators.Map(p.cold("o"), strings.ToUpper), "Map") },
	"TryMap":    func(p *page) { drawsFailure(p, operators.TryMap(p.cold("o"), upperButC), "TryMap", errOdd) },
	"Filter":    func(p *page) { draws(p, operators.Filter(p.numbers("o"), even), "Filter") },
	"FilterMap": func(p *page) { draws(p, operators.FilterMap(p.cold("o"), upperIfNotB), "FilterMap") },
	"Scan":      func(p *page) { draws(p, operators.Scan(p.numbers("o"), 0, plus), "Scan(0, +)") },
	"Pairwise":  func(p *page) { draws(p, operators.Pairwise(p.cold("o")), "Pairwise") },
	"ConcatMap": func(p *page) { draws(p, operators.ConcatMap(p.cold("o"), drawnBy(p)), "ConcatMap") },
	"SwitchMap": func(p *page) { draws(p, operators.SwitchMap(p.cold("o"), drawnBy(p)), "SwitchMap") },
	"FlatMap": func(p *page) {
		drawsFailure(p, operators.FlatMap(p.cold("o"), drawnBy(p), nil), "FlatMap", streamtest.ErrMarble)
	},
	"MergeAll": func(p *page) {
		all := operators.MergeAll(operators.Map(p.cold("o"), func(v string) texts { return p.cold(v) }), nil)
		drawsFailure(p, all, "MergeAll", streamtest.ErrMarble)
	},
	"ParallelMap": func(p *page) {
		slow := func(_ context.Context, v string) (string, error) {
			<-time.After(5 * ms)
			return strings.ToUpper(v), nil
		}
		draws(p, operators.ParallelMap(p.cold("o"), slow, &operators.ParallelOptions{Workers: 2}), "ParallelMap")
	},
	"Materialize": func(p *page) {
		draws(p, operators.Map(operators.Materialize(p.cold("o")), notation), "Materialize")
	},
	"Dematerialize": func(p *page) {
		draws(p, operators.Dematerialize(operators.Materialize(streamtest.Cold[string](p.Marbles, "1---2---#"))), "Dematerialize")
	},
	"Timestamp": func(p *page) {
		begun := time.Now()
		draws(p, operators.Map(operators.Timestamp(p.cold("o")), func(v operators.Timed[string]) string {
			return "{" + v.Value + " " + inMillis(v.Time.Sub(begun)) + "}"
		}), "Timestamp")
	},
	"TimeInterval": func(p *page) {
		draws(p, operators.Map(operators.TimeInterval(p.cold("o")), func(v operators.Elapsed[string]) string {
			return "{" + v.Value + " " + inMillis(v.Since) + "}"
		}), "TimeInterval")
	},

	"Distinct":             func(p *page) { draws(p, operators.Distinct(p.cold("o"), textKey, nil), "Distinct") },
	"DistinctUntilChanged": func(p *page) { draws(p, operators.DistinctUntilChanged(p.cold("o"), textKey), "DistinctUntilChanged") },
	"ElementAt":            func(p *page) { draws(p, operators.ElementAt(p.cold("o"), 2), "ElementAt(2)") },
	"Find":                 func(p *page) { draws(p, operators.Find(p.numbers("o"), even), "Find") },
	"First":                func(p *page) { draws(p, operators.First(p.cold("o")), "First") },
	"IgnoreElements":       func(p *page) { draws(p, operators.IgnoreElements[string](p.cold("o")), "IgnoreElements") },
	"Last":                 func(p *page) { draws(p, operators.Last(p.cold("o")), "Last") },
	"Skip":                 func(p *page) { draws(p, operators.Skip(p.cold("o"), 2), "Skip(2)") },
	"SkipLast":             func(p *page) { draws(p, operators.SkipLast(p.cold("o"), 2), "SkipLast(2)") },
	"SkipUntil":            func(p *page) { draws(p, operators.SkipUntil(p.cold("o"), p.hot("other")), "SkipUntil") },
	"SkipWhile":            func(p *page) { draws(p, operators.SkipWhile(p.numbers("o"), lessThan3), "SkipWhile") },
	"Take":                 func(p *page) { draws(p, operators.Take(p.cold("o"), 2), "Take(2)") },
	"TakeLast":             func(p *page) { draws(p, operators.TakeLast(p.cold("o"), 2), "TakeLast(2)") },
	"TakeUntil":            func(p *page) { draws(p, operators.TakeUntil(p.cold("o"), p.hot("other")), "TakeUntil") },
	"TakeWhile":            func(p *page) { draws(p, operators.TakeWhile(p.numbers("o"), lessThan3), "TakeWhile") },
	"Timeout": func(p *page) {
		drawsFailure(p, operators.Timeout(p.cold("o"), 5*ms), "Timeout(5)", operators.ErrTimeout)
	},

	"Batch": func(p *page) {
		draws(p, operators.Batch(p.hot("o"), &operators.BatchOptions[string]{Count: 2}), "Batch(Count: 2)")
		draws(p, operators.Batch(p.hot("o"), &operators.BatchOptions[string]{Time: 3 * ms}), "Batch(Time: 3)")
	},
	"Bursts":        func(p *page) { draws(p, operators.Bursts(p.cold("o"), 5*ms, nil), "Bursts(5)") },
	"Sliding":       func(p *page) { draws(p, operators.Sliding(p.cold("o"), 8*ms, 4*ms, nil), "Sliding(8, 4)") },
	"SlidingCount":  func(p *page) { draws(p, operators.SlidingCount(p.cold("o"), 3, 2), "SlidingCount(3, 2)") },
	"Tumbling":      func(p *page) { draws(p, operators.Tumbling(p.cold("o"), 8*ms, nil), "Tumbling(8)") },
	"TumblingCount": func(p *page) { draws(p, operators.TumblingCount(p.cold("o"), 2), "TumblingCount(2)") },
	"Reorder": func(p *page) {
		draws(p, operators.Reorder(p.numbers("o"), ownNumber, nil), "Reorder")
		anew := operators.Reorder(p.numbers("restarted"), ownNumber, &operators.ReorderOptions{Resync: 3})
		draws(p, anew, "Reorder(Resync: 3)")
	},

	"Debounce":  func(p *page) { draws(p, operators.Debounce(p.cold("o"), 4*ms), "Debounce(4)") },
	"Delay":     func(p *page) { draws(p, operators.Delay(p.cold("o"), 4*ms, nil), "Delay(4)") },
	"RateLimit": func(p *page) { draws(p, operators.RateLimit(p.hot("o"), 1, 4*ms, 2), "RateLimit(1, 4, 2)") },
	"Sample":    func(p *page) { draws(p, operators.Sample(p.cold("o"), 4*ms), "Sample(4)") },
	"SampleBy":  func(p *page) { draws(p, operators.SampleBy(p.cold("o"), p.hot("other")), "SampleBy") },
	"Throttle": func(p *page) {
		o := p.hot("o")
		draws(p, operators.Throttle(o, 5*ms, operators.Leading), "Throttle(5, Leading)")
		draws(p, operators.Throttle(o, 5*ms, operators.Trailing), "Throttle(5, Trailing)")
		draws(p, operators.Throttle(o, 5*ms, operators.Both), "Throttle(5, Both)")
	},

	"CombineLatest": func(p *page) { draws(p, operators.CombineLatest(p.cold("a"), p.cold("b"), pair), "CombineLatest") },
	"CombineLatestAll": func(p *page) {
		draws(p, operators.CombineLatestAll(p.cold("a"), p.cold("b")), "CombineLatestAll")
	},
	"Concat":         func(p *page) { draws(p, operators.Concat(p.cold("a"), p.hot("b")), "Concat") },
	"DefaultIfEmpty": func(p *page) { draws(p, operators.DefaultIfEmpty(p.cold("o"), "x"), "DefaultIfEmpty(x)") },
	"Merge":          func(p *page) { draws(p, operators.Merge(p.cold("a"), p.cold("b")), "Merge") },
	"Race":           func(p *page) { draws(p, operators.Race(p.cold("a"), p.cold("b")), "Race") },
	"StartWith":      func(p *page) { draws(p, operators.StartWith(p.cold("o"), "x", "y"), "StartWith(x, y)") },
	"WithLatestFrom": func(p *page) {
		draws(p, operators.WithLatestFrom(p.hot("o"), p.hot("other"), pair), "WithLatestFrom")
	},
	"Zip":    func(p *page) { draws(p, operators.Zip(p.cold("a"), p.cold("b"), pair), "Zip") },
	"ZipAll": func(p *page) { draws(p, operators.ZipAll(p.cold("a"), p.cold("b")), "ZipAll") },

	"Broadcast": func(p *page) {
		all := operators.Broadcast(p.cold("o"), 2)
		draws(p, all[0], "first")
		draws(p, all[1], "second")
	},
	"Partition": func(p *page) {
		yes, no := operators.Partition(p.numbers("o"), even)
		draws(p, yes, "yes")
		draws(p, no, "no")
	},
	"Share": func(p *page) {
		shared := operators.Share(p.cold("o"))
		draws(p, shared, "first")
		late := expect(p, shared, "second")
		late.During("-----^")
		late.holds()
	},
	"ShareReplay": func(p *page) {
		shared := operators.ShareReplay(p.cold("o"), 1, 0)
		draws(p, shared, "first")
		for label, from := range map[string]string{"second": "------^", "third": "---------------------^"} {
			late := expect(p, shared, label)
			late.During(from)
			late.holds()
		}
	},

	"Average": func(p *page) { draws(p, operators.Average(p.numbers("o")), "Average") },
	"Collect": func(p *page) { draws(p, operators.Collect(p.cold("o"), nil), "Collect") },
	"Count":   func(p *page) { draws(p, operators.Count(p.cold("o")), "Count") },
	"Max":     func(p *page) { draws(p, operators.Max(p.cold("o")), "Max") },
	"Min":     func(p *page) { draws(p, operators.Min(p.cold("o")), "Min") },
	"Reduce":  func(p *page) { draws(p, operators.Reduce(p.numbers("o"), 0, plus), "Reduce(0, +)") },
	"Sum":     func(p *page) { draws(p, operators.Sum(p.numbers("o")), "Sum") },

	"Catch": func(p *page) {
		draws(p, operators.Catch(p.cold("o"), func(error) texts { return p.cold("f(err)") }), "Catch")
	},
	"OnErrorReturn": func(p *page) {
		draws(p, operators.OnErrorReturn(p.cold("o"), func(error) string { return "f(err)" }), "OnErrorReturn")
	},
	"Repeat": func(p *page) { draws(p, operators.Repeat(p.cold("o"), 2), "Repeat(2)") },

	"Finally": func(p *page) { draws(p, operators.Finally(p.cold("o"), func(error) {}), "Finally") },
	"Log":     func(p *page) { draws(p, operators.Log(p.cold("o"), "o", silent), "Log") },
	"Metered": func(p *page) { draws(p, operators.Metered(p.cold("o"), operators.NewMeter("o")), "Metered") },
	"Tap":     func(p *page) { draws(p, operators.Tap(p.cold("o"), func(string) {}), "Tap") },
}

// silent makes Log say nothing.
var silent = &operators.LogOptions{Logger: slog.New(slog.DiscardHandler)}

func upperButC(v string) (string, error) {
	if v == "c" {
		return "", errOdd
	}
	return strings.ToUpper(v), nil
}

func upperIfNotB(v string) (string, bool) { return strings.ToUpper(v), v != "b" }

// notation returns what stands for a notification in a diagram.
func notation(n operators.Notification[string]) string {
	switch {
	case errors.Is(n.Err, streamtest.ErrMarble):
		return "the failure"
	case n.Done:
		return "the completion"
	}
	return n.Value
}

// inMillis returns d as a legend says it.
func inMillis(d time.Duration) string { return strings.Replace(d.String(), "0s", "0ms", 1) }
