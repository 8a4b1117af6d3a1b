package stream_test

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/reactivex/rxgo/v2"
	"github.com/stretchr/testify/assert"

	"github.com/rxpeer/rxpeer/stream"
)

// panicking are uses with which RxGo panics, sooner or later and on a goroutine
// of its own: that ends the program.
var panicking = []struct {
	name string
	in   []any // nil: the source is silent for ever
	use  func(o rxgo.Observable)
}{
	{"TakeLast of nothing", []any{1}, func(o rxgo.Observable) { received(o.TakeLast(0)) }},
	{"a cancelled BackOffRetry", nil, func(o rxgo.Observable) {
		ctx, cancel := context.WithCancel(context.Background())
		items := o.BackOffRetry(backoff.NewConstantBackOff(time.Millisecond), rxgo.WithContext(ctx)).Observe()
		cancel()
		for range items {
		}
	}},
	{"Retry of a buffer by time", []any{1, errBoom}, func(o rxgo.Observable) {
		received(o.BufferWithTime(second).Retry(1, always))
	}},
	{"BackOffRetry of a Debounce", []any{1, errBoom}, func(o rxgo.Observable) {
		received(o.Debounce(second).BackOffRetry(backoff.WithMaxRetries(backoff.NewConstantBackOff(1), 1)))
	}},
	{"windows by time that are observed again", []any{1}, func(o rxgo.Observable) {
		windows := o.WindowWithTime(second)
		opened(windows)
		opened(windows)
	}},
	{"a Count that is observed again", []any{1}, func(o rxgo.Observable) {
		count := o.Count()
		received(count)
		received(count)
	}},
	{"GroupBy of a failure", []any{errBoom}, func(o rxgo.Observable) {
		opened(o.GroupBy(1, func(item rxgo.Item) int { return item.V.(int) }))
	}},
	{"GroupBy into a group that there is not", []any{1}, func(o rxgo.Observable) {
		opened(o.GroupBy(1, func(rxgo.Item) int { return -1 }))
	}},
	{"GroupByDynamic of a failure", []any{errBoom}, func(o rxgo.Observable) {
		opened(o.GroupByDynamic(func(item rxgo.Item) string { return item.V.(string) }))
	}},
	{"FlatMap of a failure", []any{errBoom}, func(o rxgo.Observable) {
		received(o.FlatMap(func(item rxgo.Item) rxgo.Observable { return ours(item.V.(int)) }))
	}},
}

// TestRxGoPanicsWhereOursDoesNot runs what panics in a process of its own.
func TestRxGoPanicsWhereOursDoesNot(t *testing.T) {
	const which = "RXPEER_RXGO_PANICS"
	for _, test := range panicking {
		for os.Getenv(which) == test.name { // until it has panicked
			source := rxgo.Never()
			if test.in != nil {
				source = theirs(test.in...)
			}
			test.use(source)
		}
	}
	for _, test := range panicking {
		t.Run(test.name, func(t *testing.T) {
			source := stream.Never[int]().Rx()
			if test.in != nil {
				source = ours(test.in...).(stream.Rx)
			}
			test.use(source)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			child := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestRxGoPanicsWhereOursDoesNot$")
			child.Env = append(os.Environ(), which+"="+test.name)
			output, err := child.CombinedOutput()
			assert.Error(t, err)
			assert.Contains(t, string(output), "panic: ")
			assert.Contains(t, string(output), "rxgo")
		})
	}
}
