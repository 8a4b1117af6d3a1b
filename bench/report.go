package main

import (
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// table is what was measured in a scenario.
type table struct {
	scenario
	results []*result
}

// report is what was measured in all of them.
type report struct {
	rounds int
	slice  time.Duration
	tables []table
}

// row is a line of a table: a candidate, its time and the ratio to ours.
func (t table) row(r *result) []string {
	ns := r.perUnit()
	digits := 1
	if ns >= 100 {
		digits = 0
	}
	return []string{r.name, fmt.Sprintf("%.*f", digits, ns), fmt.Sprintf("%.2f", r.ratio(find(t.results, ours)))}
}

func (t table) heading() []string {
	return []string{"", "ns a " + t.unit, "times " + ours}
}

// checks tells of the goals, a line each.
func (t table) checks() (lines []string) {
	for _, g := range t.goals {
		ratio := find(t.results, g.slow).ratio(find(t.results, g.fast))
		bound, ok := fmt.Sprintf("at least %g", g.least), ratio >= g.least
		if g.most > 0 {
			bound, ok = fmt.Sprintf("at most %g", g.most), ratio <= g.most
		}
		verdict := "reached"
		if !ok {
			verdict = "missed"
		}
		lines = append(lines, fmt.Sprintf("%s takes %.2f × the time of %s; the goal, %s, is %s.", g.slow, ratio, g.fast, bound, verdict))
	}
	return lines
}

// text returns the table for a terminal.
func (t table) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", t.title)
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, row := range t.rows() {
		fmt.Fprintf(w, "%s\t%s\t%s\t\n", row[0], row[1], row[2])
	}
	_ = w.Flush() // to memory
	for _, line := range t.checks() {
		fmt.Fprintf(&b, "%s\n", line)
	}
	return b.String()
}

func (t table) rows() [][]string {
	rows := [][]string{t.heading()}
	for _, r := range t.results {
		rows = append(rows, t.row(r))
	}
	return rows
}

// markdown returns the page.
func (r report) markdown(machine []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Benchmarks\n\n"+
		"Written by `cd bench && go run . -write`: do not edit. What counts are the ratios; the times are those of one machine:\n\n")
	for _, line := range machine {
		fmt.Fprintf(&b, "- %s\n", line)
	}
	for _, line := range versions() {
		fmt.Fprintf(&b, "- %s\n", line)
	}
	fmt.Fprintf(&b, "\nEvery candidate does the same work, and its result is checked. The candidates took turns in %d rounds of about "+
		"%v each. The times are medians; a ratio is the median of the ratios within a round.\n", r.rounds, r.slice)
	for _, t := range r.tables {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n", t.title, t.about)
		for i, row := range t.rows() {
			if row[0] == ours {
				row = []string{"**" + row[0] + "**", "**" + row[1] + "**", "**" + row[2] + "**"}
			}
			fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
			if i == 0 {
				b.WriteString("| --- | ---: | ---: |\n")
			}
		}
		for i, line := range t.checks() {
			if i == 0 {
				b.WriteString("\n")
			}
			fmt.Fprintf(&b, "- %s\n", line)
		}
	}
	return b.String()
}

// versions tells which versions of the other libraries are measured.
func versions() (lines []string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	for _, dep := range info.Deps {
		if slices.Contains(others, dep.Path) {
			lines = append(lines, dep.Path+" "+dep.Version)
		}
	}
	return lines
}

// others are the libraries that are compared.
var others = []string{
	"github.com/destel/rill", "github.com/reactivex/rxgo/v2", "github.com/reugn/go-streams", "github.com/samber/ro",
}
