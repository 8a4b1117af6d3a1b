package operators_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
)

func ExampleObserveOn() {
	tasks := make(chan func(), 10) // of a user interface, say
	readings := stream.NewPublish[int](nil)
	shown := operators.ObserveOn(readings.AsObservable(), func(task func()) { tasks <- task }, stream.Latest())
	sub := shown.On(context.Background(), func(v int) { fmt.Println("shown:", v) })

	for v := range 5 {
		readings.TryEmit(v) // returns at once
	}
	(<-tasks)() // the user interface gets round to it
	readings.Complete()
	(<-tasks)()
	fmt.Println(sub.Wait(context.Background()), "dropped:", sub.Dropped())
	// Output:
	// shown: 4
	// <nil> dropped: 4
}

func ExampleTap() {
	loud := operators.Map(
		operators.Tap(stream.Of("a", "b"), func(s string) { fmt.Println("read:", s) }),
		strings.ToUpper)
	show(loud)
	// Output:
	// read: a
	// A
	// read: b
	// B
}

func ExampleFinally() {
	file := operators.Finally(stream.Of("line 1", "line 2"), func(err error) { fmt.Println("closed:", err) })
	show(operators.Take(file, 1))
	// Output:
	// line 1
	// closed: stream: stopped
}

func ExampleMetered() {
	m := operators.NewMeter("kitchen")
	readings := stream.NewPublish[int](nil)
	display := operators.Metered(operators.Buffer(readings.AsObservable(), stream.DropOldest(2)), m)
	busy, proceed := make(chan bool), make(chan bool)
	sub := display.On(context.Background(), func(int) {
		busy <- true
		<-proceed
	})

	readings.TryEmit(1)
	<-busy // with 1, while the others come
	for v := 2; v <= 6; v++ {
		readings.TryEmit(v)
	}
	s := m.Snapshot()
	fmt.Printf("%s: %d delivered, %d waiting, %d dropped\n", s.Name, s.Values, s.Queued, s.Dropped)
	sub.Stop()
	close(proceed)
	_ = sub.Wait(context.Background())
	// Output:
	// kitchen: 1 delivered, 2 waiting, 3 dropped
}

func ExampleLog() {
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey || a.Key == "after" {
				return slog.Attr{} // is different each time
			}
			return a
		},
	}))
	door := operators.Log(stream.Of("open", "shut"), "door", &operators.LogOptions{Logger: logger})
	_ = door.Each(context.Background(), func(string) error { return nil })
	// Output:
	// level=INFO msg=subscribed stream=door
	// level=DEBUG msg=value stream=door value=open
	// level=DEBUG msg=value stream=door value=shut
	// level=INFO msg=completed stream=door values=2
}
