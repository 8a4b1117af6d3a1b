package streamtest

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/rxpeer/rxpeer/stream"
)

// stage is an operator made of functions. A nil one passes its call on.
type stage struct {
	stream.Stage[int]
	next func(dst observer, v int) bool
	done func(dst observer, err error)
}

func (s *stage) Next(v int) bool {
	if s.next == nil {
		return s.Dst.Next(v)
	}
	return s.next(s.Dst, v)
}

func (s *stage) Done(err error) {
	if s.done == nil {
		s.Dst.Done(err)
		return
	}
	s.done(s.Dst, err)
}

// lifted returns an operator whose functions are made for each subscription.
func lifted(start func() (next func(observer, int) bool, done func(observer, error))) func(observable) observable {
	return func(src observable) observable {
		return stream.Lift(src, func(dst observer) observer {
			s := &stage{Stage: stream.Stage[int]{Dst: dst}}
			s.next, s.done = start()
			return s
		})
	}
}

type (
	next = func(observer, int) bool
	done = func(observer, error)
)

// take is the operator of that name, for n of at least 1.
func take(n int) func(observable) observable {
	return lifted(func() (next, done) {
		i, complete := 0, false
		return func(dst observer, v int) bool {
				i++
				if !dst.Next(v) {
					return false
				}
				complete = i == n
				return !complete
			}, func(dst observer, err error) {
				if complete {
					err = nil
				}
				dst.Done(err)
			}
	})
}

// lastly delivers a last value from inside Done, where no source protects it.
func lastly(dst observer, v int, err error) {
	returned := false
	stream.Protect(dst, func() {
		if !dst.Next(v) {
			err = stream.ErrStopped
		}
		returned = true
	})
	if returned {
		dst.Done(err)
	}
}

// pairSums emits the sum of every two values, and what is left over at the
// end.
func pairSums(flush func(err error) bool) func(observable) observable {
	return lifted(func() (next, done) {
		var held []int
		return func(dst observer, v int) bool {
				if held = append(held, v); len(held) < 2 {
					return true
				}
				sum := held[0] + held[1]
				held = nil
				return dst.Next(sum)
			}, func(dst observer, err error) {
				if len(held) > 0 && flush(err) {
					lastly(dst, held[0], err)
					return
				}
				dst.Done(err)
			}
	})
}

// notStopped is when an operator may flush what it holds.
func notStopped(err error) bool { return err != stream.ErrStopped }

// buffered delivers on a goroutine of its own.
func buffered(src observable) observable {
	return stream.New(func(ctx context.Context, dst observer) func() {
		ctx, cancel := context.WithCancelCause(ctx)
		q := stream.NewQueue[int](ctx, stream.Block(2))
		run := src.Attach(ctx, q)
		return func() {
			if run != nil {
				go run() // ends with the subscription upstream
			}
			defer cancel(stream.ErrStopped)
			stream.Protect(dst, func() {
				for {
					v, ok := q.Take()
					if !ok {
						dst.Done(q.Err())
						return
					}
					if !dst.Next(v) {
						cancel(stream.ErrStopped)
						dst.Done(stream.ErrStopped)
						return
					}
				}
			})
		}
	})
}

func TestSoundOperatorsPass(t *testing.T) {
	in := []int{1, 2, 3, 4, 5}
	t.Run("identity", func(t *testing.T) {
		ConformOperator(t, func(src observable) observable { return src }, in, in, nil)
	})
	t.Run("a filter", func(t *testing.T) {
		odd := lifted(func() (next, done) {
			return func(dst observer, v int) bool { return v%2 == 0 || dst.Next(v) }, nil
		})
		ConformOperator(t, odd, in, []int{1, 3, 5}, nil)
	})
	t.Run("take", func(t *testing.T) { ConformOperator(t, take(2), in, []int{1, 2}, nil) })
	t.Run("take more than there are", func(t *testing.T) { ConformOperator(t, take(9), in, in, nil) })
	t.Run("pairs", func(t *testing.T) { ConformOperator(t, pairSums(notStopped), in, []int{3, 7, 5}, nil) })
	t.Run("a sum at completion", func(t *testing.T) {
		total := lifted(func() (next, done) {
			sum := 0
			return func(_ observer, v int) bool { sum += v; return true }, func(dst observer, err error) {
				if err == nil {
					lastly(dst, sum, nil)
					return
				}
				dst.Done(err)
			}
		})
		ConformOperator(t, total, in, []int{15}, &Options{AtCompletion: true})
	})
	t.Run("a buffer", func(t *testing.T) { ConformOperator(t, buffered, in, in, nil) })
	t.Run("fed every minute", func(t *testing.T) {
		ConformOperator(t, func(src observable) observable { return src }, in, in,
			&Options{Spacing: time.Minute, Patience: time.Hour})
	})
}

