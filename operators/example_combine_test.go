package operators_test

import (
	"context"
	"fmt"
	"time"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
)

func ExampleConcat() {
	stored := stream.Of("yesterday", "today")
	live := stream.Of("now")
	show(operators.Concat(stored, live))
	// Output:
	// yesterday
	// today
	// now
}

func ExampleZip() {
	questions := stream.Of("two and two?", "seven by six?", "why?")
	answers := stream.Of(4, 42)
	show(operators.Zip(questions, answers, func(q string, a int) string { return fmt.Sprint(q, " ", a) }))
	// Output:
	// two and two? 4
	// seven by six? 42
}

func ExampleZipAll() {
	show(operators.ZipAll(stream.Of(1, 2, 3), stream.Of(10, 20, 30), stream.Of(100, 200)))
	// Output:
	// [1 10 100]
	// [2 20 200]
}

func ExampleCombineLatest() {
	volts, amperes := stream.NewPublish[float64](nil), stream.NewPublish[float64](nil)
	watts := operators.CombineLatest(volts.AsObservable(), amperes.AsObservable(), func(v, a float64) float64 { return v * a })
	watts.On(context.Background(), func(w float64) { fmt.Println(w, "W") })

	volts.TryEmit(230)
	amperes.TryEmit(2)
	amperes.TryEmit(3)
	volts.TryEmit(220)
	// Output:
	// 460 W
	// 690 W
	// 660 W
}

func ExampleCombineLatestAll() {
	kitchen, cellar := stream.NewPublish[int](nil), stream.NewPublish[int](nil)
	rooms := operators.CombineLatestAll(kitchen.AsObservable(), cellar.AsObservable())
	rooms.On(context.Background(), func(celsius []int) { fmt.Println("kitchen:", celsius[0], "cellar:", celsius[1]) })

	kitchen.TryEmit(21)
	cellar.TryEmit(12)
	kitchen.TryEmit(22)
	// Output:
	// kitchen: 21 cellar: 12
	// kitchen: 22 cellar: 12
}

func ExampleWithLatestFrom() {
	clicks, position := stream.NewPublish[string](nil), stream.NewPublish[int](nil)
	at := operators.WithLatestFrom(clicks.AsObservable(), position.AsObservable(), func(button string, x int) string {
		return fmt.Sprint(button, " at ", x)
	})
	at.On(context.Background(), func(s string) { fmt.Println(s) })

	position.TryEmit(10)
	clicks.TryEmit("left")
	position.TryEmit(20)
	position.TryEmit(30)
	clicks.TryEmit("right")
	// Output:
	// left at 10
	// right at 30
}

func ExampleRace() {
	near, far := stream.NewPublish[string](nil), stream.NewPublish[string](nil)
	operators.Race(near.AsObservable(), far.AsObservable()).On(context.Background(), func(s string) { fmt.Println(s) })

	near.TryEmit("near answers")
	far.TryEmit("far answers")
	near.TryEmit("near goes on")
	// Output:
	// near answers
	// near goes on
}

func ExampleStartWith() {
	show(operators.StartWith(stream.Of("21 °C", "22 °C"), "no value yet"))
	// Output:
	// no value yet
	// 21 °C
	// 22 °C
}

func ExampleDefaultIfEmpty() {
	show(operators.DefaultIfEmpty(stream.Empty[string](), "nothing found"))
	// Output:
	// nothing found
}

func ExampleJoin() {
	type order struct{ ID, Item string }
	type payment struct {
		Order string
		Euro  int
	}
	orders, payments := stream.NewPublish[order](nil), stream.NewPublish[payment](nil)
	paid := operators.Join(orders.AsObservable(), payments.AsObservable(),
		func(o order) string { return o.ID }, func(p payment) string { return p.Order },
		time.Hour, func(o order, p payment) string { return fmt.Sprint(o.Item, " for ", p.Euro, " €") }, nil)
	paid.On(context.Background(), func(s string) { fmt.Println(s) })

	orders.TryEmit(order{"a", "tea"})
	orders.TryEmit(order{"b", "cake"})
	payments.TryEmit(payment{"b", 4})
	payments.TryEmit(payment{"c", 9}) // before its order
	orders.TryEmit(order{"c", "a bicycle bell"})
	// Output:
	// cake for 4 €
	// a bicycle bell for 9 €
}
