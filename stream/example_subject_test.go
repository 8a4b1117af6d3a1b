package stream_test

import (
	"context"
	"fmt"

	"github.com/rxpeer/rxpeer/stream"
)

// feed emits 1 to 3 and completes, and prints what one subscriber gets that
// came before, and one that came after.
func feed(s *stream.Subject[int]) {
	ctx := context.Background()
	early, late := []int{}, []int{}
	sub := s.On(ctx, func(v int) { early = append(early, v) })
	for i := 1; i <= 3; i++ {
		_ = s.Emit(ctx, i)
	}
	s.Complete()
	_ = sub.Wait(ctx)
	_ = s.On(ctx, func(v int) { late = append(late, v) }).Wait(ctx)
	fmt.Println(early, late)
}

func ExampleNewPublish() {
	feed(stream.NewPublish[int](nil))
	// Output: [1 2 3] []
}

func ExampleNewBehavior() {
	feed(stream.NewBehavior(0, nil))
	// Output: [0 1 2 3] []
}

func ExampleNewReplay() {
	feed(stream.NewReplay[int](2, 0, nil))
	// Output: [1 2 3] [2 3]
}

func ExampleNewAsync() {
	feed(stream.NewAsync[int](nil))
	// Output: [3] [3]
}

func ExampleNewUnicast() {
	ctx := context.Background()
	inbox := stream.NewUnicast[string](nil)
	_ = inbox.Emit(ctx, "came before anybody read") // it waits there
	inbox.Complete()
	print(inbox.AsObservable())
	// Output: came before anybody read | <nil>
}

func ExamplePolicy_OnDrop() {
	latest := stream.Latest().OnDrop(func(v any) { fmt.Println("dropped", v) })
	s := stream.NewPublish[int](nil)
	values, _ := s.Chan(context.Background(), latest)
	for i := 1; i <= 3; i++ {
		fmt.Println(i, s.TryEmit(i))
	}
	s.Complete()
	fmt.Println("got", <-values)
	// Output:
	// 1 ok
	// dropped 1
	// 2 overflow
	// dropped 2
	// 3 overflow
	// got 3
}
