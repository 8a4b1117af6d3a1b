package streamtest

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// shortPause is how long a pause may be that is drawn as dashes.
const shortPause = 40 * tick

// draw shows what was expected above what came, and says where they first
// differ: at the i-th event.
func (e *Expectation[T]) draw(i int) string {
	names := newLegend(e.names, e.text)
	want, got := cellsOf(names, e.want), cellsOf(names, e.got)
	var b strings.Builder
	if w, g, columns, ok := align(want, got); ok {
		at := columns[e.instant(i)]
		fmt.Fprintf(&b, "\twant  %s\n\tgot   %s\n\t      %s^\n", w, g, strings.Repeat(" ", at))
	}
	fmt.Fprintf(&b, "\tafter %v: want %s, got %s", e.instant(i), e.tell(names, e.want, i), e.tell(names, e.got, i))
	for _, line := range names.lines {
		fmt.Fprintf(&b, "\n\t%s", line)
	}
	return b.String()
}

// instant returns when the i-th events are, the earlier of the two.
func (e *Expectation[T]) instant(i int) time.Duration {
	switch {
	case i >= len(e.want):
		return e.got[i].at
	case i >= len(e.got):
		return e.want[i].at
	}
	return min(e.want[i].at, e.got[i].at)
}

// tell describes the i-th of events, and where it is what a name cannot say.
func (e *Expectation[T]) tell(names *legend[T], events []event[T], i int) string {
	if i >= len(events) {
		if i > 0 && events[i-1].what != value {
			return "nothing"
		}
		return "nothing more, and no end"
	}
	ev := events[i]
	text := "completion"
	switch ev.what {
	case value:
		text = names.name(ev.value)
	case failure:
		text = fmt.Sprintf("# (%v)", ev.err)
	}
	if at := e.instant(i); ev.at != at {
		text += fmt.Sprintf(" after %v", ev.at)
	}
	return text
}

// cell is what happens at one instant, as it stands in a diagram.
type cell struct {
	at   time.Duration
	text string
}

func cellsOf[T any](names *legend[T], events []event[T]) (cells []cell) {
	for i := 0; i < len(events); {
		at, marks := events[i].at, []string{}
		for ; i < len(events) && events[i].at == at; i++ {
			switch events[i].what {
			case value:
				marks = append(marks, names.name(events[i].value))
			case completion:
				marks = append(marks, "|")
			default:
				marks = append(marks, "#")
			}
		}
		text := marks[0]
		if len(marks) > 1 {
			text = "(" + strings.Join(marks, "") + ")"
		}
		cells = append(cells, cell{at, text})
	}
	return cells
}

// align draws two diagrams so that what happens at the same time stands in the
// same column, and tells the columns of the instants. ok is false when that
// cannot be drawn: there is no room for a group, or something happens between
// two ticks.
func align(want, got []cell) (w, g string, columns map[time.Duration]int, ok bool) {
	columns = map[time.Duration]int{}
	var now time.Duration
	for len(want) > 0 || len(got) > 0 {
		at := earliest(want, got)
		pause := at - now
		if pause < 0 || at%tick != 0 {
			return "", "", nil, false
		}
		between := strings.Repeat("-", int(pause/tick))
		if pause > shortPause {
			between = " " + pause.String() + " "
		}
		w, g = w+between, g+between
		columns[at] = utf8.RuneCountInString(w)
		wantText, gotText := shift(&want, at), shift(&got, at)
		width := max(utf8.RuneCountInString(wantText), utf8.RuneCountInString(gotText))
		w, g = w+pad(wantText, width), g+pad(gotText, width)
		now = at + time.Duration(width)*tick
	}
	return strings.TrimRight(w, "-"), strings.TrimRight(g, "-"), columns, true
}

func earliest(want, got []cell) time.Duration {
	var instants []time.Duration
	for _, cells := range [][]cell{want, got} {
		if len(cells) > 0 {
			instants = append(instants, cells[0].at)
		}
	}
	return slices.Min(instants)
}

// shift removes the first cell if it is at that instant, and returns its text.
func shift(cells *[]cell, at time.Duration) string {
	if len(*cells) == 0 || (*cells)[0].at != at {
		return ""
	}
	text := (*cells)[0].text
	*cells = (*cells)[1:]
	return text
}

func pad(text string, width int) string {
	return text + strings.Repeat("-", width-utf8.RuneCountInString(text))
}
