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

// scenarios are all comparisons of time.
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
	all = append(append(all, boundary, parallel), links()...)
	all = append(all, roundTrip, emitters, hundredStreams)
	return append(all, fans()...)
}

// settings say what is measured, and for how long.
type settings struct {
	rounds      int
	slice       time.Duration
	only        string // a regular expression
	connections int    // of the comparison of memory
	settle      time.Duration
	write       bool
}

func main() {
	if err := command(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// command is the program, or that of a child.
func command() error {
	if kind := os.Getenv(childKind); kind != "" {
		return receive(kind)
	}
	defer removePrograms()
	defer stopChildren()
	var s settings
	flag.IntVar(&s.rounds, "rounds", 7, "how many `rounds` the candidates are measured in")
	flag.DurationVar(&s.slice, "time", 300*time.Millisecond, "about how long a candidate runs in a round")
	flag.StringVar(&s.only, "only", "", "measure only the comparisons whose name matches this `regexp`")
	flag.IntVar(&s.connections, "connections", 9900, "how many idle `connections` the memory is measured of")
	flag.DurationVar(&s.settle, "settle", 5*time.Second, "how long these are left alone after traffic")
	flag.BoolVar(&s.write, "write", false, "write "+output+", where what -only leaves out stays as it is")
	flag.Parse()
	return run(os.Stdout, s)
}

// run measures and prints to w.
func run(w io.Writer, set settings) error {
	pattern, err := regexp.Compile(set.only)
	if err != nil {
		return err
	}
	report := report{rounds: set.rounds, slice: set.slice}
	var titles []string
	add := func(s section) {
		report.sections = append(report.sections, s)
		fmt.Fprintln(w, text(s))
	}
	for _, s := range scenarios() {
		titles = append(titles, s.title)
		if !pattern.MatchString(s.name) {
			continue
		}
		t, err := s.measure(set.rounds, set.slice)
		if err != nil {
			return err
		}
		add(t)
	}
	titles = append(titles, memory{}.heading())
	if pattern.MatchString("Idle") {
		m, err := measureMemory(set.connections, set.settle)
		if err != nil {
			return err
		}
		add(m)
	}
	if !set.write {
		return nil
	}
	before, err := os.ReadFile(output)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	return os.WriteFile(output, []byte(report.page(append(describeMachine(), versions()...), titles, string(before))), 0o644)
}
