package operators_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

// chainLength is how many operators a chain has.
const chainLength = 20

// TestNothingIsLeftOfAChainWhateverHappensInIt builds chains of random
// operators and lets something happen at every position of them. When one
// fails it says how to run that one again; RXPEER_CHAINS is how many rounds
// there are, 1 when it is not set.
func TestNothingIsLeftOfAChainWhateverHappensInIt(t *testing.T) {
	if again := os.Getenv("RXPEER_CHAIN"); again != "" {
		var seed uint64
		var position, fault int
		_, err := fmt.Sscanf(again, "%d/%d/%d", &seed, &position, &fault)
		require.NoError(t, err, "RXPEER_CHAIN is seed/position/fault")
		tryChain(t, seed, position, fault)
		return
	}
	rounds := 1
	if n := os.Getenv("RXPEER_CHAINS"); n != "" {
		var err error
		rounds, err = strconv.Atoi(n)
		require.NoError(t, err)
	}
	happened, tried := 0, 0
	for range rounds {
		for position := range chainLength {
			for fault := range faults {
				tried++
				if tryChain(t, rand.Uint64(), position, fault) {
					happened++
				}
				if t.Failed() {
					return
				}
			}
		}
	}
	assert.Greater(t, happened, tried/3, "the faults hardly ever happened in %d chains", tried)
}

// tryChain tries one chain in a bubble, and reports whether what should happen
// in it did.
func tryChain(t *testing.T, seed uint64, position, fault int) (happened bool) {
	defer func() {
		if t.Failed() {
			t.Logf("again: RXPEER_CHAIN=%d/%d/%d go test -run %s ./operators", seed, position, fault, t.Name())
		}
		if r := recover(); r != nil && !t.Failed() {
			panic(fmt.Sprintf("RXPEER_CHAIN=%d/%d/%d: %v", seed, position, fault, r))
		}
	}()
	synctest.Test(t, func(t *testing.T) {
		before := runtime.NumGoroutine()
		c := newChain(seed, position, fault)
		rec := c.run(t)
		happened = c.happened.Load()
		synctest.Wait()
		if runtime.NumGoroutine() != before {
			for _, stack := range goroutinesOf(t) {
				t.Errorf("%s\na goroutine is left: %s", c, stack)
			}
		}
		for i, p := range c.probes {
			assert.Zero(t, p.Live(), "%s\nlive subscriptions before position %d", c, i)
			assert.Empty(t, p.Breaches(), c)
		}
		for _, breach := range c.breaches() {
			assert.Fail(t, breach, c)
		}
		text := c.String()
		c = nil
		time.Sleep(time.Hour)
		assert.True(t, collected(rec), "%s\nsomething refers to the subscriber still", text)
	})
	return happened
}

// goroutinesOf returns the stacks of the goroutines in the caller's bubble
// besides its own and that of package testing.
func goroutinesOf(t *testing.T) (left []string) {
	buf := make([]byte, 4<<20)
	all := strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n")
	bubble := regexp.MustCompile(`synctest bubble \d+`).FindString(all[0])
	require.NotEmpty(t, bubble)
	for _, stack := range all[1:] {
		first, _, _ := strings.Cut(stack, "\n")
		if strings.Contains(first, bubble+"]") && !strings.Contains(first, "[synctest.Run") &&
			!strings.Contains(stack, "testing/synctest.testingSynctestTest(") {
			left = append(left, stack)
		}
	}
	return left
}

// collected reports whether nothing refers to what p points to.
func collected[T any](p weak.Pointer[T]) bool {
	for range 5 {
		if p.Value() == nil {
			return true
		}
		runtime.GC()
	}
	return p.Value() == nil
}

// fault is something that happens to a chain when the value at a position of
// it, or else time, has come.
type fault struct {
	name string
	what func(c *chain, call int) (more bool) // in the subscriber, at its n-th call
	in   func()                               // in a function that was given to an operator
	err  func(err error) bool                 // what the chain ends with if it has happened; nil: anything
}

var errFault = errors.New("fault")

func isPanic(err error) bool {
	p := (*stream.PanicError)(nil)
	return errors.As(err, &p)
}

// isCancel and isStop allow for an end that was on its way already.
func isCancel(err error) bool {
	return err == nil || errors.Is(err, errFault) || errors.Is(err, errSource)
}
func isStop(err error) bool { return errors.Is(err, stream.ErrStopped) || errors.Is(err, errSource) }

// inSubscriber returns what a fault in the subscriber does.
func inSubscriber(f func(c *chain) bool) func(c *chain, call int) bool {
	return func(c *chain, call int) bool {
		if call != c.position/4+1 {
			return true
		}
		c.happened.Store(true)
		return f(c)
	}
}

var faults = []fault{
	{name: "nothing"},
	{name: "false", what: inSubscriber(func(*chain) bool { return false }), err: isStop},
	{name: "Stop", what: inSubscriber((*chain).stop), err: isStop},
	{name: "cancel", what: inSubscriber(func(c *chain) bool { c.cancel(errFault); return true }), err: isCancel},
	{name: "panic", what: inSubscriber(func(*chain) bool { panic("fault") }), err: isPanic},
	{name: "Goexit", what: inSubscriber(func(*chain) bool { runtime.Goexit(); return true }), err: isPanic},
	{name: "panic in an operator", in: func() { panic("fault") }},
	{name: "Goexit in an operator", in: runtime.Goexit},
	{name: "cancel in an operator"},
	{name: "Stop after a while"},
	{name: "cancel after a while"},
}

