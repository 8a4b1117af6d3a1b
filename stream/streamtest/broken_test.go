package streamtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"go.uber.org/goleak"

	"github.com/rxpeer/rxpeer/stream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// collector is a testing.TB that keeps failures to itself.
type collector struct {
	testing.TB
	mu       sync.Mutex
	failures []string
}

func (c *collector) Errorf(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failures = append(c.failures, fmt.Sprintf(format, args...))
}

func (*collector) Helper() {}

func (c *collector) has(text string) bool {
	return slices.ContainsFunc(c.failures, func(f string) bool { return strings.Contains(f, text) })
}

type (
	observer   = stream.Observer[int]
	observable = stream.Observable[int]
)

// oneToThree calls Next as a source must and reports whether dst wants more.
func oneToThree(dst observer) bool { return dst.Next(1) && dst.Next(2) && dst.Next(3) }

// sound delivers as a source must and returns what Done must get.
func sound(ctx context.Context, dst observer) error {
	for i := 1; i <= 3; i++ {
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case !dst.Next(i):
			return stream.ErrStopped
		}
	}
	return nil
}

// running returns a cold source that does what its body says.
func running(body func(ctx context.Context, dst observer)) observable {
	return stream.New(func(ctx context.Context, dst observer) func() {
		return func() { body(ctx, dst) }
	})
}

// TestEveryBrokenSourceFails puts sources with one fault each through the
// suite. What they leave behind ends when release is closed.
func TestEveryBrokenSourceFails(t *testing.T) {
	var shared int
	for _, test := range []struct {
		fault  string
		source func(release <-chan struct{}) observable
		opts   *Options
		says   string
	}{
		{"calls twice at once", func(<-chan struct{}) observable {
			return running(func(_ context.Context, dst observer) {
				defer dst.Done(nil)
				var wg sync.WaitGroup
				defer wg.Wait()
				wg.Go(func() { stream.Protect(nowhere{}, func() { dst.Next(1) }) })
				wg.Go(func() { stream.Protect(nowhere{}, func() { dst.Next(2) }) })
			})
		}, nil, "began while another call was running (Reactive Streams 1.3)"},
		{"Done twice", func(<-chan struct{}) observable {
			return running(func(_ context.Context, dst observer) {
				oneToThree(dst)
				dst.Done(nil)
				dst.Done(nil)
			})
		}, nil, "Done(<nil>) after Done(<nil>) (Reactive Streams 1.7)"},
		{"a value after Done", func(<-chan struct{}) observable {
			return running(func(_ context.Context, dst observer) {
				oneToThree(dst)
				dst.Done(nil)
				dst.Next(4)
			})
		}, nil, "Next(4) after Done(<nil>) (Reactive Streams 1.7)"},
		{"a value long after Done", func(<-chan struct{}) observable {
			return running(func(_ context.Context, dst observer) {
				oneToThree(dst)
				dst.Done(nil)
				time.AfterFunc(time.Second, func() { dst.Next(4) })
			})
		}, nil, "Next(4) after Done(<nil>) (Reactive Streams 1.7)"},
		{"no Done", func(<-chan struct{}) observable {
			return running(func(_ context.Context, dst observer) { oneToThree(dst) })
		}, nil, "Done was not called"},
		{"a value is missing", func(<-chan struct{}) observable {
			return running(func(_ context.Context, dst observer) {
				dst.Next(1)
				dst.Next(2)
				dst.Done(nil)
			})
		}, nil, "2 values [1 2], want 3"},
		{"another value", func(<-chan struct{}) observable { return stream.Of(1, 2, 4) }, nil, "values [1 2 4], want [1 2 3]"},
		{"another end", func(<-chan struct{}) observable {
			return running(func(_ context.Context, dst observer) {
				oneToThree(dst)
				dst.Done(errSource)
			})
		}, nil, "ended with streamtest: the source failed, want <nil>"},
		{"deaf to false", func(<-chan struct{}) observable {
			return running(func(_ context.Context, dst observer) {
				dst.Next(1)
				dst.Next(2)
				dst.Next(3)
				dst.Done(nil)
			})
		}, nil, "after Next had returned false (Reactive Streams 1.8)"},
		{"deaf to false for ever", func(<-chan struct{}) observable {
			return running(func(_ context.Context, dst observer) {
				for i := 1; ; i++ {
					dst.Next(i)
				}
			})
		}, &Options{Endless: true}, "after Next had returned false (Reactive Streams 1.8)"},
		{"stopped, but says completed", func(<-chan struct{}) observable {
			return running(func(_ context.Context, dst observer) {
				oneToThree(dst)
				dst.Done(nil)
			})
		}, nil, "ended with <nil>, want stream: stopped"},
		{"deaf to its context", func(<-chan struct{}) observable {
			return running(func(_ context.Context, dst observer) {
				err := stream.ErrStopped
				if oneToThree(dst) {
					err = nil
				}
				dst.Done(err)
			})
		}, nil, "ended with <nil>, want streamtest: cancelled"},
		{"deaf to its context for ever", func(<-chan struct{}) observable {
			return running(func(_ context.Context, dst observer) {
				for i := 1; dst.Next(i); i++ {
				}
				dst.Done(stream.ErrStopped)
			})
		}, &Options{Endless: true}, "values after the context had ended (Reactive Streams 1.8)"},
		{"idle and deaf to its context", func(release <-chan struct{}) observable {
			return running(func(_ context.Context, dst observer) {
				if !oneToThree(dst) {
					dst.Done(stream.ErrStopped)
					return
				}
				<-release
				dst.Done(nil)
			})
		}, &Options{Endless: true}, "Done was not called after its context had ended"},
		{"does not say why it was cancelled", func(<-chan struct{}) observable {
			return stream.New(func(ctx context.Context, dst observer) func() {
				context.AfterFunc(ctx, func() { dst.Done(ctx.Err()) })
				return nil
			})
		}, &Options{Endless: true}, "ended with context canceled, want streamtest: cancelled"},
		{"ends while Next runs", func(<-chan struct{}) observable {
			return running(func(ctx context.Context, dst observer) {
				var once sync.Once
				defer context.AfterFunc(ctx, func() { once.Do(func() { dst.Done(context.Cause(ctx)) }) })()
				err := stream.ErrStopped
				if oneToThree(dst) {
					err = nil
				}
				once.Do(func() { dst.Done(err) })
			})
		}, nil, "Done(streamtest: cancelled) began while another call was running (Reactive Streams 1.3)"},
		{"a goroutine is left", func(release <-chan struct{}) observable {
			return running(func(_ context.Context, dst observer) {
				go func() { <-release }()
				oneToThree(dst)
				dst.Done(nil)
			})
		}, nil, "a goroutine is left (Reactive Streams 3.13)"},
		{"keeps its context", func(<-chan struct{}) observable {
			return running(func(ctx context.Context, dst observer) {
				context.AfterFunc(ctx, func() {})
				dst.Done(sound(ctx, dst))
			})
		}, nil, "1 registrations with the context are left"},
		{"Attach blocks", func(release <-chan struct{}) observable {
			return stream.New(func(_ context.Context, dst observer) func() {
				<-release
				dst.Done(nil)
				return nil
			})
		}, nil, "Attach blocks"},
		{"unprotected", func(<-chan struct{}) observable {
			return running(func(ctx context.Context, dst observer) { dst.Done(sound(ctx, dst)) })
		}, nil, "a panic of the subscriber escaped from the subscription's run: streamtest: thrown"},
		{"takes a panic for the end", func(<-chan struct{}) observable {
			return running(func(ctx context.Context, dst observer) {
				defer func() {
					if recover() != nil {
						dst.Done(nil)
					}
				}()
				dst.Done(sound(ctx, dst))
			})
		}, nil, "ended with <nil>, want a *PanicError"},
		{"serves once", func(<-chan struct{}) observable {
			shared = 0
			return running(func(ctx context.Context, dst observer) {
				if shared++; shared == 1 {
					dst.Done(sound(ctx, dst))
					return
				}
				dst.Done(nil)
			})
		}, nil, "two subscriptions, one after the other: 0 values"},
	} {
		t.Run(test.fault, func(t *testing.T) {
			if raceDetector && strings.Contains(test.says, "1.3") {
				t.Skip("the race detector reports it")
			}
			c := &collector{TB: t}
			for _, rule := range rules[int]() {
				synctest.Test(t, func(t *testing.T) {
					release := make(chan struct{})
					defer time.Sleep(time.Second)
					defer close(release)
					rule.check(newSpecimen([]int{1, 2, 3}, test.opts, func() rig[int] {
						return rig[int]{observable: test.source(release)}
					}), c)
				})
				if rule.vital && len(c.failures) > 0 {
					break
				}
			}
			assert.True(t, c.has(test.says), "no failure says %q; they are:\n%s", test.says, strings.Join(c.failures, "\n"))
		})
	}
}

