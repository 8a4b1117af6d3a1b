package operators_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

// In these tests a value is its own time, in minutes since noon.
var noon = time.Date(2000, 1, 1, 12, 0, 0, 0, time.UTC)

func timeOf(minute int) time.Time { return noon.Add(time.Duration(minute) * time.Minute) }

// ofWindow shows a window, with its times in minutes since noon.
func ofWindow(w operators.Window[int]) string {
	return fmt.Sprintf("%v–%v: %v", w.Begin.Sub(noon).Minutes(), w.End.Sub(noon).Minutes(), w.Values)
}

type eventOptions = operators.EventOptions[int]

// windows returns the windows of ten minutes, and what did not get into any.
func windows(t require.TestingT, opts eventOptions, values ...int) (windows []string, late []int) {
	sink := stream.NewPublish[int](nil)
	sink.AsObservable().On(context.Background(), func(v int) { late = append(late, v) })
	opts.Late, opts.Ahead = sink, -1
	for _, w := range all(t, operators.EventWindows(stream.Of(values...), timeOf, 10*time.Minute, &opts)) {
		windows = append(windows, ofWindow(w))
	}
	sink.Complete()
	return windows, late
}

func TestEventWindowsGoByTheTimesOfTheValues(t *testing.T) {
	got, late := windows(t, eventOptions{Lateness: 5 * time.Minute}, 1, 2, 4, 3, 11, 5, 14, 9, 15, 8, 16, -1)
	assert.Equal(t, []string{"0–10: [1 2 3 4 5 9]", "10–20: [11 14 15 16]"}, got)
	assert.Equal(t, []int{8, -1}, late)
}

func TestEventWindowsWithoutLatenessEndWithTheFirstValueAfterThem(t *testing.T) {
	got, late := windows(t, eventOptions{}, 1, 9, 3, 10, 9, 39, 40)
	assert.Equal(t, []string{"0–10: [1 3 9]", "10–20: [10]", "30–40: [39]", "40–50: [40]"}, got)
	assert.Equal(t, []int{9}, late)
}

func TestEventWindowsMayOverlap(t *testing.T) {
	got, late := windows(t, eventOptions{Step: 4 * time.Minute, Lateness: time.Minute}, 1, 5, 13, 11, 30)
	assert.Equal(t, []string{
		"-8–2: [1]", "-4–6: [1 5]", "0–10: [1 5]", "4–14: [5 11 13]", "8–18: [11 13]", "12–22: [13]",
		"24–34: [30]", "28–38: [30]",
	}, got)
	assert.Empty(t, late)
}

func TestEventWindowsMayLeaveTimesOut(t *testing.T) {
	got, late := windows(t, eventOptions{Step: 15 * time.Minute}, 1, 9, 10, 14, 15, 29, 8)
	assert.Equal(t, []string{"0–10: [1 9]", "15–25: [15]"}, got)
	assert.Equal(t, []int{8}, late)
}

func TestValuesOfOneInstantKeepTheirOrderInAnEventWindow(t *testing.T) {
	type reading struct{ minute, n int }
	readings := stream.Of(reading{2, 1}, reading{1, 2}, reading{2, 3}, reading{1, 4})
	o := operators.EventWindows(readings, func(r reading) time.Time { return timeOf(r.minute) }, time.Hour, nil)
	w, err := o.Await(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []reading{{1, 2}, {1, 4}, {2, 1}, {2, 3}}, w.Values)
}

func TestEveryValueIsInAllItsEventWindowsOrLate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.SliceOf(rapid.IntRange(-100, 100)).Draw(t, "in")
		size, step := rapid.IntRange(1, 30).Draw(t, "size"), rapid.IntRange(1, 30).Draw(t, "step")
		opts := &eventOptions{
			Step:     time.Duration(step) * time.Minute,
			Lateness: time.Duration(rapid.IntRange(0, 30).Draw(t, "lateness")) * time.Minute,
			Limit:    rapid.IntRange(-1, 10).Draw(t, "limit"),
			Ahead:    -1,
		}
		late := map[int]int{}
		sink := stream.NewPublish[int](nil)
		sink.AsObservable().On(context.Background(), func(i int) { late[i]++ })
		opts.Late = sink
		indices := make([]int, len(in)) // what the windows are made of, so that each is unlike the others
		for i := range in {
			indices[i] = i
		}
		found := map[int]int{}
		last := time.Time{}
		at := func(i int) time.Time { return timeOf(in[i]) }
		o := operators.EventWindows(stream.Of(indices...), at, time.Duration(size)*time.Minute, opts)
		for _, w := range all(t, o) {
			assert.True(t, w.End.After(last))
			last = w.End
			assert.NotEmpty(t, w.Values)
			assert.Equal(t, w.Begin, w.Begin.Truncate(opts.Step))
			assert.True(t, slices.IsSortedFunc(w.Values, func(i, j int) int { return in[i] - in[j] }))
			for _, i := range w.Values {
				assert.False(t, at(i).Before(w.Begin) || !at(i).Before(w.End))
				found[i]++
			}
		}
		for i := range in {
			want := 0
			for begin := at(i).Truncate(opts.Step); begin.Add(time.Duration(size) * time.Minute).After(at(i)); begin = begin.Add(-opts.Step) {
				want++
			}
			if size%step == 0 {
				assert.Equal(t, size/step, want)
			}
			if late[i] > 0 {
				assert.Equal(t, 1, late[i])
				want = 0
			}
			assert.Equal(t, want, found[i], "%d", in[i])
		}
		sink.Complete()
	})
}

