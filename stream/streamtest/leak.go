package streamtest

import (
	"context"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"time"
)

// goroutine matches the first line of a goroutine's stack: its number and the
// bubble it belongs to, if any.
var goroutine = regexp.MustCompile(`^goroutine (\d+) [^\n]*?(?:synctest bubble (\d+))?\]:`)

// harness matches the stacks of package testing's own goroutines in a bubble.
var harness = regexp.MustCompile(`^goroutine \d+ \[synctest\.Run|testing/synctest\.testingSynctestTest\(`)

// census counts goroutines; comparing two is cheap while nothing has leaked.
type census int

func count() census { return census(runtime.NumGoroutine()) }

// leaked returns the stacks of the goroutines in the caller's bubble, except
// for its own and that of package testing, if there are others than at the
// time of the census.
func (before census) leaked() []string {
	if count() == before {
		return nil
	}
	own := goroutine.FindSubmatch(stacks(false))
	var left []string
	for _, stack := range strings.Split(string(stacks(true)), "\n\n") {
		m := goroutine.FindStringSubmatch(stack)
		if m != nil && m[2] == string(own[2]) && m[1] != string(own[1]) && !harness.MatchString(stack) {
			left = append(left, stack)
		}
	}
	return left
}

func stacks(all bool) []byte {
	for buf := make([]byte, 64<<10); ; buf = make([]byte, 2*len(buf)) {
		if n := runtime.Stack(buf, all); n < len(buf) {
			return buf[:n]
		}
	}
}

// countingContext is a context that never ends by itself and knows how many
// functions and child contexts wait for its end.
type countingContext struct {
	done chan struct{}

	mu      sync.Mutex
	waiting map[int]func()
	next    int
	ended   bool
}

func newCountingContext() *countingContext {
	return &countingContext{done: make(chan struct{}), waiting: map[int]func(){}}
}

func (*countingContext) Deadline() (time.Time, bool) { return time.Time{}, false }
func (c *countingContext) Done() <-chan struct{}     { return c.done }
func (*countingContext) Value(any) any               { return nil }

func (c *countingContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return context.Canceled
	}
	return nil
}

// AfterFunc is how package context registers with contexts that are not its
// own.
func (c *countingContext) AfterFunc(f func()) (stop func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := c.next
	c.next++
	c.waiting[id] = f
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		_, ok := c.waiting[id]
		delete(c.waiting, id)
		return ok
	}
}

func (c *countingContext) registered() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.waiting)
}

func (c *countingContext) cancel() {
	c.mu.Lock()
	waiting := c.waiting
	c.waiting, c.ended = nil, true
	close(c.done)
	c.mu.Unlock()
	for _, f := range waiting {
		go f() // ends with f, as those of package context
	}
}
