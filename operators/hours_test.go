package operators_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
)

// moment is what is seen of an operator, and when, counted from the
// subscription.
type moment struct {
	at   time.Duration
	what string
}

// clocked is an operator with a clock, and what it has to do with what comes to
// it over hours. Those that deliver at a rate are with TestThrottleOverHours,
// and others have a test of their own, such as TestSessionsOverHours.
type clocked struct {
	pause time.Duration // between two values, at most

	// use puts the operator on top of o. Besides what it delivers, note may
	// tell what happens.
	use func(o ints, note func(what string)) stream.Observable[string]

	// model returns what is to be seen when the values in come, and their
	// source completes at end. Unless the last of it is a failure, the
	// completion follows as soon as nothing else does.
	model func(in []stamped, end time.Duration) []moment
}

func TestOperatorsWithAClockOverHours(t *testing.T) {
	for name, test := range map[string]clocked{
		"Batch": batchOverHours(), "Bursts": burstsOverHours(),
		"Tumbling":     slidingOverHours(30*time.Minute, 30*time.Minute),
		"Sliding":      slidingOverHours(time.Hour, 10*time.Minute),
		"EventWindows": eventsOverHours(),
		"Timeout":      timeoutOverHours(), "FlatMap": flatMapOverHours(),
		"GroupBy": groupByOverHours(), "Distinct": distinctOverHours(), "Join": joinOverHours(), "Log": logOverHours(),
	} {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(31, 32))
			var in []stamped
			end := time.Duration(0)
			for v := range 1500 {
				end += 1 + time.Duration(random.Int64N(int64(test.pause)))
				in = append(in, stamped{v, end})
			}
			end += time.Duration(random.Int64N(int64(test.pause)))
			want := test.model(in, end)
			last := want[len(want)-1]
			require.Greater(t, last.at, 24*time.Hour)
			if last.what[0] != '#' {
				want = append(want, moment{max(end, last.at), "|"})
			}
			synctest.Test(t, func(t *testing.T) { // reports goroutines that are left
				assert.Equal(t, want, seen(t, in, end, test.use))
			})
		})
	}
}

// seen returns what is seen of an operator.
func seen(t *testing.T, in []stamped, end time.Duration, use func(o ints, note func(what string)) stream.Observable[string]) (all []moment) {
	begun := time.Now()
	src := stream.FromFunc(func(ctx context.Context, emit func(int) bool) error {
		for _, v := range withEnd(in, end) {
			select {
			case <-time.After(v.at - time.Since(begun)):
			case <-ctx.Done():
				return nil
			}
			if v.value < 0 || !emit(v.value) {
				return nil
			}
		}
		return nil
	})
	var mu sync.Mutex // guards all
	note := func(what string) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, moment{time.Since(begun), what})
	}
	err := use(src, note).Each(t.Context(), func(what string) error {
		note(what)
		return nil
	})
	if err != nil {
		note("# " + err.Error())
	} else {
		note("|")
	}
	return all
}

// withEnd returns in and, as -1, the end.
func withEnd(in []stamped, end time.Duration) []stamped {
	return append(slices.Clip(in), stamped{-1, end})
}

// valuesOf shows the values of in.
func valuesOf(in []stamped) string {
	values := []int{}
	for _, v := range in {
		values = append(values, v.value)
	}
	return fmt.Sprint(values)
}

// keyOf returns one of six keys, none of which comes regularly.
func keyOf(v int) int { return v * v % 11 }

func batchOverHours() clocked {
	const most, wait = 5, 20 * time.Minute
	return clocked{
		10 * time.Minute,
		func(o ints, _ func(string)) stream.Observable[string] {
			return shown(operators.Batch(o, &operators.BatchOptions[int]{Count: most, Time: wait}))
		},
		func(in []stamped, end time.Duration) (want []moment) {
			for len(in) > 0 {
				n, due := 1, min(in[0].at+wait, end)
				for n < most && n < len(in) && in[n].at < due {
					n++
				}
				if n == most {
					due = in[n-1].at
				}
				want = append(want, moment{due, valuesOf(in[:n])})
				in = in[n:]
			}
			return want
		},
	}
}

