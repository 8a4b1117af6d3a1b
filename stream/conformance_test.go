package stream_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

var errBoom = errors.New("boom")

func TestSourcesConform(t *testing.T) {
	type options = streamtest.Options
	of := func(o stream.Observable[int]) func() stream.Observable[int] {
		return func() stream.Observable[int] { return o }
	}
	channel := func() stream.Observable[int] {
		c := make(chan int, 3)
		for i := range 3 {
			c <- i
		}
		close(c)
		return stream.FromChan(c)
	}
	for _, test := range []struct {
		name string
		make func() stream.Observable[int]
		want []int
		opts *options
	}{
		{"Of", of(stream.Of(1, 2, 3)), []int{1, 2, 3}, nil},
		{"Of nothing", of(stream.Of[int]()), nil, nil},
		{"Range", of(stream.Range(1, 3)), []int{1, 2, 3}, nil},
		{"Range of nothing", of(stream.Range(1, -1)), nil, nil},
		{"FromSeq", of(stream.FromSeq(slices.Values([]int{1, 2, 3}))), []int{1, 2, 3}, nil},
		{"FromSeq without an end", of(stream.FromSeq(naturals)), []int{0, 1, 2}, &options{Endless: true}},
		{"FromSeq2", of(stream.FromSeq2(pairs(nil))), []int{0, 1, 2}, nil},
		{"FromSeq2 with an error", of(stream.FromSeq2(pairs(errBoom))), []int{0, 1, 2}, &options{Err: errBoom}},
		{"FromChan", channel, []int{0, 1, 2}, &options{Single: true}},
		{"FromChan that stays open", func() stream.Observable[int] {
			return stream.FromChan(make(chan int))
		}, nil, &options{Endless: true}},
		{"FromFunc", of(stream.FromFunc(threeThen(nil))), []int{0, 1, 2}, nil},
		{"FromFunc that fails", of(stream.FromFunc(threeThen(errBoom))), []int{0, 1, 2}, &options{Err: errBoom}},
		{"Fail", of(stream.Fail[int](errBoom)), nil, &options{Err: errBoom}},
		{"Empty", of(stream.Empty[int]()), nil, nil},
		{"zero", of(stream.Observable[int]{}), nil, nil},
		{"Never", of(stream.Never[int]()), nil, &options{Endless: true}},
		{"Defer", of(stream.Defer(of(stream.Of(1, 2, 3)))), []int{1, 2, 3}, nil},
	} {
		t.Run(test.name, func(t *testing.T) { streamtest.Conform(t, test.make, test.want, test.opts) })
	}
	t.Run("Tick", func(t *testing.T) {
		streamtest.Conform(t, func() stream.Observable[time.Time] { return stream.Tick(time.Second) },
			make([]time.Time, 3), &options{Endless: true, Loose: true})
	})
}

func naturals(yield func(int) bool) {
	for i := 0; yield(i); i++ {
	}
}

// pairs yields three values and, unless it is nil, an error.
func pairs(err error) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		for i := range 3 {
			if !yield(i, nil) {
				return
			}
		}
		if err != nil {
			yield(3, err)
		}
	}
}

func threeThen(err error) func(context.Context, func(int) bool) error {
	return func(_ context.Context, emit func(int) bool) error {
		for i := range 3 {
			if !emit(i) {
				return nil
			}
		}
		return err
	}
}

func TestSubjectsConform(t *testing.T) {
	type subject = *stream.Subject[int]
	fed := func(newSubject func() subject, end error) func() (stream.Observable[int], []func()) {
		return func() (stream.Observable[int], []func()) {
			s := newSubject()
			return s.AsObservable(), streamtest.Steps(s, end, 1, 2, 3)
		}
	}
	for _, test := range []struct {
		name string
		make func() subject
		want []int
		opts streamtest.Options
	}{
		{"Publish", func() subject { return stream.NewPublish[int](nil) }, []int{1, 2, 3}, streamtest.Options{}},
		{"Publish with a warm-up", func() subject {
			return stream.NewPublish[int](&stream.SubjectOptions{WarmUp: 2})
		}, []int{1, 2, 3}, streamtest.Options{}},
		{"Behavior", func() subject { return stream.NewBehavior(0, nil) }, []int{0, 1, 2, 3}, streamtest.Options{}},
		{"Replay", func() subject { return stream.NewReplay[int](10, 0, nil) }, []int{1, 2, 3}, streamtest.Options{}},
		{"Async", func() subject { return stream.NewAsync[int](nil) }, []int{3}, streamtest.Options{}},
		{"Unicast", func() subject { return stream.NewUnicast[int](nil) }, []int{1, 2, 3}, streamtest.Options{Single: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			streamtest.ConformHot(t, fed(test.make, nil), test.want, &test.opts)
		})
		t.Run(test.name+" aborted", func(t *testing.T) {
			opts, want := test.opts, test.want
			opts.Err = errBoom
			if test.name == "Async" {
				want = nil
			}
			streamtest.ConformHot(t, fed(test.make, errBoom), want, &opts)
		})
	}
}

// TestSubjectsWithAPastConform is about subscribers that come after the end.
func TestSubjectsWithAPastConform(t *testing.T) {
	past := func(s *stream.Subject[int]) func() stream.Observable[int] {
		return func() stream.Observable[int] {
			for _, step := range streamtest.Steps(s, nil, 1, 2, 3) {
				step()
			}
			return s.AsObservable()
		}
	}
	t.Run("Publish", func(t *testing.T) { streamtest.Conform(t, past(stream.NewPublish[int](nil)), nil, nil) })
	t.Run("Publish with a warm-up", func(t *testing.T) {
		streamtest.Conform(t, func() stream.Observable[int] {
			return past(stream.NewPublish[int](&stream.SubjectOptions{WarmUp: 2}))()
		}, []int{2, 3}, &streamtest.Options{Single: true})
	})
	t.Run("Behavior", func(t *testing.T) { streamtest.Conform(t, past(stream.NewBehavior(0, nil)), nil, nil) })
	t.Run("Replay", func(t *testing.T) {
		streamtest.Conform(t, past(stream.NewReplay[int](2, 0, nil)), []int{2, 3}, nil)
	})
	t.Run("Async", func(t *testing.T) { streamtest.Conform(t, past(stream.NewAsync[int](nil)), []int{3}, nil) })
	t.Run("Unicast", func(t *testing.T) {
		streamtest.Conform(t, func() stream.Observable[int] { return past(stream.NewUnicast[int](nil))() },
			[]int{1, 2, 3}, &streamtest.Options{Single: true})
	})
}
