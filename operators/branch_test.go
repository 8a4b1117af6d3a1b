package operators_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/rxpeer/rxpeer/operators"
	"github.com/rxpeer/rxpeer/stream"
)

// worker is a sink of which each value takes a while, and that may fail.
type worker struct {
	takes time.Duration
	fails func(v int) error // nil: never

	mu    sync.Mutex
	got   []int
	ended error
}

var errCompleted = errors.New("completed")

func (w *worker) Emit(_ context.Context, v int) error {
	if w.takes > 0 { // a timer that has run off already upsets the race detector
		<-time.After(w.takes) // in a bubble
	}
	if w.fails != nil {
		if err := w.fails(v); err != nil {
			return err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.got = append(w.got, v)
	return nil
}

func (w *worker) TryEmit(int) stream.Result { panic("not used") }
func (w *worker) Complete()                 { w.end(errCompleted) }
func (w *worker) Abort(err error)           { w.end(err) }

func (w *worker) end(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended == nil {
		w.ended = err
	}
}

func (w *worker) values() []int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.got)
}

// closedAt returns a failure that a sink which ends at the n-th value has.
func closedAt(n int) func(int) error {
	return func(int) error {
		if n--; n < 0 {
			return fmt.Errorf("gone: %w", stream.ErrClosed)
		}
		return nil
	}
}

// crew returns workers with branches of one policy.
func crew(n int, p stream.Policy) (workers []*worker, branches []*operators.Branch[int]) {
	for range n {
		w := &worker{}
		workers = append(workers, w)
		branches = append(branches, operators.To[int](w, p).Closing())
	}
	return workers, branches
}

// sorted returns what all workers got.
func sorted(workers []*worker) (values []int) {
	for _, w := range workers {
		values = append(values, w.values()...)
	}
	slices.Sort(values)
	return values
}

// fans returns the operators that deliver each value to one branch.
func fans() map[string]func(ctx context.Context, o ints, branches ...*operators.Branch[int]) *stream.Subscription {
	return map[string]func(ctx context.Context, o ints, branches ...*operators.Branch[int]) *stream.Subscription{
		"RoundRobin": operators.RoundRobin[int],
		"ByKey": func(ctx context.Context, o ints, branches ...*operators.Branch[int]) *stream.Subscription {
			return operators.ByKey(ctx, o, func(v int) int { return v }, branches...)
		},
	}
}
