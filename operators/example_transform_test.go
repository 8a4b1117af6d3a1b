package operators_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
)

func ExampleConcatMap() {
	pages := stream.Of("one", "two")
	words := func(page string) stream.Observable[string] { return stream.Of(page+" a", page+" b") }
	show(operators.ConcatMap(pages, words))
	// Output:
	// one a
	// one b
	// two a
	// two b
}

func ExampleSwitchMap() {
	typed := stream.NewPublish[string](nil)
	answers := stream.NewPublish[string](nil)
	hints := operators.SwitchMap(typed.AsObservable(), func(text string) stream.Observable[string] {
		return operators.Map(answers.AsObservable(), func(answer string) string { return text + ": " + answer })
	})
	sub := hints.On(context.Background(), func(s string) { fmt.Println(s) })

	typed.TryEmit("pea")
	answers.TryEmit("pear")
	typed.TryEmit("peer") // nobody waits for what becomes of pea any longer
	answers.TryEmit("peerage")
	typed.Complete()
	answers.Complete()
	fmt.Println(sub.Wait(context.Background()))
	// Output:
	// pea: pear
	// peer: peerage
	// <nil>
}

func ExampleParallelMap() {
	photos := stream.Of("a.raw", "b.raw", "c.raw")
	develop := func(_ context.Context, name string) (string, error) { return strings.ToUpper(name), nil }
	show(operators.ParallelMap(photos, develop, &operators.ParallelOptions{Workers: 2}))
	// Output:
	// A.RAW
	// B.RAW
	// C.RAW
}

func ExamplePairwise() {
	positions := stream.Of(10, 12, 17)
	show(operators.Map(operators.Pairwise(positions), func(p operators.Pair[int]) int { return p.Current - p.Previous }))
	// Output:
	// 2
	// 5
}

func ExampleTimestamp() {
	before := time.Now()
	show(operators.Map(operators.Timestamp(stream.Of("a")), func(v operators.Timed[string]) string {
		return fmt.Sprint(v.Value, " in time: ", v.Time.Sub(before) < time.Hour)
	}))
	// Output:
	// a in time: true
}

func ExampleTimeInterval() {
	ticks := operators.Take(stream.Tick(10*time.Millisecond), 2)
	show(operators.Map(operators.TimeInterval(ticks), func(v operators.Elapsed[time.Time]) bool { return v.Since > 0 }))
	// Output:
	// true
	// true
}

func ExampleMaterialize() {
	parse := func(s string) (int, error) {
		if s == "?" {
			return 0, errors.New("no number")
		}
		return len(s), nil
	}
	show(operators.Materialize(operators.TryMap(stream.Of("x", "yy", "?"), parse)))
	// Output:
	// next: 1
	// next: 2
	// failed: no number
}

func ExampleDematerialize() {
	type note = operators.Notification[int]
	err := operators.Dematerialize(stream.Of(note{Value: 1}, note{Done: true, Err: errors.New("broken")})).
		Each(context.Background(), func(v int) error {
			fmt.Println(v)
			return nil
		})
	fmt.Println(err)
	// Output:
	// 1
	// broken
}

func ExampleNotification_String() {
	fmt.Println(operators.Notification[int]{Value: 7})
	fmt.Println(operators.Notification[int]{Done: true})
	// Output:
	// next: 7
	// completed
}
