package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"time"
)

// output is the file that -write writes, from this module's directory.
const output = "../docs/benchmarks.md"

// scenarios are all comparisons.
func scenarios() []scenario {
	all := []scenario{pipelines}
	for _, subscribers := range []int{1, 10, 100} {
		s := direct(subscribers)
		if subscribers == 100 {
			s.goals = []goal{{slow: ours, fast: "a loop over callbacks", most: 3}}
		}
		all = append(all, s)
	}
	for _, subscribers := range []int{1, 10, 100} {
		s := boundaries(subscribers)
		if subscribers == 100 {
			s.goals = []goal{{slow: "samber/ro", fast: ours, least: 1}, {slow: "samber/ro, called directly", fast: ours, least: 1}}
		}
		all = append(all, s)
	}
	return append(append(all, boundary, parallel), links()...)
}

func main() {
	if kind := os.Getenv(childKind); kind != "" {
		if err := receive(kind); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	defer stopChildren()
	rounds := flag.Int("rounds", 7, "how many `rounds` the candidates are measured in")
	slice := flag.Duration("time", 150*time.Millisecond, "about how long a candidate runs in a round")
	only := flag.String("only", "", "measure only the comparisons whose name matches this `regexp`")
	write := flag.Bool("write", false, "write "+output)
	flag.Parse()
	if err := run(os.Stdout, *rounds, *slice, *only, *write); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures and prints to w.
func run(w io.Writer, rounds int, slice time.Duration, only string, write bool) error {
	pattern, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	report := report{rounds: rounds, slice: slice}
	for _, s := range scenarios() {
		if !pattern.MatchString(s.name) {
			continue
		}
		results, err := s.measure(rounds, slice)
		if err != nil {
			return err
		}
		report.tables = append(report.tables, table{s, results})
		fmt.Fprintln(w, report.tables[len(report.tables)-1].text())
	}
	if !write {
		return nil
	}
	return os.WriteFile(output, []byte(report.markdown(describeMachine())), 0o644)
}
