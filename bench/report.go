package main

import (
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// section is a part of the page: a table and what is said of it.
type section interface {
	heading() string
	introduction() string
	rows() [][]string // the first one has the columns' names
	checks() []string // tells of the goals, a line each
}

// table is what was measured in a scenario.
type table struct {
	scenario
	results []*result
	notes   []string
}

func (t table) heading() string      { return t.title }
func (t table) introduction() string { return t.about }

// figures are the table's columns.
func (t table) figures() []figure {
	if t.trips {
		return []figure{p50, p99}
	}
	return []figure{mean}
}

func (t table) rows() [][]string {
	head := []string{""}
	for _, f := range t.figures() {
		if f == mean {
			head = append(head, "ns a "+t.unit, "times "+ours)
		} else {
			head = append(head, fmt.Sprintf("%v, ns a %s", f, t.unit), "times "+ours)
		}
	}
	rows := [][]string{head}
	for _, r := range t.results {
		row := []string{r.name}
		for _, f := range t.figures() {
			ns, digits := r.perUnit(f), 1
			if ns >= 100 {
				digits = 0
			}
			row = append(row, fmt.Sprintf("%.*f", digits, ns), fmt.Sprintf("%.2f", r.ratio(find(t.results, ours), f)))
		}
		rows = append(rows, row)
	}
	return rows
}

func (t table) checks() (lines []string) {
	for _, g := range t.goals {
		slow, fast := find(t.results, g.slow), find(t.results, g.fast)
		if slow == nil || fast == nil {
			continue // left out, as the notes say
		}
		all, at := slow.ratios(fast, g.of), ""
		ratio := median(all)
		bound, ok := fmt.Sprintf("at least %g", g.least), ratio >= g.least
		if g.most > 0 {
			bound, ok = fmt.Sprintf("at most %g", g.most), ratio <= g.most
		}
		if g.of != mean {
			at = fmt.Sprintf(" at %v", g.of)
		}
		lines = append(lines, fmt.Sprintf("%s takes %.2f × (%.2f to %.2f) the time of %s%s; the goal, %s, is %s.",
			g.slow, ratio, all[0], all[len(all)-1], g.fast, at, bound, verdict(ok)))
	}
	return append(lines, t.notes...)
}

func verdict(ok bool) string {
	if ok {
		return "reached"
	}
	return "missed"
}

// text returns a section for a terminal.
func text(s section) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", s.heading())
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, row := range s.rows() {
		fmt.Fprintf(w, "%s\t\n", strings.Join(row, "\t"))
	}
	_ = w.Flush() // to memory
	for _, line := range s.checks() {
		fmt.Fprintf(&b, "%s\n", line)
	}
	return b.String()
}

// markdown returns a section for the page.
func markdown(s section) string {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s\n\n%s\n\n", s.heading(), s.introduction())
	for i, row := range s.rows() {
		if row[0] == ours {
			for k := range row {
				row[k] = "**" + row[k] + "**"
			}
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
		if i == 0 {
			fmt.Fprintf(&b, "| ---%s |\n", strings.Repeat(" | ---:", len(row)-1))
		}
	}
	for i, line := range s.checks() {
		if i == 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "- %s\n", line)
	}
	return b.String()
}

// report is what was measured.
type report struct {
	rounds   int
	slice    time.Duration
	sections []section
}

// page returns the page. What was not measured this time is taken from the page
// that there was; titles are those of all sections, in their order.
func (r report) page(machine, titles []string, before string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Benchmarks\n\n"+
		"Written by `cd bench && go run . -write`: do not edit. What counts are the ratios; the times are those of one machine:\n\n")
	for _, line := range machine {
		fmt.Fprintf(&b, "- %s\n", line)
	}
	fmt.Fprintf(&b, "\nEvery candidate does the same work, and its result is checked. The candidates took turns in %d rounds of about "+
		"%v each: half of it one after the other, half backwards. The times are medians; a ratio is the median of the ratios within a round, "+
		"with the smallest and the largest of them in brackets.\n", r.rounds, r.slice)
	old := make(map[string]string)
	for i, part := range strings.Split(before, "\n## ") {
		if title, _, _ := strings.Cut(part, "\n"); i > 0 {
			old[title] = "## " + strings.TrimSpace(part) + "\n"
		}
	}
	for _, title := range titles {
		part := old[title]
		if i := slices.IndexFunc(r.sections, func(s section) bool { return s.heading() == title }); i >= 0 {
			part = markdown(r.sections[i])
		}
		if part != "" {
			b.WriteString("\n" + part)
		}
	}
	return b.String()
}

// versions tells which versions of the other libraries are measured.
func versions() (lines []string) {
	if v, err := zeromqVersion(); err == nil {
		lines = append(lines, "ZeroMQ "+v)
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return lines
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
	"github.com/nats-io/nats-server/v2", "github.com/nats-io/nats.go", "github.com/rsocket/rsocket-go",
	"go.nanomsg.org/mangos/v3", "google.golang.org/grpc",
}
