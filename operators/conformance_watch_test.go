package operators_test

import (
	"log/slog"
	"testing"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

// onGoroutines is an executor with a goroutine for each task.
func onGoroutines(task func()) { go task() }

func TestWatchConform(t *testing.T) {
	for name, test := range map[string]func(t *testing.T){
		"ObserveOn": conforms(func(src ints) ints {
			return operators.ObserveOn(src, onGoroutines, stream.Block(9))
		}, nil, numbers...),
		"ObserveOn with a small queue": conforms(func(src ints) ints {
			return operators.ObserveOn(src, onGoroutines, stream.Block(1))
		}, nil, numbers...),
		"ObserveOn that drops": conforms(func(src ints) ints {
			return operators.ObserveOn(src, onGoroutines, stream.DropNewest(9))
		}, nil, numbers...),
		"ObserveOn at once": conforms(func(src ints) ints {
			return operators.ObserveOn(src, func(task func()) { task() }, stream.Block(9))
		}, nil, numbers...),
		"ObserveOn with an executor that panics": conforms(func(src ints) ints {
			return operators.OnErrorReturn(operators.ObserveOn(src, func(func()) { panic(errSource) }, stream.Block(9)), func(error) int { return 1 })
		}, &streamtest.Options{Recovers: true, Loose: true}, 1),

		"Tap":     conforms(func(src ints) ints { return operators.Tap(src, func(int) {}) }, nil, numbers...),
		"Finally": conforms(func(src ints) ints { return operators.Finally(src, func(error) {}) }, nil, numbers...),
		"Metered": conforms(func(src ints) ints {
			m := operators.NewMeter("test")
			return operators.Metered(operators.Buffer(src, stream.Block(9)), m)
		}, nil, numbers...),
		"Log": conforms(func(src ints) ints {
			return operators.Log(src, "test", &operators.LogOptions{Logger: slog.New(slog.DiscardHandler)})
		}, nil, numbers...),
	} {
		t.Run(name, test)
	}
}
