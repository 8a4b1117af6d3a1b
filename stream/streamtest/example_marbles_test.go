package streamtest_test

import (
	"testing"
	"time"

	"github.com/rxpeer/rxpeer/stream"
	"github.com/rxpeer/rxpeer/stream/streamtest"
)

// negative is the operator under test in these examples.
func negative(src stream.Observable[int]) stream.Observable[int] {
	return stream.Lift(src, func(dst stream.Observer[int]) stream.Observer[int] {
		return &negation{stream.Stage[int]{Dst: dst}}
	})
}

type negation struct{ stream.Stage[int] }

func (s *negation) Next(v int) bool { return s.Dst.Next(-v) }

// One source, tested cold and hot. The letters stand for values that no
// character is.
func ExampleExpectOperator() {
	_ = func(t *testing.T) { // is a test
		streamtest.ExpectOperator(t, negative,
			"1-2--(3|)",
			"a-b--(c|)", &streamtest.Legend[int, int]{Out: map[string]int{"a": -1, "b": -2, "c": -3}})
	}
}

// Several sources and subscribers.
func ExampleRun() {
	_ = func(t *testing.T) { // is a test
		streamtest.Run(t, func(m *streamtest.Marbles) {
			a := streamtest.Hot[int](m, "                    -1--2--3--|")
			streamtest.Expect(m, a).ToBe("                   -1--2--3--|")
			streamtest.Expect(m, a).During("  ---^---!").ToBe(" -2--")
			streamtest.Expect(m, negative(a)).ToBe("         -a--b--c--|",
				map[string]int{"a": -1, "b": -2, "c": -3})
		})
	}
}

// A source that must be subscribed once, and left when it has been stopped.
func ExampleExpectSubscribed() {
	_ = func(t *testing.T) { // is a test
		streamtest.Run(t, func(m *streamtest.Marbles) {
			a := streamtest.Cold[string](m, "   a-b 1h c|")
			streamtest.ExpectSubscribed(m, &a, "--^--!")
			streamtest.Expect(m, a).During("    --^--!").ToBe("a-b")
			m.After(time.Hour, func() { t.Log("much later") })
		})
	}
}
