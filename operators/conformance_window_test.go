package operators_test

import (
	"testing"
	"time"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

func TestWindowOperatorsConform(t *testing.T) {
	type options = streamtest.Options
	second := &options{Spacing: time.Second}
	text := func(windows stream.Observable[operators.Window[int]]) stream.Observable[string] {
		return operators.Map(windows, ofWindow)
	}
	sum := func(v int, by time.Duration) int { return v + int(by) }
	for name, test := range map[string]func(t *testing.T){
		"Tumbling": conforms(func(src ints) stream.Observable[string] {
			return shown(operators.Tumbling(src, 2600*time.Millisecond, nil))
		}, second, "[2 4]", "[5 6]"),
		"TumblingCount": conforms(func(src ints) stream.Observable[string] {
			return shown(operators.TumblingCount(src, 3))
		}, nil, "[2 4 5]", "[6]"),
		"Sessions": conforms(func(src ints) ints {
			sessions := operators.Sessions(src, even, 1500*time.Millisecond, nil)
			return operators.Map(sessions, func(s operators.Session[bool, int]) int { return 10*s.Values[0] + len(s.Values) })
		}, second, 22, 51, 61),
		"Sessions of one key at a time": conforms(func(src ints) ints {
			sessions := operators.Sessions(src, even, time.Hour, &operators.SessionOptions{Keys: 1, Max: time.Hour})
			return operators.Map(sessions, func(s operators.Session[bool, int]) int { return 10*s.Values[0] + len(s.Values) })
		}, nil, 22, 51, 61),
		"Bursts": conforms(func(src ints) stream.Observable[string] {
			return shown(operators.Bursts(src, time.Hour, &operators.SessionOptions{Limit: 3}))
		}, nil, "[2 4 5]", "[6]"),
		"EventWindows": conforms(func(src ints) stream.Observable[string] {
			return text(operators.EventWindows(src, timeOf, 4*time.Minute, &eventOptions{Step: 2 * time.Minute, Ahead: -1}))
		}, nil, "0–4: [2]", "2–6: [2 4 5]", "4–8: [4 5 6]", "6–10: [6]"),
		"EventWindows with a timer": conforms(func(src ints) stream.Observable[string] {
			return text(operators.EventWindows(src, timeOf, 2*time.Minute,
				&eventOptions{Lateness: time.Hour, Idle: 500 * time.Millisecond, Ahead: -1}))
		}, &options{Spacing: 700 * time.Millisecond, Loose: true}, "2–4: [2]", "4–6: [4]", "6–8: [6]"),
		"ShiftTime": conforms(func(src ints) ints {
			return operators.ShiftTime(src, stream.Empty[time.Duration](), sum)
		}, nil, numbers...),
		"ShiftTime by another source": conforms(func(src ints) ints {
			offset := operators.Map(stream.Tick(1500*time.Millisecond), func(time.Time) time.Duration { return 10 })
			return operators.ShiftTime(src, offset, sum)
		}, second, 2, 14, 15, 16),
		"Reorder": conforms(func(src ints) ints {
			return operators.Reorder(src, func(v int) uint64 { return uint64(10 - v) }, &operators.ReorderOptions{First: new(uint64(4))})
		}, nil, 6, 5, 4, 2),
		"Reorder with little room": conforms(func(src ints) ints {
			return operators.Reorder(src, ownNumber, &operators.ReorderOptions{First: new(uint64(1)), Limit: 1})
		}, nil, numbers...),
		"Reorder with a timer": conforms(func(src ints) ints {
			return operators.Reorder(src, ownNumber, &operators.ReorderOptions{First: new(uint64(1)), Wait: 500 * time.Millisecond})
		}, second, numbers...),
	} {
		t.Run(name, test)
	}
}
