package peer

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestTheContextOfACallEndsWhetherLookedAtOrNot(t *testing.T) {
	for name, look := range map[string]func(ctx context.Context){
		"not looked at":       func(context.Context) {},
		"asked for Done":      func(ctx context.Context) { ctx.Done() },
		"with one made of it": func(ctx context.Context) { context.AfterFunc(ctx, func() {}) },
	} {
		t.Run(name, func(t *testing.T) {
			type key struct{}
			c := &callContext{Context: context.WithValue(t.Context(), key{}, 7)}
			look(c)
			assert.NoError(t, c.Err())
			assert.Equal(t, 7, c.Value(key{}))
			c.end()
			assert.Equal(t, context.Canceled, c.Err())
			assert.Equal(t, context.Canceled, context.Cause(c))
			select {
			case <-c.Done():
			default:
				t.Error("it has not ended")
			}
			assert.Equal(t, context.Canceled, c.Err())
			c.end()
		})
		t.Run(name+", with the stream", func(t *testing.T) {
			gone := errors.New("gone")
			parent, cancel := context.WithCancelCause(t.Context())
			c := &callContext{Context: parent}
			look(c)
			cancel(gone)
			assert.Equal(t, context.Canceled, c.Err())
			assert.Equal(t, gone, context.Cause(c))
			<-c.Done()
			c.end()
			assert.Equal(t, gone, context.Cause(c))
		})
	}
}

func TestWhatIsMadeOfTheContextOfACallFollowsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		parent, cancel := context.WithCancel(t.Context())
		defer cancel()
		c := &callContext{Context: parent}
		timed, stop := context.WithTimeout(c, time.Hour)
		defer stop()
		c.end()
		assert.Equal(t, context.Canceled, timed.Err(), "at once: no goroutine is between")
	})
}
