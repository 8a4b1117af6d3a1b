package stream_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/stream"
)

// contextOf returns a subscription with ctx, and the context that its source got.
func contextOf(ctx context.Context) (sub *stream.Subscription, scope context.Context) {
	sub = stream.New(func(ctx context.Context, dst stream.Observer[int]) func() {
		scope = ctx
		stream.AfterFunc(ctx, func() { dst.Done(context.Cause(ctx)) })
		return nil
	}).On(ctx, func(int) {})
	return sub, scope
}

type scopeKey struct{}

func TestASourceIsToldOfTheEndOfItsContextOnce(t *testing.T) {
	cause := errors.New("enough")
	parents := map[string]func(t *testing.T) (ctx context.Context, end func()){
		"nothing else ends it": func(*testing.T) (context.Context, func()) {
			return context.WithValue(context.Background(), scopeKey{}, 1), nil
		},
		"the subscriber's context ends it": func(t *testing.T) (context.Context, func()) {
			ctx, cancel := context.WithCancelCause(context.WithValue(t.Context(), scopeKey{}, 1))
			return ctx, func() { cancel(cause) }
		},
	}
	for name, parent := range parents {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, end := parent(t)
				want := cause
				sub, scope := contextOf(ctx)
				if end == nil {
					end, want = sub.Stop, stream.ErrStopped
				}
				assert.Equal(t, 1, scope.Value(scopeKey{}))
				calls := [3]int{}
				stops := [3]func() bool{}
				for i := range calls {
					stops[i] = stream.AfterFunc(scope, func() { calls[i]++ })
				}
				assert.True(t, stops[1]())
				assert.False(t, stops[1]())
				require.NoError(t, scope.Err())
				child, cancel := context.WithCancel(scope)
				defer cancel()
				end()
				assert.Equal(t, want, context.Cause(child))
				assert.Equal(t, want, sub.Wait(context.Background()))
				assert.Equal(t, want, sub.Wait(context.Background()))
				synctest.Wait()
				assert.Equal(t, [3]int{1, 0, 1}, calls)
				assert.False(t, stops[0]())
				stream.AfterFunc(scope, func() { calls[1]++ })
				synctest.Wait()
				assert.Equal(t, 1, calls[1], "it has ended already")
			})
		})
	}
}

func TestTheFirstWhoIsToldOfTheEndMayGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sub, scope := contextOf(context.Background())
		calls := 0
		stop := stream.AfterFunc(scope, func() { calls += 10 })
		assert.True(t, stop())
		stream.AfterFunc(scope, func() { calls++ })
		assert.False(t, stop(), "that is not its own")
		sub.Stop()
		synctest.Wait()
		assert.Equal(t, 1, calls)
	})
}

func TestAContextThatNeverEndsTellsNobody(t *testing.T) {
	assert.True(t, stream.AfterFunc(context.Background(), func() { t.Error("called") })())
}