func TestAValueFromTheFutureIsLate(t *testing.T) {
	for name, c := range map[string]struct {
		ahead   time.Duration
		windows int
		dropped uint64
	}{
		"of more than an hour by default": {0, 2, 2},
		"of more than a minute":           {time.Minute, 1, 3},
		"but for nobody who allows it":    {-1, 4, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				at := func(d time.Duration) time.Time { return time.Now().Add(d) }
				src := stream.Of(0, 30*time.Minute, 61*time.Minute, 100*365*24*time.Hour)
				rec := streamtest.Record[operators.Window[time.Duration]]()
				o := operators.EventWindows(src, at, time.Minute, &operators.EventOptions[time.Duration]{Ahead: c.ahead})
				sub := o.Subscribe(t.Context(), rec)
				require.NoError(t, sub.Wait(t.Context()))
				assert.Equal(t, c.windows, rec.Len())
				assert.Equal(t, c.dropped, sub.Dropped())
			})
		})
	}
}

func TestAValueWithoutASensibleTimeIsLate(t *testing.T) {
	times := stream.Of(time.Time{}, time.Time{}.Add(-1), time.Unix(1<<60, 0), time.Unix(-1<<60, 0), noon)
	rec := streamtest.Record[operators.Window[time.Time]]()
	o := operators.EventWindows(times, func(t time.Time) time.Time { return t }, time.Hour, &operators.EventOptions[time.Time]{Ahead: -1})
	sub := o.Subscribe(t.Context(), rec)
	require.NoError(t, sub.Wait(t.Context()))
	rec.AssertCompleted(t, operators.Window[time.Time]{Begin: noon, End: noon.Add(time.Hour), Values: []time.Time{noon}})
	assert.Equal(t, uint64(4), sub.Dropped())
}

func TestEventWindowsAreDeliveredWhenTheSourceIsIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := stream.NewPublish[int](nil)
		rec := streamtest.Record[string]()
		opts := &eventOptions{Lateness: time.Hour, Idle: time.Hour, Ahead: -1}
		o := operators.EventWindows(src.AsObservable(), timeOf, 10*time.Minute, opts)
		sub := operators.Map(o, ofWindow).Subscribe(t.Context(), rec)
		src.TryEmit(1)
		time.Sleep(59 * time.Minute)
		src.TryEmit(12)
		time.Sleep(59 * time.Minute)
		rec.AssertLive(t)
		time.Sleep(time.Minute)
		synctest.Wait()
		rec.AssertLive(t, "0–10: [1]", "10–20: [12]")
		time.Sleep(1000 * time.Hour)
		src.TryEmit(13)
		assert.Equal(t, uint64(1), sub.Dropped())
		src.TryEmit(20)
		time.Sleep(time.Hour)
		synctest.Wait()
		rec.AssertLive(t, "0–10: [1]", "10–20: [12]", "20–30: [20]")
		src.TryEmit(31)
		src.Complete()
		rec.AssertCompleted(t, "0–10: [1]", "10–20: [12]", "20–30: [20]", "30–40: [31]")
	})
}

