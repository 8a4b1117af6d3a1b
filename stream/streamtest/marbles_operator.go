package streamtest

import (
	"testing"
	"time"

	"github.com/rxpeer/rxpeer/stream"
)

// Legend says what the names in the diagrams of [ExpectOperator] stand for,
// where they do not stand for themselves; see [Marbles]. nil means nowhere.
type Legend[In, Out any] struct {
	// In are the values of the source.
	In map[string]In

	// Out are the values that are expected.
	Out map[string]Out

	// Err is the failure that # stands for in what is expected. nil means that
	// of the source, which is ErrMarble.
	Err error
}

// ExpectOperator tests an operator with one diagram of what goes in and one of
// what must come out, with a cold source and with a hot one:
//
//	streamtest.ExpectOperator(t, double,
//		"1-2-3|",
//		"2-4-6|", nil)
//
// See [Run] for operators of several sources.
func ExpectOperator[In, Out any](t *testing.T, operator func(src stream.Observable[In]) stream.Observable[Out], in, want string, legend *Legend[In, Out]) {
	t.Helper()
	var l Legend[In, Out]
	if legend != nil {
		l = *legend
	}
	for _, source := range []struct {
		name string
		make func(m *Marbles, text string, values ...map[string]In) stream.Observable[In]
	}{{"cold", Cold[In]}, {"hot", Hot[In]}} {
		t.Run(source.name, func(t *testing.T) {
			Run(t, func(m *Marbles) {
				e := Expect(m, operator(source.make(m, in, l.In)))
				e.at = "" // t knows
				e.FailingWith(l.Err).ToBe(want, l.Out)
			})
		})
	}
}

// ExpectSubscribed expects that o is subscribed as the diagrams say, one for
// each subscription, in their order: from ^ on, until ! or, without one, beyond
// the end of the test. A subscription ends when the source has called Done,
// for whatever reason. Unlike those of values these diagrams are all counted
// from the beginning of the test.
//
//	a := streamtest.Cold[int](m, "1-2-3|")
//	streamtest.ExpectSubscribed(m, &a, "^-!")
//	streamtest.Expect(m, operators.Take(a, 2)).ToBe("1-(2|)")
//
// It puts what watches the source into *o, so call it before o is used.
func ExpectSubscribed[T any](m *Marbles, o *stream.Observable[T], diagrams ...string) {
	m.t.Helper()
	w := &watch{m: m, at: caller()}
	for _, text := range diagrams {
		from, until, err := parseSubscription(text)
		if err != nil {
			m.spoil(w.at, err)
		}
		m.lengthen(max(from, until))
		w.want = append(w.want, span{from, until})
	}
	m.begin(func() { w.begun = time.Now() })
	m.expectations = append(m.expectations, w)
	*o = watched(w, *o)
}