func burstsOverHours() clocked {
	const gap = 20 * time.Minute
	return clocked{
		25 * time.Minute,
		func(o ints, _ func(string)) stream.Observable[string] { return shown(operators.Bursts(o, gap, nil)) },
		func(in []stamped, end time.Duration) (want []moment) {
			for len(in) > 0 {
				n := 1
				for n < len(in) && in[n].at-in[n-1].at < gap {
					n++
				}
				want = append(want, moment{min(in[n-1].at+gap, end), valuesOf(in[:n])})
				in = in[n:]
			}
			return want
		},
	}
}

func slidingOverHours(window, step time.Duration) clocked {
	since := func(in []stamped, t time.Duration) int {
		i, _ := slices.BinarySearchFunc(in, t, func(v stamped, t time.Duration) int { return cmp.Compare(v.at, t) })
		return i
	}
	between := func(in []stamped, from, to time.Duration) []stamped { return in[since(in, from):since(in, to)] }
	return clocked{
		2 * window,
		func(o ints, _ func(string)) stream.Observable[string] {
			if window == step {
				return shown(operators.Tumbling(o, step, nil))
			}
			return shown(operators.Sliding(o, window, step, nil))
		},
		func(in []stamped, end time.Duration) (want []moment) {
			at, some := step, false
			for ; at <= end; at += step {
				held := between(in, at-window, at)
				if some || len(held) > 0 {
					want = append(want, moment{at, valuesOf(held)})
				}
				some = len(held) > 0
			}
			from := at - step // the last step
			if len(between(in, from, end)) == 0 {
				return want
			}
			if window > step {
				from = end - window
			}
			return append(want, moment{end, valuesOf(between(in, from, end))})
		},
	}
}

func eventsOverHours() clocked {
	const size, lateness, idle = 10 * time.Minute, 5 * time.Minute, 30 * time.Minute
	late := func(v int) time.Duration { return time.Duration(v*v%300) * time.Second } // less than lateness
	return clocked{
		40 * time.Minute,
		func(o ints, _ func(string)) stream.Observable[string] {
			begun := time.Now()
			windows := operators.EventWindows(o, func(v int) time.Time { return time.Now().Add(-late(v)) }, size,
				&eventOptions{Lateness: lateness, Idle: idle})
			return operators.Map(windows, func(w operators.Window[int]) string {
				return fmt.Sprint(w.Begin.Sub(begun), " ", w.Values)
			})
		},
		func(in []stamped, end time.Duration) (want []moment) {
			held := map[time.Duration][]stamped{} // by the begin of their window
			deliver := func(at, until time.Duration) {
				for _, begin := range slices.Sorted(maps.Keys(held)) {
					if begin+size > until {
						break
					}
					slices.SortFunc(held[begin], func(a, b stamped) int { return cmp.Compare(a.at, b.at) })
					want = append(want, moment{at, fmt.Sprint(begin, " ", valuesOf(held[begin]))})
					delete(held, begin)
				}
			}
			last, newest := time.Duration(0), time.Duration(0)
			for _, v := range withEnd(in, end) {
				if v.at >= last+idle {
					deliver(last+idle, end)
				}
				if v.value < 0 {
					break
				}
				at := v.at - late(v.value)
				newest = max(newest, at)
				deliver(v.at, newest-lateness)
				begin := at.Truncate(size)
				held[begin] = append(held[begin], stamped{v.value, at})
				last = v.at
			}
			deliver(end, 2*end)
			return want
		},
	}
}