func TestEventWindowsOverHours(t *testing.T) {
	const lateness = 3 * time.Minute
	synctest.Test(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(7, 8))
		emitted := map[time.Time]int{}
		src := stream.FromFunc(func(_ context.Context, emit func(time.Time) bool) error {
			for range 10_000 { // about three days
				time.Sleep(time.Duration(random.Int64N(int64(time.Minute))))
				at := time.Now().Add(-time.Duration(random.Int64N(int64(lateness)))).Round(0).UTC()
				emitted[at.Truncate(5*time.Minute)]++
				emit(at)
			}
			return nil
		})
		rec := streamtest.Record[operators.Window[time.Time]]()
		o := operators.EventWindows(src, func(t time.Time) time.Time { return t }, 5*time.Minute,
			&operators.EventOptions[time.Time]{Lateness: lateness, Idle: time.Hour})
		sub := operators.Tap(o, func(w operators.Window[time.Time]) {
			if rec.Len()+2 < len(emitted) { // those before the end
				wait := time.Since(w.End)
				assert.True(t, lateness <= wait && wait < lateness+2*lateness, wait)
			}
		}).Subscribe(t.Context(), rec)
		require.NoError(t, sub.Wait(t.Context()))
		assert.Zero(t, sub.Dropped())
		for _, w := range rec.Values() {
			assert.Equal(t, emitted[w.Begin], len(w.Values))
			delete(emitted, w.Begin)
		}
		assert.Empty(t, emitted)
	})
}

func TestEventWindowsOfRandomTimesStayWithinTheirLimit(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	at := func(v int) time.Time { return noon.Add(time.Duration(v)) }
	for name, opts := range map[string]*eventOptions{
		"tumbling": {Limit: 1000, Ahead: -1, Lateness: time.Hour},
		"sliding":  {Limit: 1000, Ahead: -1, Lateness: time.Hour, Step: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			bytes := heapAfter(t, many/10, func(i int) int { return i<<10 + int(random.Int64N(1<<42)) }, func(o ints) stream.Observable[operators.Window[int]] {
				return operators.EventWindows(o, at, 10*time.Second, opts)
			})
			assert.Less(t, bytes, int64(1<<20))
		})
	}
}

func TestTheLateSinkIsWaitedForAsLongAsTheSourceMay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src, late := stream.NewPublish[int](nil), stream.NewPublish[int](nil)
		block := make(chan struct{})
		lateSub := operators.Buffer(late.AsObservable(), stream.Block(1)).On(t.Context(), func(int) { <-block })
		opts := &eventOptions{Late: late, Ahead: -1}
		sub := operators.EventWindows(src.AsObservable(), timeOf, 10*time.Minute, opts).On(t.Context(), func(operators.Window[int]) {})
		src.TryEmit(100)
		src.TryEmit(1)
		synctest.Wait()
		assert.Equal(t, stream.OK, src.TryEmit(2))
		assert.Equal(t, stream.Overflow, src.TryEmit(3))
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		begun := time.Now()
		_ = src.Emit(ctx, 4)
		assert.Equal(t, time.Hour, time.Since(begun))
		assert.Equal(t, uint64(1), sub.Dropped())
		assert.Equal(t, uint64(2), lateSub.Dropped())
		close(block)
		assert.NoError(t, src.Emit(t.Context(), 5))
		src.Complete()
		late.Complete()
		require.NoError(t, sub.Wait(t.Context()))
		require.NoError(t, lateSub.Wait(t.Context()))
	})
}

func TestEventWindowsRefuseNonsense(t *testing.T) {
	assert.Panics(t, func() { operators.EventWindows(stream.Of(1), timeOf, 0, nil) })
	assert.Panics(t, func() { operators.EventWindows(stream.Of(1), timeOf, 1, &eventOptions{Step: -1}) })
}

func TestShiftTimeGoesByTheNewestOffset(t *testing.T) {
	streamtest.Run(t, func(m *streamtest.Marbles) {
		offsets := map[string]time.Duration{"5": 5, "9": 90}
		o := streamtest.Hot[int](m, "1---2---3---|")
		shift := func(v int, by time.Duration) int { return v + int(by) }
		offset := streamtest.Hot(m, "--5-------9-|", offsets)
		streamtest.Expect(m, operators.ShiftTime(o, offset, shift)).
			ToBe("                    1---A---B---|", map[string]int{"A": 7, "B": 8})
		streamtest.Expect(m, operators.ShiftTime(o, streamtest.Hot(m, "--5---#", offsets), shift)).
			ToBe("                    1---A-#", map[string]int{"A": 7})
		streamtest.Expect(m, operators.ShiftTime(o, stream.Never[time.Duration](), shift)).
			ToBe("                    1---2---3---|")
		streamtest.Expect(m, operators.ShiftTime(o, stream.Empty[time.Duration](), shift)).
			ToBe("                    1---2---3---|")
	})
}
