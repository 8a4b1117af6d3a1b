package streamtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/rxpeer/rxpeer/stream"
)

// doubled is an operator.
func doubled(o observable) observable {
	return stream.Lift(o, func(dst observer) observer { return &doubling{stream.Stage[int]{Dst: dst}} })
}

type doubling struct{ stream.Stage[int] }

func (s *doubling) Next(v int) bool { return s.Dst.Next(2 * v) }

// failuresOf returns what a test written as diagrams says when it fails.
func failuresOf(t *testing.T, f func(m *Marbles)) (failures []string) {
	synctest.Test(t, func(t *testing.T) {
		c := &collector{TB: t}
		runMarbles(c, f)
		failures = c.failures
	})
	return failures
}

func TestDiagramsOfAnOperatorHoldWithColdAndHotSources(t *testing.T) {
	ExpectOperator(t, doubled,
		"1-2-3|",
		"2-4-6|", nil)
	ExpectOperator(t, doubled,
		"1--a(2#)",
		"2--b(4#)", &Legend[int, int]{In: map[string]int{"a": 7}, Out: map[string]int{"b": 14}})
}

func TestColdSourcesBeginWithEachSubscription(t *testing.T) {
	Run(t, func(m *Marbles) {
		a := Cold[int](m, "      1-2-|")
		Expect(m, a).ToBe("      1-2-|")
		Expect(m, a).During("---^").ToBe("1-2-|")
	})
}

func TestHotSourcesDoNotWaitForSubscribers(t *testing.T) {
	Run(t, func(m *Marbles) {
		a := Hot[int](m, "                 1-2-3-4-|")
		Expect(m, a).ToBe("                1-2-3-4-|")
		Expect(m, a).During("  --^").ToBe("  2-3-4-|")
		Expect(m, a).During("  ---^-!").ToBe("-3-")
		Expect(m, a).During("  12ms ^").ToBe("|")
	})
}

func TestTheNotation(t *testing.T) {
	for text, want := range map[string]string{
		"":                  "",
		"a--b-|":            "0s a, 3ms b, 5ms |",
		" a - 1 # ":         "0s a, 2ms 1, 3ms #",
		"-(ab|)":            "1ms a, 1ms b, 1ms |",
		"(a)b":              "0s a, 3ms b",
		"-[12]-[3 4][]|":    "1ms [12], 6ms [34], 10ms [], 12ms |",
		"([a]b)c":           "0s [a], 0s b, 6ms c",
		"a 59m b 1h1.5ms |": "0s a, 59m0.001s b, 1h59m0.0035s |",
		"5ms |":             "5ms |",
		"a5ms ":             "0s a, 1ms 5, 2ms m, 3ms s",
		"é→|":               "0s é, 1ms →, 2ms |",
	} {
		d, err := parse(text)
		assert.NoError(t, err, text)
		var got []string
		for _, k := range d.marks {
			got = append(got, fmt.Sprintf("%v %s", k.at, k.name))
		}
		assert.Equal(t, want, strings.Join(got, ", "), text)
	}
}

func TestABadDiagramSaysWhatIsWrongAndWhere(t *testing.T) {
	for text, want := range map[string]string{
		"a|b":    "nothing can come after the end\n\ta|b\n\t  ^",
		"-(ab":   "a group has no end\n\t-(ab\n\t ^",
		"a)":     "no group begins before this\n\ta)\n\t ^",
		"(a-b)":  "no time passes in a group\n\t(a-b)\n\t  ^",
		"((a))":  "a group in a group\n\t((a))\n\t ^",
		"-[1":    "a [ without its ]\n\t-[1\n\t ^",
		"1]":     "no [ stands before this\n\t1]\n\t ^",
		"[1[2]]": "only values may stand in brackets\n\t[1[2]]\n\t  ^",
		"a^b":    "^ says when somebody subscribes or stops, and belongs into a diagram of its own\n\ta^b\n\t ^",
		"a\x00":  "'\\x00' cannot be the name of a value",
	} {
		_, err := parse(text)
		assert.ErrorContains(t, err, want, text)
	}
	for _, text := range []string{"^^", "!^", "--a", "^-!-!", "|"} {
		_, _, err := parseSubscription(text)
		assert.ErrorContains(t, err, "a subscription is one ^ and then at most one !", text)
	}
}

func TestNamesStandForValues(t *testing.T) {
	type celsius float64
	names := func(name string) mark { return markOf(name) }
	assertMeans(t, "b", names("b"), nil)
	assertMeans(t, any("b"), names("b"), nil)
	assertMeans(t, 7, names("7"), nil)
	assertMeans(t, uint8(7), names("7"), nil)
	assertMeans(t, celsius(7), names("7"), nil)
	assertMeans(t, []int{1, 2}, names("[12]"), nil)
	assertMeans(t, []int{}, names("[]"), nil)
	assertMeans(t, []string{"a"}, names("[a]"), nil)
	assertMeans(t, 70, names("7"), map[string]int{"7": 70})
	assertMeans(t, 12, names("[12]"), map[string]int{"[12]": 12})

	_, err := newMeaning[int](nil).of(names("b"))
	assert.EqualError(t, err, "b stands for no int: say for which, in a map[string]int")
	_, err = newMeaning[int](nil).of(names("[1]"))
	assert.Error(t, err)
	_, err = newMeaning[bool](nil).of(names("1"))
	assert.Error(t, err)
}