// nowhere is told of panics that do not matter.
type nowhere struct{}

func (nowhere) Next(int) bool { return false }
func (nowhere) Done(error)    {}

// TestANaiveSubjectFails is about one that calls its observers whenever
// something is emitted, also inside Next.
func TestANaiveSubjectFails(t *testing.T) {
	c := &collector{TB: t}
	newRig := func() rig[int] {
		var dsts []observer
		emit := func(v int) {
			for _, dst := range dsts {
				dst.Next(v)
			}
		}
		return rig[int]{
			observable: stream.New(func(_ context.Context, dst observer) func() {
				dsts = append(dsts, dst)
				return nil
			}),
			steps: []func(){func() { emit(1) }, func() { emit(2) }, func() {
				for _, dst := range dsts {
					dst.Done(nil)
				}
			}},
			emit: func() { emit(1) },
		}
	}
	synctest.Test(t, func(*testing.T) { newSpecimen([]int{1, 2}, nil, newRig).emitsInside(c) })
	assert.True(t, c.has("Next(1) began while another call was running (Reactive Streams 1.3)"), "%v", c.failures)
	synctest.Test(t, func(*testing.T) { newSpecimen([]int{1, 2}, nil, newRig).survivesPanic(c) })
	assert.True(t, c.has("a panic of the subscriber escaped from the source's emit"), "%v", c.failures)
}
