package operators

import (
	"context"
	"log/slog"
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// LogOptions say where and what [Log] logs. nil means every default.
type LogOptions struct {
	// Logger is where it logs. nil means slog.Default() at the time of each
	// subscription.
	Logger *slog.Logger

	// Level is that of the begin and the end of a subscription; nil means
	// slog.LevelInfo. A failure is logged as slog.LevelWarn, or as Level if
	// that is higher.
	Level slog.Leveler

	// Values is the level of values. nil means slog.LevelDebug.
	Values slog.Leveler

	// Every is how long no further value is logged after one; the next one
	// tells how many were left out. 0 means that all are logged, as does a
	// negative one.
	Every time.Duration
}

// Log passes everything on and logs it: the begin of each subscription, its
// values and its end, with the number of values and the time that it took.
// name is the attribute "stream" of all records.
//
//	o:    a---b---|
//	Log:  a---b---|
//
//	level=INFO msg=subscribed stream=door
//	level=DEBUG msg=value stream=door value=a
//	level=DEBUG msg=value stream=door value=b
//	level=INFO msg=completed stream=door values=2 after=8ms
//
// The other ends are "failed", with the attribute err, and "stopped". A value
// that is not logged, since the logger's level is higher, costs a few
// nanoseconds.
//
// It is fused: no goroutine, no buffer, the order is kept; the logger's handler
// runs before the value is delivered, and may slow the stream down. A panic of
// the handler ends the subscription with a [*stream.PanicError].
//
// RxGo: -. RxJS: -. samber/ro: -.
func Log[T any](o stream.Observable[T], name string, opts *LogOptions) stream.Observable[T] {
	var options LogOptions
	if opts != nil {
		options = *opts
	}
	if options.Level == nil {
		options.Level = slog.LevelInfo
	}
	if options.Values == nil {
		options.Values = slog.LevelDebug
	}
	return stream.New(func(ctx context.Context, dst stream.Observer[T]) (run func()) {
		s := &logStage[T]{Stage: stream.Stage[T]{Dst: dst}, LogOptions: options, ctx: ctx, begun: time.Now()}
		if s.Logger == nil {
			s.Logger = slog.Default()
		}
		s.stream = slog.String("stream", name)
		stream.Protect(dst, func() {
			s.log(s.Level.Level(), "subscribed")
			run = o.Attach(ctx, s)
		})
		return run
	})
}

type logStage[T any] struct {
	stream.Stage[T]
	LogOptions
	ctx    context.Context
	stream slog.Attr
	begun  time.Time
	values int
	logged time.Time // the last value
	left   int       // values after it that were not
}

func (s *logStage[T]) Next(v T) bool {
	s.values++
	if level := s.Values.Level(); s.Logger.Enabled(s.ctx, level) {
		s.logValue(level, v)
	}
	return s.Dst.Next(v)
}

func (s *logStage[T]) logValue(level slog.Level, v T) {
	value := slog.Any("value", v)
	if s.Every <= 0 {
		s.log(level, "value", value)
		return
	}
	now := time.Now()
	switch {
	case !s.logged.IsZero() && now.Sub(s.logged) < s.Every:
		s.left++
		return
	case s.left > 0:
		s.log(level, "value", value, slog.Int("left", s.left))
	default:
		s.log(level, "value", value)
	}
	s.logged, s.left = now, 0
}

func (s *logStage[T]) Done(err error) {
	endAfter(s.Dst, err, func() {
		level, attrs := s.Level.Level(), []slog.Attr{slog.Int("values", s.values), slog.Duration("after", time.Since(s.begun))}
		switch {
		case err == nil:
			s.log(level, "completed", attrs...)
		case isStop(s.ctx, err):
			s.log(level, "stopped", attrs...)
		default:
			s.log(max(level, slog.LevelWarn), "failed", append(attrs, slog.Any("err", err))...)
		}
	})
}

func (s *logStage[T]) log(level slog.Level, msg string, attrs ...slog.Attr) {
	if s.Logger.Enabled(s.ctx, level) {
		s.Logger.LogAttrs(s.ctx, level, msg, append([]slog.Attr{s.stream}, attrs...)...)
	}
}
