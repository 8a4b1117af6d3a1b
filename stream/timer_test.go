package stream_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

func TestTimerConforms(t *testing.T) {
	for name, d := range map[string]time.Duration{"at once": 0, "later": time.Second} {
		t.Run(name, func(t *testing.T) {
			timer := func() stream.Observable[time.Time] { return stream.Timer(d) }
			streamtest.Conform(t, timer, []time.Time{{}}, &streamtest.Options{Loose: true})
		})
	}
}

func TestTimerComesOnceAfterItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		rec := streamtest.Record[time.Time]()
		sub := stream.Timer(100*time.Hour).Subscribe(t.Context(), rec)
		assert.NoError(t, sub.Wait(t.Context()))
		assert.Equal(t, []time.Time{start.Add(100 * time.Hour)}, rec.Values())
		assert.Equal(t, 100*time.Hour, time.Since(start))
	})
}

func TestATimerThatIsStoppedLeavesNoneBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		rec := streamtest.Record[time.Time]()
		sub := stream.Timer(time.Hour).Subscribe(t.Context(), rec)
		sub.Stop()
		assert.ErrorIs(t, sub.Wait(t.Context()), stream.ErrStopped)
		assert.Zero(t, time.Since(start))
		time.Sleep(2 * time.Hour)
		assert.Zero(t, rec.Len())
	})
}

func ExampleTimer() {
	_ = stream.Timer(time.Millisecond).Each(context.Background(), func(time.Time) error {
		fmt.Println("time is up")
		return nil
	})
	// Output:
	// time is up
}
