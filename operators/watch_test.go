package operators_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

func TestATapSeesEachValueBeforeTheSubscriberDoes(t *testing.T) {
	var seen []int
	require.NoError(t, operators.Tap(stream.Of(1, 2), func(v int) { seen = append(seen, v) }).
		Each(t.Context(), func(v int) error {
			seen = append(seen, -v)
			return nil
		}))
	assert.Equal(t, []int{1, -1, 2, -2}, seen)
}

func TestFinallyIsCalledOnceWithTheEnd(t *testing.T) {
	cancelled, cancel := context.WithCancelCause(t.Context())
	cancel(errOdd)
	for name, test := range map[string]struct {
		ctx  context.Context
		o    ints
		act  streamtest.Act
		want error
	}{
		"completion":        {t.Context(), stream.Of(1, 2), nil, nil},
		"failure":           {t.Context(), stream.Fail[int](errSource), nil, errSource},
		"stopped":           {t.Context(), stream.Of(1, 2), streamtest.StopAt(1), stream.ErrStopped},
		"context":           {cancelled, stream.Never[int](), nil, errOdd},
		"panic":             {t.Context(), operators.Tap(stream.Of(1), func(int) { panic(errOdd) }), nil, errOdd},
		"completion of hot": {t.Context(), onItsOwn(stream.Of(1, 2)), nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			rec := streamtest.Record[int]()
			if test.act != nil {
				rec = streamtest.Record[int](test.act)
			}
			var ends []error // needs no lock, since Wait returns after the call
			sub := operators.Finally(test.o, func(err error) {
				assert.False(t, rec.Ended())
				ends = append(ends, err)
			}).Subscribe(test.ctx, rec)
			err := sub.Wait(t.Context())
			require.ErrorIs(t, err, test.want)
			assert.Equal(t, []error{err}, ends)
		})
	}
}

func TestAPanicInFinallyBecomesTheEnd(t *testing.T) {
	for name, o := range map[string]ints{"cold": stream.Of(1), "hot": onItsOwn(stream.Of(1))} {
		t.Run(name, func(t *testing.T) {
			rec := streamtest.Record[int]()
			sub := operators.Finally(o, func(error) { panic(errOdd) }).Subscribe(t.Context(), rec)
			require.ErrorIs(t, sub.Wait(t.Context()), errOdd)
			rec.AssertFailed(t, errOdd, 1)
		})
	}
}
