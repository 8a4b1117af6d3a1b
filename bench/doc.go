// Command bench compares package operators with other libraries, with plain
// channels and with loops written by hand, in one process and one run:
//
//	cd bench && go run .
//
// It prints a table for each comparison. Every candidate does the same work and
// is asked for its result, which must be right. Candidates take turns, round by
// round, so that what else the machine does hits all of them; the figures are
// medians, and a ratio is the median of the ratios within a round.
//
// With -write it writes docs/benchmarks.md, too, with a description of the
// machine. `go test -bench . ./...` runs the same candidates as Go benchmarks.
//
// It is a module of its own, so that programs that use rxpeer do not depend on
// what it is compared with.
package main
