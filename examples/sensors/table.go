package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/term"
)

// table shows rows: in place on a terminal, line by line elsewhere.
type table struct {
	out    io.Writer
	size   func() (width, height int, err error) // nil: out is no terminal
	window time.Duration
	rows   map[Sensor]Row
	drawn  int // lines on the terminal
}

func newTable(out io.Writer, window time.Duration) *table {
	t := &table{out: out, window: window, rows: make(map[Sensor]Row)}
	if f, is := out.(*os.File); is && term.IsTerminal(int(f.Fd())) {
		t.size = func() (int, int, error) { return term.GetSize(int(f.Fd())) }
	}
	fmt.Fprintln(out, "looking for sensors …")
	t.drawn = 1
	return t
}

// show adds rows that have changed. One without readings has fallen silent.
func (t *table) show(changed []Row) error {
	for _, r := range changed {
		if r.Count == 0 {
			delete(t.rows, r.Sensor)
		} else {
			t.rows[r.Sensor] = r
		}
	}
	if t.size == nil {
		return t.print(changed)
	}
	width, height, err := t.size()
	if err != nil || width < 1 {
		width, height = 80, 24
	}
	lines := t.lines(width-1, max(height-1, 3))
	var b strings.Builder
	fmt.Fprintf(&b, "\x1b[%dA", t.drawn) // up to the first of them
	for _, line := range lines {
		b.WriteString(line + "\x1b[K\n") // clears what is left of the line before
	}
	b.WriteString("\x1b[J") // and what is left below
	t.drawn = len(lines)
	_, err = io.WriteString(t.out, b.String())
	return err
}

func byName(a, b Row) int {
	return strings.Compare(a.Device+"\x00"+a.Name, b.Device+"\x00"+b.Name)
}

// print prints the rows that have changed.
func (t *table) print(changed []Row) error {
	slices.SortFunc(changed, byName)
	for _, r := range changed {
		if r.Count == 0 {
			fmt.Fprintf(t.out, "%-24s silent\n", r.title())
			continue
		}
		_, err := fmt.Fprintf(t.out, "%-24s %5.1f/s   mean %11s   min %11s   max %11s\n",
			r.title(), r.Rate, r.show(r.Mean), r.show(r.Min), r.show(r.Max))
		if err != nil {
			return err
		}
	}
	return nil
}

// column is a column of numbers.
type column struct {
	title string
	text  func(r Row) string
}

var columns = []column{
	{"RATE", func(r Row) string { return fmt.Sprintf("%.1f/s", r.Rate) }},
	{"MEAN", func(r Row) string { return r.show(r.Mean) }},
	{"MIN", func(r Row) string { return r.show(r.Min) }},
	{"MAX", func(r Row) string { return r.show(r.Max) }},
}

const (
	columnWidth = 12
	leastTitle  = 16 // columns
	mostTitle   = 32
)

// lines returns the table, as it fits the terminal.
func (t *table) lines(width, height int) []string {
	rows := make([]Row, 0, len(t.rows))
	devices := make(map[string]bool)
	for _, r := range t.rows {
		rows = append(rows, r)
		devices[r.Device] = true
	}
	slices.SortFunc(rows, byName)

	shown := columns
	narrow := func() bool { return width < leastTitle+len(shown)*columnWidth }
	if narrow() {
		shown = shown[1:]
	}
	for narrow() && len(shown) > 1 {
		shown = shown[:len(shown)-1]
	}
	titles := min(mostTitle, max(0, width-len(shown)*columnWidth))
	line := func(title string, text func(column) string) string {
		b := fmt.Sprintf("%-*s", titles, cut(title, titles))
		for _, c := range shown {
			b += fmt.Sprintf("%*s", columnWidth, text(c))
		}
		return cut(b, width)
	}
	lines := []string{
		cut(fmt.Sprintf("%d sensors of %d devices, the last %v; Ctrl-C ends", len(rows), len(devices), t.window), width),
		line("SENSOR", func(c column) string { return c.title }),
	}
	for i, r := range rows {
		if len(lines) == height-1 && i < len(rows)-1 {
			return append(lines, cut(fmt.Sprintf("… and %d more", len(rows)-i), width))
		}
		lines = append(lines, line(r.title(), func(c column) string { return c.text(r) }))
	}
	return lines
}

// cut shortens text to so many characters.
func cut(text string, width int) string {
	switch {
	case utf8.RuneCountInString(text) <= width:
		return text
	case width < 1:
		return ""
	}
	return string([]rune(text)[:width-1]) + "…"
}

func (s Sensor) title() string { return s.Device + " " + s.Name }

// show returns a value with the unit of the sensor.
func (s Sensor) show(v float64) string {
	switch s.Unit {
	case "":
		return fmt.Sprintf("%.2f", v)
	case "B/s":
		const step = 1000
		prefix := 0
		for ; v >= step && prefix < 4; prefix++ {
			v /= step
		}
		return fmt.Sprintf("%.1f %sB/s", v, []string{"", "k", "M", "G", "T"}[prefix])
	}
	return fmt.Sprintf("%.1f %s", v, s.Unit)
}
