package operators_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

// journal returns a logger without times, and what it has written.
func journal(level slog.Level) (*slog.Logger, *bytes.Buffer) {
	var out bytes.Buffer
	return slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{
		Level: level,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	})), &out
}

func TestALogTellsTheLifeOfAStream(t *testing.T) {
	for name, test := range map[string]struct {
		o    ints
		act  streamtest.Act
		opts operators.LogOptions
		want string
	}{
		"that completes": {o: stream.Of(1, 2), want: `level=INFO msg=subscribed stream=door
level=DEBUG msg=value stream=door value=1
level=DEBUG msg=value stream=door value=2
level=INFO msg=completed stream=door values=2 after=0s
`},
		"that fails": {o: stream.Fail[int](errSource), want: `level=INFO msg=subscribed stream=door
level=WARN msg=failed stream=door values=0 after=0s err="the source failed"
`},
		"that is stopped": {o: stream.Of(1, 2), act: streamtest.StopAt(1), want: `level=INFO msg=subscribed stream=door
level=DEBUG msg=value stream=door value=1
level=INFO msg=stopped stream=door values=1 after=0s
`},
		"at other levels": {
			o: stream.Of(1), opts: operators.LogOptions{Level: slog.LevelError, Values: slog.LevelInfo},
			want: `level=ERROR msg=subscribed stream=door
level=INFO msg=value stream=door value=1
level=ERROR msg=completed stream=door values=1 after=0s
`},
		"without values": {
			o: stream.Of(1), opts: operators.LogOptions{Values: slog.LevelDebug - 1},
			want: `level=INFO msg=subscribed stream=door
level=INFO msg=completed stream=door values=1 after=0s
`},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				logger, out := journal(slog.LevelDebug)
				test.opts.Logger = logger
				rec := streamtest.Record[int]()
				if test.act != nil {
					rec = streamtest.Record[int](test.act)
				}
				_ = operators.Log(test.o, "door", &test.opts).Subscribe(t.Context(), rec).Wait(t.Context())
				assert.Equal(t, test.want, out.String())
			})
		})
	}
}

func TestALogOfManyValuesCanBeThinnedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logger, out := journal(slog.LevelDebug)
		seconds := 0
		counted := operators.Map(operators.Take(stream.Tick(time.Second), 7201), func(time.Time) int { seconds++; return seconds })
		logged := operators.Log(counted, "door", &operators.LogOptions{Logger: logger, Every: time.Hour})
		require.NoError(t, logged.Each(t.Context(), func(int) error { return nil }))
		assert.Equal(t, `level=INFO msg=subscribed stream=door
level=DEBUG msg=value stream=door value=1
level=DEBUG msg=value stream=door value=3601 left=3599
level=DEBUG msg=value stream=door value=7201 left=3599
level=INFO msg=completed stream=door values=7201 after=2h0m1s
`, out.String())
	})
}

func TestALogGoesToTheDefaultLoggerOfItsTime(t *testing.T) {
	logged := operators.Log(stream.Of(1), "door", nil)
	previous := slog.Default()
	defer slog.SetDefault(previous)
	logger, out := journal(slog.LevelWarn)
	slog.SetDefault(logger)
	require.NoError(t, logged.Each(t.Context(), func(int) error { return nil }))
	assert.Empty(t, out.String())

	logger, out = journal(slog.LevelInfo)
	slog.SetDefault(logger)
	require.NoError(t, logged.Each(t.Context(), func(int) error { return nil }))
	assert.Contains(t, out.String(), "stream=door")
}

// brokenHandler panics when it handles the n-th record.
type brokenHandler struct {
	slog.Handler
	n int
}

func (h *brokenHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h *brokenHandler) Handle(context.Context, slog.Record) error {
	if h.n--; h.n == 0 {
		panic(errOdd)
	}
	return nil
}

func TestAHandlerThatPanicsEndsTheStream(t *testing.T) {
	for n, want := range [][]int{1: nil, 2: nil, 3: {1}, 4: {1, 2}} {
		if n == 0 {
			continue
		}
		for name, o := range map[string]ints{"cold": stream.Of(1, 2), "hot": onItsOwn(stream.Of(1, 2))} {
			rec := streamtest.Record[int]()
			logger := slog.New(&brokenHandler{slog.DiscardHandler, n})
			sub := operators.Log(o, "door", &operators.LogOptions{Logger: logger}).Subscribe(t.Context(), rec)
			require.ErrorIs(t, sub.Wait(t.Context()), errOdd, "%s, record %d", name, n)
			rec.AssertFailed(t, errOdd, want...)
		}
	}
}

func logOverHours() clocked {
	const every = time.Hour
	return clocked{
		10 * time.Minute,
		func(o ints, _ func(string)) stream.Observable[string] {
			logger, out := journal(slog.LevelDebug)
			logged := operators.Log(o, "door", &operators.LogOptions{Logger: logger, Level: slog.LevelDebug - 1, Every: every})
			records := operators.Map(logged, func(int) string {
				defer out.Reset()
				return out.String()
			})
			return operators.Filter(records, func(record string) bool { return record != "" })
		},
		func(in []stamped, _ time.Duration) (want []moment) {
			left, due := 0, time.Duration(0)
			for _, v := range in {
				if v.at < due {
					left++
					continue
				}
				record := fmt.Sprint("level=DEBUG msg=value stream=door value=", v.value)
				if left > 0 {
					record += fmt.Sprint(" left=", left)
				}
				want = append(want, moment{v.at, record + "\n"})
				left, due = 0, v.at+every
			}
			return want
		},
	}
}
