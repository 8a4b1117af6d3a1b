package transport

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/transport/codec"
)

// asleep reports whether a link has no goroutine.
func asleep(l Link) bool {
	in := &l.(*nativeLink).intake
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.role == roleAsleep
}

// sleeping returns the ends of a link over TCP, both of which have fallen asleep.
func sleeping(t *testing.T, n int) (a, b []Link) {
	opts := &Options{Timeout: 200 * time.Millisecond}
	for range n {
		dialed, accepted := pair(t, Hello{DataType: codec.Bytes}, opts)
		a, b = append(a, dialed), append(b, accepted)
	}
	fallAsleep(t, a, b)
	return a, b
}

func fallAsleep(t *testing.T, a, b []Link) {
	t.Helper()
	require.Eventually(t, func() bool {
		for i := range a {
			if !asleep(a[i]) || !asleep(b[i]) {
				return false
			}
		}
		return true
	}, 10*time.Second, time.Millisecond)
}

func TestQuietLinksFallAsleepAndWakeForEveryMessage(t *testing.T) {
	a, b := sleeping(t, 10)
	for round := range 2 {
		for i := range a {
			ctx, stop := context.WithCancel(t.Context())
			there, back := collect(ctx, b[i]), collect(ctx, a[i])
			text := fmt.Sprint(round, i)
			require.NoError(t, a[i].Send(ctx, codec.Bytes, []byte(text)))
			assert.Equal(t, []string{text}, there.first(1))
			require.NoError(t, b[i].Send(ctx, codec.Bytes, []byte(text)))
			assert.Equal(t, []string{text}, back.first(1))
			stop()
			_, _ = there.wait()
			_, _ = back.wait()
		}
		fallAsleep(t, a, b)
	}
	for i := range a {
		assert.NoError(t, a[i].Err())
		assert.NoError(t, b[i].Err())
	}
}

func TestALinkThatIsAsleepEnds(t *testing.T) {
	for name, end := range map[string]func(a, b Link){
		"when it is closed":       func(a, _ Link) { assert.NoError(t, a.Close(0)) },
		"when it is aborted":      func(a, _ Link) { a.Abort() },
		"when its remote is gone": func(_, b Link) { b.Abort() },
		"when both are aborted":   func(a, b Link) { a.Abort(); b.Abort() },
	} {
		t.Run(name, func(t *testing.T) {
			a, b := sleeping(t, 1)
			in := collect(context.Background(), a[0])
			end(a[0], b[0])
			<-a[0].Done()
			<-b[0].Done()
			_, _ = in.wait() // Done is called
			assert.False(t, asleep(a[0]) || asleep(b[0]))
			guard.mu.Lock()
			defer guard.mu.Unlock()
			for _, l := range guard.posts {
				assert.NotSame(t, &a[0].(*nativeLink).core, l)
				assert.NotSame(t, &b[0].(*nativeLink).core, l)
			}
		})
	}
}
