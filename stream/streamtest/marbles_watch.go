package streamtest

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// watch is the expectation that a source is subscribed at certain times.
type watch struct {
	m     *Marbles
	at    string
	want  []span
	begun time.Time // of the test; written before there are subscriptions

	mu    sync.Mutex
	got   []span
	ended bool // the test
}

// span is the time of a subscription; until is negative if it has no end.
type span struct{ from, until time.Duration }

// watched returns o with somebody who watches its subscriptions.
func watched[T any](w *watch, o stream.Observable[T]) stream.Observable[T] {
	return stream.New(func(ctx context.Context, dst stream.Observer[T]) func() {
		return o.Attach(ctx, &watchStage[T]{stream.Stage[T]{Dst: dst}, w.enter()})
	})
}

type watchStage[T any] struct {
	stream.Stage[T]
	leave func()
}

func (s *watchStage[T]) Next(v T) bool { return s.Dst.Next(v) }

func (s *watchStage[T]) Done(err error) {
	s.leave()
	s.Dst.Done(err)
}

// enter notes a subscription, and returns what notes its end.
func (w *watch) enter() (leave func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := len(w.got)
	w.got = append(w.got, span{time.Since(w.begun), -1})
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if !w.ended {
			w.got[i].until = time.Since(w.begun)
		}
	}
}

// open is false: when nothing else is expected, nothing subscribes.
func (w *watch) open(bool) bool { return false }

func (w *watch) freeze() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
}

func (*watch) stop() {}

func (w *watch) judge() {
	w.m.t.Helper()
	want, got := spans(w.want), spans(w.got)
	if want != got {
		w.m.t.Errorf("%snot subscribed as expected\n\twant  %s\n\tgot   %s", w.at, want, got)
	}
}

// spans draws subscriptions, one a line.
func spans(all []span) string {
	var lines []string
	for _, s := range all {
		cells := []cell{{s.from, "^"}}
		switch {
		case s.until == s.from:
			cells[0].text = "(^!)"
		case s.until >= 0:
			cells = append(cells, cell{s.until, "!"})
		}
		line, _, _, ok := align(cells, nil)
		if !ok {
			line = "^ after " + s.from.String() + ", ! after " + s.until.String()
		}
		lines = append(lines, line)
	}
	if lines == nil {
		return "no subscription"
	}
	return strings.Join(lines, "\n\t      ")
}
