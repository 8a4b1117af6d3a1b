package streamtest

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/rxpeer/rxpeer/stream"
)

// Expectation is what must come out of an observable, made by [Expect]. The
// last method to call is ToBe.
type Expectation[T any] struct {
	m        *Marbles
	o        stream.Observable[T]
	place    order
	at       string // where it stands in the test's source
	from     time.Duration
	until    time.Duration // negative: it is not stopped
	failWith error         // nil: Marbles.Err

	names meaning[T]
	want  []event[T] // nil: nobody has said it
	text  diagram

	mu  sync.Mutex // guards the fields below
	rec *scribe[T] // nil: not subscribed yet
	sub *stream.Subscription
	got []event[T] // since freeze
}

// event is something that happens at an instant of a subscription.
type event[T any] struct {
	at    time.Duration
	what  kind
	value T
	err   error // of a failure
}

// Expect subscribes to o when the clock begins to run, and expects what ToBe
// is told.
func Expect[T any](m *Marbles, o stream.Observable[T]) *Expectation[T] {
	m.t.Helper()
	e := &Expectation[T]{m: m, o: o, place: m.next(), at: caller(), until: -1}
	if m.isPlaying() {
		m.spoil(e.at, errors.New("an expectation has to be made before the clock runs"))
	}
	m.expectations = append(m.expectations, e)
	m.begin(func() {
		m.sources.Go(e.subscribe) // ends when it has subscribed and stopped, or the test ends
	})
	return e
}

// During says when the expectation subscribes, at ^, and stops, at ! if there
// is one, counted from the beginning of the test:
//
//	streamtest.Expect(m, shared).During("--^---!").ToBe(…)
func (e *Expectation[T]) During(text string) *Expectation[T] {
	e.m.t.Helper()
	var err error
	if e.from, e.until, err = parseSubscription(text); err != nil {
		e.m.spoil(e.at, err)
	}
	e.m.lengthen(max(e.from, e.until))
	return e
}

// FailingWith says which failure # stands for: one that [errors.Is] err.
func (e *Expectation[T]) FailingWith(err error) *Expectation[T] {
	e.failWith = err
	return e
}

// ToBe says what must come, counted from the subscription on: these values at
// these instants, and then this end, or none. The maps say what the names
// stand for, see [Marbles]. Being stopped by the expectation itself is no end.
func (e *Expectation[T]) ToBe(text string, values ...map[string]T) {
	e.m.t.Helper()
	e.names = newMeaning(values)
	d, wanted, err := understand(text, e.names)
	if err != nil {
		e.m.spoil(e.at, err)
	}
	if e.failWith == nil {
		e.failWith = e.m.Err
	}
	e.text = d
	e.want = make([]event[T], len(d.marks))
	for i, k := range d.marks {
		e.want[i] = event[T]{at: k.at, what: k.what, value: wanted[i]}
		if k.what == failure {
			e.want[i].err = e.failWith
		}
	}
	e.m.lengthen(e.from + d.length)
}

// subscribe subscribes and stops when it is time to.
func (e *Expectation[T]) subscribe() {
	m := e.m
	if !m.sleep(m.ctx, e.from) || !m.turn(m.ctx, e.place.as(subscriptions)) {
		return
	}
	e.mu.Lock()
	e.rec = &scribe[T]{rec: Record[T](), begun: time.Now(), changed: m.poke}
	e.mu.Unlock()
	sub := e.o.Subscribe(context.Background(), e.rec)
	e.mu.Lock()
	e.sub = sub
	e.mu.Unlock()
	if e.until >= 0 && m.sleep(m.ctx, e.until-e.from) && m.turn(m.ctx, e.place.as(stops)) {
		sub.Stop()
	}
}

// surplus is how many values too many are let come, so that they can be shown.
const surplus = 40

func (e *Expectation[T]) open(early bool) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.sub == nil {
		return true
	}
	got, over := e.rec.soFar()
	room := 0
	if early {
		room = surplus
	}
	return !over && len(got) <= len(e.want)+room
}

func (e *Expectation[T]) freeze() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.sub != nil {
		e.got, _ = e.rec.soFar()
	}
}

func (e *Expectation[T]) stop() {
	if sub := e.subscription(); sub != nil {
		sub.Stop()
	}
}

func (e *Expectation[T]) subscription() *stream.Subscription {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.sub
}

func (e *Expectation[T]) judge() {
	t := e.m.t
	t.Helper()
	sub := e.subscription()
	switch {
	case e.want == nil:
		t.Errorf("%sExpect without ToBe: nothing is expected", e.at)
		return
	case sub == nil:
		t.Errorf("%shas not come to subscribe", e.at)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*margin)
	defer cancel()
	if _ = sub.Wait(ctx); ctx.Err() != nil {
		t.Errorf("%sdoes not end when it is stopped", e.at)
	}
	e.rec.rec.AssertSound(t)
	if last := len(e.got) - 1; e.until >= 0 && last >= 0 && errors.Is(e.got[last].err, stream.ErrStopped) {
		e.got = e.got[:last]
	}
	if i := e.difference(); i >= 0 {
		t.Errorf("%snot what was expected\n%s", e.at, e.draw(i))
	}
}

// difference returns the index of the first event that is not as expected, -1
// if there is none.
func (e *Expectation[T]) difference() int {
	for i := range max(len(e.want), len(e.got)) {
		if i == len(e.want) || i == len(e.got) || !e.want[i].matches(e.got[i]) {
			return i
		}
	}
	return -1
}

func (e event[T]) matches(got event[T]) bool {
	if e.at != got.at || e.what != got.what {
		return false
	}
	if e.what == failure {
		return errors.Is(got.err, e.err)
	}
	return assert.ObjectsAreEqual(e.value, got.value)
}

// scribe is a Recorder that knows what time it is.
type scribe[T any] struct {
	rec     *Recorder[T]
	begun   time.Time
	changed func()

	mu     sync.Mutex
	events []event[T]
	ended  bool
}

func (s *scribe[T]) Next(v T) bool {
	s.write(event[T]{what: value, value: v})
	return s.rec.Next(v)
}

func (s *scribe[T]) Done(err error) {
	e := event[T]{what: completion}
	if err != nil {
		e = event[T]{what: failure, err: err}
	}
	s.write(e)
	s.rec.Done(err)
}

func (s *scribe[T]) write(e event[T]) {
	e.at = time.Since(s.begun)
	s.mu.Lock()
	s.events = append(s.events, e)
	s.ended = s.ended || e.what != value
	s.mu.Unlock()
	s.changed()
}

// soFar returns what has been written down, and whether that is all.
func (s *scribe[T]) soFar() (events []event[T], over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]event[T]{}, s.events...), s.ended
}

// caller returns where this package was called from.
func caller() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for {
		frame, more := frames.Next()
		own := strings.Contains(frame.Function, "/streamtest.") && !strings.HasSuffix(frame.File, "_test.go")
		switch {
		case strings.HasPrefix(frame.Function, "testing."):
			return ""
		case !own && frame.File != "":
			return fmt.Sprintf("%s:%d: ", filepath.Base(frame.File), frame.Line)
		}
		if !more {
			return ""
		}
	}
}