func assertMeans[T any](t *testing.T, want T, k mark, values map[string]T) {
	t.Helper()
	got, err := newMeaning([]map[string]T{values}).of(k)
	assert.NoError(t, err)
	assert.Equal(t, want, got)
}

func TestADifferenceIsShownAsTwoDiagrams(t *testing.T) {
	failures := failuresOf(t, func(m *Marbles) {
		a := Cold[int](m, "1-2-9-(3|)", map[string]int{"9": 50})
		Expect(m, doubled(a)).ToBe("2-4---(6|)")
	})
	assert.Len(t, failures, 1)
	assert.Regexp(t, `^marbles_test.go:\d+: not what was expected
	want  2-4---\(6\|\)
	got   2-4-A-\(6\|\)
	          \^
	after 4ms: want 6 after 6ms, got A
	A = 100$`, failures[0])
}

func TestADifferenceIsShownHoweverTheyDiffer(t *testing.T) {
	for want, shows := range map[string]string{
		"1-2-3-":   "want  1-2-3\n\tgot   1-2-3-|\n\t            ^\n\tafter 6ms: want nothing more, and no end, got completion",
		"1-2-3-4|": "after 6ms: want 4, got completion",
		"1-2-3-#":  "after 6ms: want # (streamtest: #), got completion",
		"1-2|":     "after 3ms: want completion, got 3 after 4ms",
		"1-2-3--|": "after 6ms: want completion after 7ms, got completion",
		"12-3--|":  "after 1ms: want 2, got 2 after 2ms",
		"(12)3-|":  "after 0s: want 2, got 2 after 2ms",
		"|":        "want  |\n\tgot   1-2-3-|\n\t      ^\n\tafter 0s: want completion, got 1",
		"1 1m 2|":  "after 2ms: want 2 after 1m0.001s, got 2",
	} {
		failures := failuresOf(t, func(m *Marbles) { Expect(m, Cold[int](m, "1-2-3-|")).ToBe(want) })
		if assert.Len(t, failures, 1, want) {
			assert.Contains(t, failures[0], shows)
		}
	}
}

func TestValuesWithoutAPlainNameAreExplained(t *testing.T) {
	type pair struct{ a, b int }
	failures := failuresOf(t, func(m *Marbles) {
		in := map[string]pair{"x": {1, 2}, "y": {3, 4}, "z": {5, 6}}
		Expect(m, Cold(m, "xyz|", in)).ToBe("x-Ay|", map[string]pair{"x": {1, 2}, "A": {3, 4}, "y": {9, 9}})
	})
	assert.Len(t, failures, 1)
	assert.Contains(t, failures[0], "want  x-Ay|\n\tgot   xAB|")
	for _, line := range []string{"\n\tx = {a:1 b:2}", "\n\tA = {a:3 b:4}", "\n\ty = {a:9 b:9}", "\n\tB = {a:5 b:6}"} {
		assert.Contains(t, failures[0], line)
	}
}

func TestAnotherFailureIsADifference(t *testing.T) {
	other := errors.New("other")
	source := func(m *Marbles) observable {
		m.Err = other
		return Cold[int](m, "1#")
	}
	assert.Empty(t, failuresOf(t, func(m *Marbles) { Expect(m, source(m)).ToBe("1#") }))
	assert.Empty(t, failuresOf(t, func(m *Marbles) { Expect(m, source(m)).FailingWith(other).ToBe("1#") }))
	failures := failuresOf(t, func(m *Marbles) { Expect(m, source(m)).FailingWith(ErrMarble).ToBe("1#") })
	assert.Len(t, failures, 1)
	assert.Contains(t, failures[0], "after 1ms: want # (streamtest: #), got # (other)")
}

func TestNonsenseInATestIsAFailureOfIt(t *testing.T) {
	for what, f := range map[string]func(m *Marbles){
		"nothing can come after the end": func(m *Marbles) { Cold[int](m, "1|2") },
		"x stands for no int":            func(m *Marbles) { Hot[int](m, "1-x") },
		"y stands for no int":            func(m *Marbles) { Expect(m, Cold[int](m, "1")).ToBe("y") },
		"a subscription is one ^":        func(m *Marbles) { Expect(m, Cold[int](m, "1")).During("1").ToBe("1") },
		"Expect without ToBe":            func(m *Marbles) { Expect(m, Cold[int](m, "1")) },
		"made before the clock runs": func(m *Marbles) {
			m.After(tick, func() {
				defer func() { _ = recover() }()
				Hot[int](m, "1")
			})
			Expect(m, stream.Never[int]()).ToBe("---")
		},
	} {
		failures := failuresOf(t, f)
		if assert.Len(t, failures, 1, what) {
			assert.Contains(t, failures[0], what)
			assert.Contains(t, failures[0], "marbles_test.go:")
		}
	}
}