// chain is a random chain, one subscription, and what happens to it.
type chain struct {
	fault
	position int
	random   *rand.Rand
	names    []string
	o        ints
	drive    func(ctx context.Context) // makes a hot source deliver
	probes   []*streamtest.Probe[int]  // before each link and after the last
	checks   []*check
	ctx      context.Context
	cancel   context.CancelCauseFunc
	sub      atomic.Pointer[stream.Subscription]
	calls    atomic.Int32
	happened atomic.Bool
}

func newChain(seed uint64, position, number int) *chain {
	c := &chain{fault: faults[number], position: position, random: rand.New(rand.NewPCG(seed, 0))}
	c.ctx, c.cancel = context.WithCancelCause(context.Background())
	source := chainSources[c.random.IntN(len(chainSources))]
	c.names = []string{source.name}
	c.o, c.drive = source.open()
	c.join()
	for i := range chainLength {
		all := everyLink
		if c.random.IntN(40) == 0 {
			all = fewLinks
		}
		l := all[c.random.IntN(len(all))]
		c.names = append(c.names, l.name)
		c.o = l.join(c.o, c.function(i))
		c.join()
	}
	return c
}

// join puts those who watch behind the last link.
func (c *chain) join() {
	p := streamtest.NewProbe(c.o)
	c.probes = append(c.probes, p)
	k := &check{name: fmt.Sprintf("after %s, the %d-th", c.names[len(c.names)-1], len(c.names)-1)}
	c.checks = append(c.checks, k)
	c.o = stream.Lift(p.Observable, func(dst stream.Observer[int]) stream.Observer[int] {
		return &checked{Stage: stream.Stage[int]{Dst: dst}, check: k}
	})
}

// function returns what is given to the operator at a position.
func (c *chain) function(i int) func(v int) int {
	if i != c.position {
		return func(v int) int { return v + 1 }
	}
	after := int32(c.random.IntN(6) + 1)
	return func(v int) int {
		if c.calls.Add(1) != after {
			return v + 1
		}
		switch {
		case c.in != nil:
			c.happened.Store(true)
			c.in()
		case c.name == "cancel in an operator":
			c.happened.Store(true)
			c.cancel(errFault)
		}
		return v + 1
	}
}

// stop stops the subscription from inside a callback.
func (c *chain) stop() (more bool) {
	sub := c.sub.Load()
	if sub == nil { // Subscribe, which delivers already, has not returned
		return false
	}
	sub.Stop()
	return true
}

func (c *chain) String() string {
	return fmt.Sprintf("%s at position %d of %s", c.name, c.position, strings.Join(c.names, " → "))
}

func (c *chain) breaches() (all []string) {
	for _, k := range c.checks {
		if s := k.breach.Load(); s != nil {
			all = append(all, *s+" "+k.name)
		}
	}
	return all
}

// run subscribes, waits for the end, and checks it.
//
//go:noinline
func (c *chain) run(t *testing.T) weak.Pointer[streamtest.Recorder[int]] {
	rec := streamtest.Record[int](func(n int) bool {
		return n == streamtest.AtEnd || c.what == nil || c.what(c, n)
	})
	defer c.cancel(errFault)
	sub := c.o.Subscribe(c.ctx, rec)
	c.sub.Store(sub)
	driven := make(chan struct{})
	go func() { // ends with the source
		defer close(driven)
		if c.drive != nil {
			c.drive(c.ctx)
		}
	}()
	pause := time.Duration(c.position) * time.Millisecond
	switch c.name {
	case "Stop after a while":
		time.Sleep(pause)
		c.happened.Store(true)
		sub.Stop()
	case "cancel after a while":
		time.Sleep(pause)
		c.happened.Store(true)
		c.cancel(errFault)
	}
	endless := c.names[0] == "endless"
	patience := time.Minute
	if endless {
		patience = 200 * time.Millisecond
	}
	limit, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if _ = sub.Wait(limit); limit.Err() != nil && !endless {
		t.Errorf("%s\ndoes not end: %q", c, goroutinesOf(t))
	}
	sub.Stop()
	limit, cancel = context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	err := sub.Wait(limit)
	if limit.Err() != nil {
		t.Errorf("%s\ndoes not end when stopped: %s", c, strings.Join(goroutinesOf(t), "\n\n"))
	}
	rec.AssertSound(t)
	assert.True(t, rec.Ended(), "%s\nDone was not called", c)
	if c.err != nil && c.happened.Load() {
		assert.True(t, c.err(err), "%s\nends with %v", c, err)
	}
	c.cancel(errFault)
	<-driven
	return weak.Make(rec)
}

// check is whether the rules are kept at one place of a chain.
type check struct {
	name   string
	breach atomic.Pointer[string]
}

// checked watches one subscription.
type checked struct {
	stream.Stage[int]
	*check
	running        atomic.Int32
	stopped, ended atomic.Bool
}

func (c *checked) report(format string, args ...any) {
	s := fmt.Sprintf(format, args...)
	c.breach.CompareAndSwap(nil, &s)
}

func (c *checked) Next(v int) bool {
	if c.running.Add(1) > 1 {
		c.report("Next while another call runs")
	}
	defer c.running.Add(-1)
	if c.ended.Load() {
		c.report("Next after Done")
	}
	if c.stopped.Load() {
		c.report("Next after false")
	}
	more := c.Dst.Next(v)
	if !more {
		c.stopped.Store(true)
	}
	return more
}

func (c *checked) Done(err error) {
	if c.running.Add(1) > 1 {
		c.report("Done while another call runs")
	}
	defer c.running.Add(-1)
	if c.ended.Swap(true) {
		c.report("Done(%v) after Done", err)
		return
	}
	c.Dst.Done(err)
}
