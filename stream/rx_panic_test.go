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

// panicking are uses with which RxGo panics, on a goroutine of its own: that
// ends the program.
var panicking = []struct {
	name         string
	theirs, ours rxgo.Observable
	use          func(o rxgo.Observable)
}{
	{"TakeLast of nothing", theirs(1), ours(1), func(o rxgo.Observable) { received(o.TakeLast(0)) }},
	{"a cancelled BackOffRetry", rxgo.Never(), stream.Never[int]().Rx(), func(o rxgo.Observable) {
		ctx, cancel := context.WithCancel(context.Background())
		items := o.BackOffRetry(backoff.NewConstantBackOff(time.Millisecond), rxgo.WithContext(ctx)).Observe()
		cancel()
		for range items {
		}
	}},
}

// TestRxGoPanicsWhereOursDoesNot runs what panics in a process of its own.
func TestRxGoPanicsWhereOursDoesNot(t *testing.T) {
	const which = "RXPEER_RXGO_PANICS"
	for _, test := range panicking {
		if os.Getenv(which) == test.name {
			test.use(test.theirs)
			select {} // until it has panicked
		}
	}
	for _, test := range panicking {
		t.Run(test.name, func(t *testing.T) {
			test.use(test.ours)
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