func TestEveryBrokenOperatorFails(t *testing.T) {
	in := []int{1, 2, 3, 4, 5}
	for _, test := range []struct {
		fault    string
		operator func(release <-chan struct{}) func(observable) observable
		want     []int
		says     string
	}{
		{"stays attached", func(<-chan struct{}) func(observable) observable {
			return lifted(func() (next, done) {
				i := 0
				return func(dst observer, v int) bool {
					if i++; i == 2 {
						dst.Next(v)
						dst.Done(nil)
					}
					return i >= 2 || dst.Next(v)
				}, func(observer, error) {}
			})
		}, []int{1, 2}, "Next"},
		{"has a context of its own", func(release <-chan struct{}) func(observable) observable {
			return func(src observable) observable {
				return stream.New(func(_ context.Context, dst observer) func() {
					ctx, cancel := context.WithCancel(context.Background())
					go func() {
						<-release
						cancel()
					}()
					return src.Attach(ctx, dst)
				})
			}
		}, in, "Done was not called after its context had ended"},
		{"swallows failures", func(<-chan struct{}) func(observable) observable {
			return lifted(func() (next, done) {
				return nil, func(dst observer, err error) {
					if err == errSource {
						err = nil
					}
					dst.Done(err)
				}
			})
		}, in, "the source fails after 0 values: ended with <nil>, want its failure (Reactive Streams 1.4)"},
		{"drops what it holds at a failure", func(<-chan struct{}) func(observable) observable {
			return pairSums(func(err error) bool { return err == nil })
		}, []int{3, 7, 5}, "the source fails after 1 values: values [] came before the failure; at completion they were [1]"},
		{"delivers from Done without protection", func(<-chan struct{}) func(observable) observable {
			return lifted(func() (next, done) {
				return nil, func(dst observer, err error) {
					if err == nil {
						dst.Next(6)
					}
					dst.Done(err)
				}
			})
		}, []int{1, 2, 3, 4, 5, 6}, "a panic of the subscriber escaped from the subscription's run"},
		{"runs its source twice", func(<-chan struct{}) func(observable) observable {
			return func(src observable) observable {
				return stream.New(func(ctx context.Context, dst observer) func() {
					run := src.Attach(ctx, dst)
					if run == nil {
						return nil
					}
					return func() {
						run()
						run()
					}
				})
			}
		}, in, "the run of a subscription was called twice"},
		{"leaves a goroutine", func(release <-chan struct{}) func(observable) observable {
			return lifted(func() (next, done) {
				go func() { <-release }()
				return nil, nil
			})
		}, in, "a goroutine is left"},
	} {
		t.Run(test.fault, func(t *testing.T) {
			c := &collector{TB: t}
			bubble := func(check func(operator func(observable) observable)) {
				synctest.Test(t, func(*testing.T) {
					release := make(chan struct{})
					defer time.Sleep(time.Second)
					defer close(release)
					check(test.operator(release))
				})
			}
			for _, rule := range operatorRules[int, int]() {
				bubble(func(operator func(observable) observable) {
					rule.check(c, operator, in, newSpecimen[int](test.want, nil, nil))
				})
			}
			for _, kind := range feeds[int]() {
				for _, rule := range rules[int]() {
					before := len(c.failures)
					bubble(func(operator func(observable) observable) {
						rule.check(operated(kind, operator, in, test.want, nil), c)
					})
					if rule.vital && len(c.failures) > before {
						break
					}
				}
			}
			assert.True(t, c.has(test.says), "no failure says %q; they are:\n%s", test.says, strings.Join(c.failures, "\n"))
		})
	}
}
