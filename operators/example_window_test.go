package operators_test

import (
	"context"
	"fmt"
	"time"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
)

func ExampleTumbling() {
	litres := stream.Of(3, 4, 5)
	perHour := operators.Tumbling(litres, time.Hour, nil)
	show(perHour) // the source has completed before the first hour is over
	// Output:
	// [3 4 5]
}

func ExampleTumblingCount() {
	show(operators.TumblingCount(stream.Of("a", "b", "c", "d", "e"), 2))
	// Output:
	// [a b]
	// [c d]
	// [e]
}

func ExampleSessions() {
	type click struct{ user, page string }
	clicks := stream.Of(click{"ann", "/"}, click{"bob", "/"}, click{"ann", "/cart"}, click{"ann", "/pay"})
	user := func(c click) string { return c.user }
	visits := operators.Sessions(clicks, user, 30*time.Minute, nil)
	show(operators.Map(visits, func(s operators.Session[string, click]) string {
		return fmt.Sprintf("%s: %d pages, last %s", s.Key, len(s.Values), s.Values[len(s.Values)-1].page)
	}))
	// Output:
	// bob: 1 pages, last /
	// ann: 3 pages, last /pay
}

func ExampleBursts() {
	keys := stream.NewPublish[string](nil)
	words := operators.Bursts(keys.AsObservable(), 20*time.Millisecond, nil)
	over := make(chan bool)
	sub := words.On(context.Background(), func(keys []string) {
		fmt.Println(keys)
		over <- true
	})
	keys.TryEmit("h")
	keys.TryEmit("i")
	<-over // 20 ms of silence
	keys.TryEmit("!")
	<-over
	keys.Complete()
	fmt.Println(sub.Wait(context.Background()))
	// Output:
	// [h i]
	// [!]
	// <nil>
}

// measured is a value of a sensor with a clock of its own.
type measured struct {
	at      time.Time
	celsius float64
}

func readingAt(clock string, celsius float64) measured {
	at, _ := time.Parse(time.TimeOnly, clock)
	return measured{at.AddDate(2026, 0, 0), celsius}
}

func ExampleEventWindows() {
	late := stream.NewPublish[measured](nil)
	late.AsObservable().On(context.Background(), func(r measured) { fmt.Println("late:", r.at.Format(time.TimeOnly)) })

	readings := stream.Of( // as they came
		readingAt("08:59:40", 20),
		readingAt("09:00:10", 22),
		readingAt("08:59:55", 21), // on another path
		readingAt("09:01:20", 23),
		readingAt("08:59:59", 30),
	)
	at := func(r measured) time.Time { return r.at }
	minutes := operators.EventWindows(readings, at, time.Minute, &operators.EventOptions[measured]{
		Lateness: 30 * time.Second,
		Late:     late,
	})
	show(operators.Map(minutes, func(w operators.Window[measured]) string {
		return fmt.Sprintf("%s: %d readings", w.Begin.Format(time.TimeOnly), len(w.Values))
	}))
	// Output:
	// 08:59:00: 2 readings
	// late: 08:59:59
	// 09:00:00: 1 readings
	// 09:01:00: 1 readings
}

func ExampleShiftTime() {
	remote, behind := stream.NewPublish[measured](nil), stream.NewPublish[time.Duration](nil)
	shift := func(r measured, by time.Duration) measured {
		r.at = r.at.Add(by)
		return r
	}
	corrected := operators.ShiftTime(remote.AsObservable(), behind.AsObservable(), shift)
	corrected.On(context.Background(), func(r measured) { fmt.Println(r.at.Format(time.TimeOnly)) })

	remote.TryEmit(readingAt("09:00:00", 20))
	behind.TryEmit(90 * time.Second)
	remote.TryEmit(readingAt("09:00:10", 20))
	remote.Complete()
	// Output:
	// 09:00:00
	// 09:01:40
}

func ExampleReorder() {
	type packet struct {
		number uint64
		text   string
	}
	packets := stream.Of(packet{1, "one"}, packet{3, "three"}, packet{2, "two"}, packet{2, "two again"}, packet{5, "five"})
	number := func(p packet) uint64 { return p.number }
	show(operators.Map(operators.Reorder(packets, number, nil), func(p packet) string { return p.text }))
	// Output:
	// one
	// two
	// three
	// five
}
