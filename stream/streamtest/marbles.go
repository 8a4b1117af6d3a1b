package streamtest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// ErrMarble is the failure that # stands for when nobody has said otherwise.
var ErrMarble = errors.New("streamtest: #")

// Marbles is a test that is written as diagrams, see [Run]. Its methods, and
// the functions that take it, are called in the function given to Run; [Cold]
// and Marbles.After also in callbacks later.
//
// # The notation
//
// One character is a millisecond, counted from 0:
//
//   - nothing happens
//     a, 1   a value, named by one letter, digit or other character
//     |      completion
//     #      failure, with Err
//     (ab|)  all this at the instant of the parenthesis
//     [ab]   one value, a slice with these elements, at the instant of the bracket
//     59m    between blanks: so much time passes, as [time.ParseDuration] reads it
//
// Blanks are ignored, so that diagrams can be aligned. A group and brackets
// take as many milliseconds as characters, so that what stands in one column
// of two diagrams that begin in the same happens at the same time:
//
//	o:        1---2---3---|
//	Take(2):  1---(2|)
//
// What a diagram ends with, or not, counts: without | or # the stream is live.
//
// # What the names stand for
//
// The maps that are given along say. A name that is in none is itself where the
// type is a string or any, and a digit is its number where the type is numeric;
// so are elements of slices. Names in brackets may be in a map too.
type Marbles struct {
	// Err is the failure that # stands for: in sources that are made, and
	// expectations that are told ToBe, after it was set. It is ErrMarble at
	// first.
	Err error

	t       testing.TB
	ctx     context.Context // of hot sources; ends with the test
	changed chan struct{}   // has a token when play should look around

	mu           sync.Mutex
	asking       []*turn
	made         int         // sources and expectations
	playing      bool        // Run has called the test's function
	start        []func()    // what begins with playing
	expectations []expecting // all of them
	length       time.Duration
	sources      sync.WaitGroup // goroutines of hot ones
}

// Run runs a test that is written as diagrams, on virtual time in a
// [testing/synctest] bubble:
//
//	streamtest.Run(t, func(m *streamtest.Marbles) {
//		a := streamtest.Hot[int](m, " 1-2-3-4-|")
//		streamtest.Expect(m, operators.Filter(a, even)).
//			ToBe("                    --2---4-|")
//	})
//
// f makes sources ([Cold], [Hot]) and says what must come out of observables
// made of them ([Expect], [ExpectSubscribed]). When it has returned the clock
// begins to run, and the expectations are subscribed, at instant 0 unless they
// say otherwise. They are watched until all have ended or got more than they
// should, or else for a second longer than the longest diagram; those that are
// live are stopped then. Whatever is left behind (a goroutine, a subscription
// that does not end) fails t, and so does a call against the rules of
// [stream.Observer]. A difference is shown as the two diagrams, one above the
// other.
//
// What falls together happens in this order, so that a test always gives the
// same result: timers of operators, subscriptions, stops ([Expectation.During]),
// functions given to After, then the sources in the order in which they were
// made. Each waits until the one before has been dealt with.
func Run(t *testing.T, f func(m *Marbles)) {
	t.Helper()
	inBubble(t, func(t *testing.T) {
		t.Helper()
		runMarbles(t, f)
	})
}

// spoiled is what a function of a Marbles panics with when it was told
// nonsense; the test has failed then.
type spoiled struct{}

// runMarbles is Run in a bubble.
func runMarbles(t testing.TB, f func(m *Marbles)) {
	t.Helper()
	before := count()
	ctx, cancel := context.WithCancel(context.Background())
	m := &Marbles{Err: ErrMarble, t: t, ctx: ctx, changed: make(chan struct{}, 1)}
	defer func() {
		cancel()
		m.sources.Wait()
		synctest.Wait()
		for _, stack := range before.leaked() {
			t.Errorf("left behind: %s", stack)
		}
	}()
	if m.written(f) {
		m.play()
		for _, e := range m.expectations {
			e.freeze()
		}
		for _, e := range m.expectations {
			e.stop()
		}
		for _, e := range m.expectations {
			e.judge()
		}
	}
}

// written calls f, and reports whether what it said makes sense.
func (m *Marbles) written(f func(m *Marbles)) (ok bool) {
	defer func() {
		switch r := recover(); r.(type) {
		case nil:
		case spoiled:
			ok = false
		default:
			panic(r)
		}
	}()
	f(m)
	return true
}

// spoil fails the test because of something that makes no sense.
func (m *Marbles) spoil(at string, err error) {
	m.t.Helper()
	m.t.Errorf("%s%v", at, err)
	panic(spoiled{})
}

// After calls f when so much time of the test has passed, on a goroutine of
// its own.
func (m *Marbles) After(d time.Duration, f func()) {
	order := m.next()
	m.begin(func() {
		m.sources.Go(func() { // ends with f, or the test
			if m.sleep(m.ctx, d) && m.turn(m.ctx, order.as(actions)) {
				f()
			}
		})
	})
	m.lengthen(d)
}

// begin calls f when the clock begins to run.
func (m *Marbles) begin(f func()) {
	m.mu.Lock()
	playing := m.playing
	if !playing {
		m.start = append(m.start, f)
	}
	m.mu.Unlock()
	if playing {
		f()
	}
}

// lengthen notes how long a diagram is.
func (m *Marbles) lengthen(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.length = max(m.length, d)
}

// sleep waits; false means that ctx has ended first.
func (m *Marbles) sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