func timeoutOverHours() clocked {
	return clocked{
		61 * time.Minute,
		func(o ints, _ func(string)) stream.Observable[string] { return shown(operators.Timeout(o, time.Hour)) },
		func(in []stamped, _ time.Duration) (want []moment) {
			due := time.Hour
			for _, v := range in {
				if v.at > due {
					break
				}
				want = append(want, moment{v.at, fmt.Sprint(v.value)})
				due = v.at + time.Hour
			}
			return append(want, moment{due, "# " + operators.ErrTimeout.Error()})
		},
	}
}

func flatMapOverHours() clocked {
	after := func(d time.Duration, v int) stream.Observable[string] {
		return operators.Map(stream.Timer(d), func(time.Time) string { return fmt.Sprint(v, " after ", d) })
	}
	stalls := func(v int) bool { return v%3 > 0 }
	return clocked{
		20 * time.Minute,
		func(o ints, note func(string)) stream.Observable[string] {
			source := func(v int) stream.Observable[string] {
				if stalls(v) {
					return operators.Concat(after(25*time.Minute, v), after(50*time.Minute, v), after(75*time.Minute, v))
				}
				return operators.Concat(after(25*time.Minute, v), after(50*time.Minute, v))
			}
			return operators.FlatMap(o, source, &operators.MergeOptions{
				Timeout: time.Hour, OnFailure: func(err error) { note(err.Error()) },
			})
		},
		func(in []stamped, end time.Duration) (want []moment) {
			for _, v := range in {
				want = append(want, moment{v.at + 25*time.Minute, fmt.Sprint(v.value, " after 25m0s")})
				want = append(want, moment{v.at + 75*time.Minute, fmt.Sprint(v.value, " after 50m0s")})
				if stalls(v.value) {
					want = append(want, moment{v.at + 135*time.Minute, operators.ErrTimeout.Error()})
				}
			}
			slices.SortFunc(want, func(a, b moment) int { return cmp.Compare(a.at, b.at) })
			return want
		},
	}
}

func groupByOverHours() clocked {
	const idle = time.Hour
	return clocked{
		30 * time.Minute,
		func(o ints, note func(string)) stream.Observable[string] {
			groups := operators.GroupBy(o, keyOf, &operators.GroupOptions{Idle: idle})
			return operators.Map(groups, func(g operators.Group[int, int]) string {
				ended := operators.Finally(g.Observable, func(error) { note(fmt.Sprint(g.Key, " ends")) })
				ended.On(context.Background(), func(v int) { note(fmt.Sprint(g.Key, " has ", v)) })
				return fmt.Sprint(g.Key, " begins")
			})
		},
		func(in []stamped, end time.Duration) (want []moment) {
			var live []stamped // the keys of groups, and when their newest value came, the oldest first
			for _, v := range withEnd(in, end) {
				for len(live) > 0 && (live[0].at+idle <= v.at || v.value < 0) {
					want = append(want, moment{min(live[0].at+idle, end), fmt.Sprint(live[0].value, " ends")})
					live = live[1:]
				}
				if v.value < 0 {
					break
				}
				key := keyOf(v.value)
				of := func(s stamped) bool { return s.value == key }
				if !slices.ContainsFunc(live, of) {
					want = append(want, moment{v.at, fmt.Sprint(key, " begins")})
				}
				live = append(slices.DeleteFunc(slices.Clone(live), of), stamped{key, v.at})
				want = append(want, moment{v.at, fmt.Sprint(key, " has ", v.value)})
			}
			return want
		},
	}
}

func distinctOverHours() clocked {
	const age = time.Hour
	return clocked{
		10 * time.Minute,
		func(o ints, _ func(string)) stream.Observable[string] {
			return shown(operators.Distinct(o, keyOf, &operators.DistinctOptions[int]{Age: age}))
		},
		func(in []stamped, _ time.Duration) (want []moment) {
			first := map[int]time.Duration{} // when each key was delivered
			for _, v := range in {
				at, ok := first[keyOf(v.value)]
				if !ok || v.at-at >= age {
					first[keyOf(v.value)] = v.at
					want = append(want, moment{v.at, fmt.Sprint(v.value)})
				}
			}
			return want
		},
	}
}
