package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// sizeOf returns what tells the size of the terminal that out is; nil if it is none.
func sizeOf(out io.Writer) func() (width, height int, err error) {
	if f, is := out.(*os.File); is && term.IsTerminal(int(f.Fd())) {
		return func() (int, int, error) { return term.GetSize(int(f.Fd())) }
	}
	return nil
}

// table is drawn on a terminal, and again in place.
type table struct {
	out    io.Writer
	size   func() (width, height int, err error)
	titles []string
	drawn  int // lines on the terminal
}

// draw draws the table with these rows.
func (t *table) draw(rows [][]string) error {
	width, height, err := t.size()
	if err != nil || width < 1 {
		width, height = 80, 24
	}
	lines := columns(append([][]string{t.titles}, rows...))
	if len(rows) == 0 {
		lines = []string{"looking for streams …"}
	}
	if most := max(height-2, 2); len(lines) > most {
		lines = append(lines[:most-1], fmt.Sprintf("… and %d more", len(lines)-most+1))
	}
	lines = append(lines, "Ctrl-C ends")
	var b strings.Builder
	if t.drawn > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", t.drawn) // up to the first of them
	}
	for _, line := range lines {
		b.WriteString(cut(strings.Map(shown, line), width-1) + "\x1b[K\n") // clears what is left of the line before
	}
	b.WriteString("\x1b[J") // and what is left below
	t.drawn = len(lines)
	_, err = io.WriteString(t.out, b.String())
	return err
}

// rowEvent is a line of a table, for people only.
type rowEvent struct{ text string }

func (e rowEvent) line() string { return e.text }

// columns returns rows as lines in which the cells stand below each other.
func columns(rows [][]string) []string {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	lines := make([]string, len(rows))
	for n, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			fmt.Fprintf(&b, "%-*s  ", widths[i], cell)
		}
		lines[n] = strings.TrimRight(b.String(), " ")
	}
	return lines
}

// cut shortens text to so many characters.
func cut(text string, width int) string {
	if width < 1 || utf8.RuneCountInString(text) <= width {
		return text
	}
	return string([]rune(text)[:width-1]) + "…"
}
