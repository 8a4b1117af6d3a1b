package stream

import (
	"context"
	"iter"
	"time"
)

// cold returns the Observable of a source that runs once per subscription:
// body delivers values until emit returns false or it has no more. What it
// returns is the failure that ends the stream, nil at completion.
func cold[T any](body func(ctx context.Context, emit func(T) bool) error) Observable[T] {
	return running(func(ctx context.Context, dst Observer[T]) error { return runCold(ctx, dst, body) })
}

// running returns the Observable of a source that runs once per subscription:
// body delivers values to dst, and returns what to end with.
func running[T any](body func(ctx context.Context, dst Observer[T]) error) Observable[T] {
	return New(func(ctx context.Context, dst Observer[T]) func() {
		return func() {
			var err error
			returned := false
			Protect(dst, func() {
				err = body(ctx, dst)
				returned = true
			})
			if returned {
				dst.Done(err)
			}
		}
	})
}

func runCold[T any](ctx context.Context, dst Observer[T], body func(context.Context, func(T) bool) error) error {
	ended := watch(ctx)
	defer ended.release()
	stopped, next := false, NextOf(dst)
	err := body(ctx, func(v T) bool {
		if ended.Load() {
			return false
		}
		if next(v) {
			return true
		}
		stopped = true
		ended.Store(true)
		return false
	})
	switch {
	case stopped:
		return ErrStopped
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return err
}

// Of returns the given values. They are not copied.
func Of[T any](values ...T) Observable[T] {
	return running(func(ctx context.Context, dst Observer[T]) error {
		Protected(dst)
		ended := watch(ctx)
		defer ended.release()
		next := NextOf(dst)
		for _, v := range values {
			if ended.Load() {
				break
			}
			if !next(v) {
				return ErrStopped
			}
		}
		return context.Cause(ctx)
	})
}

// Range returns n numbers, from start on. It is the fastest source there is. It
// completes at once if n is less than 1.
func Range(start, n int) Observable[int] {
	return running(func(ctx context.Context, dst Observer[int]) error { return count(ctx, dst, start, n) })
}

// count is a function of its own for the compiler, which calls what it could do in
// place in a literal that it has copied to another package.
func count(ctx context.Context, dst Observer[int], start, n int) error {
	Protected(dst)
	ended := watch(ctx)
	defer ended.release()
	next := NextOf(dst)
	for i := range n {
		if ended.Load() {
			break
		}
		if !next(start + i) {
			return ErrStopped
		}
	}
	return context.Cause(ctx)
}

// FromSeq returns the values of seq, which each subscription ranges over on
// its own goroutine.
func FromSeq[T any](seq iter.Seq[T]) Observable[T] {
	return cold(func(_ context.Context, emit func(T) bool) error {
		seq(emit)
		return nil
	})
}

// FromSeq2 returns the values of seq up to the first pair with an error, which
// ends the stream; the value of that pair is not delivered. See [FromSeq].
func FromSeq2[T any](seq iter.Seq2[T, error]) Observable[T] {
	return cold(func(_ context.Context, emit func(T) bool) (failure error) {
		seq(func(v T, err error) bool {
			failure = err
			return err == nil && emit(v)
		})
		return failure
	})
}

// FromChan returns the values received from c until it is closed. Each value
// goes to one of the subscribers: share the stream to give all of them all. A
// nil channel never delivers.
func FromChan[T any](c <-chan T) Observable[T] {
	return cold(func(ctx context.Context, emit func(T) bool) error {
		for {
			select {
			case v, ok := <-c:
				if !ok || !emit(v) {
					return nil
				}
			case <-ctx.Done():
				return nil // runCold tells the cause
			}
		}
	})
}

// FromFunc returns what f emits. Each subscription calls f on its own
// goroutine; f returns when it has no more values, with the failure that ends
// the stream or nil, when ctx ends, and when emit returns false. emit must not
// be called after f has returned, nor by two goroutines at once; it waits as
// long as the subscriber takes.
func FromFunc[T any](f func(ctx context.Context, emit func(v T) bool) error) Observable[T] {
	return cold(f)
}

// Fail returns a stream without values that ends with err.
func Fail[T any](err error) Observable[T] {
	return New(func(ctx context.Context, dst Observer[T]) func() {
		dst.Done(err)
		return nil
	})
}

// Empty returns a stream that completes without a value.
func Empty[T any]() Observable[T] { return Observable[T]{} }

// Never returns a stream without values that ends only with the subscription.
func Never[T any]() Observable[T] {
	return New(func(ctx context.Context, dst Observer[T]) func() {
		if ctx.Done() != nil {
			context.AfterFunc(ctx, func() { dst.Done(context.Cause(ctx)) })
		}
		return nil
	})
}

// Tick returns the time, every time d has passed; the first comes after d. A
// subscriber that is busy for longer misses ticks. It panics if d is not
// positive, as [time.NewTicker] does.
func Tick(d time.Duration) Observable[time.Time] {
	return cold(func(ctx context.Context, emit func(time.Time) bool) error {
		ticker := time.NewTicker(d)
		defer ticker.Stop()
		for {
			select {
			case now := <-ticker.C:
				if !emit(now) {
					return nil
				}
			case <-ctx.Done():
				return nil // runCold tells the cause
			}
		}
	})
}

// Defer returns what f returns, which is called anew for each subscription.
func Defer[T any](f func() Observable[T]) Observable[T] {
	return New(func(ctx context.Context, dst Observer[T]) (run func()) {
		Protect(dst, func() { run = f().Attach(ctx, dst) })
		return run
	})
}
