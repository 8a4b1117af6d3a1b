package streamtest

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// maxBreaches is how many forbidden calls a Recorder bears before it ends the
// goroutine that makes them: a source that ignores every request to stop would
// otherwise never let a test fail.
const maxBreaches = 100

// Recorder is a [stream.Observer] that writes down what it is told, and that
// notices when it is called against the rules: twice at once, after the end,
// or after its Next has returned false. Under the race detector each of its
// calls must also happen before the next.
//
// The zero Recorder is ready for one subscription. Methods other than Next and
// Done may be called from any goroutine at any time.
type Recorder[T any] struct {
	acts    []Act
	touched int          // written without synchronisation, for the race detector
	running atomic.Int32 // calls of Next and Done

	mu       sync.Mutex
	values   []T
	stopped  bool // Next has returned false
	ended    bool // Done was called
	over     bool // and has returned
	err      error
	breaches []string
	changed  chan struct{} // closed at the next change, nil: nobody waits
}

// Record returns a Recorder that performs the given acts at each call.
func Record[T any](acts ...Act) *Recorder[T] { return &Recorder[T]{acts: acts} }

// Next writes v down and performs the acts. It returns false when one of them
// says so.
func (r *Recorder[T]) Next(v T) bool {
	r.touched++
	defer r.enter("Next", v)()

	r.mu.Lock()
	switch {
	case r.ended:
		r.breach("Next(%v) after Done(%v) (Reactive Streams 1.7)", v, r.err)
	case r.stopped:
		r.breach("Next(%v) after Next had returned false (Reactive Streams 1.8)", v)
	}
	if !r.ended {
		r.values = append(r.values, v)
	}
	n := len(r.values)
	r.change()
	r.mu.Unlock()

	more := r.act(n)
	if !more {
		r.mu.Lock()
		r.stopped = true
		r.mu.Unlock()
	}
	return more
}

// Done writes err down and performs the acts with [AtEnd].
func (r *Recorder[T]) Done(err error) {
	r.touched++
	defer r.enter("Done", err)()

	r.mu.Lock()
	again := r.ended
	if again {
		r.breach("Done(%v) after Done(%v) (Reactive Streams 1.7)", err, r.err)
	} else {
		r.ended, r.err = true, err
	}
	r.mu.Unlock()
	if again {
		return
	}
	defer func() {
		r.mu.Lock()
		r.over = true
		r.change()
		r.mu.Unlock()
	}()
	r.act(AtEnd)
}

// enter notes that a call has begun, and returns a function that notes its
// end.
func (r *Recorder[T]) enter(method string, arg any) (leave func()) {
	if len(r.Breaches()) >= maxBreaches {
		runtime.Goexit()
	}
	if r.running.Add(1) > 1 {
		r.Report("%s(%v) began while another call was running (Reactive Streams 1.3)", method, arg)
	}
	return func() { r.running.Add(-1) }
}

func (r *Recorder[T]) act(n int) (more bool) {
	more = true
	for _, act := range r.acts {
		more = act(n) && more
	}
	return more
}

// Report adds the description of a broken rule that a Recorder cannot notice by
// itself.
func (r *Recorder[T]) Report(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.breach(format, args...)
}

// breach is Report for those who hold r.mu.
func (r *Recorder[T]) breach(format string, args ...any) {
	r.breaches = append(r.breaches, fmt.Sprintf(format, args...))
}

// Values returns a copy of the values received so far.
func (r *Recorder[T]) Values() []T {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.values)
}

// Len returns the number of values received so far.
func (r *Recorder[T]) Len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.values)
}

// Ended reports whether Done was called and has returned.
func (r *Recorder[T]) Ended() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.over
}

// Err returns what Done was called with, nil before.
func (r *Recorder[T]) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// Breaches describes the calls so far that broke the rules.
func (r *Recorder[T]) Breaches() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.breaches)
}

// Wait waits until Done has returned. It returns the cause of ctx when that
// ends first.
func (r *Recorder[T]) Wait(ctx context.Context) error {
	return r.until(ctx, func() bool { return r.over })
}

// Await waits until there are at least n values. It returns the cause of ctx
// when that ends first, and an error when the stream does.
func (r *Recorder[T]) Await(ctx context.Context, n int) error {
	if err := r.until(ctx, func() bool { return len(r.values) >= n || r.over }); err != nil {
		return err
	}
	if got := r.Len(); got < n {
		return fmt.Errorf("streamtest: ended with %v after %d values", r.Err(), got)
	}
	return nil
}

// until waits until reached, which is called with r.mu held, returns true.
func (r *Recorder[T]) until(ctx context.Context, reached func() bool) error {
	for {
		r.mu.Lock()
		if reached() {
			r.mu.Unlock()
			return nil
		}
		if r.changed == nil {
			r.changed = make(chan struct{})
		}
		changed := r.changed
		r.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// change wakes those who wait. It is called with r.mu held.
func (r *Recorder[T]) change() {
	if r.changed != nil {
		close(r.changed)
		r.changed = nil
	}
}
