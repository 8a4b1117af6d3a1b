// Command bench compares rxpeer with other libraries, and with what a programmer
// would write by hand:
//
//	cd bench && go run .
//
// It prints a table for each comparison. Every candidate does the same work and
// is asked for its result, which must be right. Candidates take turns, round by
// round, so that what else the machine does hits all of them; the figures are
// medians, and a ratio is the median of the ratios within a round. One that
// cannot run here is left out, and a note says why.
//
// Operators are compared in one process. Connections are compared in two: this
// one, which sends, and a child, the same program, over loopback TCP. ZeroMQ has
// a program in C at both ends, which is compiled when it is needed, with cc and
// libzmq's header. The last comparison is of memory: 9900 connections that do
// nothing, which need as many open files in each of the processes.
//
// -only takes a regular expression of the comparisons' names: Pipeline,
// FanOut1, FanOut10, FanOut100, FanOutAsync1 and so on, Boundary, ParallelMap,
// Link16 and Owned16 to 1048576, Peerpy16, Peerpy128, RoundTrip, Emitters,
// HundredStreams, Fan128, Fan16384, Idle. -rounds and -time say how long it may
// take; a run with -rounds 1 -time 1ms -connections 200 -settle 100ms only tries
// everything.
//
// With -write it writes docs/benchmarks.md, too, with a description of the
// machine. What -only leaves out stays on the page as it is. `go test -bench .
// ./...` runs the same candidates as Go benchmarks.
//
// It is a module of its own, so that programs that use rxpeer do not depend on
// what it is compared with.
package main