func TestAPanicInATestIsNoDiagram(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		assert.PanicsWithValue(t, "mine", func() {
			runMarbles(&collector{TB: t}, func(*Marbles) { panic("mine") })
		})
	})
}

func TestTimersComeBeforeSourcesAtTheSameInstant(t *testing.T) {
	for range 20 {
		Run(t, func(m *Marbles) {
			a := Hot[int](m, "  -2-4|")
			b := Cold[int](m, " 13-5|")
			var (
				mu  sync.Mutex
				all []int
			)
			timer := stream.New(func(ctx context.Context, dst observer) func() {
				time.AfterFunc(tick, func() { dst.Next(0); dst.Done(nil) })
				return nil
			})
			m.After(0, func() {
				for _, o := range []observable{a, b, timer} {
					o.On(context.Background(), func(v int) {
						mu.Lock()
						defer mu.Unlock()
						all = append(all, v)
					})
				}
			})
			m.After(9*tick, func() { assert.Equal(t, []int{1, 0, 2, 3, 4, 5}, all) })
			Expect(m, stream.Never[int]()).ToBe("----------")
		})
	}
}

func TestSubscriptionsAreDrawnToo(t *testing.T) {
	Run(t, func(m *Marbles) {
		a := Cold[int](m, "1-2-|")
		ExpectSubscribed(m, &a, "^---!", "--^!", "----^---!")
		Expect(m, a).ToBe("1-2-|")
		Expect(m, a).During("--^!").ToBe("1")
		Expect(m, a).During("----^").ToBe("1-2-|")
	})
	failures := failuresOf(t, func(m *Marbles) {
		a := Cold[int](m, "1-2-")
		ExpectSubscribed(m, &a, "^---!")
		Expect(m, a).ToBe("1-2")
		Expect(m, a).During("-(^!)").ToBe("")
	})
	assert.Len(t, failures, 1)
	assert.Contains(t, failures[0], "not subscribed as expected\n\twant  ^---!\n\tgot   ^\n\t      -(^!)")
}

func TestEndlessStreamsEndWithTheTest(t *testing.T) {
	failures := failuresOf(t, func(m *Marbles) {
		Expect(m, stream.FromFunc(func(ctx context.Context, emit func(int) bool) error {
			for m.sleep(ctx, tick) && emit(1) {
			}
			return nil
		})).ToBe("-111")
	})
	assert.Len(t, failures, 1)
	assert.Contains(t, failures[0], "want  -111\n\tgot   -1111\n\t          ^")
}

func TestWhatIsLeftBehindIsAFailure(t *testing.T) {
	left := make(chan struct{})
	var failures []string
	synctest.Test(t, func(t *testing.T) {
		left = make(chan struct{})
		c := &collector{TB: t}
		runMarbles(c, func(m *Marbles) {
			Expect(m, stream.New(func(_ context.Context, dst observer) func() {
				go func() { <-left }() // ends with the test
				dst.Done(nil)
				return nil
			})).ToBe("|")
		})
		failures = c.failures
		close(left)
	})
	assert.Len(t, failures, 1)
	assert.Contains(t, failures[0], "left behind: goroutine")
}

func TestASubscriptionThatDoesNotEndIsAFailure(t *testing.T) {
	failures := failuresOf(t, func(m *Marbles) {
		Expect(m, stream.New(func(context.Context, observer) func() { return nil })).ToBe("-")
	})
	assert.Len(t, failures, 1)
	assert.Contains(t, failures[0], "does not end when it is stopped")
}

func TestBrokenRulesAreFailures(t *testing.T) {
	failures := failuresOf(t, func(m *Marbles) {
		Expect(m, stream.New(func(_ context.Context, dst observer) func() {
			return func() { dst.Done(nil); dst.Next(1) }
		})).ToBe("|")
	})
	assert.Contains(t, strings.Join(failures, "\n"), "Reactive Streams 1.7")
}

func TestGroupsThatLeaveNoRoomAreToldInWords(t *testing.T) {
	failures := failuresOf(t, func(m *Marbles) {
		burst := stream.Of(1, 2, 3)
		Expect(m, stream.FromFunc(func(ctx context.Context, emit func(int) bool) error {
			_ = burst.Each(ctx, func(v int) error { emit(v); return nil })
			m.sleep(ctx, tick)
			emit(4)
			return nil
		})).ToBe("(123|)")
	})
	assert.Len(t, failures, 1)
	assert.NotContains(t, failures[0], "want  ")
	assert.Contains(t, failures[0], "after 0s: want completion, got 4 after 1ms")
}

func TestTheDiagramsOfTheExamplesHold(t *testing.T) {
	Run(t, func(m *Marbles) {
		a := Cold[string](m, "   a-b 1h c|")
		ExpectSubscribed(m, &a, "--^--!")
		Expect(m, a).During("    --^--!").ToBe("a-b")
		m.After(time.Hour, func() { t.Log("much later") })
	})
	Run(t, func(m *Marbles) {
		a := Hot[int](m, "                  -1--2--3--|")
		Expect(m, a).ToBe("                 -1--2--3--|")
		Expect(m, a).During("---^---!").ToBe("-2--")
	})
}
