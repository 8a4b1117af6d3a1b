package streamtest

import (
	"context"
	"fmt"
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// Cold returns a source that does what its diagram says for each subscription
// anew, counted from the subscription on, on that subscription's goroutine.
// The maps say what the names stand for, see [Marbles].
func Cold[T any](m *Marbles, text string, values ...map[string]T) stream.Observable[T] {
	m.t.Helper()
	script := scriptOf(m, text, values)
	place := m.next()
	return stream.FromFunc(func(ctx context.Context, emit func(v T) bool) error {
		return script.perform(m, ctx, place, emit)
	})
}

// Hot returns a source that does what its diagram says once, counted from the
// beginning of the test, whether somebody is subscribed or not. Who subscribes
// gets what comes from then on; who subscribes after the end gets the end.
//
// It must be called before the clock runs.
func Hot[T any](m *Marbles, text string, values ...map[string]T) stream.Observable[T] {
	m.t.Helper()
	script := scriptOf(m, text, values)
	place := m.next()
	if m.isPlaying() {
		m.spoil(caller(), fmt.Errorf("a hot source has to be made before the clock runs"))
	}
	subject := stream.NewPublish[T](nil)
	m.begin(func() {
		m.sources.Go(func() { // ends with the script, or the test
			err := script.perform(m, m.ctx, place, func(v T) bool { return subject.Emit(m.ctx, v) == nil })
			switch {
			case m.ctx.Err() != nil:
			case err != nil:
				subject.Abort(err)
			default:
				subject.Complete()
			}
		})
	})
	m.lengthen(script.length)
	return subject.AsObservable()
}

func (m *Marbles) isPlaying() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.playing
}

// script is what a source does.
type script[T any] struct {
	diagram
	values []T // of the marks
	err    error
}

func scriptOf[T any](m *Marbles, text string, values []map[string]T) script[T] {
	m.t.Helper()
	s := script[T]{err: m.Err}
	var err error
	if s.diagram, s.values, err = understand(text, newMeaning(values)); err != nil {
		m.spoil(caller(), err)
	}
	m.lengthen(s.length)
	return s
}

// understand reads a diagram and the values in it; those of other marks are
// zero.
func understand[T any](text string, names meaning[T]) (d diagram, values []T, err error) {
	if d, err = parse(text); err != nil {
		return d, nil, err
	}
	for _, k := range d.marks {
		var v T
		if k.what == value {
			if v, err = names.of(k); err != nil {
				return d, nil, &notationError{text, k.column, err.Error()}
			}
		}
		values = append(values, v)
	}
	return d, values, nil
}

// perform does what the script says. It returns how it ends: a script without
// an end lasts as long as ctx.
func (s script[T]) perform(m *Marbles, ctx context.Context, place order, emit func(v T) bool) error {
	begun := time.Now()
	for i, k := range s.marks {
		if !m.sleep(ctx, k.at-time.Since(begun)) || !m.turn(ctx, place) {
			return nil
		}
		switch k.what {
		case completion:
			return nil
		case failure:
			return s.err
		}
		if !emit(s.values[i]) {
			return nil
		}
	}
	<-ctx.Done()
	return nil
}
